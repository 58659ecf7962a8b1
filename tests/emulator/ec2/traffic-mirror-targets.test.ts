import {
  CreateNetworkInterfaceCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  type CreateTrafficMirrorTargetCommandInput,
  CreateVpcEndpointCommand,
  DeleteNetworkInterfaceCommand,
  DeleteTrafficMirrorTargetCommand,
  DeleteVpcEndpointsCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeTrafficMirrorTargetsCommand,
  type Filter,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Bench, createBench, refusal } from './in-process-client.ts';
import { addMirroring, addSession, launchOne, present } from './world-setup.ts';

const NLB = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/ids/0123456789abcdef';

let bench: Bench;

beforeEach(() => {
  bench = createBench();
});

const create = async (input: CreateTrafficMirrorTargetCommandInput) =>
  present((await bench.client.send(new CreateTrafficMirrorTargetCommand(input))).TrafficMirrorTarget);

const find = async (filters: Filter[] = []) =>
  present((await bench.client.send(new DescribeTrafficMirrorTargetsCommand({ Filters: filters }))).TrafficMirrorTargets).map(
    (target) => target.TrafficMirrorTargetId,
  );

async function addEndpoint(): Promise<string> {
  const { vpcId, subnetIds } = present(bench.ec2.network);
  const { VpcEndpoint } = await bench.client.send(
    new CreateVpcEndpointCommand({
      VpcEndpointType: 'GatewayLoadBalancer',
      VpcId: vpcId,
      SubnetIds: [subnetIds[0]],
      ServiceName: 'com.amazonaws.vpce.eu-west-1.vpce-svc-1',
    }),
  );
  return present(VpcEndpoint?.VpcEndpointId);
}

describe('a target', () => {
  it('is an interface, a Network Load Balancer or a Gateway Load Balancer endpoint', async () => {
    const { eniId } = await launchOne(bench);
    const endpointId = await addEndpoint();
    expect(await create({ NetworkInterfaceId: eniId, Description: 'ids' })).toMatchObject({
      Type: 'network-interface',
      NetworkInterfaceId: eniId,
      OwnerId: '111122223333',
      Description: 'ids',
    });
    expect(await create({ NetworkLoadBalancerArn: NLB })).toMatchObject({
      Type: 'network-load-balancer',
      NetworkLoadBalancerArn: NLB,
    });
    expect(await create({ GatewayLoadBalancerEndpointId: endpointId })).toMatchObject({
      Type: 'gateway-load-balancer-endpoint',
      GatewayLoadBalancerEndpointId: endpointId,
    });
  });

  it.each<[string, CreateTrafficMirrorTargetCommandInput]>([
    ['InvalidInput', {}],
    ['InvalidInput', { NetworkInterfaceId: 'eni-00000000000000000', NetworkLoadBalancerArn: NLB }],
    ['InvalidTrafficMirrorTarget', { NetworkInterfaceId: 'eni-00000000000000000' }],
    ['InvalidNetworkInterfaceId.Malformed', { NetworkInterfaceId: 'i-00000000000000000' }],
    ['InvalidNetworkLoadBalancerArn.Malformed', { NetworkLoadBalancerArn: NLB.replace('/net/', '/app/') }],
    ['NetworkLoadBalancerNotFoundException', { NetworkLoadBalancerArn: NLB.replace('eu-west-1', 'us-east-1') }],
    ['InvalidVpcEndpointId.Malformed', { GatewayLoadBalancerEndpointId: 'vpce-1' }],
    ['InvalidVpcEndpointId.NotFound', { GatewayLoadBalancerEndpointId: 'vpce-00000000000000000' }],
  ])('is refused with %s for %j', async (code, input) => {
    expect((await refusal(create(input))).code).toBe(code);
    expect(bench.ec2.world.targets()).toEqual([]);
  });

  it('is the only one of its interface and of its load balancer; endpoints may be shared', async () => {
    const { eniId } = await launchOne(bench);
    const endpointId = await addEndpoint();
    await create({ NetworkInterfaceId: eniId });
    await create({ NetworkLoadBalancerArn: NLB });
    await create({ GatewayLoadBalancerEndpointId: endpointId });
    expect((await refusal(create({ NetworkInterfaceId: eniId }))).code).toBe('InterfaceInUseByTrafficMirrorTarget');
    expect((await refusal(create({ NetworkLoadBalancerArn: NLB }))).code).toBe('NlbInUseByTrafficMirrorTargetException');
    await create({ GatewayLoadBalancerEndpointId: endpointId });
  });

  it('points only at load balancers that exist, where they are listed', async () => {
    bench.ec2.controls.settings.loadBalancers = [];
    expect((await refusal(create({ NetworkLoadBalancerArn: NLB }))).code).toBe('NetworkLoadBalancerNotFoundException');
    bench.ec2.controls.settings.loadBalancers = [NLB];
    await create({ NetworkLoadBalancerArn: NLB });
  });

  it.each([
    ['observed', 'TrafficMirrorTargetInUse', 'InvalidTrafficMirrorTargetId.NotFound'],
    ['documented', 'TrafficMirrorTargetInUseException', 'InvalidTrafficMirrorTargetNoFound'],
  ] as const)('is not deleted while in use, errors spelled as %s', async (spelling, inUse, notFound) => {
    bench.ec2.controls.settings.errorSpelling = spelling;
    const mirroring = await addMirroring(bench);
    const { eniId } = await launchOne(bench);
    const sessionId = await addSession(bench, mirroring, eniId);
    const remove = (id: string) => bench.client.send(new DeleteTrafficMirrorTargetCommand({ TrafficMirrorTargetId: id }));
    expect(await refusal(remove(mirroring.targetId))).toMatchObject({
      code: inUse,
      message: `Cannot delete ${mirroring.targetId} Target is in use by ${sessionId}`,
    });
    const spare = await create({ NetworkLoadBalancerArn: NLB });
    await remove(present(spare.TrafficMirrorTargetId));
    expect((await refusal(remove(present(spare.TrafficMirrorTargetId)))).code).toBe(notFound);
  });

  it('outlives the interface or endpoint it points at, with its sessions', async () => {
    const { NetworkInterface: eni } = await bench.client.send(
      new CreateNetworkInterfaceCommand({ SubnetId: present(bench.ec2.network).subnetIds[0] }),
    );
    const target = await create({ NetworkInterfaceId: present(eni?.NetworkInterfaceId) });
    const mirroring = await addMirroring(bench);
    const { eniId } = await launchOne(bench);
    await addSession(bench, { ...mirroring, targetId: present(target.TrafficMirrorTargetId) }, eniId);
    const endpointId = await addEndpoint();
    await create({ GatewayLoadBalancerEndpointId: endpointId });
    await bench.client.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: eni?.NetworkInterfaceId }));
    await bench.client.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [endpointId] }));
    expect(bench.ec2.world.targets()).toHaveLength(3);
    expect(bench.ec2.world.sessions()).toHaveLength(1);
  });

  it('is one of as many as the account may have, shared ones not counted', async () => {
    bench.ec2.controls.settings.targetsPerAccount = 1;
    bench.ec2.controls.addSharedTarget({ ownerId: '999988887777' });
    await create({ NetworkLoadBalancerArn: NLB });
    expect((await refusal(create({ GatewayLoadBalancerEndpointId: await addEndpoint() }))).code).toBe(
      'TrafficMirrorTargetLimitExceeded',
    );
  });

  it('is found by every documented filter', async () => {
    const { eniId } = await launchOne(bench);
    const eniTarget = await create({ NetworkInterfaceId: eniId, Description: 'one' });
    const nlbTarget = await create({ NetworkLoadBalancerArn: NLB, Description: 'two' });
    const [one, two] = [eniTarget.TrafficMirrorTargetId, nlbTarget.TrafficMirrorTargetId];
    expect(await find([{ Name: 'description', Values: ['one'] }])).toEqual([one]);
    expect(await find([{ Name: 'network-interface-id', Values: [eniId] }])).toEqual([one]);
    expect(await find([{ Name: 'network-load-balancer-arn', Values: [NLB] }])).toEqual([two]);
    expect(await find([{ Name: 'traffic-mirror-target-id', Values: [present(two)] }])).toEqual([two]);
    expect(await find([{ Name: 'owner-id', Values: ['111122223333'] }])).toEqual([one, two]);
  });
});

describe('a target shared by another account', () => {
  it('is shown with its owner, takes sessions, and is not deleted by others', async () => {
    const mirroring = await addMirroring(bench);
    const { eniId } = await launchOne(bench);
    const targetId = bench.ec2.controls.addSharedTarget({ ownerId: '999988887777', tags: { team: 'soc' } });
    expect(await find([{ Name: 'owner-id', Values: ['999988887777'] }])).toEqual([targetId]);
    await bench.client.send(
      new CreateTrafficMirrorSessionCommand({
        NetworkInterfaceId: eniId,
        TrafficMirrorTargetId: targetId,
        TrafficMirrorFilterId: mirroring.filterId,
        SessionNumber: 1,
      }),
    );
    const remove = bench.client.send(new DeleteTrafficMirrorTargetCommand({ TrafficMirrorTargetId: targetId }));
    expect((await refusal(remove)).code).toBe('UnauthorizedOperation');
    bench.ec2.controls.removeSharedTarget(targetId);
    expect(await find([{ Name: 'owner-id', Values: ['999988887777'] }])).toEqual([]);
    expect(bench.ec2.world.sessions()).toHaveLength(1);
  });

  it('works with tag filters on targets, on all mirror describes, or on none, as is set', async () => {
    const tagged = await create({
      NetworkLoadBalancerArn: NLB,
      TagSpecifications: [{ ResourceType: 'traffic-mirror-target', Tags: [{ Key: 'pool', Value: 'a' }] }],
    });
    const byTag: Filter[] = [{ Name: 'tag:pool', Values: ['a'] }];
    expect(await find(byTag)).toEqual([tagged.TrafficMirrorTargetId]);
    expect(await find([{ Name: 'tag-key', Values: ['other'] }])).toEqual([]);
    const sessions = () => bench.client.send(new DescribeTrafficMirrorSessionsCommand({ Filters: byTag }));
    expect((await refusal(sessions())).code).toBe('InvalidFilter');
    bench.ec2.controls.settings.mirrorTagFilters = 'match';
    expect((await sessions()).TrafficMirrorSessions).toEqual([]);
    bench.ec2.controls.settings.mirrorTagFilters = 'refuse';
    expect((await refusal(find(byTag))).code).toBe('InvalidFilter');
  });
});
