/** One execution environment: a process of its own with the function's code, serving one invocation at a time. */
import { openRuntimeApi, type RuntimeInvocation } from './runtime-api.ts';
import { type RuntimeProcessOptions, startRuntimeProcess } from './runtime-process.ts';

/** How one invocation ended. `payload` is the JSON text a caller gets. */
export interface InvocationOutcome {
  readonly kind: 'response' | 'error' | 'timeout' | 'exit';
  readonly payload: string;
  readonly durationMs: number;
  readonly maxMemoryMb: number;
}

/** Thrown when an environment did not get as far as asking for an invocation; its process is gone. */
export class InitFailure extends Error {
  override readonly name = 'InitFailure';
  /** JSON text with errorType and errorMessage. */
  readonly payload: string;
  constructor(payload: string) {
    super(payload);
    this.payload = payload;
  }
}

export interface EnvironmentOptions extends Omit<RuntimeProcessOptions, 'onExit'> {
  /** Longest initialization, milliseconds; Lambda gives ten seconds. */
  readonly initTimeoutMs: number;
  /** Ends an initialization that is under way. */
  readonly signal?: AbortSignal;
}

export interface ExecutionEnvironment {
  readonly pid: number;
  /** From the start of the process to its first request for an invocation, milliseconds. */
  readonly initMs: number;
  /** Whether it waits for an invocation. */
  isUsable(): boolean;
  /** Resolves when the environment is ready for the next one, or has ended. */
  invoke(invocation: RuntimeInvocation, timeoutMs: number): Promise<InvocationOutcome>;
  stop(): Promise<void>;
}

type Answer = { readonly kind: 'response' | 'error'; readonly payload: string };
/** What can be seen of the runtime: it waits for an invocation, answered one, or its process ended. */
type Sign = 'next' | 'answer' | 'end' | 'timeout';

/** Starts the process and waits for its initialization; rejects with InitFailure. */
export async function startEnvironment(options: EnvironmentOptions): Promise<ExecutionEnvironment> {
  const state: { isWaiting: boolean; answer?: Answer | undefined; initError?: string } = { isWaiting: false };
  let changed: (() => void) | undefined;
  const take = (answer: Answer): void => {
    state.answer = answer;
    changed?.();
  };
  const api = await openRuntimeApi({
    onNext: () => {
      state.isWaiting = true;
      changed?.();
    },
    onResponse: (_, payload) => take({ kind: 'response', payload }),
    onError: (_, payload) => take({ kind: 'error', payload }),
    onInitError: (payload) => {
      state.initError = payload;
    },
  });
  const startedAt = performance.now();
  const process = startRuntimeProcess({
    ...options,
    env: { ...options.env, AWS_LAMBDA_RUNTIME_API: api.address },
    onExit: () => changed?.(),
  });

  function currentSign(): Sign | undefined {
    if (state.answer !== undefined) return 'answer';
    if (process.exitReason() !== undefined) return 'end';
    return state.isWaiting ? 'next' : undefined;
  }

  function nextSign(timeoutMs: number): Promise<Sign> {
    return new Promise((resolve) => {
      const finish = (sign: Sign): void => {
        clearTimeout(timer);
        changed = undefined;
        resolve(sign);
      };
      const timer = setTimeout(finish, timeoutMs, 'timeout');
      changed = () => {
        const sign = currentSign();
        if (sign !== undefined) finish(sign);
      };
      changed();
    });
  }

  async function stop(): Promise<void> {
    await process.kill();
    await api.close();
  }

  const abandon = (): void => void process.kill();
  options.signal?.addEventListener('abort', abandon, { once: true });
  if (options.signal?.aborted === true) abandon();
  const sign = await nextSign(options.initTimeoutMs);
  options.signal?.removeEventListener('abort', abandon);
  const initMs = performance.now() - startedAt;
  if (sign !== 'next') {
    const exitReason = process.exitReason();
    await stop();
    throw new InitFailure(state.initError ?? JSON.stringify(initFailure(exitReason, options.initTimeoutMs)));
  }

  async function invoke(invocation: RuntimeInvocation, timeoutMs: number): Promise<InvocationOutcome> {
    const start = performance.now();
    state.isWaiting = false;
    if (!api.hand(invocation)) throw new Error('The execution environment does not wait for an invocation');
    const first = await nextSign(timeoutMs);
    const durationMs = performance.now() - start;
    const { answer } = state;
    state.answer = undefined;
    const exitReason = process.exitReason();
    // It is free only when it asks again; one that answered and then ended, or hangs, is not used any more.
    const isReusable = answer !== undefined && (await nextSign(timeoutMs)) === 'next';
    await (isReusable ? process.drain() : stop());
    const end = (outcome: Pick<InvocationOutcome, 'kind' | 'payload'>): InvocationOutcome => ({
      ...outcome,
      durationMs,
      maxMemoryMb: process.maxMemoryMb(),
    });
    if (answer !== undefined) return end(answer);
    const failure = (errorType: string, text: string): string =>
      JSON.stringify({ errorType, errorMessage: `RequestId: ${invocation.requestId} Error: ${text}` });
    if (first === 'timeout') {
      return end({
        kind: 'timeout',
        payload: failure('Sandbox.Timedout', `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`),
      });
    }
    return end({
      kind: 'exit',
      payload: failure('Runtime.ExitError', exitReason ?? 'Runtime exited without providing a reason'),
    });
  }

  return { pid: process.pid, initMs, isUsable: () => currentSign() === 'next', invoke, stop };
}

function initFailure(exitReason: string | undefined, timeoutMs: number) {
  if (exitReason !== undefined) return { errorType: 'Runtime.ExitError', errorMessage: `Error: ${exitReason}` };
  return { errorType: 'Sandbox.Timedout', errorMessage: `Init timed out after ${(timeoutMs / 1000).toFixed(2)} seconds` };
}
