import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/policy/source/parse.ts';
import { readSensorTemplate } from '../support/sensor-template.ts';
import { checkTemplate } from './check-template.ts';
import { at, type Json, propertiesOf, resourcesOf, textOf } from './template.ts';

const template = readSensorTemplate(['10.0.0.0/8', '192.168.0.0/16']);
const ref = (name: string) => ({ Ref: name });
const groupOf = (name: string) => ({ 'Fn::GetAtt': [name, 'GroupId'] });
const attributesOf = (list: Json | undefined) =>
  Object.fromEntries(
    (Array.isArray(list) ? list : []).map((each: Json): [string, string] => [textOf(at(each, 'Key')), textOf(at(each, 'Value'))]),
  );

/** The names that a value refers to, by Ref or GetAtt. */
function* referred(value: Json): Generator<string> {
  if (value === null || typeof value !== 'object') return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'Ref') yield textOf(inner);
    else if (key === 'Fn::GetAtt') yield textOf(at(inner, 0));
    else yield* referred(inner);
  }
}

/** What a security group lets in: protocol, ports, and from where. */
const allowedInto = (group: string) =>
  resourcesOf(template, 'AWS::EC2::SecurityGroupIngress')
    .filter(([, { GroupId }]) => at(GroupId, 'Fn::GetAtt', 0) === group)
    .map(([, rule]) => [
      rule.IpProtocol,
      rule.FromPort,
      rule.ToPort,
      rule.CidrIp ?? at(rule.SourceSecurityGroupId, 'Fn::GetAtt', 0),
    ]);

const mirrored = [
  ['udp', 4789, 4789, '10.0.0.0/8'],
  ['udp', 4789, 4789, '192.168.0.0/16'],
];

describe('the template of the sensor fleet', () => {
  it('fits the specification of every resource type', async () => {
    expect(await checkTemplate(template)).toEqual([]);
    expect(Object.keys(template.Resources)).toHaveLength(14);
  });

  it('refers only to what is there', () => {
    const known = [...Object.keys(template.Resources), ...Object.keys(template.Parameters)];
    const names = [...referred(JSON.parse(JSON.stringify([template.Resources, template.Outputs])))];
    expect(names.filter((name) => !known.includes(name) && !name.startsWith('AWS::'))).toEqual([]);
    // SourceCidrs is what the loop runs over.
    expect(Object.keys(template.Parameters).filter((name) => !names.includes(name))).toEqual(['SourceCidrs']);
  });

  it('listens for VXLAN, and sends it to the sensors', () => {
    expect(propertiesOf(template, 'VxlanListener')).toEqual({
      LoadBalancerArn: ref('LoadBalancer'),
      Protocol: 'UDP',
      Port: 4789,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: ref('SensorTargets') }],
    });
    expect(propertiesOf(template, 'SensorTargets')).toMatchObject({ Protocol: 'UDP', Port: 4789, TargetType: 'instance' });
    expect(at(propertiesOf(template, 'Sensors'), 'TargetGroupARNs')).toEqual([ref('SensorTargets')]);
  });

  it('is an internal load balancer that crosses zones', () => {
    const balancer = propertiesOf(template, 'LoadBalancer');
    expect(balancer).toMatchObject({ Type: 'network', Scheme: 'internal', Subnets: ref('SubnetIds') });
    expect(attributesOf(balancer.LoadBalancerAttributes)).toEqual({ 'load_balancing.cross_zone.enabled': 'true' });
  });

  it('lets in mirrored packets of the sources, the health check, and nothing else', () => {
    expect(at(propertiesOf(template, 'LoadBalancer'), 'SecurityGroups')).toEqual([groupOf('BalancerGroup')]);
    const launch = at(propertiesOf(template, 'SensorLaunch'), 'LaunchTemplateData');
    expect(at(launch, 'SecurityGroupIds')).toEqual([groupOf('SensorGroup')]);
    expect(allowedInto('BalancerGroup')).toEqual(mirrored);
    expect(allowedInto('SensorGroup')).toEqual([...mirrored, ['tcp', 8787, 8787, 'BalancerGroup']]);
    for (const [, group] of resourcesOf(template, 'AWS::EC2::SecurityGroup'))
      expect(group).not.toHaveProperty('SecurityGroupIngress');
  });

  it('moves flows on from a sensor that goes', () => {
    expect(attributesOf(propertiesOf(template, 'SensorTargets').TargetGroupAttributes)).toMatchObject({
      'deregistration_delay.connection_termination.enabled': 'true',
    });
  });

  it('opts its own sensors out', () => {
    expect(at(propertiesOf(template, 'Sensors'), 'Tags')).toContainEqual({
      Key: 'mirror',
      Value: 'false',
      PropagateAtLaunch: true,
    });
  });

  it('sets sensors up with a script that bash reads: VXLAN of any VNI, Suricata on it, and the port of the health check', () => {
    const script = textOf(at(propertiesOf(template, 'SensorLaunch'), 'LaunchTemplateData', 'UserData', 'Fn::Base64'));
    // An open here-document is only a warning.
    expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    expect(script).toMatch(/^#!\/bin\/bash\n/);
    expect(script).toContain('ip link add vxlan0 type vxlan dstport 4789 external');
    expect(script).toContain('--af-packet=vxlan0');
    const { HealthCheckProtocol, HealthCheckPort } = propertiesOf(template, 'SensorTargets');
    expect(HealthCheckProtocol).toBe('TCP');
    expect(script).toContain(`-m http.server ${textOf(HealthCheckPort)} `);
  });

  it('puts out the load balancer’s ARN, which a pool takes as a member', () => {
    expect(at(template.Outputs, 'NetworkLoadBalancerArn', 'Value')).toEqual(ref('LoadBalancer'));
    const members = [
      {
        networkLoadBalancerArn:
          'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/senso-LoadB-1A2B/0a1b2c3d4e5f6071',
      },
    ];
    expect(parsePolicy(JSON.stringify({ targets: { default: { members } } }), 'policy.yml')).toHaveProperty('policy');
  });
});
