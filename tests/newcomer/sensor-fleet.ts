/** The fleet of examples/sensor/template.yml in an emulated account, by the properties that the template gives it. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  type EC2Client,
  ModifyNetworkInterfaceAttributeCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  ModifyLoadBalancerAttributesCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { instanceId, primaryInterface, type User } from '../../src/demo/user.ts';
import { at, type Json, propertiesOf, resourcesOf, textOf } from '../stack/template.ts';
import { readSensorTemplate } from '../support/sensor-template.ts';

const zones = ['eu-west-1a', 'eu-west-1b'];
const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

export interface SensorFleet {
  readonly balancerArn: string;
  readonly sensorIds: readonly string[];
}

/** What CloudFormation would make of the template as the stack `sensors`, with sensors that are healthy. */
export async function makeSensorFleet(
  account: { readonly ec2: EC2Client; readonly user: User; readonly endpoint: string },
  sourceCidrs: readonly string[],
): Promise<SensorFleet> {
  const { ec2, user, endpoint } = account;
  const template = readSensorTemplate(sourceCidrs);
  const groups = new Map<string, string>();
  for (const [name] of resourcesOf(template, 'AWS::EC2::SecurityGroup')) {
    const { GroupId = '' } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: name, Description: name }));
    groups.set(name, GroupId);
  }
  const group = (reference: Json | undefined): string => groups.get(textOf(at(reference, 'Fn::GetAtt', 0))) ?? '';
  for (const [, rule] of resourcesOf(template, 'AWS::EC2::SecurityGroupIngress')) {
    const from =
      rule.CidrIp === undefined
        ? { UserIdGroupPairs: [{ GroupId: group(rule.SourceSecurityGroupId) }] }
        : { IpRanges: [{ CidrIp: textOf(rule.CidrIp) }] };
    const ports = { FromPort: Number(rule.FromPort), ToPort: Number(rule.ToPort) };
    await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: group(rule.GroupId),
        IpPermissions: [{ IpProtocol: textOf(rule.IpProtocol), ...ports, ...from }],
      }),
    );
  }

  const tags = Object.fromEntries(
    listOf(at(propertiesOf(template, 'Sensors'), 'Tags')).map((tag): [string, string] => {
      const value = at(tag, 'Value');
      return [textOf(at(tag, 'Key')), typeof value === 'string' ? value : 'sensors'];
    }),
  );
  const sensors = (await Promise.all(zones.map((zone) => user.launch(1, zone, 'c5.large', tags)))).flat();
  const launch = at(propertiesOf(template, 'SensorLaunch'), 'LaunchTemplateData');
  const sensorGroups = listOf(at(launch, 'SecurityGroupIds')).map(group);
  for (const sensor of sensors)
    await ec2.send(
      new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: primaryInterface(sensor), Groups: sensorGroups }),
    );

  const elb = new ElasticLoadBalancingV2Client({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const balancer = propertiesOf(template, 'LoadBalancer');
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({
      Name: 'sensors',
      Type: 'network',
      Scheme: 'internal',
      Subnets: await Promise.all(zones.map((zone) => user.subnet(zone))),
      SecurityGroups: listOf(balancer.SecurityGroups).map(group),
    }),
  );
  const { LoadBalancerArn = '', VpcId } = LoadBalancers?.[0] ?? {};
  const Attributes = listOf(balancer.LoadBalancerAttributes).map((one) => ({
    Key: textOf(at(one, 'Key')),
    Value: textOf(at(one, 'Value')),
  }));
  await elb.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes }));
  const { Port: targetPort } = propertiesOf(template, 'SensorTargets');
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({ Name: 'sensors', Protocol: 'UDP', Port: Number(targetPort), VpcId }),
  );
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn;
  await elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: sensors.map((one) => ({ Id: instanceId(one) })) }));
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }];
  const { Port } = propertiesOf(template, 'VxlanListener');
  await elb.send(new CreateListenerCommand({ LoadBalancerArn, Protocol: 'UDP', Port: Number(Port), DefaultActions }));
  elb.destroy();
  return { balancerArn: LoadBalancerArn, sensorIds: sensors.map(instanceId) };
}
