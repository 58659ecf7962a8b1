/** ClientToken: the same request twice makes one object. */
import { AwsError } from '../core.ts';
import type { Call, Operation } from './account.ts';

interface Remembered {
  readonly fingerprint: string;
  readonly output: object;
}

export interface Idempotency {
  /**
   * Performs the operation, or answers as before when the call repeats an earlier token.
   * Throws `IdempotentParameterMismatch` for one token with other parameters.
   * Source: EC2 Developer Guide, "Ensuring idempotency".
   */
  perform(operation: Operation, input: object, call: Call): object;
}

/** Refuses tokens that are not up to 64 ASCII characters. */
function checkToken(token: string): void {
  if (!/^[\x20-\x7e]{1,64}$/.test(token))
    throw new AwsError('InvalidClientToken', 'The client token must have 1 to 64 ASCII characters.');
}

export function createIdempotency(): Idempotency {
  const remembered = new Map<string, Remembered>();
  return {
    perform(operation, input, call) {
      const token = call.parameters.get('ClientToken');
      if (token === undefined || operation.repeat === undefined) return operation.perform(input, call);
      checkToken(token);
      const key = `${call.caller.accountId} ${operation.name} ${token}`;
      const parameters = [...call.parameters].filter(([name]) => name !== 'ClientToken' && name !== 'DryRun');
      const fingerprint = JSON.stringify(parameters.sort(([a], [b]) => (a < b ? -1 : 1)));
      const before = remembered.get(key);
      if (before !== undefined) {
        if (before.fingerprint !== fingerprint) {
          throw new AwsError('IdempotentParameterMismatch', `The client token '${token}' was used before with other parameters.`);
        }
        const current = operation.repeat(before.output, call);
        if (current !== undefined) return current;
        if (call.options.tokenAfterDeletion === 'stale') return before.output;
      }
      const output = operation.perform(input, call);
      remembered.set(key, { fingerprint, output });
      return output;
    },
  };
}
