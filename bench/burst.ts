/** A thousand launches within a minute, with the throttles that EC2 publishes, on virtual time. */
import { CreateTagsCommand, CreateTrafficMirrorTargetCommand, DeleteTagsCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import type { Figure } from './figure.ts';
import { type SimulatedService, simulateService } from './simulated-service.ts';

const instances = 1_000;
const perLaunch = 100;
const launchEveryMs = 6_000;
/** Amid the launches, and once more while sessions are still being made, two instances from before change their tag: one is to be mirrored, one no longer. */
const tagsChangeAtMs = [45_000, 100_000] as const;
/** Longer than any sensible outcome. */
const limitMs = 1_200_000;
/** The clock moves in steps, so that what runs meanwhile keeps up with it. */
const stepMs = 100;

/** A full bucket holds 50 creations, and 5 more come each second: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html */
const floorMs = ((instances - 50) / 5) * 1_000;

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

/** Launches the instances, tagged or not, and runs until all is quiet. */
export async function runBurst(tagged: boolean): Promise<BurstOutcome> {
  const service = await simulateService({
    throttling: true,
    pendingMs: 4_000,
    tagEventLatencyMs: 1_000,
    stateEventLatencyMs: 500,
  });
  try {
    const pairs = await prepare(service);
    const tagChanges = tagsChangeAtMs.flatMap((atMs, n): TagChange[] =>
      pairs[n] === undefined ? [] : [{ atMs, pair: pairs[n] }],
    );
    const { clock, emulator, user } = service;
    emulator.ec2.calls.reset();
    const batchesBefore = service.mapping.counts().batches;
    const begin = clock.now();
    let doneMs: number | undefined;
    let quietMs = 0;
    const launches: Promise<unknown>[] = [];
    const taggings: Promise<unknown>[] = [];
    for (let passed = 0; passed < limitMs; passed += stepMs) {
      if (passed % launchEveryMs === 0 && launches.length * perLaunch < instances) launches.push(user.send(launch(tagged)));
      for (const { pair } of tagged ? tagChanges.filter(({ atMs }) => atMs === passed) : [])
        taggings.push(...changeTags(service, pair));
      await clock.advance(stepMs);
      if (tagged) followTags(service, tagChanges, clock.now() - begin);
      if (doneMs === undefined && mirrored(service, pairs) >= instances) doneMs = clock.now() - begin;
      if (service.waiting() > 0) quietMs = clock.now() - begin;
      const isQuiet = clock.now() - begin - quietMs > 20_000 && launches.length * perLaunch >= instances;
      if (isQuiet) break;
    }
    await service.until(Promise.all([...launches, ...taggings]));
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

/** The burst's figures for `npm run bench`. */
export async function measureBurst(): Promise<Figure[]> {
  const tagged = await runBurst(true);
  const untagged = await runBurst(false);
  const each = (calls: number) => calls / instances;
  return [
    { name: 'burst, share mirrored', value: tagged.mirrored / instances, unit: 'ratio', atLeast: 1 },
    { name: 'burst, EC2 calls an instance', value: each(tagged.calls), unit: 'ratio', atMost: 1.3 },
    { name: 'burst, share of calls throttled', value: tagged.throttled / tagged.calls, unit: 'ratio', atMost: 0.01 },
    {
      name: 'burst, time until mirrored / floor',
      value: tagged.doneMs === undefined ? Number.POSITIVE_INFINITY : tagged.doneMs / floorMs,
      unit: 'ratio',
      atMost: 1.05,
    },
    ...tagged.tagChanges.flatMap(({ atMs, untaggedMs, taggedMs }): Figure[] => [
      { name: `burst, tag taken away after ${atMs / 1_000} s, followed in`, value: inSeconds(untaggedMs), unit: 's', atMost: 20 },
      { name: `burst, tag set after ${atMs / 1_000} s, followed in`, value: inSeconds(taggedMs), unit: 's' },
    ]),
    { name: 'burst, changes that failed', value: tagged.failed, unit: 'count', atMost: 0 },
    { name: 'burst untagged, EC2 calls an instance', value: each(untagged.calls), unit: 'ratio', atMost: 0.3 },
    { name: 'burst untagged, mutating calls', value: untagged.mutating, unit: 'count', atMost: 0 },
  ];
}

const mirrorTag = { Key: 'mirror', Value: 'true' };

function launch(tagged: boolean, count = perLaunch): RunInstancesCommand {
  return new RunInstancesCommand({
    ImageId: 'ami-0123456789abcdef0',
    InstanceType: 'm5.large',
    MinCount: count,
    MaxCount: count,
    ...(tagged ? { TagSpecifications: [{ ResourceType: 'instance', Tags: [mirrorTag] }] } : {}),
  });
}

/** Two instances from before the burst. */
interface Pair {
  readonly mirrored: string;
  readonly unmirrored: string;
}

/** A load balancer as target, a pair for each moment at which tags change, and the sweep after the deployment over. */
async function prepare({ clock, emulator, user, until }: SimulatedService): Promise<readonly Pair[]> {
  const { partition, region, accountId } = emulator.host;
  const target = user.send(
    new CreateTrafficMirrorTargetCommand({
      NetworkLoadBalancerArn: `arn:${partition}:elasticloadbalancing:${region}:${accountId}:loadbalancer/net/sensors/0123456789abcdef`,
      TagSpecifications: [{ ResourceType: 'traffic-mirror-target', Tags: [{ Key: 'automirror:target', Value: 'default' }] }],
    }),
  );
  const pairs = tagsChangeAtMs.length;
  const launched = Promise.all([user.send(launch(true, pairs)), user.send(launch(false, pairs))]);
  // The buckets are full again after that long.
  for (let passed = 0; passed < 30_000; passed += stepMs) await clock.advance(stepMs);
  await until(target);
  const [mirrored = [], unmirrored = []] = (await until(launched)).map(({ Instances = [] }) => Instances);
  return mirrored.map(({ InstanceId = '' }, n) => ({ mirrored: InstanceId, unmirrored: unmirrored[n]?.InstanceId ?? '' }));
}

function changeTags({ user }: SimulatedService, { mirrored, unmirrored }: Pair): Promise<unknown>[] {
  return [
    user.send(new DeleteTagsCommand({ Resources: [mirrored], Tags: [{ Key: mirrorTag.Key }] })),
    user.send(new CreateTagsCommand({ Resources: [unmirrored], Tags: [mirrorTag] })),
  ];
}

function followTags(service: SimulatedService, changes: readonly TagChange[], passed: number): void {
  const sources = mirroredInstances(service);
  for (const change of changes.filter(({ atMs }) => passed > atMs)) {
    if (!sources.has(change.pair.mirrored)) change.untaggedMs ??= passed - change.atMs;
    if (sources.has(change.pair.unmirrored)) change.taggedMs ??= passed - change.atMs;
  }
}

/** What did not come to be took for ever. */
function inSeconds(ms: number | undefined): number {
  return ms === undefined ? Number.POSITIVE_INFINITY : ms / 1_000;
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
