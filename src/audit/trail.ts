import { detailTypeOf } from './detail-type.ts';
import type { AuditRecord } from './record.ts';

/** An event of ours for the bus. */
export interface BusEvent {
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Puts events on the bus; answers with those that the bus did not take. Never rejects. */
export interface EventBus {
  put(events: readonly BusEvent[]): Promise<readonly { readonly event: BusEvent; readonly error: string }[]>;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Writes one structured line, at once. */
export type Log = (level: LogLevel, line: Readonly<Record<string, unknown>>) => void;

/** Events in one PutEvents call: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const batchSize = 10;

/** What the log says where it alone holds a record. */
export const untakenMessage = 'the event bus did not take an audit record; it stands here';

/**
 * The audit trail of one run: each record is a log line the moment it is written, and, where it tells of a change, a refusal or a failure, an event on the
 * bus soon after. If the bus refuses, the log says so and still holds the record.
 */
export class AuditTrail {
  readonly #log: Log;
  readonly #bus: EventBus;
  #waiting: BusEvent[] = [];
  #sending: Promise<void> = Promise.resolve();

  constructor(log: Log, bus: EventBus) {
    this.#log = log;
    this.#bus = bus;
  }

  write(record: AuditRecord): void {
    this.#log(record.outcome === 'failed' ? 'error' : record.outcome === 'blocked' ? 'warn' : 'info', { ...record });
    const detailType = detailTypeOf(record);
    if (detailType === undefined) return;
    this.#waiting.push({ detailType, detail: { ...record } });
    if (this.#waiting.length >= batchSize) this.#send();
  }

  /** Sends what waits; resolves when the bus has taken or refused all of it. */
  async flush(): Promise<void> {
    this.#send();
    await this.#sending;
  }

  #send(): void {
    const events = this.#waiting;
    this.#waiting = [];
    for (let start = 0; start < events.length; start += batchSize) {
      const batch = events.slice(start, start + batchSize);
      this.#sending = this.#sending.then(async () => {
        for (const { event, error } of await this.#bus.put(batch)) {
          this.#log('error', {
            message: untakenMessage,
            error,
            record: event.detail,
          });
        }
      });
    }
  }
}
