/** The emulated EventBridge default bus: its in-process interface. */
import type { EmulatedEvent, Host, Service } from '../core.ts';
import type { Logs } from '../logs/logs.ts';
import type { Sqs } from '../sqs/sqs.ts';

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

/** Creates the default bus with its SQS and log group targets. */
export declare function createEventBus(host: Host, options: { readonly sqs: Sqs; readonly logs: Logs }): EventBus;
