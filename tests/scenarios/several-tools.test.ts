import { CreateTagsCommand } from '@aws-sdk/client-ec2';
import { afterEach, expect, test } from 'vitest';
import { until } from '../../src/demo/user.ts';
import { addSensor, launchOne, mirrored, notMirrored, refusalOf, sessionsOn, tagOf } from '../support/scenario/fleet.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

let service: RunningService;
afterEach(() => service.stop());

const tagged = { mirror: 'true' };

test('uses a filter that somebody tags for the policy, refuses where it is gone, and never changes it', async () => {
  service = await runService({ policy: 'filters: { all-traffic: { tagged: true } }' });
  await addSensor(service);
  const source = await launchOne(service, tagged);
  await until('the refusal', async () => (refusalOf(service, source.id) === 'filter-not-found' ? true : undefined));
  const filter = await service.user.foreignFilter();
  await service.ec2.send(
    new CreateTagsCommand({ Resources: [filter], Tags: [{ Key: 'automirror:filter', Value: 'all-traffic' }] }),
  );
  await service.sweep();
  expect((await mirrored(service, source.eni)).TrafficMirrorFilterId).toBe(filter);
  await service.user.untag(filter, 'automirror:filter');
  await service.sweep();
  await notMirrored(service, source.eni);
  expect((await service.user.filters()).map(({ TrafficMirrorFilterId }) => TrafficMirrorFilterId)).toEqual([filter]);
}, 60_000);

test('gives each source a VNI of its own, the same again after a stop and a start', async () => {
  service = await runService({
    policy: 'rules: [{ name: all, match: { tag: { mirror: "true" } }, sessions: [{ vni: { base: 5000, count: 1000 } }] }]',
  });
  await addSensor(service);
  const sources = [await launchOne(service, tagged), await launchOne(service, tagged), await launchOne(service, tagged)];
  const vnis = new Map<string, number | undefined>();
  for (const { eni } of sources) vnis.set(eni, (await mirrored(service, eni)).VirtualNetworkId);
  expect(new Set(vnis.values()).size).toBe(3);
  for (const vni of vnis.values()) expect(vni).toSatisfy((number: number) => number >= 5000 && number < 6000);

  const [first] = sources;
  await service.user.stop(first?.id ?? '');
  await notMirrored(service, first?.eni ?? '');
  await service.user.start(first?.id ?? '');
  expect((await mirrored(service, first?.eni ?? '')).VirtualNetworkId).toBe(vnis.get(first?.eni ?? ''));
}, 60_000);

test('tells of another tool whose packets a session of ours takes, once an hour, and leaves both as they are', async () => {
  service = await runService();
  const target = await addSensor(service);
  const source = await launchOne(service, tagged);
  await mirrored(service, source.eni);
  const foreign = await service.user.foreignSession(source.eni, target, 50);
  const filter = (await sessionsOn(service, source.eni)).find(
    (one) => one.TrafficMirrorSessionId === foreign,
  )?.TrafficMirrorFilterId;
  await service.user.allowAll(filter ?? '');
  await service.sweep();
  await service.sweep();
  const told = service.records().filter(({ reason }) => reason === 'shadowed');
  expect(told).toMatchObject([{ action: 'session.shadow', outcome: 'done', instanceId: source.id, eniId: source.eni }]);
  expect(told[0]?.detail).toContain(`${foreign} (not ours), number 50, gets no packet`);
  expect(await sessionsOn(service, source.eni)).toHaveLength(2);
}, 60_000);

test('makes no session that would take another tool’s packets where the policy says so', async () => {
  service = await runService({ policy: 'onShadow: refuse' });
  const target = await addSensor(service);
  const source = await launchOne(service, {});
  const foreign = await service.user.foreignSession(source.eni, target, 50);
  const filter = (await sessionsOn(service, source.eni))[0]?.TrafficMirrorFilterId;
  await service.user.allowAll(filter ?? '');
  await service.user.tag(source.id, tagged);
  await until('the refusal', async () => (refusalOf(service, source.id) === 'shadow-refused' ? true : undefined));
  await service.user.deleteSession(foreign);
  await service.sweep();
  await mirrored(service, source.eni);
}, 60_000);

const twoSlots = 'rules: [{ name: all, match: { tag: { mirror: "true" } }, sessions: [{}, {}] }]';

/** A source whose second slot alone has its session, beside so many of another tool. */
async function withoutFirstSlot(foreignCount: 1 | 2) {
  service = await runService({ policy: twoSlots });
  const target = await addSensor(service);
  const source = await launchOne(service, tagged);
  const [first, second] = await until('both sessions', async () => {
    const ids = new Map(
      (await sessionsOn(service, source.eni)).map((one) => [tagOf(one, 'automirror:slot'), one.TrafficMirrorSessionId]),
    );
    const pair = [ids.get('0') ?? '', ids.get('1') ?? ''] as const;
    return pair.includes('') ? undefined : pair;
  });
  const foreign = [await service.user.foreignSession(source.eni, target, 50)];
  // The function may see to the lost session only once all is as the test wants it.
  const denied = service.emulator.ec2.controls.fail({
    action: 'CreateTrafficMirrorSession',
    callerKind: 'role',
    times: 1_000,
    error: { code: 'UnauthorizedOperation', status: 403 },
  });
  await service.user.deleteSession(first ?? '');
  if (foreignCount === 2) foreign.push(await service.user.foreignSession(source.eni, target, 51));
  await service.quiet();
  denied.cancel();
  return { target, source, foreign, second: second ?? '' };
}

test('lets the session of a higher slot make room for a lower one where EC2 says that the interface is full', async () => {
  const { source, foreign, second } = await withoutFirstSlot(2);
  service.emulator.ec2.calls.reset();
  await service.sweep();
  const sessions = await sessionsOn(service, source.eni);
  const others = sessions.filter((one) => tagOf(one, 'automirror:owner') === undefined);
  expect(new Set(others.map(({ TrafficMirrorSessionId }) => TrafficMirrorSessionId))).toEqual(new Set(foreign));
  expect(sessions.flatMap((one) => tagOf(one, 'automirror:slot') ?? [])).toEqual(['0']);
  const told = service.trail().filter(({ eniId, outcome }) => eniId === source.eni && outcome === 'done');
  expect(told.slice(-2)).toMatchObject([
    { action: 'session.delete', sessionId: second, reason: 'interface-full' },
    { action: 'session.create', reason: 'session-missing' },
  ]);
  // That the higher slot stays, in the shadow of the lower one, was the first plan's, which has not come true.
  const swept = service.trail().findLast(({ action }) => action === 'sweep.complete');
  expect(swept?.detail).toMatch(/looked at: 1 created, 1 deleted, 1 refused$/);
  const creations = service.calls().filter(({ action }) => action === 'CreateTrafficMirrorSession');
  expect(creations.map(({ outcome }) => outcome)).toEqual(['TrafficMirrorSessionsPerInterfaceLimitExceeded', 'ok']);
}, 60_000);

test('lets none make room because of a session that another tool has replaced and that EC2 lists for a while yet', async () => {
  const { target, source, foreign, second } = await withoutFirstSlot(1);
  const { settings } = service.emulator.ec2.controls;
  settings.deleteLagMs = 60_000;
  await service.user.deleteSession(foreign[0] ?? '');
  const replacement = await service.user.foreignSession(source.eni, target, 52);
  expect(await sessionsOn(service, source.eni)).toHaveLength(3);
  await service.sweep();
  const standing = service.emulator.ec2.world.sessions().filter((one) => one.networkInterfaceId === source.eni);
  expect(standing.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId)).toEqual(
    expect.arrayContaining([replacement, second]),
  );
  expect(standing).toHaveLength(3);
  expect(service.trail().filter(({ reason }) => reason === 'interface-full')).toEqual([]);
}, 60_000);
