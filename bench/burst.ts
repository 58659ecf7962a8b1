/** A thousand launches within a minute, with the throttles that EC2 publishes, on virtual time. */
import { CreateTagsCommand, CreateTrafficMirrorTargetCommand, DeleteTagsCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import type { Figure } from './figure.ts';
import { type SimulatedService, simulateService } from './simulated-service.ts';

const instances = 1_000;
const perLaunch = 100;
const launchEveryMs = 6_000;
/** In the middle of the burst two instances from before it change their tag: one is to be mirrored, one no longer. */
const tagsChangeAtMs = 45_000;
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
  /** From a tag change amid the burst until the session was made or gone, the longer of the two. */
  readonly tagChangeMs: number | undefined;
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
    const bystanders = await prepare(service);
    const { clock, emulator, user } = service;
    emulator.ec2.calls.reset();
    const batchesBefore = service.mapping.counts().batches;
    const begin = clock.now();
    let doneMs: number | undefined;
    let quietMs = 0;
    let tagChangeMs: number | undefined;
    const launches: Promise<unknown>[] = [];
    const tagChanges: Promise<unknown>[] = [];
    for (let passed = 0; passed < limitMs; passed += stepMs) {
      if (passed % launchEveryMs === 0 && launches.length * perLaunch < instances) launches.push(user.send(launch(tagged)));
      if (tagged && passed === tagsChangeAtMs) tagChanges.push(...changeTags(service, bystanders));
      await clock.advance(stepMs);
      if (passed >= tagsChangeAtMs && tagChangeMs === undefined && areTagsFollowed(service, bystanders))
        tagChangeMs = clock.now() - begin - tagsChangeAtMs;
      if (doneMs === undefined && mirrored(service, bystanders) >= instances) doneMs = clock.now() - begin;
      if (service.waiting() > 0) quietMs = clock.now() - begin;
      const isQuiet = clock.now() - begin - quietMs > 20_000 && launches.length * perLaunch >= instances;
      if (isQuiet) break;
    }
    await Promise.all([...launches, ...tagChanges]);
    const { calls } = emulator.ec2;
    return {
      mirrored: mirrored(service, bystanders),
      calls: calls.count({ callerKind: 'role' }),
      mutating: calls.count({ callerKind: 'role', mutating: true }),
      throttled: calls.count({ callerKind: 'role', outcome: 'RequestLimitExceeded' }),
      byAction: calls.byAction({ callerKind: 'role' }),
      batches: service.mapping.counts().batches - batchesBefore,
      doneMs,
      quietMs,
      tagChangeMs,
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
    {
      name: 'burst, a tag change meanwhile takes',
      value: tagged.tagChangeMs === undefined ? undefined : tagged.tagChangeMs / 1_000,
      unit: 's',
      atMost: 20,
    },
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
interface Bystanders {
  readonly mirrored: string;
  readonly unmirrored: string;
}

/** A load balancer as target, the bystanders, and the sweep after the deployment over. */
async function prepare({ clock, emulator, user }: SimulatedService): Promise<Bystanders> {
  const { partition, region, accountId } = emulator.host;
  const target = user.send(
    new CreateTrafficMirrorTargetCommand({
      NetworkLoadBalancerArn: `arn:${partition}:elasticloadbalancing:${region}:${accountId}:loadbalancer/net/sensors/0123456789abcdef`,
      TagSpecifications: [{ ResourceType: 'traffic-mirror-target', Tags: [{ Key: 'automirror:target', Value: 'default' }] }],
    }),
  );
  const launched = Promise.all([user.send(launch(true, 1)), user.send(launch(false, 1))]);
  // The buckets are full again after that long.
  for (let passed = 0; passed < 30_000; passed += stepMs) await clock.advance(stepMs);
  await target;
  const [mirrored = '', unmirrored = ''] = (await launched).map(({ Instances = [] }) => Instances[0]?.InstanceId);
  return { mirrored, unmirrored };
}

function changeTags({ user }: SimulatedService, { mirrored, unmirrored }: Bystanders): Promise<unknown>[] {
  return [
    user.send(new DeleteTagsCommand({ Resources: [mirrored], Tags: [{ Key: mirrorTag.Key }] })),
    user.send(new CreateTagsCommand({ Resources: [unmirrored], Tags: [mirrorTag] })),
  ];
}

function areTagsFollowed(service: SimulatedService, { mirrored, unmirrored }: Bystanders): boolean {
  const sources = mirroredInstances(service);
  return !sources.has(mirrored) && sources.has(unmirrored);
}

/** Mirrored instances of the burst. */
function mirrored(service: SimulatedService, bystanders: Bystanders): number {
  const sources = mirroredInstances(service);
  return sources.size - [bystanders.mirrored, bystanders.unmirrored].filter((id) => sources.has(id)).length;
}

function mirroredInstances({ emulator: { ec2 } }: SimulatedService): ReadonlySet<string> {
  const sources = new Set(ec2.world.sessions().map(({ networkInterfaceId }) => networkInterfaceId));
  const mirroredOnes = ec2.world
    .instances()
    .filter(({ networkInterfaceIds }) => networkInterfaceIds.some((id) => sources.has(id)));
  return new Set(mirroredOnes.map(({ instanceId }) => instanceId));
}
