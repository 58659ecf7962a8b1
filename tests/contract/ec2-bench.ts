import type { RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { createEc2Client } from '../../src/aws/client.ts';
import { createInventory } from '../../src/aws/ec2-inventory.ts';
import { createMirroring } from '../../src/aws/ec2-mirroring.ts';
import { listNetworkTags } from '../../src/aws/network-tags.ts';
import { RateLimiter } from '../../src/aws/rate-limiter.ts';
import type { Service } from '../../src/emulator/core.ts';
import type { Ec2Options } from '../../src/emulator/ec2/service.ts';
import type { EniId, FilterId, InstanceId, TargetId } from '../../src/model/ids.ts';
import type { Clock, Inventory, Mirroring, NewSession } from '../../src/reconcile/ports.ts';
import { type Bench, createBench } from '../emulator/ec2/in-process-client.ts';
import { addMirroring, launch } from '../emulator/ec2/world-setup.ts';
import { inProcess } from '../emulator/front/in-process-handler.ts';

/** Both EC2 ports over the product's own client and an emulated EC2, without a socket. */
export interface Ec2Ports {
  readonly bench: Bench;
  readonly inventory: Inventory;
  readonly mirroring: Mirroring;
}

export interface PortOptions {
  readonly maxAttempts?: number;
  /** Items on a page, where EC2 serves fewer than it is asked for. */
  readonly pageSize?: number;
}

export function createEc2Ports(options: Partial<Ec2Options> = {}, { maxAttempts = 1, pageSize }: PortOptions = {}): Ec2Ports {
  const bench = createBench(options);
  const { host, ec2 } = bench;
  const clock: Clock = { now: () => host.clock.now(), sleep: (ms) => host.clock.advance(ms) };
  const deadline = { at: clock.now() + 3_600_000 };
  const service: Service = {
    handle: (request) =>
      ec2.handle(
        pageSize === undefined
          ? request
          : { ...request, body: request.body.replace(/\bMaxResults=\d+/, `MaxResults=${pageSize}`) },
      ),
  };
  const client = createEc2Client({ ...inProcess(service), maxAttempts }, new RateLimiter(clock, 1), deadline);
  return {
    bench,
    inventory: createInventory(client, clock, deadline, listNetworkTags),
    mirroring: createMirroring(client, clock, deadline),
  };
}

/** What a session needs: a source, a target with a sensor behind it, and a filter. */
export interface Parts {
  readonly source: { readonly instanceId: InstanceId; readonly eniId: EniId };
  readonly target: { readonly id: TargetId; readonly eniId: EniId };
  readonly filterId: FilterId;
  /** A session of these parts. */
  session(more?: Partial<NewSession>): NewSession;
}

export async function createParts(
  { bench }: Ec2Ports,
  InstanceType: RunInstancesCommandInput['InstanceType'] = 'm5.large',
): Promise<Parts> {
  const { sensor, targetId, filterId } = await addMirroring(bench);
  const [launched] = await launch(bench, { InstanceType });
  const source = { instanceId: launched?.instanceId as InstanceId, eniId: launched?.eniId as EniId };
  const parts = { targetId: targetId as TargetId, filterId: filterId as FilterId };
  return {
    source,
    target: { id: parts.targetId, eniId: sensor.eniId as EniId },
    filterId: parts.filterId,
    session: (more = {}) => ({
      ...parts,
      eniId: source.eniId,
      sessionNumber: 1,
      tags: { 'automirror:owner': 'me' },
      clientToken: 'token-1',
      ...more,
    }),
  };
}
