/** The emulated EventBridge default bus: its in-process interface. */
import { AwsError, type EmulatedEvent, type Host, type Service } from '../core.ts';
import type { Logs } from '../logs/logs.ts';
import type { Sqs } from '../sqs/sqs.ts';
import { createDispatcher, type Tally } from './delivery.ts';
import { compilePattern, type EventMatcher, MAX_PATTERN_CHARACTERS } from './pattern.ts';
import { invalidPattern } from './pattern-operators.ts';
import { createEventsProtocol } from './protocol.ts';
import { checkRule } from './rule-validation.ts';
import { parseSchedule } from './schedule.ts';
import { createLogGroupTarget, createQueueTarget } from './targets.ts';

export interface RuleTarget {
  readonly id: string;
  readonly arn: string;
  /** At most one of `input` (constant JSON text), `inputPath` and `inputTransformer`. */
  readonly input?: string;
  readonly inputPath?: string;
  readonly inputTransformer?: { readonly inputPathsMap?: Readonly<Record<string, string>>; readonly inputTemplate: string };
  /** Plain text, or a whole JSON path such as `$.detail.instance-id`, evaluated per event. */
  readonly messageGroupId?: string;
  /** Defaults 185 attempts and 86,400 seconds. */
  readonly retryPolicy?: { readonly maximumRetryAttempts?: number; readonly maximumEventAgeSeconds?: number };
  readonly deadLetterArn?: string;
}

export type RuleState = 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly state: RuleState;
  /** The pattern as a parsed JSON value. */
  readonly eventPattern?: unknown;
  /** `rate(5 minutes)` or a six-field `cron(…)`. */
  readonly scheduleExpression?: string;
  readonly description?: string;
  readonly targets: readonly RuleTarget[];
}

export type DeliveryOutcome =
  | { readonly delivered: true }
  | { readonly delivered: false; readonly code: string; readonly message: string; readonly retryable: boolean };

/** Hands one payload to a target; `payload` is what Input, InputPath or InputTransformer made of the event. */
export type Deliver = (target: RuleTarget, rule: Rule, payload: string, event: EmulatedEvent) => DeliveryOutcome;

/** How imperfectly events travel; may be changed at any time. */
export interface DeliverySettings {
  /** From the bus to the target, milliseconds. */
  latencyMs: number;
  /** Share of deliveries made twice, 0 to 1. */
  duplicateShare: number;
  /** Share of events of best-effort AWS sources that never reach the bus, 0 to 1. */
  lossShare: number;
  /** A random extra delay of up to this many milliseconds per delivery, so that order is lost. */
  reorderMs: number;
  /** First wait before a failed delivery is tried again, doubled each time up to `retryMaximumMs`, with jitter. */
  retryBaseMs: number;
  retryMaximumMs: number;
}

export interface DeliveryCounts {
  /** Events that reached the bus, and best-effort ones lost before it. */
  readonly published: number;
  readonly lost: number;
  /** Rule matches times targets. */
  readonly matched: number;
  readonly delivered: number;
  readonly duplicated: number;
  readonly retried: number;
  readonly deadLettered: number;
  /** Given up without a dead-letter queue that took the event. */
  readonly dropped: number;
}

export interface EventBus extends Service {
  /** Creates or replaces; throws `InvalidEventPatternException` or `ValidationException`. */
  putRule(rule: Rule): void;
  removeRule(name: string): void;
  rules(): readonly Rule[];
  /** Puts an event on the default bus. */
  put(event: EmulatedEvent): void;
  registerTarget(service: 'sqs' | 'logs' | 'lambda', deliver: Deliver): void;
  readonly delivery: DeliverySettings;
  counts(): DeliveryCounts;
  /** Calls back for every event that reached the bus, before rules see it. */
  onEvent(listener: (event: EmulatedEvent) => void): () => void;
  /** Cancels schedules and pending deliveries. */
  stop(): void;
}

/** What the wire protocol needs beside the public interface. */
export type EventBusRegistry = Omit<EventBus, 'handle'>;

/** Sources whose events AWS may lose before EventBridge has them (event-delivery-level.html). */
const BEST_EFFORT_SOURCES = new Set(['aws.ec2', 'aws.tag', 'aws.autoscaling']);

interface ActiveRule {
  readonly rule: Rule;
  readonly matches: EventMatcher | undefined;
  readonly stop: () => void;
}

/** Creates the default bus with its SQS and log group targets. */
export function createEventBus(host: Host, options: { readonly sqs: Sqs; readonly logs: Logs }): EventBus {
  const active = new Map<string, ActiveRule>();
  const listeners = new Set<(event: EmulatedEvent) => void>();
  const targets = new Map<string, Deliver>([
    ['sqs', createQueueTarget(host, options.sqs)],
    ['logs', createLogGroupTarget(host, options.logs)],
  ]);
  const tally: Tally = {
    published: 0,
    lost: 0,
    matched: 0,
    delivered: 0,
    duplicated: 0,
    retried: 0,
    deadLettered: 0,
    dropped: 0,
  };
  const delivery: DeliverySettings = {
    latencyMs: 50,
    duplicateShare: 0,
    lossShare: 0,
    reorderMs: 0,
    retryBaseMs: 1000,
    retryMaximumMs: 900_000,
  };
  const dispatcher = createDispatcher(host, options.sqs, delivery, tally, (service) => targets.get(service));

  function publish(event: EmulatedEvent): void {
    tally.published += 1;
    for (const listener of Array.from(listeners)) listener(event);
  }

  function startSchedule(rule: Rule): () => void {
    if (rule.scheduleExpression === undefined || rule.state === 'DISABLED') return () => {};
    const next = parseSchedule(rule.scheduleExpression);
    let cancel = (): void => {};
    const plan = (previous: number): void => {
      const due = next(previous);
      if (due === undefined) return;
      cancel = host.clock.after(Math.max(0, due - host.clock.now()), () => {
        const event = scheduledEvent(host, rule, due);
        publish(event);
        for (const target of rule.targets) dispatcher.dispatch(rule, target, event);
        plan(due);
      });
    };
    plan(host.clock.now());
    return () => cancel();
  }

  const registry: EventBusRegistry = {
    delivery,
    putRule(rule) {
      checkRule(rule, (arn) => options.sqs.queue(arn)?.attributes.fifo === true);
      const matches = rule.eventPattern === undefined ? undefined : compilePattern(rule.eventPattern);
      const length = JSON.stringify(rule.eventPattern ?? '').length;
      if (length > MAX_PATTERN_CHARACTERS) {
        throw invalidPattern(`The pattern has ${length} characters; at most ${MAX_PATTERN_CHARACTERS} are allowed`);
      }
      if (rule.scheduleExpression !== undefined) parseSchedule(rule.scheduleExpression);
      if (!active.has(rule.name) && active.size >= MAX_RULES) {
        throw new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
      }
      active.get(rule.name)?.stop();
      active.set(rule.name, { rule, matches, stop: startSchedule(rule) });
    },
    removeRule(name) {
      active.get(name)?.stop();
      active.delete(name);
    },
    rules: () => [...active.values()].map(({ rule }) => rule),
    put(event) {
      const isBestEffort = BEST_EFFORT_SOURCES.has(event.source) || isFromCloudTrail(event);
      if (isBestEffort && delivery.lossShare > 0 && host.random() < delivery.lossShare) {
        tally.lost += 1;
        return;
      }
      publish(event);
      for (const { rule, matches } of active.values()) {
        if (matches === undefined || !isEnabledFor(rule.state, event) || !matches(event)) continue;
        for (const target of rule.targets) dispatcher.dispatch(rule, target, event);
      }
    },
    registerTarget(service, deliver) {
      targets.set(service, deliver);
    },
    counts: () => ({ ...tally }),
    onEvent(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    stop() {
      for (const { stop } of active.values()) stop();
      dispatcher.stop();
    },
  };
  return { ...registry, ...createEventsProtocol(host, registry) };
}

/** EventBridge's quota on one bus. */
const MAX_RULES = 300;

function isFromCloudTrail(event: EmulatedEvent): boolean {
  return event['detail-type'].endsWith('via CloudTrail');
}

/** Read-only management events reach only rules that ask for all of them (eb-service-event-cloudtrail.html). */
function isEnabledFor(state: RuleState, event: EmulatedEvent): boolean {
  if (state === 'DISABLED') return false;
  if (state === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' || !isFromCloudTrail(event)) return true;
  return !(typeof event.detail === 'object' && event.detail !== null && Reflect.get(event.detail, 'readOnly') === true);
}

function scheduledEvent(host: Host, rule: Rule, due: number): EmulatedEvent {
  return {
    version: '0',
    id: host.newUuid(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: host.accountId,
    time: `${new Date(due).toISOString().slice(0, 19)}Z`,
    region: host.region,
    resources: [rule.arn],
    detail: {},
  };
}
