import { DescribeNetworkInterfacesCommand, type EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeregisterTargetsCommand,
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyLoadBalancerAttributesCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { beforeEach, expect, it } from 'vitest';
import { createElb, type Elb } from '../../../src/emulator/elb/elb.ts';
import { type Bench, createBench, refusal } from '../ec2/in-process-client.ts';
import { launchOne, present } from '../ec2/world-setup.ts';
import { inProcess } from '../front/in-process-handler.ts';

let bench: Bench;
let ec2: EC2Client;
let elb: Elb;
let client: ElasticLoadBalancingV2Client;

beforeEach(() => {
  bench = createBench();
  ec2 = bench.client;
  elb = createElb(bench.host, bench.ec2);
  client = new ElasticLoadBalancingV2Client(inProcess(elb));
});

async function balancer(): Promise<string> {
  const Subnets = present(bench.ec2.network).subnetIds.slice(0, 2);
  const { LoadBalancers } = await client.send(
    new CreateLoadBalancerCommand({ Name: 'ids', Type: 'network', Scheme: 'internal', Subnets }),
  );
  return present(LoadBalancers?.[0]?.LoadBalancerArn);
}

async function group(): Promise<string> {
  const { TargetGroups } = await client.send(
    new CreateTargetGroupCommand({ Name: 'sensors', Protocol: 'UDP', Port: 4789, VpcId: present(bench.ec2.network).vpcId }),
  );
  return present(TargetGroups?.[0]?.TargetGroupArn);
}

async function health(TargetGroupArn: string) {
  const { TargetHealthDescriptions = [] } = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
  return TargetHealthDescriptions.map(({ TargetHealth }) => [TargetHealth?.State, TargetHealth?.Reason]);
}

it('puts a node into each subnet, described as ELB does, and takes them away with the load balancer', async () => {
  const arn = await balancer();
  const { LoadBalancers } = await client.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }));
  expect(LoadBalancers).toMatchObject([
    {
      LoadBalancerName: 'ids',
      Type: 'network',
      State: { Code: 'active' },
      AvailabilityZones: [{ ZoneName: 'eu-west-1a' }, { ZoneName: 'eu-west-1b' }],
    },
  ]);
  const nodes = new DescribeNetworkInterfacesCommand({
    Filters: [{ Name: 'description', Values: [`ELB ${arn.split(':loadbalancer/')[1]}`] }],
  });
  expect((await ec2.send(nodes)).NetworkInterfaces).toMatchObject([
    { InterfaceType: 'network_load_balancer', RequesterManaged: true },
    { InterfaceType: 'network_load_balancer', RequesterManaged: true },
  ]);
  await client.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
  expect((await ec2.send(nodes)).NetworkInterfaces).toEqual([]);
  const gone = await refusal(client.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] })));
  expect(gone.code).toMatch(/^LoadBalancerNotFound/);
});

it('has targets that are unused until a listener leads to them, and healthy while their instance runs', async () => {
  const arn = await balancer();
  const sensors = await group();
  const sensor = await launchOne(bench);
  await client.send(new RegisterTargetsCommand({ TargetGroupArn: sensors, Targets: [{ Id: sensor.instanceId }] }));
  expect(await health(sensors)).toEqual([['unused', 'Target.NotInUse']]);
  const { Listeners } = await client.send(
    new CreateListenerCommand({
      LoadBalancerArn: arn,
      Protocol: 'UDP',
      Port: 4789,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: sensors }],
    }),
  );
  expect(await health(sensors)).toEqual([['healthy', undefined]]);
  elb.setTargetHealth(sensors, sensor.instanceId, { state: 'unhealthy', reason: 'Target.FailedHealthChecks' });
  expect(await health(sensors)).toEqual([['unhealthy', 'Target.FailedHealthChecks']]);
  const { Listeners: described } = await client.send(new DescribeListenersCommand({ LoadBalancerArn: arn }));
  expect(described).toMatchObject([
    { Protocol: 'UDP', Port: 4789, DefaultActions: [{ Type: 'forward', TargetGroupArn: sensors }] },
  ]);
  const { TargetGroups } = await client.send(new DescribeTargetGroupsCommand({ LoadBalancerArn: arn }));
  expect(TargetGroups).toMatchObject([{ TargetGroupName: 'sensors', LoadBalancerArns: [arn] }]);
  await client.send(new DeleteListenerCommand({ ListenerArn: Listeners?.[0]?.ListenerArn }));
  expect((await client.send(new DescribeListenersCommand({ LoadBalancerArn: arn }))).Listeners).toEqual([]);
  await client.send(new DeregisterTargetsCommand({ TargetGroupArn: sensors, Targets: [{ Id: sensor.instanceId }] }));
  expect(await health(sensors)).toEqual([]);
});

it('crosses zones only when told to', async () => {
  const LoadBalancerArn = await balancer();
  const read = async () => {
    const { Attributes } = await client.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }));
    return Attributes?.find(({ Key }) => Key === 'load_balancing.cross_zone.enabled')?.Value;
  };
  expect(await read()).toBe('false');
  const Attributes = [{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }];
  await client.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes }));
  expect(await read()).toBe('true');
});

it('refuses what is there already, what does not exist, and what is not emulated', async () => {
  const arn = await balancer();
  const code = async (call: Promise<unknown>) => (await refusal(call)).code;
  expect(await code(balancer())).toMatch(/^DuplicateLoadBalancerName/);
  const Subnets = ['subnet-0123456789abcdef0'];
  expect(await code(client.send(new CreateLoadBalancerCommand({ Name: 'b', Type: 'network', Subnets })))).toMatch(
    /^SubnetNotFound/,
  );
  expect(await code(client.send(new CreateLoadBalancerCommand({ Name: 'c', Type: 'application', Subnets })))).toBe(
    'ValidationError',
  );
  const listener = { LoadBalancerArn: arn, Protocol: 'UDP' as const, Port: 4789 };
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn: 'arn:aws:elasticloadbalancing:none' }];
  expect(await code(client.send(new CreateListenerCommand({ ...listener, DefaultActions })))).toMatch(/^TargetGroupNotFound/);
});

it('asks the authorizer', async () => {
  bench.host.denyWith(() => 'no');
  const denied = await refusal(client.send(new DescribeLoadBalancersCommand({})));
  expect(denied).toMatchObject({ code: 'AccessDenied', status: 403 });
  expect(bench.host.asked.at(-1)?.request.action).toBe('elasticloadbalancing:DescribeLoadBalancers');
});
