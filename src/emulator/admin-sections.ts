/** What the admin path shows and accepts of each service. */
import { z } from 'zod';
import type { Ec2, Ec2Options } from './ec2/service.ts';
import type { DeliverySettings, EventBus } from './eventbridge/event-bus.ts';
import type { Logs } from './logs/logs.ts';
import type { Sqs } from './sqs/sqs.ts';

/** Settings of EC2 that are one of a few words, or a list or map. */
export const ec2Settings = {
  invalidTokenCode: z.enum(['InvalidNextToken', 'InvalidPaginationToken']),
  unknownFilterCode: z.enum(['InvalidFilter', 'InvalidParameterValue']),
  mirrorTagFilters: z.enum(['match', 'targets', 'refuse']),
  errorSpelling: z.enum(['documented', 'observed']),
  tokenAfterDeletion: z.enum(['stale', 'create']),
  rulesPerFilterScope: z.enum(['total', 'direction']),
  sourcesCountedAs: z.enum(['sessions', 'interfaces']),
  sourceTypes: z.record(z.string(), z.boolean()),
  loadBalancers: z.union([z.literal('any'), z.array(z.string())], 'must be any, or a list of ARNs'),
} satisfies Partial<Record<keyof Ec2Options, z.ZodType>>;

const share = z.number().min(0).max(1);

export const deliverySettings = { duplicateShare: share, lossShare: share } satisfies Partial<
  Record<keyof DeliverySettings, z.ZodType>
>;

/** Counts of everything there is. */
export function summarize(services: {
  readonly ec2: Ec2;
  readonly events: EventBus;
  readonly sqs: Sqs;
  readonly logs: Logs;
}): unknown {
  const { ec2, events, sqs, logs } = services;
  const instances: Record<string, number> = {};
  for (const { state } of ec2.world.instances()) instances[state] = (instances[state] ?? 0) + 1;
  return {
    instances,
    networkInterfaces: ec2.world.networkInterfaces().length,
    trafficMirrorSessions: ec2.world.sessions().length,
    trafficMirrorTargets: ec2.world.targets().length,
    trafficMirrorFilters: ec2.world.filters().length,
    queues: sqs.queues().map((queue) => ({ name: queue.name, ...queue.counts() })),
    rules: events.rules().map(({ name, state, targets }) => ({ name, state, targets: targets.length })),
    delivery: events.counts(),
    logGroups: logs.groups().map(({ name, storedBytes }) => ({ name, storedBytes })),
  };
}
