import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { createJsonLog } from './audit/json-log.ts';
import { createEc2Client, type Deadline } from './aws/client.ts';
import { createInventory } from './aws/ec2-inventory.ts';
import { createMirroring } from './aws/ec2-mirroring.ts';
import { createEventBus } from './aws/event-bus.ts';
import type { ListNetworkTags } from './aws/network-tags.ts';
import { RateLimiter } from './aws/rate-limiter.ts';
import type { Config } from './config/env.ts';
import type { CompiledPolicy } from './model/policy.ts';
import { Memory } from './reconcile/memory.ts';
import type { Clock } from './reconcile/ports.ts';
import { type BatchOutcome, type Findings, serveBatch } from './service.ts';

/** The trail is sent in the seconds kept back from the function's timeout: a bus that hangs must not use up more than them, for the log has it all. */
const busPatience = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 1_500, throwOnRequestTimeout: true },
};

/** Nothing is sent any more so long after the deadline: what is under way then ends, retry and all, before the function's timeout. */
const sendGraceMs = 500;

/** The service, wired to AWS; one per execution environment, so that its buckets and memory live from batch to batch. */
export interface App {
  /** @param deadline epoch milliseconds by which the batch must be served */
  serve(bodies: readonly string[], accountId: string, deadline: number): Promise<BatchOutcome>;
}

/**
 * Wires clients, ports and use case. Nothing else does.
 *
 * @param findings given where the policy says `onFinding`
 * @param listNetworkTags given where the policy asks for tags of networks
 */
export function createApp(config: Config, policy: CompiledPolicy, findings?: Findings, listNetworkTags?: ListNetworkTags): App {
  const clock = realClock;
  const limiter = new RateLimiter(clock, policy.limits.apiShare);
  const runDeadline: Deadline = { at: 0 };
  const aws = config.endpoint === undefined ? {} : { endpoint: config.endpoint };
  const ec2 = createEc2Client(aws, limiter, runDeadline);
  const fixed = {
    owner: config.owner,
    policy,
    ...(findings === undefined ? {} : { findings }),
    clock,
    memory: new Memory(),
    inventory: createInventory(ec2, clock, runDeadline, listNetworkTags),
    mirroring: createMirroring(ec2, clock, runDeadline),
    bus: createEventBus(
      new EventBridgeClient({ ...aws, ...busPatience }),
      config.busName,
      () => clock.now() > runDeadline.at + sendGraceMs,
    ),
    takeCalls: () => limiter.takeCalls(),
    log: createJsonLog(
      (line) => process.stdout.write(line),
      () => new Date(),
      config.logLevel,
    ),
  };
  return {
    serve(bodies, accountId, deadline) {
      runDeadline.at = deadline;
      return serveBatch(bodies, { ...fixed, accountId }, deadline);
    },
  };
}

const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
