import {
  CreateTagsCommand,
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorFilterRuleCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  DeleteTagsCommand,
  DeleteTrafficMirrorFilterCommand,
  DeleteTrafficMirrorFilterRuleCommand,
  DeleteTrafficMirrorSessionCommand,
  DeleteTrafficMirrorTargetCommand,
  DescribeTrafficMirrorTargetsCommand,
  type EC2Client,
  ModifyInstanceAttributeCommand,
  ModifyTrafficMirrorFilterNetworkServicesCommand,
  ModifyTrafficMirrorSessionCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  addSensor,
  launch,
  launchOne,
  mirrored,
  notMirrored,
  type Source,
  sessionsOn,
  tagOf,
} from '../support/scenario/fleet.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

const owner = 'automirror-dev';

let service: RunningService;
let target: string;

beforeAll(async () => {
  service = await runService();
  target = await addSensor(service);
});

afterAll(() => service.stop());

/** All mirror objects of the account that are not ours, as EC2 tells them. */
async function foreignThings() {
  const { TrafficMirrorTargets = [] } = await service.ec2.send(new DescribeTrafficMirrorTargetsCommand({}));
  const all = [...(await service.user.sessions()), ...(await service.user.filters()), ...TrafficMirrorTargets];
  return all.filter((thing) => tagOf(thing, 'automirror:owner') !== owner);
}

/** Long enough that the service deletes the session, not EC2 together with the interface: IAM would then see no owner tag any more, and deny the deletion. */
async function terminateSlowly({ id, eni }: Source): Promise<void> {
  const { settings } = service.emulator.ec2.controls;
  const { shuttingDownMs } = settings;
  settings.shuttingDownMs = 5_000;
  await service.user.terminate([id]);
  settings.shuttingDownMs = shuttingDownMs;
  await notMirrored(service, eni);
}

describe('what is not ours', () => {
  test('stays as it is whatever happens around it', async () => {
    const [plain, tagged, shared, untagged] = await launch(service, 4, {});
    if (plain === undefined || tagged === undefined || shared === undefined || untagged === undefined) throw new Error('four');
    await service.user.foreignSession(plain.eni, target, 10);
    await service.user.foreignSession(shared.eni, target, 10);
    await service.user.foreignSession(shared.eni, target, 20, { 'automirror:owner': 'automirror-prod' });
    // A name that is nearly ours, and our other tags without the owner's.
    await service.user.foreignSession(untagged.eni, target, 7, {
      'automirror:owner': 'Automirror-Dev',
      'automirror:instance': untagged.id,
      'automirror:slot': '0',
      'automirror:rule': 'opt-in',
    });
    await service.ec2.send(
      new CreateTrafficMirrorFilterCommand({
        TagSpecifications: [
          { ResourceType: 'traffic-mirror-filter', Tags: [{ Key: 'automirror:owner', Value: 'automirror-prod' }] },
        ],
      }),
    );
    const unused = await launchOne(service, {});
    await service.user.target(unused.eni, { Name: 'nobody uses it' });
    const before = await foreignThings();
    expect(before.length).toBeGreaterThanOrEqual(10);
    service.emulator.ec2.calls.reset();

    for (const { id } of [tagged, shared, untagged]) await service.user.tag(id, { mirror: 'true' });
    for (const { eni, count } of [
      { eni: tagged.eni, count: 1 },
      { eni: shared.eni, count: 3 },
      { eni: untagged.eni, count: 2 },
    ]) {
      await service.user.expectSessions(
        `${count} on ${eni}`,
        (sessions) => sessions.filter((session) => session.NetworkInterfaceId === eni).length === count,
      );
    }
    await service.user.tag(shared.id, { 'mirror-packet-length': '99' });
    await service.user.untag(untagged.id, 'mirror');
    await service.user.stop(shared.id);
    await terminateSlowly(tagged);
    await service.sweep();
    expect(await sessionsOn(service, shared.eni)).toHaveLength(2);
    expect(await sessionsOn(service, untagged.eni)).toHaveLength(1);
    await service.sweep({ allowDeletes: true });

    expect(await foreignThings()).toEqual(before);
    const changes = service.calls().filter((call) => call.mutating);
    expect(changes.length).toBeGreaterThan(5);
    expect(changes.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
  });

  test('fills an interface, which is then refused', async () => {
    const { id, eni } = await launchOne(service, {});
    for (const number of [1, 2, 3]) await service.user.foreignSession(eni, target, number);
    const before = await sessionsOn(service, eni);
    await service.user.tag(id, { mirror: 'true' });
    await service.quiet();
    await service.sweep();
    expect(await sessionsOn(service, eni)).toEqual(before);
    expect(service.trail()).toContainEqual(
      expect.objectContaining({ action: 'instance.refuse', instanceId: id, reason: 'interface-full' }),
    );
  });

  test('was ours until somebody took our tag away: it is left alone from then on', async () => {
    const { id, eni } = await launchOne(service, { mirror: 'true' });
    const session = await mirrored(service, eni);
    await service.quiet();
    await service.user.untag(session.TrafficMirrorSessionId ?? '', 'automirror:owner');
    await service.user.untag(id, 'mirror');
    await service.quiet();
    await service.sweep();
    expect((await sessionsOn(service, eni)).map((one) => one.TrafficMirrorSessionId)).toEqual([session.TrafficMirrorSessionId]);
  });
});

describe("the packaged role's credentials", () => {
  let client: EC2Client;
  let source: Source;
  let foreign: { session: string; filter: string; rule: string };
  let ours: { session: string; filter: string };

  beforeAll(async () => {
    client = service.clientOfRole();
    source = await launchOne(service, {});
    const session = await service.user.foreignSession(source.eni, target, 1);
    const filter = await service.user.foreignFilter();
    const { TrafficMirrorFilterRule } = await service.ec2.send(
      new CreateTrafficMirrorFilterRuleCommand({ TrafficMirrorFilterId: filter, ...anyRule(1) }),
    );
    foreign = { session, filter, rule: TrafficMirrorFilterRule?.TrafficMirrorFilterRuleId ?? '' };
    const mine = await launchOne(service, { mirror: 'true' });
    const own = await mirrored(service, mine.eni);
    ours = { session: own.TrafficMirrorSessionId ?? '', filter: own.TrafficMirrorFilterId ?? '' };
    await service.quiet();
  });

  afterAll(() => client.destroy());

  function anyRule(number: number) {
    return {
      TrafficDirection: 'ingress' as const,
      RuleNumber: number,
      RuleAction: 'accept' as const,
      SourceCidrBlock: '0.0.0.0/0',
      DestinationCidrBlock: '0.0.0.0/0',
    };
  }

  function newSession(tags: Readonly<Record<string, string>>) {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    return new CreateTrafficMirrorSessionCommand({
      NetworkInterfaceId: source.eni,
      TrafficMirrorTargetId: target,
      TrafficMirrorFilterId: ours.filter,
      SessionNumber: 9,
      ...(Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: 'traffic-mirror-session', Tags }] }),
    });
  }

  function tagging(id: string, key: string, value: string) {
    return new CreateTagsCommand({ Resources: [id], Tags: [{ Key: key, Value: value }] });
  }

  function untagging(id: string, key: string) {
    return new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: key }] });
  }

  function newFilter(value: string) {
    return new CreateTrafficMirrorFilterCommand({
      TagSpecifications: [{ ResourceType: 'traffic-mirror-filter', Tags: [{ Key: 'automirror:owner', Value: value }] }],
    });
  }

  type Send = () => Promise<unknown>;
  const refused: readonly (readonly [string, Send])[] = [
    [
      'modify a foreign session',
      () => client.send(new ModifyTrafficMirrorSessionCommand({ TrafficMirrorSessionId: foreign.session, SessionNumber: 2 })),
    ],
    [
      'delete a foreign session',
      () => client.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: foreign.session })),
    ],
    [
      'delete a foreign filter',
      () => client.send(new DeleteTrafficMirrorFilterCommand({ TrafficMirrorFilterId: foreign.filter })),
    ],
    [
      'add a rule to a foreign filter',
      () => client.send(new CreateTrafficMirrorFilterRuleCommand({ TrafficMirrorFilterId: foreign.filter, ...anyRule(2) })),
    ],
    [
      'delete a rule of a foreign filter',
      () => client.send(new DeleteTrafficMirrorFilterRuleCommand({ TrafficMirrorFilterRuleId: foreign.rule })),
    ],
    [
      'change the services of a foreign filter',
      () =>
        client.send(
          new ModifyTrafficMirrorFilterNetworkServicesCommand({
            TrafficMirrorFilterId: foreign.filter,
            AddNetworkServices: ['amazon-dns'],
          }),
        ),
    ],
    ['create a filter without the owner tag', () => client.send(new CreateTrafficMirrorFilterCommand({}))],
    ["create a filter with another owner's tag", () => client.send(newFilter('automirror-prod'))],
    ['create a session without tags', () => client.send(newSession({}))],
    ['create a session without the owner tag', () => client.send(newSession({ Name: 'x' }))],
    ["create a session with another owner's tag", () => client.send(newSession({ 'automirror:owner': 'automirror-prod' }))],
    ['make a foreign session its own', () => client.send(tagging(foreign.session, 'automirror:owner', owner))],
    ['make a foreign filter its own', () => client.send(tagging(foreign.filter, 'automirror:owner', owner))],
    ['give a session of its own to another', () => client.send(tagging(ours.session, 'automirror:owner', 'automirror-prod'))],
    ['put a tag that is none of its kinds on a session', () => client.send(tagging(ours.session, 'cost-centre', '1'))],
    ['tag a foreign session', () => client.send(tagging(foreign.session, 'Name', 'x'))],
    ['tag an instance', () => client.send(tagging(source.id, 'mirror', 'true'))],
    ['tag a target', () => client.send(tagging(target, 'automirror:target', 'default'))],
    ['remove the owner tag', () => client.send(untagging(ours.session, 'automirror:owner'))],
    ['remove a tag of an instance', () => client.send(untagging(source.id, 'mirror'))],
    ['create a target', () => client.send(new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: source.eni }))],
    ['delete a target', () => client.send(new DeleteTrafficMirrorTargetCommand({ TrafficMirrorTargetId: target }))],
    [
      'run instances',
      async () =>
        client.send(
          new RunInstancesCommand({
            ImageId: 'ami-0123456789abcdef0',
            InstanceType: 'm5.large',
            MinCount: 1,
            MaxCount: 1,
            SubnetId: await service.user.subnet('eu-west-1a'),
          }),
        ),
    ],
    ['terminate instances', () => client.send(new TerminateInstancesCommand({ InstanceIds: [source.id] }))],
    [
      'change an instance',
      () => client.send(new ModifyInstanceAttributeCommand({ InstanceId: source.id, DisableApiTermination: { Value: true } })),
    ],
  ];

  test.each(refused)('do not allow to %s', async (_what, send) => {
    const before = await foreignThings();
    const instances = service.emulator.ec2.world.instances().length;
    await expect(send()).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
    expect(await foreignThings()).toEqual(before);
    expect(service.emulator.ec2.world.instances()).toHaveLength(instances);
  });

  test('allow what the service does, with its own tag', async () => {
    const { TrafficMirrorSession } = await client.send(newSession({ 'automirror:owner': owner }));
    const TrafficMirrorSessionId = TrafficMirrorSession?.TrafficMirrorSessionId ?? '';
    await client.send(tagging(TrafficMirrorSessionId, 'automirror:spec', '0'));
    await client.send(new ModifyTrafficMirrorSessionCommand({ TrafficMirrorSessionId, SessionNumber: 12 }));
    await client.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId }));
    expect(await sessionsOn(service, source.eni)).toMatchObject([{ TrafficMirrorSessionId: foreign.session }]);
  });
});

test('ends what is ours on an interface and leaves what is not', async () => {
  const { id, eni } = await launchOne(service, { mirror: 'true' });
  await mirrored(service, eni);
  const theirs = await service.user.foreignSession(eni, target, 1);
  await service.user.untag(id, 'mirror');
  await service.user.expectSessions('only theirs', (sessions) => {
    const here = sessions.filter((session) => session.NetworkInterfaceId === eni);
    return here.length === 1 && here[0]?.TrafficMirrorSessionId === theirs;
  });
  await service.user.deleteSession(theirs);
  await notMirrored(service, eni);
});
