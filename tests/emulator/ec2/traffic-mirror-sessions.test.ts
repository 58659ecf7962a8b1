import {
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  CreateSubnetCommand,
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  DeleteTrafficMirrorSessionCommand,
  DescribeTrafficMirrorSessionsCommand,
  type DescribeTrafficMirrorSessionsCommandInput,
  DetachNetworkInterfaceCommand,
  ModifyTrafficMirrorSessionCommand,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Bench, createBench, refusal } from './in-process-client.ts';
import { addMirroring, addSession, type Launched, launch, launchOne, type Mirroring, present } from './world-setup.ts';

let bench: Bench;
let mirroring: Mirroring;
let source: Launched;

beforeEach(async () => {
  bench = createBench();
  mirroring = await addMirroring(bench);
  source = await launchOne(bench);
});

const create = (input: Partial<ConstructorParameters<typeof CreateTrafficMirrorSessionCommand>[0]> = {}) =>
  bench.client.send(
    new CreateTrafficMirrorSessionCommand({
      NetworkInterfaceId: source.eniId,
      TrafficMirrorTargetId: mirroring.targetId,
      TrafficMirrorFilterId: mirroring.filterId,
      SessionNumber: 1,
      ...input,
    }),
  );

describe('CreateTrafficMirrorSession', () => {
  it('answers the session as given, with its tags, a random network id and no packet length', async () => {
    const { TrafficMirrorSession: session, ClientToken } = await create({
      Description: 'a <b> & "c"',
      TagSpecifications: [{ ResourceType: 'traffic-mirror-session', Tags: [{ Key: 'a', Value: 'b' }, { Key: 'empty' }] }],
      ClientToken: 'token',
    });
    expect(session).toMatchObject({
      NetworkInterfaceId: source.eniId,
      TrafficMirrorTargetId: mirroring.targetId,
      TrafficMirrorFilterId: mirroring.filterId,
      OwnerId: '111122223333',
      SessionNumber: 1,
      Description: 'a <b> & "c"',
      Tags: [
        { Key: 'a', Value: 'b' },
        { Key: 'empty', Value: '' },
      ],
    });
    expect(session?.TrafficMirrorSessionId).toMatch(/^tms-[0-9a-f]{17}$/);
    expect(session?.VirtualNetworkId).toBeGreaterThan(0);
    expect(session?.VirtualNetworkId).toBeLessThan(2 ** 24);
    expect(session?.PacketLength).toBeUndefined();
    expect(ClientToken).toBe('token');
  });

  it.each([
    ['SessionNumber 0', { SessionNumber: 0 }],
    ['SessionNumber 32767', { SessionNumber: 32_767 }],
    ['PacketLength 0', { PacketLength: 0 }],
    ['PacketLength 8501', { PacketLength: 8501 }],
    ['VirtualNetworkId 0', { VirtualNetworkId: 0 }],
    ['VirtualNetworkId 16777216', { VirtualNetworkId: 16_777_216 }],
  ])('refuses %s', async (_, input) => {
    expect(await refusal(create(input))).toMatchObject({ code: 'InvalidParameterValue', status: 400 });
    expect(bench.ec2.world.sessions()).toEqual([]);
  });

  it.each([
    ['1 and 8500', { SessionNumber: 1, PacketLength: 8500 }],
    ['32766 and 1', { SessionNumber: 32_766, PacketLength: 1, VirtualNetworkId: 16_777_215 }],
  ])('takes the bounds %s', async (_, input) => {
    expect((await create(input)).TrafficMirrorSession).toMatchObject(input);
  });

  it('refuses a fourth session on one ENI', async () => {
    for (const SessionNumber of [1, 2, 3]) await create({ SessionNumber });
    expect((await refusal(create({ SessionNumber: 4 }))).code).toBe('TrafficMirrorSessionsPerInterfaceLimitExceeded');
  });

  it('refuses a session number that the ENI already has, with the code that is set', async () => {
    await create();
    expect(await refusal(create())).toMatchObject({
      code: 'InvalidParameterValue',
      message: expect.stringContaining('is already being used by tms-'),
    });
    bench.ec2.controls.settings.duplicateSessionNumberCode = 'TrafficMirrorSessionNumberInUse';
    expect((await refusal(create())).code).toBe('TrafficMirrorSessionNumberInUse');
    const other = await launchOne(bench);
    await create({ NetworkInterfaceId: other.eniId });
  });

  it.each([
    ['InvalidNetworkInterfaceID.NotFound', { NetworkInterfaceId: 'eni-00000000000000000' }],
    ['InvalidTrafficMirrorTargetId.NotFound', { TrafficMirrorTargetId: 'tmt-00000000000000000' }],
    ['InvalidTrafficMirrorFilterId.NotFound', { TrafficMirrorFilterId: 'tmf-00000000000000000' }],
    ['InvalidNetworkInterfaceId.Malformed', { NetworkInterfaceId: 'eni-xyz' }],
    ['InvalidTrafficMirrorTargetId.Malformed', { TrafficMirrorTargetId: 'tms-00000000000000000' }],
  ])('refuses with %s', async (code, input) => {
    expect((await refusal(create(input))).code).toBe(code);
  });

  it('spells NotFound as documented when set so', async () => {
    bench.ec2.controls.settings.errorSpelling = 'documented';
    expect((await refusal(create({ TrafficMirrorTargetId: 'tmt-00000000000000000' }))).code).toBe(
      'InvalidTrafficMirrorTargetNoFound',
    );
    expect((await refusal(create({ TrafficMirrorFilterId: 'tmf-00000000000000000' }))).code).toBe(
      'InvalidTrafficMirrorFilterNotFound',
    );
  });

  it('refuses the ENI of a target as a source, and the ENI of a source as a target', async () => {
    expect(await refusal(create({ NetworkInterfaceId: mirroring.sensor.eniId }))).toMatchObject({
      code: 'InterfaceInUseByTrafficMirrorTarget',
      message: expect.stringContaining('is in use by target'),
    });
    await create();
    const asTarget = bench.client.send(new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: source.eniId }));
    expect((await refusal(asTarget)).code).toBe('InterfaceInUseByTrafficMirrorSession');
  });

  it('mirrors at most 8500 bytes to a Network Load Balancer unless told otherwise', async () => {
    const arn = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/ids/0123456789abcdef';
    const { TrafficMirrorTarget: target } = await bench.client.send(
      new CreateTrafficMirrorTargetCommand({ NetworkLoadBalancerArn: arn }),
    );
    const session = await create({ TrafficMirrorTargetId: present(target?.TrafficMirrorTargetId) });
    expect(session.TrafficMirrorSession?.PacketLength).toBe(8500);
  });

  it('refuses more sessions than the account may have, not counting other accounts', async () => {
    bench.ec2.controls.settings.sessionsPerAccount = 1;
    bench.ec2.controls.addForeignSession({ ownerId: '999988887777', trafficMirrorTargetId: mirroring.targetId });
    await create();
    expect((await refusal(create({ SessionNumber: 2 }))).code).toBe('TrafficMirrorSessionLimitExceeded');
  });
});

describe('a source', () => {
  it('must not be detached, and may be on a stopped instance', async () => {
    const { NetworkInterface: eni } = await bench.client.send(
      new CreateNetworkInterfaceCommand({ SubnetId: present(bench.ec2.network).subnetIds[0] }),
    );
    const eniId = present(eni?.NetworkInterfaceId);
    expect(await refusal(create({ NetworkInterfaceId: eniId }))).toMatchObject({
      code: 'NetworkInterfaceNotSupported',
      message: `${eniId} must be attached to a supported instance`,
    });
    const attach = new AttachNetworkInterfaceCommand({
      NetworkInterfaceId: eniId,
      InstanceId: source.instanceId,
      DeviceIndex: 1,
    });
    const { AttachmentId } = await bench.client.send(attach);
    await create({ NetworkInterfaceId: eniId });
    await bench.host.clock.advance(1000);
    await bench.client.send(new DetachNetworkInterfaceCommand({ AttachmentId }));
    expect((await refusal(create({ NetworkInterfaceId: eniId, SessionNumber: 2 }))).code).toBe('NetworkInterfaceNotSupported');
    expect(bench.ec2.world.sessions()).toHaveLength(1);
  });

  it.each([
    ['t3.micro', true],
    ['t2.micro', false],
    ['m8g.large', false],
    ['c7gn.large', false],
    ['m7i-flex.large', true],
    ['m5.metal', true],
    ['m5n.metal', false],
    ['m5n.large', true],
    ['c7g.metal', false],
    ['mac2.metal', true],
    ['i7ie.large', false],
  ] as const)('of type %s is supported: %s', async (InstanceType, isSupported) => {
    const { eniId } = await launchOne(bench, { InstanceType: InstanceType as 't3.micro' });
    if (isSupported) await create({ NetworkInterfaceId: eniId });
    else expect((await refusal(create({ NetworkInterfaceId: eniId }))).code).toBe('NetworkInterfaceNotSupported');
  });

  it('is supported as the setting says, by type before family', async () => {
    bench.ec2.controls.settings.sourceTypes = { m5: false, 'm5.xlarge': true, t2: true };
    expect((await refusal(create())).code).toBe('NetworkInterfaceNotSupported');
    const [xlarge, t2] = [
      await launchOne(bench, { InstanceType: 'm5.xlarge' }),
      await launchOne(bench, { InstanceType: 't2.micro' }),
    ];
    await create({ NetworkInterfaceId: xlarge.eniId });
    await create({ NetworkInterfaceId: t2.eniId });
  });

  it.each([
    ['efa', undefined, false],
    ['lambda', 'lambda', false],
    ['interface', 'amazon-elb', false],
    ['interface', 'amazon-rds', true],
    ['interface', 'amazon-elasticache', true],
  ])('of interface type %s made by %s is supported: %s', async (interfaceType, requesterId, isSupported) => {
    const subnetId = present(bench.ec2.network).subnetIds[0];
    const eniId = bench.ec2.controls.addServiceInterface({
      subnetId,
      interfaceType,
      ...(requesterId === undefined ? {} : { requesterId }),
    });
    const answer = await create({ NetworkInterfaceId: eniId }).catch((error: unknown) => error);
    expect(answer instanceof Error ? answer.name : 'ok').toBe(isSupported ? 'ok' : 'NetworkInterfaceNotSupported');
  });

  it('must not be in an IPv6-only subnet', async () => {
    const { vpcId } = present(bench.ec2.network);
    const { Subnet } = await bench.client.send(
      new CreateSubnetCommand({
        VpcId: vpcId,
        Ipv6Native: true,
        Ipv6CidrBlock: '2001:db8:1:2::/64',
        AvailabilityZone: 'eu-west-1b',
      }),
    );
    const { eniId } = await launchOne(bench, { SubnetId: present(Subnet?.SubnetId) });
    expect((await refusal(create({ NetworkInterfaceId: eniId }))).code).toBe('NetworkInterfaceNotSupported');
  });
});

describe('the sources of a target', () => {
  it('are ten on an interface, counting other accounts, and the eleventh is refused', async () => {
    bench.ec2.controls.addForeignSession({ ownerId: '999988887777', trafficMirrorTargetId: mirroring.targetId });
    const fleet = await launch(bench, { MinCount: 10, MaxCount: 10 });
    for (const { eniId } of fleet.slice(0, 9)) await create({ NetworkInterfaceId: eniId });
    expect(await refusal(create({ NetworkInterfaceId: present(fleet[9]).eniId }))).toMatchObject({
      code: 'TrafficMirrorSourcesPerTargetLimitExceeded',
      message: 'Sources per interface-target limit reached (11)',
    });
  });

  it('are a hundred where the sensor is of a large type', async () => {
    const large = await addMirroring(bench, 'm5.24xlarge');
    bench.ec2.controls.settings.sourcesPerLargeInterfaceTarget = 12;
    const fleet = await launch(bench, { MinCount: 13, MaxCount: 13 });
    for (const { eniId } of fleet.slice(0, 12))
      await create({ NetworkInterfaceId: eniId, TrafficMirrorTargetId: large.targetId });
    const thirteenth = create({ NetworkInterfaceId: present(fleet[12]).eniId, TrafficMirrorTargetId: large.targetId });
    expect((await refusal(thirteenth)).message).toContain('(13)');
  });

  it('count as sessions or as interfaces, as is set', async () => {
    bench.ec2.controls.settings.sourcesPerInterfaceTarget = 1;
    await create({ SessionNumber: 1 });
    expect((await refusal(create({ SessionNumber: 2 }))).code).toBe('TrafficMirrorSourcesPerTargetLimitExceeded');
    bench.ec2.controls.settings.sourcesCountedAs = 'interfaces';
    await create({ SessionNumber: 2 });
  });
});

describe('ModifyTrafficMirrorSession', () => {
  const modify = (
    input: Omit<ConstructorParameters<typeof ModifyTrafficMirrorSessionCommand>[0], 'TrafficMirrorSessionId'>,
    id: string,
  ) => bench.client.send(new ModifyTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id, ...input }));

  it('changes what is given and keeps the rest', async () => {
    const id = await addSession(bench, mirroring, source.eniId, { PacketLength: 100, VirtualNetworkId: 5, Description: 'd' });
    const answer = await modify({ SessionNumber: 7 }, id);
    expect(answer.TrafficMirrorSession).toMatchObject({
      SessionNumber: 7,
      PacketLength: 100,
      VirtualNetworkId: 5,
      Description: 'd',
    });
  });

  it('resets removed fields to their defaults, the network id to another one', async () => {
    const id = await addSession(bench, mirroring, source.eniId, { PacketLength: 100, VirtualNetworkId: 5, Description: 'd' });
    const { TrafficMirrorSession: session } = await modify(
      { RemoveFields: ['packet-length', 'description', 'virtual-network-id'] },
      id,
    );
    expect([session?.PacketLength, session?.Description]).toEqual([undefined, undefined]);
    expect(session?.VirtualNetworkId).not.toBe(5);
  });

  it('refuses to set and remove one field, and words that are no field', async () => {
    const id = await addSession(bench, mirroring, source.eniId);
    expect((await refusal(modify({ PacketLength: 5, RemoveFields: ['packet-length'] }, id))).code).toBe(
      'InvalidParameterCombination',
    );
    expect((await refusal(modify({ RemoveFields: ['session-number' as 'description'] }, id))).code).toBe('InvalidParameterValue');
  });

  it('refuses a number in use, an unknown target or filter, a full target and an unknown session', async () => {
    const id = await addSession(bench, mirroring, source.eniId);
    await addSession(bench, mirroring, source.eniId, { SessionNumber: 2 });
    expect((await refusal(modify({ SessionNumber: 2 }, id))).message).toContain('already being used');
    expect((await refusal(modify({ TrafficMirrorTargetId: 'tmt-00000000000000000' }, id))).code).toBe(
      'InvalidTrafficMirrorTargetId.NotFound',
    );
    expect((await refusal(modify({ TrafficMirrorFilterId: 'tmf-00000000000000000' }, id))).code).toBe(
      'InvalidTrafficMirrorFilterId.NotFound',
    );
    expect((await refusal(modify({ SessionNumber: 3 }, 'tms-00000000000000000'))).code).toBe(
      'InvalidTrafficMirrorSessionId.NotFound',
    );
    const second = await addMirroring(bench);
    bench.ec2.controls.settings.sourcesPerInterfaceTarget = 0;
    const full = modify({ TrafficMirrorTargetId: second.targetId }, id);
    expect((await refusal(full)).code).toBe('TrafficMirrorSourcesPerTargetLimitExceeded');
    expect((await modify({ Description: 'stays on its target' }, id)).TrafficMirrorSession?.TrafficMirrorTargetId).toBe(
      mirroring.targetId,
    );
  });

  it('refuses to change or delete a session of another account', async () => {
    const id = bench.ec2.controls.addForeignSession({ ownerId: '999988887777', trafficMirrorTargetId: mirroring.targetId });
    expect((await refusal(modify({ SessionNumber: 3 }, id))).code).toBe('UnauthorizedOperation');
    expect((await refusal(bench.client.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id })))).code).toBe(
      'UnauthorizedOperation',
    );
  });
});

describe('DeleteTrafficMirrorSession', () => {
  it('deletes once, then does not find it', async () => {
    const id = await addSession(bench, mirroring, source.eniId);
    const remove = () => bench.client.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id }));
    expect((await remove()).TrafficMirrorSessionId).toBe(id);
    expect((await refusal(remove())).code).toBe('InvalidTrafficMirrorSessionId.NotFound');
  });
});

describe('DescribeTrafficMirrorSessions', () => {
  const list = async (input: DescribeTrafficMirrorSessionsCommandInput) =>
    (await bench.client.send(new DescribeTrafficMirrorSessionsCommand(input))).TrafficMirrorSessions?.map(
      (session) => session.SessionNumber,
    );

  it('finds by every documented filter', async () => {
    const { TrafficMirrorFilter: filter } = await bench.client.send(new CreateTrafficMirrorFilterCommand({}));
    const filterId = present(filter?.TrafficMirrorFilterId);
    const first = await addSession(bench, mirroring, source.eniId, {
      Description: 'one',
      PacketLength: 100,
      VirtualNetworkId: 5,
    });
    const other = await launchOne(bench);
    await addSession(bench, { ...mirroring, filterId }, other.eniId, { SessionNumber: 2, Description: 'two' });
    const filters: readonly [string, string][] = [
      ['description', 'one'],
      ['network-interface-id', source.eniId],
      ['packet-length', '100'],
      ['session-number', '1'],
      ['traffic-mirror-filter-id', mirroring.filterId],
      ['traffic-mirror-session-id', first],
      ['virtual-network-id', '5'],
    ];
    for (const [Name, value] of filters)
      expect([Name, await list({ Filters: [{ Name, Values: [value] }] })]).toEqual([Name, [1]]);
    expect(await list({ Filters: [{ Name: 'traffic-mirror-target-id', Values: [mirroring.targetId] }] })).toEqual([1, 2]);
    expect(await list({ Filters: [{ Name: 'owner-id', Values: ['111122223333'] }] })).toEqual([1, 2]);
    expect(await list({ Filters: [{ Name: 'owner-id', Values: ['999988887777'] }] })).toEqual([]);
  });

  it('shows the sessions that other accounts have on targets of this one', async () => {
    bench.ec2.controls.addForeignSession({
      ownerId: '999988887777',
      trafficMirrorTargetId: mirroring.targetId,
      sessionNumber: 9,
    });
    expect(await list({ Filters: [{ Name: 'owner-id', Values: ['9999*'] }] })).toEqual([9]);
  });

  it('refuses a call that names one unknown id', async () => {
    const id = await addSession(bench, mirroring, source.eniId);
    expect(await list({ TrafficMirrorSessionIds: [id] })).toEqual([1]);
    const both = refusal(list({ TrafficMirrorSessionIds: [id, 'tms-00000000000000000'] }));
    expect((await both).code).toBe('InvalidTrafficMirrorSessionId.NotFound');
  });
});
