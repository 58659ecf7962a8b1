/** A sweep with thousands of sessions to make, as after a first deployment, and tags that are taken away while it is under way. */
import { addTarget, administrator, launchMany, mirrorTag, settle, sweep, unheard } from './account.ts';
import type { Figure } from './figure.ts';
import { simulateService } from './simulated-service.ts';

const instances = 5_000;
/** Each time one instance, mirrored before, loses its tag; the sweep takes a quarter of an hour at least. */
const untaggedAtMs = [33_000, 240_000, 610_000] as const;
const floorMs = ((instances - 50) / 5) * 1_000;

interface Untagging {
  readonly atMs: number;
  readonly instanceId: string;
  goneMs?: number;
}

export async function measureSlices(): Promise<Figure[]> {
  const service = await simulateService({ throttling: true, tagEventLatencyMs: 1_000, stateEventLatencyMs: 500 }, false);
  try {
    await service.clock.advance(30_000);
    const mirrored = await unheard(service, async () => {
      await addTarget(service);
      return launchMany(service, untaggedAtMs.length, true);
    });
    await unheard(service, () => settle(service));
    await unheard(service, () => launchMany(service, instances, true));

    const { world, calls } = service.emulator.ec2;
    const hand = administrator(service);
    const ofInstance = new Map(world.instances().map((one) => [one.instanceId, one.networkInterfaceIds]));
    const changes = untaggedAtMs.map((atMs, n): Untagging => ({ atMs, instanceId: mirrored[n] ?? '' }));
    const deeds: Promise<unknown>[] = [];
    calls.reset();
    const timeMs = await sweep(service, (passedMs) => {
      for (const { instanceId } of changes.filter(({ atMs }) => atMs === passedMs))
        deeds.push(hand.answer('DeleteTags', { Resources: [instanceId], Tags: [{ Key: mirrorTag.Key }] }));
      for (const change of changes.filter(({ atMs, goneMs }) => atMs < passedMs && goneMs === undefined)) {
        const interfaces = ofInstance.get(change.instanceId) ?? [];
        const isMirrored = world.sessions().some(({ networkInterfaceId }) => interfaces.includes(networkInterfaceId));
        if (!isMirrored) change.goneMs = passedMs - change.atMs;
      }
    });
    await Promise.all(deeds);
    const total = calls.count({ callerKind: 'role' });
    return [
      { name: 'share mirrored', value: world.sessions().length / instances, unit: 'ratio', atLeast: 1 },
      { name: 'time / floor', value: timeMs / floorMs, unit: 'ratio' },
      {
        name: 'slices',
        value: service.lines.filter(({ reason }) => reason === 'sweep-unfinished').length + 1,
        unit: 'count',
      },
      { name: 'EC2 calls a session', value: total / instances, unit: 'ratio' },
      {
        name: 'share of calls throttled',
        value: calls.count({ callerKind: 'role', outcome: 'RequestLimitExceeded' }) / total,
        unit: 'ratio',
        atMost: 0.01,
      },
      ...changes.map(
        ({ atMs, goneMs }): Figure => ({
          name: `tag taken away after ${atMs / 1_000} s, session gone in`,
          value: goneMs === undefined ? Number.POSITIVE_INFINITY : goneMs / 1_000,
          unit: 's',
          atMost: 20,
        }),
      ),
      {
        name: 'changes that failed',
        value: service.lines.filter(({ outcome, level }) => outcome === 'failed' || level === 'error').length,
        unit: 'count',
        atMost: 0,
      },
    ];
  } finally {
    await service.stop();
  }
}
