/** The emulated AWS Lambda: functions in processes of their own, kept warm, with concurrency limits and logs. */
import { AwsError, type Caller, type Host } from '../core.ts';
import type { Logs } from '../logs/logs.ts';
import { type UnpackedCode, unpackCode } from './code-package.ts';
import { type ExecutionEnvironment, InitFailure, type InvocationOutcome, startEnvironment } from './execution-environment.ts';
import {
  checkFunction,
  environmentOf,
  type FunctionConfig,
  type FunctionSettings,
  type RoleCredentials,
} from './function-config.ts';
import { type FunctionLog, openFunctionLog } from './function-log.ts';

/** How an invocation ended. */
export interface InvokeResult {
  /** JSON text: the handler's answer, or the error. */
  readonly payload: string;
  /** Set when the function failed; Lambda says `Unhandled` for every failure today. */
  readonly functionError?: 'Unhandled';
  /** The last 4 KB this invocation logged. */
  readonly logTail: string;
  /** Only of a cold start. */
  readonly initMs?: number;
  readonly durationMs: number;
  readonly requestId: string;
}

export interface LambdaOptions {
  readonly logs: Logs;
  /** Makes the role's session known to the services, so that requests signed with its key are the role's. */
  readonly registerSession: (session: {
    readonly accessKeyId: string;
    readonly roleArn: string;
    readonly sessionName: string;
  }) => Caller;
  /** Told of every invocation that has ended. */
  readonly onInvocation?: (invocation: {
    readonly functionName: string;
    readonly durationMs: number;
    readonly isError: boolean;
  }) => void;
  /** What functions get as `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  /** Longest initialization, default 10,000 ms as in Lambda. */
  readonly initTimeoutMs?: number;
}

export interface Lambda {
  /** Throws AwsError when the configuration or the code is not acceptable, or the name is taken. */
  createFunction(config: FunctionConfig): Promise<FunctionSettings>;
  /** Ends the function's environments and removes its code. */
  deleteFunction(nameOrArn: string): Promise<void>;
  /** By name or ARN, with or without a version or alias. */
  function(nameOrArn: string): FunctionSettings | undefined;
  functions(): readonly FunctionSettings[];
  /** The session of the function's role, as its code's requests carry it. */
  callerOf(nameOrArn: string): Caller;
  /** Rejects with AwsError `ResourceNotFoundException`, `TooManyRequestsException` or `InvalidRequestContentException`. */
  invoke(nameOrArn: string, payload: string): Promise<InvokeResult>;
  /** Process ids of the living environments. */
  processes(nameOrArn: string): readonly number[];
  /** Ends every environment; resolves when no process is left. */
  stop(): Promise<void>;
}

interface Warm {
  readonly environment: ExecutionEnvironment;
  readonly log: FunctionLog;
}

interface Deployed {
  readonly settings: FunctionSettings;
  readonly code: UnpackedCode;
  readonly caller: Caller;
  readonly credentials: RoleCredentials;
  readonly environments: Set<Warm>;
  readonly idle: Warm[];
  /** Environments that are initializing; `abandon` ends those. */
  readonly starting: Set<Promise<unknown>>;
  readonly abandon: AbortController;
  active: number;
}

/** Concurrent executions of an account and Region. */
const ACCOUNT_CONCURRENCY = 1000;

/** Creates a Lambda without functions. */
export function createLambda(host: Host, options: LambdaOptions): Lambda {
  const functions = new Map<string, Deployed>();
  let isStopped = false;

  const randomText = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet.charAt(Math.floor(host.random() * alphabet.length))).join('');

  function find(nameOrArn: string): Deployed | undefined {
    const name = nameOrArn.startsWith('arn:') ? nameOrArn.split(':')[6] : nameOrArn.split(':')[0];
    return functions.get(name ?? '');
  }

  function existing(nameOrArn: string): Deployed {
    const found = find(nameOrArn);
    if (found === undefined) throw new AwsError('ResourceNotFoundException', `Function not found: ${nameOrArn}`, 404);
    return found;
  }

  async function start(deployed: Deployed, log: FunctionLog): Promise<Warm> {
    const { settings, credentials, code } = deployed;
    log.initStart();
    const start = startEnvironment({
      taskRoot: code.directory,
      memoryMb: settings.memoryMb,
      initTimeoutMs: options.initTimeoutMs ?? 10_000,
      signal: deployed.abandon.signal,
      env: environmentOf(host, settings, {
        taskRoot: code.directory,
        logStream: log.stream,
        endpoint: options.endpoint,
        credentials,
      }),
      onMessage: (message) => log.write(message),
    });
    deployed.starting.add(start);
    try {
      const warm = { environment: await start, log };
      deployed.environments.add(warm);
      return warm;
    } finally {
      deployed.starting.delete(start);
    }
  }

  async function discard(deployed: Deployed, warm: Warm): Promise<void> {
    deployed.environments.delete(warm);
    await warm.environment.stop();
  }

  async function remove(deployed: Deployed): Promise<void> {
    deployed.abandon.abort();
    await Promise.allSettled(deployed.starting);
    await Promise.all([...deployed.environments].map((warm) => discard(deployed, warm)));
    await deployed.code.dispose();
  }

  async function takeWarm(deployed: Deployed): Promise<Warm | undefined> {
    for (let warm = deployed.idle.pop(); warm !== undefined; warm = deployed.idle.pop()) {
      if (warm.environment.isUsable()) return warm;
      await discard(deployed, warm);
    }
    return undefined;
  }

  async function run(deployed: Deployed, payload: string): Promise<InvokeResult> {
    const { settings } = deployed;
    const requestId = host.newUuid();
    const reused = await takeWarm(deployed);
    const log = reused?.log ?? openFunctionLog(host, options.logs, settings, deployed.caller, randomText('0123456789abcdef', 32));
    let warm: Warm;
    try {
      warm = reused ?? (await start(deployed, log));
    } catch (error) {
      if (!(error instanceof InitFailure)) throw error;
      return finish(log, requestId, { kind: 'exit', payload: error.payload, durationMs: 0, maxMemoryMb: 0 }, undefined);
    }
    log.start(requestId);
    const timeoutMs = settings.timeoutSeconds * 1000;
    const outcome = await warm.environment.invoke(
      {
        requestId,
        payload,
        deadlineMs: Date.now() + timeoutMs,
        functionArn: settings.arn,
        traceId: `Root=1-${randomText('0123456789abcdef', 8)}-${randomText('0123456789abcdef', 24)};Sampled=0`,
      },
      timeoutMs,
    );
    if (warm.environment.isUsable() && functions.get(settings.name) === deployed && !isStopped) deployed.idle.push(warm);
    else await discard(deployed, warm);
    return finish(log, requestId, outcome, reused === undefined ? warm.environment.initMs : undefined);
  }

  function finish(log: FunctionLog, requestId: string, outcome: InvocationOutcome, initMs: number | undefined): InvokeResult {
    const status = ({ response: 'success', error: 'error', timeout: 'timeout', exit: 'failure' } as const)[outcome.kind];
    const { durationMs, maxMemoryMb, payload } = outcome;
    const init = initMs === undefined ? {} : { initMs };
    log.report({ requestId, status, durationMs, maxMemoryMb, ...init }, status === 'success' ? undefined : errorOf(payload));
    const failed = outcome.kind === 'response' ? {} : ({ functionError: 'Unhandled' } as const);
    return { payload, ...failed, logTail: log.tail(), ...init, durationMs, requestId };
  }

  return {
    async createFunction(config) {
      const settings = checkFunction(host, config);
      if (functions.has(settings.name))
        throw new AwsError('ResourceConflictException', `Function already exist: ${settings.name}`, 409);
      const code = await unpackCode(settings.code);
      const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
      const credentials = {
        accessKeyId: `ASIA${randomText(upper, 16)}`,
        secretAccessKey: randomText(`${upper}${upper.toLowerCase()}`, 40),
        sessionToken: randomText(`${upper}${upper.toLowerCase()}`, 120),
      };
      const session = { accessKeyId: credentials.accessKeyId, roleArn: settings.roleArn, sessionName: settings.name };
      const caller = options.registerSession(session);
      const running = { environments: new Set<Warm>(), idle: [], starting: new Set<Promise<unknown>>(), active: 0 };
      functions.set(settings.name, { settings, code, caller, credentials, abandon: new AbortController(), ...running });
      return settings;
    },
    async deleteFunction(nameOrArn) {
      const deployed = existing(nameOrArn);
      functions.delete(deployed.settings.name);
      await remove(deployed);
    },
    function: (nameOrArn) => find(nameOrArn)?.settings,
    functions: () => [...functions.values()].map(({ settings }) => settings),
    callerOf: (nameOrArn) => existing(nameOrArn).caller,
    processes: (nameOrArn) => [...existing(nameOrArn).environments].map(({ environment }) => environment.pid),
    async invoke(nameOrArn, payload) {
      const deployed = existing(nameOrArn);
      if (isStopped) throw new AwsError('ServiceException', 'The emulator is stopped', 500);
      if (!isJson(payload)) throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json');
      const total = [...functions.values()].reduce((sum, { active }) => sum + active, 0);
      if (deployed.active >= (deployed.settings.reservedConcurrency ?? ACCOUNT_CONCURRENCY) || total >= ACCOUNT_CONCURRENCY) {
        throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
      }
      deployed.active += 1;
      try {
        const result = await run(deployed, payload);
        const { durationMs, functionError } = result;
        options.onInvocation?.({ functionName: deployed.settings.name, durationMs, isError: functionError !== undefined });
        return result;
      } finally {
        deployed.active -= 1;
      }
    },
    async stop() {
      isStopped = true;
      await Promise.all([...functions.values()].map(remove));
    },
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function errorOf(payload: string): { readonly errorType: string; readonly errorMessage: string } {
  const parsed: { errorType?: unknown; errorMessage?: unknown } = JSON.parse(payload);
  const text = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
  return { errorType: text(parsed.errorType), errorMessage: text(parsed.errorMessage) };
}
