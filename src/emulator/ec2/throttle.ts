/** Token buckets per account and action, on the host's clock. */
import { AwsError, type Clock } from '../core.ts';
import type { Ec2Options } from './options.ts';
import type { Parameters } from './protocol/form.ts';
import { type BucketSize, RESOURCE_BUCKETS, requestBucket } from './throttle-limits.ts';

interface Bucket {
  tokens: number;
  filledAt: number;
}

export interface Throttle {
  /** Takes a token for a request; throws `RequestLimitExceeded` (503) when there is none. */
  admitRequest(accountId: string, action: string, mutating: boolean, parameters: Parameters): void;
  /** Takes a token for each instance, of the actions that have such a bucket. */
  admitResources(accountId: string, action: string, count: number): void;
  /** All buckets full again. */
  reset(): void;
}

const isNarrowed = (parameters: Parameters): boolean =>
  [...parameters.keys()].some((name) => name === 'MaxResults' || name === 'NextToken' || name.startsWith('Filter.'));

export function createThrottle(clock: Clock, options: Ec2Options): Throttle {
  const buckets = new Map<string, Bucket>();

  function take(key: string, size: BucketSize, count: number): void {
    const capacity = size.capacity * options.throttleScale;
    const now = clock.now();
    const bucket = buckets.get(key) ?? { tokens: capacity, filledAt: now };
    const refilled = ((now - bucket.filledAt) / 1000) * size.refillPerSecond * options.throttleScale;
    bucket.tokens = Math.min(capacity, bucket.tokens + refilled);
    bucket.filledAt = now;
    buckets.set(key, bucket);
    // Refills add up fractions; what is missing by rounding alone is not missing.
    if (bucket.tokens + 1e-9 < count) throw new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503);
    bucket.tokens -= count;
  }

  return {
    admitRequest(accountId, action, mutating, parameters) {
      if (!options.throttling) return;
      const { name, size } = requestBucket(action, mutating, isNarrowed(parameters));
      take(`${accountId} ${name}`, size, 1);
    },
    admitResources(accountId, action, count) {
      const size = RESOURCE_BUCKETS[action];
      if (options.throttling && size !== undefined) take(`${accountId} ${action} instances`, size, count);
    },
    reset: () => buckets.clear(),
  };
}
