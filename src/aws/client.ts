import { EC2Client, type EC2ClientConfig, type ServiceInputTypes, type ServiceOutputTypes } from '@aws-sdk/client-ec2';
import type { FinalizeRequestMiddleware } from '@smithy/types';
import type { Clock } from '../reconcile/ports.ts';
import { toEc2Error } from './error-class.ts';
import { DeadlineError, type RateLimiter } from './rate-limiter.ts';

/** When the present run must end, in epoch milliseconds; set anew by each run, read at each attempt. */
export interface Deadline {
  at: number;
}

/** Kept back from the time of a change, so that one whose answer does not come can still be settled by asking EC2. */
export const settleMs = 1_500;

/** When a change must be answered; reads have the whole of the run's time. */
export function changeDeadline(deadline: Deadline): number {
  return deadline.at - settleMs;
}

/** An attempt was sent and its answer lost, and no time is left for another: the call may have taken effect. */
export class LostAnswerError extends Error {
  override readonly name = 'LostAnswerError';
}

/** The longest a timer of Node can run; a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Gives a call the time that is left until `at` (epoch milliseconds).
 *
 * @throws DeadlineError if none is left
 */
export function timeLeft(at: number, clock: Clock): { readonly abortSignal: AbortSignal } {
  const left = at - clock.now();
  if (left <= 0) throw new DeadlineError('the time of this run is up');
  return { abortSignal: AbortSignal.timeout(Math.min(left, longestTimerMs)) };
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
  const limitRate: FinalizeRequestMiddleware<ServiceInputTypes, ServiceOutputTypes> = (next, context) => {
    const action = String(context.commandName ?? '').replace(/Command$/, '');
    const endsAt = () => (action.startsWith('Describe') ? deadline.at : changeDeadline(deadline));
    let lost: string | undefined;
    return async (args) => {
      try {
        await limiter.take(action, endsAt());
      } catch (error) {
        // Not as `cause`: the SDK would find a transient error there and try again.
        throw lost === undefined ? error : new LostAnswerError(`no time is left to try again after: ${lost}`);
      }
      const sentAt = limiter.now();
      try {
        const answer = await next(args);
        limiter.answered(action);
        return answer;
      } catch (error) {
        const errorClass = toEc2Error(error).class;
        if (errorClass === 'throttled') limiter.throttled(action, sentAt);
        else if (errorClass === 'unsettled') lost = String(error);
        else limiter.answered(action);
        throw error;
      }
    };
  };
  client.middlewareStack.addRelativeTo(limitRate, {
    name: 'automirrorRateLimit',
    relation: 'after',
    toMiddleware: 'retryMiddleware',
  });
  return client;
}
