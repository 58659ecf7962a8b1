import type { InstanceId } from '../model/ids.ts';
import type { Run } from './reconcile.ts';

/** How long after a change EC2's lists may still show what was before; an event younger than that when a reading began is no part of it. */
const consistencyMs = 10_000;

/** EventBridge cuts an event's time to the second: what it tells of may have happened up to this much later. */
const eventTimeStepMs = 1_000;

/** After this long nothing is concluded from a reading any more, so that whatever was concluded wrongly soon ends. */
const coverageMs = 60_000;

/**
 * What the last pass over everything has settled: an event about an instance that is older than its reading asks for nothing new.
 *
 * In the memory of a warm environment only; a cold start covers nothing.
 */
export class Coverage {
  #readAt = Number.NEGATIVE_INFINITY;
  #listed = 0;
  #settled: ReadonlySet<InstanceId> = new Set();

  /** When the last pass over everything began to read, in epoch milliseconds. */
  get readAt(): number {
    return this.#readAt;
  }

  /** How many instances it looked at: those that the policy could want, where filters of EC2 can tell. */
  get listed(): number {
    return this.#listed;
  }

  /**
   * To be told of each pass over everything.
   *
   * @param readAt epoch milliseconds, before its first read
   * @param isSettled whether nothing is left that nobody has asked for, and no gate held anything back
   */
  passed(readAt: number, { reading: { instances } }: Run, isSettled: boolean): void {
    this.#readAt = readAt;
    this.#listed = instances.length;
    // An interface on its way to or from an instance arrives without an event of the instance.
    const still = instances.filter(({ networkInterfaces }) =>
      networkInterfaces.every(({ attachmentStatus }) => attachmentStatus === 'attached'),
    );
    this.#settled = new Set(isSettled ? still.map(({ id }) => id) : []);
  }

  /**
   * Whether an event asks for nothing that the last pass over everything has not seen.
   *
   * @param at the event's own time, epoch milliseconds; NaN where it tells none, which nothing covers
   * @param troubled instances with a failed change: they are looked at whenever somebody asks
   */
  covers(ids: readonly InstanceId[], at: number, now: number, troubled: ReadonlySet<InstanceId>): boolean {
    return (
      at + eventTimeStepMs + consistencyMs <= this.#readAt &&
      now - this.#readAt <= coverageMs &&
      ids.every((id) => this.#settled.has(id) && !troubled.has(id))
    );
  }
}

/** Messages in a batch that is as full as the queue allows. */
const fullBatch = 10;

/** Full batches in a row that mean a deep queue: fewer come about by chance. */
const deepAfter = 3;

/** With more instances than this, pages of lists cost more calls than one pass over everything saves; no account has more sessions unless AWS has raised its quota. */
const mostInstances = 10_000;

/** How long messages are served by themselves after a pass over everything was of no use. */
const restMs = 300_000;

/** Whether more messages wait than are worth serving ten at a time. */
export class Backlog {
  /** Whether a pass over everything has asked for another that nobody has served yet. */
  isContinued = false;
  #fullBatches = 0;
  #restsUntil = Number.NEGATIVE_INFINITY;

  /** To be told of each batch. */
  met(messages: number): void {
    this.#fullBatches = messages >= fullBatch ? this.#fullBatches + 1 : 0;
  }

  /** Whether a pass over everything would now save calls; at most one within EC2's consistency, for a sooner one could cover nothing more. */
  isDeep(now: number, { readAt, listed }: Coverage): boolean {
    return this.#fullBatches >= deepAfter && now >= this.#restsUntil && now - readAt >= consistencyMs && listed <= mostInstances;
  }

  /** To be told that a pass over everything failed, or settled nothing. */
  rest(now: number): void {
    this.#restsUntil = now + restMs;
  }
}
