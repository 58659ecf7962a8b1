/** A thousand launches within a minute, with the throttles that EC2 publishes, on virtual time. */
import { CreateTrafficMirrorTargetCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import type { Figure } from './figure.ts';
import { type SimulatedService, simulateService } from './simulated-service.ts';

const instances = 1_000;
const perLaunch = 100;
const launchEveryMs = 6_000;
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
    await prepare(service);
    const { clock, emulator, user } = service;
    emulator.ec2.calls.reset();
    const batchesBefore = service.mapping.counts().batches;
    const begin = clock.now();
    let doneMs: number | undefined;
    let quietMs = 0;
    const launches: Promise<unknown>[] = [];
    for (let passed = 0; passed < limitMs; passed += stepMs) {
      if (passed % launchEveryMs === 0 && launches.length * perLaunch < instances) launches.push(user.send(launch(tagged)));
      await clock.advance(stepMs);
      if (doneMs === undefined && mirrored(service) >= instances) doneMs = clock.now() - begin;
      if (service.waiting() > 0) quietMs = clock.now() - begin;
      const isQuiet = clock.now() - begin - quietMs > 20_000 && launches.length * perLaunch >= instances;
      if (isQuiet) break;
    }
    await Promise.all(launches);
    const { calls } = emulator.ec2;
    return {
      mirrored: mirrored(service),
      calls: calls.count({ callerKind: 'role' }),
      mutating: calls.count({ callerKind: 'role', mutating: true }),
      throttled: calls.count({ callerKind: 'role', outcome: 'RequestLimitExceeded' }),
      byAction: calls.byAction({ callerKind: 'role' }),
      batches: service.mapping.counts().batches - batchesBefore,
      doneMs,
      quietMs,
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
      value: tagged.doneMs === undefined ? undefined : tagged.doneMs / floorMs,
      unit: 'ratio',
      atMost: 1.05,
    },
    { name: 'burst, changes that failed', value: tagged.failed, unit: 'count', atMost: 0 },
    { name: 'burst untagged, EC2 calls an instance', value: each(untagged.calls), unit: 'ratio', atMost: 0.3 },
    { name: 'burst untagged, mutating calls', value: untagged.mutating, unit: 'count', atMost: 0 },
  ];
}

const launch = (tagged: boolean) =>
  new RunInstancesCommand({
    ImageId: 'ami-0123456789abcdef0',
    InstanceType: 'm5.large',
    MinCount: perLaunch,
    MaxCount: perLaunch,
    ...(tagged ? { TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'mirror', Value: 'true' }] }] } : {}),
  });

/** A load balancer as target, and the sweep after the deployment over. */
async function prepare({ clock, emulator, user }: SimulatedService): Promise<void> {
  const { partition, region, accountId } = emulator.host;
  const target = user.send(
    new CreateTrafficMirrorTargetCommand({
      NetworkLoadBalancerArn: `arn:${partition}:elasticloadbalancing:${region}:${accountId}:loadbalancer/net/sensors/0123456789abcdef`,
      TagSpecifications: [{ ResourceType: 'traffic-mirror-target', Tags: [{ Key: 'automirror:target', Value: 'default' }] }],
    }),
  );
  // The buckets are full again after that long.
  for (let passed = 0; passed < 30_000; passed += stepMs) await clock.advance(stepMs);
  await target;
}

function mirrored({ emulator }: SimulatedService): number {
  return new Set(emulator.ec2.world.sessions().map(({ networkInterfaceId }) => networkInterfaceId)).size;
}
