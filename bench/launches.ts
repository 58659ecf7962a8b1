/** Many launches within a minute, with the throttles that EC2 publishes, on virtual time. */
import { addTarget, administrator, launchMany, mirrorTag } from './account.ts';
import { Foreigner } from './foreigner.ts';
import { type SimulatedService, simulateService } from './simulated-service.ts';

/** A tenth of the instances at a time. */
const launches = 10;
const launchEveryMs = 6_000;
/** From the first launch until the last. */
export const lastLaunchMs = (launches - 1) * launchEveryMs;
/**
 * Amid the launches, and once more while sessions are still being made, two instances from before change their tag: one is to be mirrored, one no longer.
 * Not beside the largest burst, which leaves no session for others.
 */
const tagsChangeAtMs = [45_000, 100_000] as const;
const lastChangeMs = Math.max(...tagsChangeAtMs, lastLaunchMs);
/** Longer than any sensible outcome. */
const limitMs = 7_200_000;
/** The clock moves in steps, so that what runs meanwhile keeps up with it. */
const stepMs = 100;

export interface Burst {
  readonly instances: number;
  readonly isTagged: boolean;
  /** What others in the account spend of each EC2 bucket that we draw on, 0 to 1. */
  readonly foreignShare?: number;
}

export interface BurstOutcome {
  readonly mirrored: number;
  /** Of the function, throttled ones too. */
  readonly calls: number;
  readonly mutating: number;
  readonly throttled: number;
  readonly byAction: Readonly<Record<string, number>>;
  readonly batches: number;
  /** From the first launch until every tagged instance was mirrored; undefined when that did not come to be. */
  readonly doneMs: number | undefined;
  /** Virtual time until nothing waited any more. */
  readonly quietMs: number;
  readonly failed: number;
  /** Of each pair whose tags changed: from taking the tag away until the session was gone, and from setting it until there was one. */
  readonly tagChanges: readonly TagChange[];
}

interface TagChange {
  readonly pair: Pair;
  readonly atMs: number;
  untaggedMs?: number;
  taggedMs?: number;
}

/** All that EC2 lets an account have, of one session each: https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html */
export const mostInstances = 10_000;

/** Beyond this many instances form and XML take too long. */
const mostOnWire = 1_000;

/** Launches the instances, tagged or not, and runs until all is quiet. */
export async function runBurst({ instances, isTagged, foreignShare = 0 }: Burst): Promise<BurstOutcome> {
  const service = await simulateService(
    { throttling: true, pendingMs: 4_000, tagEventLatencyMs: 1_000, stateEventLatencyMs: 500 },
    instances <= mostOnWire,
    mostInstances,
  );
  try {
    const pairs = await prepare(service, instances < mostInstances ? tagsChangeAtMs.length : 0);
    const tagChanges = tagsChangeAtMs.flatMap((atMs, n): TagChange[] =>
      pairs[n] === undefined ? [] : [{ atMs, pair: pairs[n] }],
    );
    const { clock, emulator } = service;
    const foreigner = new Foreigner(service, foreignShare);
    emulator.ec2.calls.reset();
    const batchesBefore = service.mapping.counts().batches;
    const begin = clock.now();
    let doneMs: number | undefined;
    let quietMs = 0;
    const taggings: Promise<unknown>[] = [];
    for (let passed = 0, launched = 0; passed < limitMs; passed += stepMs) {
      if (passed % launchEveryMs === 0 && launched < launches) {
        await launchAtOnce(service, instances / launches, isTagged);
        launched += 1;
      }
      for (const { pair } of isTagged ? tagChanges.filter(({ atMs }) => atMs === passed) : [])
        taggings.push(...changeTags(service, pair));
      foreigner.spend(passed);
      await clock.advance(stepMs);
      if (isTagged) followTags(service, tagChanges, clock.now() - begin);
      const areEnough = doneMs === undefined && emulator.ec2.world.sessions().length >= instances;
      if (areEnough && mirrored(service, pairs) >= instances) doneMs = clock.now() - begin;
      if (service.waiting() > 0) quietMs = clock.now() - begin;
      if (clock.now() - begin > Math.max(quietMs, lastChangeMs) + 20_000) break;
    }
    await service.until(Promise.all(taggings));
    const { calls } = emulator.ec2;
    return {
      mirrored: mirrored(service, pairs),
      calls: calls.count({ callerKind: 'role' }),
      mutating: calls.count({ callerKind: 'role', mutating: true }),
      throttled: calls.count({ callerKind: 'role', outcome: 'RequestLimitExceeded' }),
      byAction: calls.byAction({ callerKind: 'role' }),
      batches: service.mapping.counts().batches - batchesBefore,
      doneMs,
      quietMs,
      tagChanges,
      failed: service.lines.filter(({ outcome, level }) => outcome === 'failed' || level === 'error').length,
    };
  } finally {
    await service.stop();
  }
}

/** Takes no token: an account that launches so many at once has been given a larger bucket for that. */
async function launchAtOnce(service: SimulatedService, count: number, isTagged: boolean): Promise<readonly string[]> {
  const { settings } = service.emulator.ec2.controls;
  settings.throttling = false;
  try {
    // No virtual time passes, so nobody else profits.
    return await launchMany(service, count, isTagged);
  } finally {
    settings.throttling = true;
  }
}

/** Two instances from before the burst. */
interface Pair {
  readonly mirrored: string;
  readonly unmirrored: string;
}

/** A load balancer as target, a pair for each moment at which tags are to change, and the sweep after the deployment over. */
async function prepare(service: SimulatedService, pairs: number): Promise<readonly Pair[]> {
  await addTarget(service);
  const mirrored = await launchAtOnce(service, pairs, true);
  const unmirrored = await launchAtOnce(service, pairs, false);
  // The buckets are full again after that long.
  for (let passed = 0; passed < 30_000; passed += stepMs) await service.clock.advance(stepMs);
  return mirrored.map((id, n) => ({ mirrored: id, unmirrored: unmirrored[n] ?? '' }));
}

function changeTags(service: SimulatedService, { mirrored, unmirrored }: Pair): Promise<unknown>[] {
  const hand = administrator(service);
  return [
    hand.answer('DeleteTags', { Resources: [mirrored], Tags: [{ Key: mirrorTag.Key }] }),
    hand.answer('CreateTags', { Resources: [unmirrored], Tags: [mirrorTag] }),
  ];
}

function followTags(service: SimulatedService, changes: readonly TagChange[], passed: number): void {
  const open = changes.filter((one) => passed > one.atMs && (one.untaggedMs === undefined || one.taggedMs === undefined));
  if (open.length === 0) return;
  const sources = mirroredInstances(service);
  for (const change of open) {
    if (!sources.has(change.pair.mirrored)) change.untaggedMs ??= passed - change.atMs;
    if (sources.has(change.pair.unmirrored)) change.taggedMs ??= passed - change.atMs;
  }
}

/** Mirrored instances of the burst. */
function mirrored(service: SimulatedService, pairs: readonly Pair[]): number {
  const sources = mirroredInstances(service);
  return sources.size - pairs.flatMap((pair) => [pair.mirrored, pair.unmirrored]).filter((id) => sources.has(id)).length;
}

function mirroredInstances({ emulator: { ec2 } }: SimulatedService): ReadonlySet<string> {
  const sources = new Set(ec2.world.sessions().map(({ networkInterfaceId }) => networkInterfaceId));
  const mirroredOnes = ec2.world
    .instances()
    .filter(({ networkInterfaceIds }) => networkInterfaceIds.some((id) => sources.has(id)));
  return new Set(mirroredOnes.map(({ instanceId }) => instanceId));
}
