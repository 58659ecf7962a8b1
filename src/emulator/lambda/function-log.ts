/** What Lambda itself writes into a function's log: INIT_START, START, END, REPORT, or the platform events of the JSON format. */
import type { AuthorizationRequest, Caller, Host } from '../core.ts';
import type { Logs } from '../logs/logs.ts';
import type { FunctionSettings } from './function-config.ts';

export interface InvocationReport {
  readonly requestId: string;
  readonly status: 'success' | 'failure' | 'error' | 'timeout';
  readonly durationMs: number;
  readonly maxMemoryMb: number;
  /** Only when this invocation started its environment. */
  readonly initMs?: number;
}

/** The log stream of one execution environment. */
export interface FunctionLog {
  readonly stream: string;
  /** A message of the function; in the JSON format one below the function's level is left out. */
  write(message: string): void;
  initStart(): void;
  start(requestId: string): void;
  /** Ends an invocation; a timeout also leaves its own line in text logs. */
  report(report: InvocationReport, failure?: { readonly errorType: string; readonly errorMessage: string }): void;
  /** Everything since the last `start`, at most 4 KB, as `Invoke` returns it. */
  tail(): string;
}

const TAIL_BYTES = 4096;
const SYSTEM_LEVELS = ['DEBUG', 'INFO', 'WARN'];
const APPLICATION_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const ms = (value: number): string => value.toFixed(2);

/** Opens a stream named as Lambda names them; what the role may not write is dropped, as in AWS. */
export function openFunctionLog(
  host: Host,
  logs: Logs,
  settings: FunctionSettings,
  caller: Caller,
  streamId: string,
): FunctionLog {
  const day = new Date(host.clock.now()).toISOString().slice(0, 10).replaceAll('-', '/');
  const stream = `${day}/[$LATEST]${streamId}`;
  const streamArn = `arn:${host.partition}:logs:${host.region}:${host.accountId}:log-group:${settings.logGroup}:log-stream:${stream}`;
  let recent: string[] = [];

  const may = (action: string, type: string): boolean => {
    const request: AuthorizationRequest = { action, resources: [{ type, arn: streamArn }] };
    return host.authorizer.deny(caller, request) === undefined;
  };
  let canWrite: boolean | undefined;
  function isWritable(): boolean {
    if (!logs.groups().some(({ name }) => name === settings.logGroup)) {
      if (!may('logs:CreateLogGroup', 'log-group')) return false;
      logs.createLogGroup(settings.logGroup);
    }
    canWrite ??= may('logs:CreateLogStream', 'log-group') && may('logs:PutLogEvents', 'log-stream');
    return canWrite;
  }
  function write(message: string): void {
    recent.push(message);
    if (isWritable()) logs.append(settings.logGroup, stream, [{ timestamp: host.clock.now(), message }]);
  }
  function system(level: string, type: string, record: object): void {
    if (SYSTEM_LEVELS.indexOf(level) < SYSTEM_LEVELS.indexOf(settings.systemLogLevel)) return;
    write(JSON.stringify({ time: new Date(host.clock.now()).toISOString(), type: `platform.${type}`, record }));
  }
  const isJson = settings.logFormat === 'JSON';
  const runtimeVersion = settings.runtime.replace(/^nodejs(\d+)\.x$/, 'nodejs:$1');

  return {
    stream,
    write(message) {
      const isBelow = APPLICATION_LEVELS.indexOf(levelOf(message)) < APPLICATION_LEVELS.indexOf(settings.applicationLogLevel);
      if (!isJson || !isBelow) write(message);
    },
    tail() {
      const text = Buffer.from(recent.map((message) => `${message}\n`).join(''));
      return text.subarray(Math.max(0, text.length - TAIL_BYTES)).toString('utf8');
    },
    initStart() {
      if (!isJson) return write(`INIT_START Runtime Version: ${runtimeVersion}`);
      const names = { functionName: settings.name, functionVersion: '$LATEST', runtimeVersion };
      system('INFO', 'initStart', { initializationType: 'on-demand', phase: 'init', ...names });
    },
    start(requestId) {
      recent = [];
      if (isJson) system('INFO', 'start', { requestId, version: '$LATEST' });
      else write(`START RequestId: ${requestId} Version: $LATEST`);
    },
    report({ requestId, status, durationMs, maxMemoryMb, initMs }, failure) {
      const billedMs = Math.ceil(durationMs + (initMs ?? 0));
      if (isJson) {
        const errorType = failure === undefined ? {} : { errorType: failure.errorType };
        const metrics = {
          durationMs: Number(ms(durationMs)),
          billedDurationMs: billedMs,
          memorySizeMB: settings.memoryMb,
          maxMemoryUsedMB: maxMemoryMb,
        };
        const level = status === 'success' ? 'DEBUG' : 'WARN';
        system(level, 'runtimeDone', { requestId, status, ...errorType, metrics: { durationMs: metrics.durationMs } });
        const init = initMs === undefined ? {} : { initDurationMs: Number(ms(initMs)) };
        system(status === 'success' ? 'INFO' : 'WARN', 'report', {
          requestId,
          status,
          ...errorType,
          metrics: { ...metrics, ...init },
        });
        return;
      }
      if (status === 'timeout') {
        write(
          `${new Date(host.clock.now()).toISOString()} ${requestId} Task timed out after ${settings.timeoutSeconds.toFixed(2)} seconds`,
        );
      }
      if (status === 'failure') write(`${failure?.errorMessage ?? ''}\n${failure?.errorType ?? ''}`);
      write(`END RequestId: ${requestId}`);
      const init = initMs === undefined ? '' : `Init Duration: ${ms(initMs)} ms\t`;
      const memory = `Memory Size: ${settings.memoryMb} MB\tMax Memory Used: ${maxMemoryMb} MB`;
      write(
        `REPORT RequestId: ${requestId}\tDuration: ${ms(durationMs)} ms\tBilled Duration: ${billedMs} ms\t${memory}\t${init}`,
      );
    },
  };
}

/**
 * The level that a line of the function has: what is written to standard output without `console` says it in a member `level`, and is INFO otherwise
 * (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html).
 */
function levelOf(message: string): string {
  try {
    const line: { readonly level?: unknown } | null = JSON.parse(message);
    const level = typeof line?.level === 'string' ? line.level.toUpperCase() : '';
    return APPLICATION_LEVELS.includes(level) ? level : 'INFO';
  } catch {
    return 'INFO';
  }
}
