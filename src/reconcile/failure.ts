import type { ReasonCode } from '../model/reasons.ts';
import type { Change } from '../plan/action.ts';
import type { Ec2Error, ErrorClass } from './ports.ts';
import type { Result, TagInstance } from './result.ts';

/**
 * The result of a change that EC2 refused, or of which nobody can tell.
 *
 * @param half what the change has done all the same, as the beginning of a sentence that ends in "but"
 */
export function failureOf(action: Change | TagInstance, error: Ec2Error, half?: string): Result {
  const isRefusal = error.class === 'unsupported' && action.kind === 'session.create';
  return {
    action,
    outcome: isRefusal ? 'blocked' : 'failed',
    reason: { code: reasonOf[error.class], detail: half === undefined ? error.message : `${half}, but: ${error.message}` },
    errorCode: error.code,
    ...(error.requestId === undefined ? {} : { requestId: error.requestId }),
  };
}

const reasonOf: Readonly<Record<ErrorClass, ReasonCode>> = {
  gone: 'not-found',
  'in-use': 'conflict',
  unsupported: 'instance-type-unsupported',
  quota: 'quota',
  denied: 'denied',
  throttled: 'throttled',
  invalid: 'api-error',
  deadline: 'deadline',
  unsettled: 'api-error',
};
