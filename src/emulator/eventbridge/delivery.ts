/** From a matched rule to its targets: latency, duplicates, disorder, retries with backoff, dead-letter queues. */
import type { EmulatedEvent, Host } from '../core.ts';
import type { Sqs } from '../sqs/sqs.ts';
import type { Deliver, DeliveryCounts, DeliverySettings, Rule, RuleTarget } from './event-bus.ts';
import { payloadFor } from './payload.ts';
import { maySend, refused } from './targets.ts';

/** AWS's defaults where a target has no retry policy (eb-rule-retry-policy.html). */
const DEFAULT_ATTEMPTS = 185;
const DEFAULT_AGE_SECONDS = 86_400;

export type Tally = { -readonly [name in keyof DeliveryCounts]: number };

interface Delivery {
  readonly rule: Rule;
  readonly target: RuleTarget;
  readonly event: EmulatedEvent;
  readonly payload: string;
  readonly startedAt: number;
  /** Attempts after the first one. */
  retries: number;
}

export interface Dispatcher {
  /** Starts the delivery of one event to one target of a rule. */
  dispatch(rule: Rule, target: RuleTarget, event: EmulatedEvent): void;
  stop(): void;
}

export function createDispatcher(
  host: Host,
  sqs: Sqs,
  settings: DeliverySettings,
  tally: Tally,
  deliverTo: (service: string) => Deliver | undefined,
): Dispatcher {
  const timers = new Set<() => void>();

  function later(delayMs: number, task: () => void): void {
    const cancel = host.clock.after(delayMs, () => {
      timers.delete(cancel);
      task();
    });
    timers.add(cancel);
  }

  function travelMs(): number {
    return settings.latencyMs + (settings.reorderMs > 0 ? host.random() * settings.reorderMs : 0);
  }

  function attempt(delivery: Delivery): void {
    const { rule, target, payload, event } = delivery;
    const deliver = deliverTo(target.arn.split(':')[2] ?? '');
    const outcome =
      deliver?.(target, rule, payload, event) ??
      refused('NO_RESOURCE', `The emulator has no targets of this kind: ${target.arn}`);
    if (outcome.delivered) {
      tally.delivered += 1;
      return;
    }
    const maximumAttempts = target.retryPolicy?.maximumRetryAttempts ?? DEFAULT_ATTEMPTS;
    const maximumAgeMs = (target.retryPolicy?.maximumEventAgeSeconds ?? DEFAULT_AGE_SECONDS) * 1000;
    const delayMs = backoffMs(delivery.retries);
    const exhausted =
      delivery.retries >= maximumAttempts
        ? 'MaximumRetryAttempts'
        : host.clock.now() + delayMs - delivery.startedAt > maximumAgeMs
          ? 'MaximumEventAgeInSeconds'
          : undefined;
    if (outcome.retryable && exhausted === undefined) {
      delivery.retries += 1;
      tally.retried += 1;
      later(delayMs, () => attempt(delivery));
      return;
    }
    giveUp(delivery, outcome.code, outcome.message, outcome.retryable ? exhausted : undefined);
  }

  /** Exponential, with half of it random. */
  function backoffMs(retries: number): number {
    const full = Math.min(settings.retryMaximumMs, settings.retryBaseMs * 2 ** Math.min(retries, 30));
    return full / 2 + (host.random() * full) / 2;
  }

  function giveUp(
    { rule, target, event, retries }: Delivery,
    code: string,
    message: string,
    exhausted: string | undefined,
  ): void {
    const queue = target.deadLetterArn === undefined ? undefined : sqs.queue(target.deadLetterArn);
    if (queue === undefined || queue.attributes.fifo || !maySend(host, queue, rule)) {
      tally.dropped += 1;
      return;
    }
    queue.send({
      body: JSON.stringify(event),
      senderId: 'AROAEVENTBRIDGE:events',
      attributes: {
        RULE_ARN: rule.arn,
        TARGET_ARN: target.arn,
        ERROR_CODE: code,
        ERROR_MESSAGE: message,
        ...(exhausted === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: exhausted }),
        RETRY_ATTEMPTS: String(retries),
      },
    });
    tally.deadLettered += 1;
  }

  return {
    dispatch(rule, target, event) {
      const startedAt = host.clock.now();
      const payload = payloadFor(target, rule, event, startedAt);
      const isTwice = settings.duplicateShare > 0 && host.random() < settings.duplicateShare;
      tally.matched += 1;
      if (isTwice) tally.duplicated += 1;
      for (let copy = 0; copy < (isTwice ? 2 : 1); copy += 1) {
        const delivery: Delivery = { rule, target, event, payload, startedAt, retries: 0 };
        later(travelMs(), () => attempt(delivery));
      }
    },
    stop() {
      for (const cancel of timers) cancel();
      timers.clear();
    },
  };
}
