/** An emulated account with many instances and the sessions that they should have, made at once: no event tells of it, and no throttle applies. */
import { setImmediate } from 'node:timers/promises';
import { Hand } from '../simulation/hand.ts';
import { clockOf, directClient } from '../simulation/virtual-client.ts';
import { createEc2Client, type Deadline } from '../src/aws/client.ts';
import { createInventory } from '../src/aws/ec2-inventory.ts';
import { createMirroring } from '../src/aws/ec2-mirroring.ts';
import { RateLimiter } from '../src/aws/rate-limiter.ts';
import { Memory } from '../src/reconcile/memory.ts';
import { reconcile } from '../src/reconcile/reconcile.ts';
import type { SimulatedService } from './simulated-service.ts';

export const mirrorTag = { Key: 'mirror', Value: 'true' };

/** RunInstances takes no more at once. */
const perLaunch = 1_000;
/** An IPv4 block of a VPC ends at a /16. */
const perVpc = 60_000;

/** Calls of the account's administrator, which are not counted as the function's. */
export function administrator({ emulator }: Pick<SimulatedService, 'emulator'>): Hand {
  return new Hand(emulator, []);
}

/** Does what no rule hears of, and what takes no token, as if it had been done at leisure; the buckets are full afterwards. */
export async function unheard<T>({ clock, emulator }: SimulatedService, work: () => Promise<T>): Promise<T> {
  const { controls } = emulator.ec2;
  const { throttling } = controls.settings;
  controls.settings.throttling = false;
  emulator.events.delivery.lossShare = 1;
  let isDone = false;
  const done = work().finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await clock.advance(1);
    await setImmediate();
  }
  // Instances run, and the last event is lost.
  await clock.advance(10_000);
  emulator.events.delivery.lossShare = 0;
  controls.settings.throttling = throttling;
  controls.refillBuckets();
  return done;
}

/** A load balancer as the one target. */
export async function addTarget(service: SimulatedService): Promise<void> {
  const { partition, region, accountId } = service.emulator.host;
  await administrator(service).answer('CreateTrafficMirrorTarget', {
    NetworkLoadBalancerArn: `arn:${partition}:elasticloadbalancing:${region}:${accountId}:loadbalancer/net/sensors/0123456789abcdef`,
    TagSpecifications: [{ ResourceType: 'traffic-mirror-target', Tags: [{ Key: 'automirror:target', Value: 'default' }] }],
  });
}

/** Launches so many instances, in networks of their own, and answers their ids. */
export async function launchMany(service: SimulatedService, count: number, isTagged: boolean): Promise<readonly string[]> {
  const hand = administrator(service);
  const { world } = service.emulator.ec2;
  const before = new Set(world.instances().map(({ instanceId }) => instanceId));
  for (let inVpc = 0; inVpc < count; inVpc += perVpc) {
    const vpc = await hand.answer('CreateVpc', { CidrBlock: '10.0.0.0/16' });
    const VpcId = /\bvpc-[0-9a-f]+/.exec(JSON.stringify(vpc))?.[0];
    const subnet = await hand.answer('CreateSubnet', { VpcId, CidrBlock: '10.0.0.0/16' });
    const SubnetId = /\bsubnet-[0-9a-f]+/.exec(JSON.stringify(subnet))?.[0];
    const end = Math.min(count, inVpc + perVpc);
    for (let launched = inVpc; launched < end; launched += perLaunch) {
      const size = Math.min(perLaunch, end - launched);
      await hand.answer('RunInstances', {
        ImageId: 'ami-0123456789abcdef0',
        InstanceType: 'm5.large',
        SubnetId,
        MinCount: size,
        MaxCount: size,
        ...(isTagged ? { TagSpecifications: [{ ResourceType: 'instance', Tags: [mirrorTag] }] } : {}),
      });
    }
  }
  return world
    .instances()
    .map(({ instanceId }) => instanceId)
    .filter((id) => !before.has(id));
}

/** Makes what the product would have made by now: one pass of its own over everything, which waits for no token. */
export async function settle({ emulator, caller, owner, policy }: SimulatedService): Promise<void> {
  const clock = clockOf(emulator);
  const deadline: Deadline = { at: Number.MAX_SAFE_INTEGER };
  const limiter = new RateLimiter(clock, 1);
  limiter.take = () => Promise.resolve();
  const client = createEc2Client(directClient({ emulator, caller, latencyMs: 0 }), limiter, deadline);
  const run = await reconcile(
    {
      owner,
      policy,
      clock,
      accountId: caller.accountId,
      memory: new Memory(),
      inventory: createInventory(client, clock, deadline),
      mirroring: createMirroring(client, clock, deadline),
    },
    { scope: { kind: 'everything' }, first: new Set(), applyUntil: deadline.at, onResult: () => undefined },
  );
  if (run.isUnfinished || run.defects.length > 0) throw new Error('the account could not be made ready');
}

/** Asks for a sweep as a person does, and runs until nothing waits any more; answers the virtual milliseconds that it took. */
export async function sweep(service: SimulatedService, onStep: (passedMs: number) => void = () => undefined): Promise<number> {
  const { clock, emulator, owner } = service;
  const begin = clock.now();
  emulator.host.emit({ source: 'automirror', detailType: 'Sweep Requested', detail: { owner } });
  let quietMs = 0;
  for (let passed = 0; passed - quietMs < 2_000; passed = clock.now() - begin) {
    if (passed > longestMs) throw new Error('the sweep does not come to an end');
    await clock.advance(stepMs);
    if (service.waiting() > 0) quietMs = clock.now() - begin;
    onStep(clock.now() - begin);
  }
  return quietMs;
}

/** Longer than any sensible outcome. */
const longestMs = 3_600_000;

/** The clock moves in steps, so that what is measured meanwhile keeps up with it. */
const stepMs = 100;
