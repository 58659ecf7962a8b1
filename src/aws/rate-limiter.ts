import type { Clock } from '../reconcile/ports.ts';
import { type BucketSize, bucketSize } from './rate-limits.ts';

/** No token can be had before the deadline. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

interface Bucket {
  readonly size: BucketSize;
  /** Tokens at `at`; negative while callers wait for tokens that are still to come. */
  tokens: number;
  at: number;
  /** Share of the refill that we allow ourselves after being throttled, 0 to 1. */
  pace: number;
  /** When the pace was last halved. */
  slowedAt: number;
}

/**
 * One token bucket per API action, kept as long as the execution environment lives.
 *
 * A throttled answer empties the bucket and halves its pace (others spend from the same budget); each answer that is not throttled brings a twentieth back.
 * Answers to calls that were under way when the pace was halved tell nothing new, and do not halve it again.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #apiShare: number;
  readonly #buckets = new Map<string, Bucket>();
  #calls = 0;
  #throttled = 0;

  constructor(clock: Clock, apiShare: number) {
    this.#clock = clock;
    this.#apiShare = apiShare;
  }

  /**
   * Resolves when the action may be called.
   *
   * @param deadline epoch milliseconds
   * @throws DeadlineError at once, if the turn would come after the deadline; or later, if it did
   */
  async take(action: string, deadline: number): Promise<void> {
    const bucket = this.#refilled(action);
    const missing = 1 - bucket.tokens;
    const waitMs = missing <= 0 ? 0 : Math.ceil((missing / (bucket.size.perSecond * bucket.pace)) * 1000);
    if (this.#clock.now() + waitMs > deadline) {
      throw new DeadlineError(`${action} could be called in ${waitMs} ms, after the deadline of this run`);
    }
    bucket.tokens -= 1;
    if (waitMs > 0) await this.#clock.sleep(waitMs);
    if (waitMs > 0 && this.#clock.now() > deadline)
      throw new DeadlineError(`${action} waited ${waitMs} ms for its turn, which came after the deadline`);
    this.#calls += 1;
  }

  /** How many calls were let pass since this was asked last, and how many answers were throttles. */
  takeCalls(): { readonly calls: number; readonly throttled: number } {
    const taken = { calls: this.#calls, throttled: this.#throttled };
    this.#calls = 0;
    this.#throttled = 0;
    return taken;
  }

  /** The time that `sentAt` is told in. */
  now(): number {
    return this.#clock.now();
  }

  /** @param sentAt when the call that was throttled was made */
  throttled(action: string, sentAt = this.now()): void {
    this.#throttled += 1;
    const bucket = this.#refilled(action);
    bucket.tokens = Math.min(bucket.tokens, 0);
    if (sentAt < bucket.slowedAt) return;
    bucket.pace = Math.max(bucket.pace / 2, 0.05);
    bucket.slowedAt = this.now();
  }

  answered(action: string): void {
    const bucket = this.#refilled(action);
    bucket.pace = Math.min(1, bucket.pace + 0.05);
  }

  #refilled(action: string): Bucket {
    const now = this.#clock.now();
    const size = bucketSize(action, this.#apiShare);
    const bucket = this.#buckets.get(action) ?? {
      size,
      tokens: size.burst,
      at: now,
      pace: 1,
      slowedAt: Number.NEGATIVE_INFINITY,
    };
    this.#buckets.set(action, bucket);
    bucket.tokens = Math.min(size.burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * size.perSecond * bucket.pace);
    bucket.at = now;
    return bucket;
  }
}
