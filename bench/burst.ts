/** What bursts of launches come to: of several sizes, tagged or not, and with others at the same buckets. */
import type { Figure } from './figure.ts';
import { type BurstOutcome, lastLaunchMs, mostInstances, runBurst } from './launches.ts';

const sizes = [100, 1_000, 6_000, mostInstances] as const;
/** The size that the targets are set for. */
const usual = 1_000;
const foreignShare = 0.8;

/**
 * A full bucket holds 50 creations, and 5 more come each second: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
 * Nor is anybody mirrored before the launch.
 */
const floorMs = (instances: number, share = 1): number => Math.max(lastLaunchMs, ((instances - 50) / (5 * share)) * 1_000);

/** Each size tagged, and the usual one untagged. */
export async function measureBurst(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const instances of sizes) {
    const outcome = await runBurst({ instances, isTagged: true });
    figures.push(...taggedFigures(outcome, instances).map((figure) => ({ ...figure, of: instances.toLocaleString('en') })));
  }
  const untagged = await runBurst({ instances: usual, isTagged: false });
  const of = usual.toLocaleString('en');
  return [
    ...figures,
    { name: 'untagged: EC2 calls an instance', value: untagged.calls / usual, unit: 'ratio', atMost: 0.3, of },
    { name: 'untagged: mutating calls', value: untagged.mutating, unit: 'count', atMost: 0, of },
  ];
}

/** The usual size, while others spend most of what EC2 refills. */
export async function measureContention(): Promise<Figure[]> {
  const outcome = await runBurst({ instances: usual, isTagged: true, foreignShare });
  return [
    { name: 'share mirrored', value: outcome.mirrored / usual, unit: 'ratio', atLeast: 1 },
    { name: 'changes that failed', value: outcome.failed, unit: 'count', atMost: 0 },
    { name: 'share of calls throttled', value: outcome.throttled / outcome.calls, unit: 'ratio' },
    { name: 'EC2 calls an instance', value: outcome.calls / usual, unit: 'ratio' },
    {
      name: 'time until mirrored / floor of what is left',
      value: timeRatio(outcome, floorMs(usual, 1 - foreignShare)),
      unit: 'ratio',
    },
    ...tagFigures(outcome),
  ];
}

function taggedFigures(outcome: BurstOutcome, instances: number): Figure[] {
  // What a burst costs besides, its reads and waits, is as much for a small one.
  const target = (atMost: number) => (instances === usual ? { atMost } : {});
  return [
    { name: 'share mirrored', value: outcome.mirrored / instances, unit: 'ratio', atLeast: 1 },
    { name: 'EC2 calls an instance', value: outcome.calls / instances, unit: 'ratio', ...target(1.3) },
    { name: 'share of calls throttled', value: outcome.throttled / outcome.calls, unit: 'ratio', atMost: 0.01 },
    { name: 'floor', value: floorMs(instances) / 1_000, unit: 's' },
    { name: 'time until mirrored', value: inSeconds(outcome.doneMs), unit: 's' },
    { name: 'time until mirrored / floor', value: timeRatio(outcome, floorMs(instances)), unit: 'ratio', ...target(1.05) },
    ...tagFigures(outcome),
    { name: 'changes that failed', value: outcome.failed, unit: 'count', atMost: 0 },
  ];
}

function tagFigures({ tagChanges }: BurstOutcome): Figure[] {
  return tagChanges.flatMap(({ atMs, untaggedMs, taggedMs }): Figure[] => [
    { name: `tag taken away after ${atMs / 1_000} s, followed in`, value: inSeconds(untaggedMs), unit: 's', atMost: 20 },
    { name: `tag set after ${atMs / 1_000} s, followed in`, value: inSeconds(taggedMs), unit: 's' },
  ]);
}

function timeRatio({ doneMs }: BurstOutcome, floor: number): number {
  return doneMs === undefined ? Number.POSITIVE_INFINITY : doneMs / floor;
}

/** What did not come to be took for ever. */
function inSeconds(ms: number | undefined): number {
  return ms === undefined ? Number.POSITIVE_INFINITY : ms / 1_000;
}
