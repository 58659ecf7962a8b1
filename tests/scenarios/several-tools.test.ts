import { CreateTagsCommand } from '@aws-sdk/client-ec2';
import { afterEach, expect, test } from 'vitest';
import { until } from '../../src/demo/user.ts';
import { addSensor, launchOne, mirrored, notMirrored, refusalOf, sessionsOn } from '../support/scenario/fleet.ts';
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
