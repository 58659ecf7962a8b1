/** Faults wrapped around operations: errors, lost answers and hangs, by action, count, page and parameter. */
import { AwsError, type Caller } from '../core.ts';
import type { Parameters } from './protocol/form.ts';

interface FaultScope {
  /** An action's name, or `*` for every action. */
  readonly action: string;
  /** How many matching calls are hit; default 1. */
  readonly times?: number;
  /** How many matching calls pass first; default 0. */
  readonly skip?: number;
  /** Only this page of a describe, counted from 1. */
  readonly page?: number;
  /** Only calls of such callers. */
  readonly callerKind?: Caller['kind'];
  /** Only calls with these parameters, by wire name: `{ NetworkInterfaceId: 'eni-…' }`. */
  readonly where?: Readonly<Record<string, string>>;
}

export interface Failure extends FaultScope {
  /** What the client sees; a lost connection is `{ code: 'InternalError', status: 500 }`. Status default 400. */
  readonly error: { readonly code: string; readonly message?: string; readonly status?: number };
  /** The call takes effect and only its answer is lost. */
  readonly after?: boolean;
}

export interface Hang extends FaultScope {
  /** How long the call waits before it starts, milliseconds. */
  readonly delayMs: number;
}

export interface FaultHandle {
  /** How many more calls it will hit. */
  remaining(): number;
  cancel(): void;
}

interface Armed {
  readonly scope: FaultScope;
  readonly delayMs: number;
  readonly failure: Failure | undefined;
  skip: number;
  left: number;
}

/** What befalls one call. */
export interface Fate {
  readonly delayMs: number;
  readonly before: AwsError | undefined;
  readonly after: AwsError | undefined;
}

export interface Faults {
  fail(failure: Failure): FaultHandle;
  hang(hang: Hang): FaultHandle;
  clear(): void;
  /** Decides about one call and counts it. */
  meet(action: string, parameters: Parameters, pageNumber: number | undefined, callerKind?: Caller['kind']): Fate;
}

const toError = ({ error }: Failure): AwsError =>
  new AwsError(error.code, error.message ?? `Injected fault: ${error.code}`, error.status ?? 400);

export function createFaults(): Faults {
  let armed: Armed[] = [];

  function arm(scope: FaultScope, delayMs: number, failure: Failure | undefined): FaultHandle {
    const { times = 1, skip = 0 } = scope;
    if (!(times >= 1) || !(skip >= 0)) throw new RangeError('A fault hits at least one call and skips none or more');
    const fault: Armed = { scope, delayMs, failure, skip, left: times };
    armed.push(fault);
    return {
      remaining: () => fault.left,
      cancel: () => {
        fault.left = 0;
        armed = armed.filter((other) => other !== fault);
      },
    };
  }

  return {
    fail: (failure) => arm(failure, 0, failure),
    hang: (hang) => arm(hang, hang.delayMs, undefined),
    clear: () => {
      armed = [];
    },
    meet(action, parameters, pageNumber, callerKind) {
      const hit: Armed[] = [];
      for (const fault of armed) {
        const { scope } = fault;
        if (scope.action !== '*' && scope.action !== action) continue;
        if (scope.callerKind !== undefined && scope.callerKind !== callerKind) continue;
        if (scope.page !== undefined && scope.page !== pageNumber) continue;
        if (Object.entries(scope.where ?? {}).some(([name, value]) => parameters.get(name) !== value)) continue;
        if (fault.skip > 0) {
          fault.skip -= 1;
          continue;
        }
        // One failure at a time: the next one waits for the next call.
        if (fault.failure !== undefined && hit.some((other) => other.failure !== undefined)) continue;
        fault.left -= 1;
        hit.push(fault);
      }
      armed = armed.filter((fault) => fault.left > 0);
      const failure = hit.find((fault) => fault.failure !== undefined)?.failure;
      const error = failure === undefined ? undefined : toError(failure);
      return {
        delayMs: hit.reduce((sum, fault) => sum + fault.delayMs, 0),
        before: failure?.after === true ? undefined : error,
        after: failure?.after === true ? error : undefined,
      };
    },
  };
}
