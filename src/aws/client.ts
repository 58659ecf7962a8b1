import { EC2Client, type EC2ClientConfig, type ServiceInputTypes, type ServiceOutputTypes } from '@aws-sdk/client-ec2';
import type { FinalizeRequestMiddleware } from '@smithy/types';
import type { Clock } from '../reconcile/ports.ts';
import { classifyCode } from './error-class.ts';
import { DeadlineError, type RateLimiter } from './rate-limiter.ts';

/** When the present run must end, in epoch milliseconds; set anew by each run, read at each attempt. */
export interface Deadline {
  at: number;
}

/** Gives each call the time that is left, and none to a call that comes too late. */
export function timeLeft(deadline: Deadline, clock: Clock): { readonly abortSignal: AbortSignal } {
  const left = deadline.at - clock.now();
  if (left <= 0) throw new DeadlineError('the time of this run is up');
  return { abortSignal: AbortSignal.timeout(left) };
}

/**
 * An EC2 client each of whose attempts, retries too, first takes a token of its action's bucket.
 *
 * The SDK's own retries stay: up to five attempts with backoff and jitter and a retry quota per client; all of them end with the deadline of the run.
 */
export function createEc2Client(config: EC2ClientConfig, limiter: RateLimiter, deadline: Deadline): EC2Client {
  const client = new EC2Client({
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
    ...config,
  });
  const limitRate: FinalizeRequestMiddleware<ServiceInputTypes, ServiceOutputTypes> = (next, context) => async (args) => {
    const action = String(context.commandName ?? '').replace(/Command$/, '');
    await limiter.take(action, deadline.at);
    try {
      const answer = await next(args);
      limiter.answered(action);
      return answer;
    } catch (error) {
      if (error instanceof Error && classifyCode(error.name, undefined) === 'throttled') limiter.throttled(action);
      throw error;
    }
  };
  client.middlewareStack.addRelativeTo(limitRate, {
    name: 'automirrorRateLimit',
    relation: 'after',
    toMiddleware: 'retryMiddleware',
  });
  return client;
}
