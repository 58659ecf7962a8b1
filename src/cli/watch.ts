import type { AuditRecord } from '../audit/record.ts';
import { type InstanceId, isInstanceId } from '../model/ids.ts';
import type { Clock } from '../reconcile/ports.ts';
import { CliError, said } from './cli-error.ts';
import type { Trail } from './trail.ts';

/** How often the account and the trail are asked while a command waits for the service. */
export const pollMs = 1_000;

/**
 * The audit trail as it grows from a moment on. CloudWatch Logs shows events a while after they are written and not always in order, so each look goes a
 * little further back, and what was told already is not told again.
 */
export class TrailWatch {
  readonly #trail: Trail;
  readonly #since: number;
  readonly #filter: string | undefined;
  readonly #told = new Set<string>();
  #newest: number;
  /** Why the trail could not be read, the last time that it was looked at. */
  unreadable: string | undefined;

  /** @param told ids of events that need not be told again */
  constructor(trail: Trail, since: number, filter?: string, told: readonly string[] = []) {
    this.#trail = trail;
    this.#since = since;
    this.#filter = filter;
    this.#newest = since;
    for (const id of told) this.#told.add(id);
  }

  /** The records that have come since the last look, oldest first; none where the trail cannot be read. */
  async look(): Promise<readonly AuditRecord[]> {
    const found: AuditRecord[] = [];
    try {
      for await (const { id, at, record } of this.#trail.records(
        Math.max(this.#since, this.#newest - latenessMs),
        this.#filter,
      )) {
        if (this.#told.has(id)) continue;
        this.#told.add(id);
        this.#newest = Math.max(this.#newest, at);
        found.push(record);
      }
      this.unreadable = undefined;
    } catch (error) {
      this.unreadable = said(error);
    }
    return found;
  }
}

const latenessMs = 60_000;

/** A filter of the log group for what concerns one instance. */
export function aboutInstance(id: InstanceId): string {
  return `{ $.detail.instanceId = "${id}" }`;
}

/** Asks again and again until there is an answer; undefined when there is none in time. */
export async function poll<T>(clock: Clock, timeoutMs: number, ask: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = clock.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (clock.now() >= end) return undefined;
    await clock.sleep(pollMs);
  }
}

/** A `CliError` unless the text has the form of an instance's id. */
export function requireInstanceId(text: string): asserts text is InstanceId {
  if (!isInstanceId(text)) throw new CliError(`${text} is no id of an instance (i-…).`);
}
