/** The process of an execution environment: Node.js running the runtime client, its output read line by line. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export interface RuntimeProcessOptions {
  readonly taskRoot: string;
  /** The whole environment of the process; nothing of the parent's is added. */
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  /** One message of the function; `timestamp` is real time, epoch milliseconds. */
  readonly onMessage: (message: string, timestamp: number) => void;
  readonly onExit: () => void;
}

export interface RuntimeProcess {
  readonly pid: number;
  /** In Lambda's words; undefined while the process lives. */
  exitReason(): string | undefined;
  /** The largest resident set the runtime has reported, MB. */
  maxMemoryMb(): number;
  /** Resolves when everything the process has written so far was passed on. */
  drain(): Promise<void>;
  /** Kills the process, passes its last words on, and resolves when it is gone. */
  kill(): Promise<void>;
}

const RUNTIME_CLIENT = fileURLToPath(new URL('./runtime-client.mjs', import.meta.url));

/** The Node.js of Lambda's runtime, from the `node` package when it is installed, else the one this process runs on. */
export function lambdaNodePath(): string {
  try {
    const path = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node');
    return existsSync(path) ? path : process.execPath;
  } catch {
    return process.execPath;
  }
}

function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `Runtime exited with error: signal: ${signal === 'SIGKILL' ? 'killed' : signal}`;
  return code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${code}`;
}

/** Starts the process. It ends by itself when this process ends, because descriptor 3 then closes. */
export function startRuntimeProcess(options: RuntimeProcessOptions): RuntimeProcess {
  // Lambda sizes the heap by the function's memory and leaves a tenth for the rest.
  const heapMb = Math.floor(options.memoryMb * 0.9);
  const child = spawn(lambdaNodePath(), [`--max-old-space-size=${heapMb}`, RUNTIME_CLIENT], {
    cwd: options.taskRoot,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  let reason: string | undefined;
  let maxMemoryMb = 0;
  let chunks = 0;
  const exited = new Promise<void>((resolve) => {
    const end = (why: string): void => {
      reason ??= why;
      options.onExit();
      resolve();
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(describeExit(code, signal)));
  });

  function eachLine(stream: unknown, onLine: (line: string) => void): void {
    if (!(stream instanceof Readable)) throw new Error('The process has no pipe for its output');
    createInterface({ input: stream }).on('line', onLine);
    stream.on('data', () => {
      chunks += 1;
    });
  }
  for (const stream of [child.stdout, child.stderr]) eachLine(stream, (line) => options.onMessage(line, Date.now()));
  eachLine(child.stdio[4], (line) => {
    const frame: { message?: string; timestamp?: number; maxMemoryMb?: number } = JSON.parse(line);
    if (frame.message !== undefined) options.onMessage(frame.message, frame.timestamp ?? Date.now());
    if (frame.maxMemoryMb !== undefined) maxMemoryMb = frame.maxMemoryMb;
  });

  /** What was written before the answer is in the pipes already, so a few turns of the loop without anything new mean the end. */
  async function drain(): Promise<void> {
    for (let quiet = 0, seen = chunks; quiet < 3; quiet += 1) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (chunks !== seen) [quiet, seen] = [-1, chunks];
    }
  }

  return {
    pid: child.pid ?? 0,
    exitReason: () => reason,
    maxMemoryMb: () => maxMemoryMb,
    drain,
    async kill() {
      child.kill('SIGKILL');
      await exited;
      await drain();
      for (const stream of child.stdio) stream?.destroy();
    },
  };
}
