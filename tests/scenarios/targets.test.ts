import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../src/demo/user.ts';
import {
  addSensor,
  launch,
  launchOne,
  mirrored,
  notMirrored,
  refusalOf,
  type Source,
  sessionsOn,
} from '../support/scenario/fleet.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

const tagged = { mirror: 'true' };

/** How many of the sources' sessions go to each target. */
async function loads(service: RunningService, sources: readonly Source[]): Promise<Readonly<Record<string, number>>> {
  const enis = new Set(sources.map(({ eni }) => eni));
  const counts: Record<string, number> = {};
  for (const { NetworkInterfaceId = '', TrafficMirrorTargetId = '' } of await service.user.sessions())
    if (enis.has(NetworkInterfaceId)) counts[TrafficMirrorTargetId] = (counts[TrafficMirrorTargetId] ?? 0) + 1;
  return counts;
}

async function ids(service: RunningService): Promise<readonly string[]> {
  return (await service.user.sessions()).map(({ TrafficMirrorSessionId = '' }) => TrafficMirrorSessionId).sort();
}

describe('three sensors with room for ten sources each', () => {
  let service: RunningService;
  let targets: string[];
  let sources: readonly Source[];

  beforeAll(async () => {
    service = await runService();
    targets = [];
    for (let n = 0; n < 3; n += 1) targets.push(await addSensor(service, 'default', { type: 'm5.large' }));
    sources = await launch(service, 28, tagged);
    await service.quiet();
    await service.sweep();
  }, 60_000);
  afterAll(() => service.stop());

  test('take 28 sources, no sensor more than its ten, spread evenly', async () => {
    const counts = Object.values(await loads(service, sources)).sort((a, b) => a - b);
    expect(counts).toEqual([9, 9, 10]);
  }, 60_000);

  test('take two more, and refuse the rest because the pool is full', async () => {
    const more = await launch(service, 5, tagged);
    await service.quiet();
    await service.sweep();
    expect(Object.values(await loads(service, [...sources, ...more]))).toEqual([10, 10, 10]);
    const refused = more.filter(({ id }) => refusalOf(service, id) === 'pool-full');
    expect(refused).toHaveLength(3);
    expect(service.trail().filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  }, 60_000);
});

describe('a pool whose members change', () => {
  let service: RunningService;
  let first: string;
  let second: string;
  let sources: readonly Source[];

  beforeAll(async () => {
    service = await runService();
    first = await addSensor(service);
    sources = await launch(service, 6, tagged);
    for (const { eni } of sources) await mirrored(service, eni);
    second = await addSensor(service);
  }, 60_000);
  afterAll(() => service.stop());

  test('leaves sessions where they are when a target is added', async () => {
    await service.sweep();
    expect(await loads(service, sources)).toEqual({ [first]: 6 });
  }, 60_000);

  test('spreads them evenly when a person asks for it, each session by one change', async () => {
    const before = await ids(service);
    await service.sweep({ rebalance: true });
    expect(await loads(service, sources)).toEqual({ [first]: 3, [second]: 3 });
    expect(await ids(service)).toEqual(before);
    expect(service.trail().filter(({ reason }) => reason === 'rebalanced')).toHaveLength(3);
    await service.sweep({ rebalance: true });
    expect(service.trail().filter(({ reason }) => reason === 'rebalanced')).toHaveLength(3);
  }, 60_000);

  test('drains a target that is untagged within one sweep, without deleting a session', async () => {
    const before = await ids(service);
    await service.user.untag(first, 'automirror:target');
    await service.sweep();
    expect(await loads(service, sources)).toEqual({ [second]: 6 });
    expect(await ids(service)).toEqual(before);
    expect(service.trail().filter(({ reason }) => reason === 'target-left-pool')).toHaveLength(3);
  }, 60_000);

  test('puts back a session that somebody points at a target outside of the pool, and leaves one that is moved within it', async () => {
    const [one, other] = sources.map(({ eni }) => eni);
    const session = await mirrored(service, one ?? '');
    await service.user.modifySession(session.TrafficMirrorSessionId ?? '', { TrafficMirrorTargetId: first });
    await service.sweep();
    expect((await mirrored(service, one ?? '')).TrafficMirrorTargetId).toBe(second);
    await service.user.tag(first, { 'automirror:target': 'default' });
    const kept = await mirrored(service, other ?? '');
    await service.user.modifySession(kept.TrafficMirrorSessionId ?? '', { TrafficMirrorTargetId: first });
    await service.sweep();
    expect((await mirrored(service, other ?? '')).TrafficMirrorTargetId).toBe(first);
  }, 60_000);
});

describe('a target that EC2 calls full before we see it so', () => {
  let service: RunningService;
  afterEach(() => service.stop());

  test('gives way to the next of its pool: every source is mirrored at once and nobody is told of a failure', async () => {
    service = await runService({ ec2: { sourcesPerInterfaceTarget: 3, sourcesPerLargeInterfaceTarget: 3 } });
    for (let n = 0; n < 3; n += 1) await addSensor(service, 'default', { type: 'm5.large' });
    const sources = await launch(service, 9, tagged);
    for (const { eni } of sources) await mirrored(service, eni);
    expect(Object.values(await loads(service, sources))).toEqual([3, 3, 3]);
    expect(service.trail().filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  }, 60_000);
});

describe('declared targets', () => {
  let service: RunningService;
  afterEach(() => service.stop());

  const declaring = (...enis: readonly string[]) =>
    `targets: { default: { members: [${enis.map((eni) => `{ networkInterfaceId: ${eni} }`).join(', ')}] } }`;
  const targetFor = async (eni: string) =>
    (await service.user.targets()).find(({ NetworkInterfaceId }) => NetworkInterfaceId === eni);

  test('are made with our owner tag, take sources, and go when the policy declares them no more', async () => {
    service = await runService({ policy: declaring('eni-0123456789abcdef0') });
    const [old, next] = [await launchOne(service, { Name: 'sensor' }), await launchOne(service, { Name: 'sensor' })];
    const source = await launchOne(service, tagged);
    await service.sweep();
    expect(service.trail()).toContainEqual(
      expect.objectContaining({
        action: 'target.refuse',
        reason: 'target-unavailable',
        after: { destination: 'eni-0123456789abcdef0' },
      }),
    );
    expect(refusalOf(service, source.id)).toBe('pool-empty');

    await service.redeploy(declaring(old.eni));
    const made = await until('the declared target', () => targetFor(old.eni));
    expect(made.Tags).toContainEqual({ Key: 'automirror:owner', Value: 'automirror-dev' });
    const session = await mirrored(service, source.eni);
    expect(session.TrafficMirrorTargetId).toBe(made.TrafficMirrorTargetId);

    await service.redeploy(declaring(next.eni));
    await service.sweep();
    const after = await mirrored(service, source.eni);
    expect(after.TrafficMirrorSessionId).toBe(session.TrafficMirrorSessionId);
    expect(after.TrafficMirrorTargetId).toBe((await targetFor(next.eni))?.TrafficMirrorTargetId);
    expect(await targetFor(old.eni)).toBeUndefined();
  }, 60_000);

  test('take the mirroring off an interface that becomes one first', async () => {
    service = await runService();
    await addSensor(service);
    const [source, other] = [await launchOne(service, tagged), await launchOne(service, tagged)];
    await mirrored(service, source.eni);
    await service.redeploy(declaring(source.eni));
    await until('the declared target', () => targetFor(source.eni));
    await notMirrored(service, source.eni);
    expect(refusalOf(service, source.id)).toBe('interface-is-target');
    expect(await sessionsOn(service, other.eni)).toHaveLength(1);
    expect(service.trail().filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  }, 60_000);
});

describe('a sensor whose interface is taken off it', () => {
  let service: RunningService;
  afterEach(() => service.stop());

  test('keeps its sessions while there is no other, and loses them to one that comes', async () => {
    service = await runService();
    const sensor = await launchOne(service, { Name: 'sensor' });
    const receiving = await service.user.addInterface(sensor.id, 'eu-west-1a');
    const target = await service.user.target(receiving, { 'automirror:target': 'default' });
    const source = await launchOne(service, tagged);
    await mirrored(service, source.eni);
    await service.user.detach(receiving);
    await service.sweep();
    expect((await mirrored(service, source.eni)).TrafficMirrorTargetId).toBe(target);
    const late = await launchOne(service, tagged);
    await until('the refusal', async () => (refusalOf(service, late.id) === 'pool-unattached' ? true : undefined));
    const spare = await addSensor(service);
    await service.sweep();
    for (const { eni } of [source, late]) expect((await mirrored(service, eni)).TrafficMirrorTargetId).toBe(spare);
  }, 60_000);
});
