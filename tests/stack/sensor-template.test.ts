import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/policy/source/parse.ts';
import { runSetUp } from '../support/sensor-set-up.ts';
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

/** The names that a value refers to, by Ref, GetAtt or Sub. */
function* referred(value: Json): Generator<string> {
  if (value === null || typeof value !== 'object') return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'Ref') yield textOf(inner);
    else if (key === 'Fn::GetAtt') yield textOf(at(inner, 0));
    else if (key === 'Fn::Sub') yield* [...textOf(inner).matchAll(/\$\{([^}]+)\}/g)].map(([, name = '']) => name);
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

const idses = ['suricata', 'zeek'] as const;
const script = textOf(at(propertiesOf(template, 'SensorLaunch'), 'LaunchTemplateData', 'UserData', 'Fn::Base64', 'Fn::Sub'));
const scriptFor = (ids: (typeof idses)[number]): string => script.replaceAll(/\$\{Ids\}/g, ids);
const setUp = (ids: (typeof idses)[number]) => runSetUp(scriptFor(ids));

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

  it('offers Suricata and Zeek, and takes Suricata when not asked', () => {
    expect(template.Parameters.Ids).toMatchObject({ Default: 'suricata', AllowedValues: idses });
  });

  it('gives its script the IDS and no other value: what bash writes in braces would be taken for one', () => {
    expect([...script.matchAll(/\$\{([^}]*)\}/g)].map(([, name]) => name)).toEqual(['Ids']);
  });

  it.each(idses)('sets a sensor with %s up by a script that bash reads', (ids) => {
    // An open here-document is only a warning.
    expect(spawnSync('bash', ['-n'], { input: scriptFor(ids), encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    expect(scriptFor(ids)).toMatch(/^#!\/bin\/bash\n/);
  });

  it.each(idses)('writes a set-up of %s in which VXLAN of any VNI is taken off before the IDS looks', (ids) => {
    const { files } = setUp(ids);
    expect(files.get('/usr/local/sbin/sensor-interface')).toContain('ip link add vxlan0 type vxlan dstport 4789 external');
    const unit = files.get(
      ids === 'zeek' ? '/etc/systemd/system/zeek.service' : '/etc/systemd/system/suricata.service.d/sensor.conf',
    );
    expect(unit).toMatch(/^ExecStartPre=\+?\/usr\/local\/sbin\/sensor-interface$/m);
    expect(unit).toMatch(/^ExecStart=\/.* (--af-packet=|-i )vxlan0\b/m);
  });

  it.each(idses)('answers the health check on its port as long as %s runs', (ids) => {
    const { HealthCheckProtocol, HealthCheckPort } = propertiesOf(template, 'SensorTargets');
    expect(HealthCheckProtocol).toBe('TCP');
    const { files, commands } = setUp(ids);
    const unit = files.get('/etc/systemd/system/sensor-health.service');
    expect(unit).toContain(`-m http.server ${textOf(HealthCheckPort)} `);
    for (const key of ['BindsTo', 'After', 'WantedBy']) expect(unit).toContain(`${key}=${ids}.service\n`);
    expect(commands.slice(-3)).toEqual([
      'systemctl daemon-reload',
      `systemctl enable ${ids}.service sensor-health.service`,
      `systemctl restart ${ids}.service sensor-health.service`,
    ]);
  });

  it('takes Zeek from its project’s repository, by the key of that repository alone, and no other IDS beside it', () => {
    const { files, commands } = setUp('zeek');
    const repository = 'https://download.opensuse.org/repositories/security:/zeek/xUbuntu_24.04/';
    expect(files.get('/etc/apt/sources.list.d/zeek.list')).toBe(`deb [signed-by=/etc/apt/keyrings/zeek.asc] ${repository} /\n`);
    expect(commands.find((line) => line.startsWith('curl '))).toMatch(
      /https:\/\/download\.opensuse\.org\/repositories\/security:zeek\/xUbuntu_24\.04\/Release\.key -o \/etc\/apt\/keyrings\/zeek\.asc$/,
    );
    expect(commands.filter((line) => line.startsWith('apt-get install'))).toEqual([
      'apt-get install -y ethtool tcpdump curl ca-certificates',
      'apt-get install -y zeek-lts-core',
    ]);
    expect(setUp('suricata').commands).toContain('apt-get install -y suricata suricata-update');
  });

  it('lets Zeek read packets and nothing more, write JSON, and look at copies that were cut', () => {
    const { files } = setUp('zeek');
    const unit = files.get('/etc/systemd/system/zeek.service');
    expect(unit).toContain('DynamicUser=yes\nAmbientCapabilities=CAP_NET_RAW\nCapabilityBoundingSet=CAP_NET_RAW\n');
    const sensor = files.get('/etc/zeek/sensor.zeek');
    expect(unit).toContain(' /etc/zeek/sensor.zeek\n');
    expect(sensor).toContain('@load policy/tuning/json-logs\n');
    expect(sensor).toContain('redef ignore_checksums = T;\n');
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
