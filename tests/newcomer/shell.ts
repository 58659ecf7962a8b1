/** Command lines as a person types them, each in a shell and a process group of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

type Environment = Readonly<Record<string, string>>;

/** Nothing of the machine's own AWS configuration, of the test runner, or of an npm that runs it. */
function cleanEnvironment(more: Environment): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([key]) => !/^(AWS|SLS|VITEST|NODE_ENV|NODE_OPTIONS|AUTOMIRROR|FORCE_COLOR|NO_COLOR|PORT$|POLICY$|npm_)/.test(key),
  );
  return {
    ...Object.fromEntries(own),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...more,
  };
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  /** Standard output and standard error as they came. */
  readonly output: string;
}

/** A command line that runs. */
export class Running {
  readonly #child: ChildProcess;
  readonly #end: Promise<number | null>;
  #stdout = '';
  #output = '';
  #watchers: (() => void)[] = [];

  constructor(line: string, options: { readonly cwd?: string; readonly env?: Environment } = {}) {
    this.#child = spawn('sh', ['-c', line], {
      cwd: options.cwd ?? root,
      env: cleanEnvironment(options.env ?? {}),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const heard = (chunk: Buffer) => {
      this.#output += chunk.toString('utf8');
      for (const watcher of this.#watchers) watcher();
    };
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString('utf8');
      heard(chunk);
    });
    this.#child.stderr?.on('data', heard);
    this.#end = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => {
        resolve(code);
        for (const watcher of this.#watchers) watcher();
      });
    });
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves with all the output so far once it matches; rejects when the command ends without. */
  async says(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (pattern.test(this.#output)) resolve(this.#output);
        else if (this.#child.exitCode !== null) reject(new Error(`ended without ${pattern}:\n${this.#output}`));
      };
      this.#watchers.push(look);
      look();
    });
  }

  async finished(): Promise<Finished> {
    const code = await this.#end;
    return { code, stdout: this.#stdout, output: this.#output };
  }

  /** Sends a signal to everything that the line started, as a terminal does with Ctrl-C. */
  signal(signal: NodeJS.Signals): void {
    if (this.isAlive()) process.kill(-this.#group, signal);
  }

  /** Whether anything that the line started still runs. */
  isAlive(): boolean {
    try {
      process.kill(-this.#group, 0);
      return true;
    } catch {
      return false;
    }
  }

  get #group(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('the shell did not start');
    return pid;
  }
}

/** Runs a command line to its end. */
export async function sh(line: string, options: { readonly cwd?: string; readonly env?: Environment } = {}): Promise<Finished> {
  return new Running(line, options).finished();
}
