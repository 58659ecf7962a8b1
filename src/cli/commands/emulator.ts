import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve as resolvePath } from 'node:path';
import { CliError } from '../cli-error.ts';
import type { CliIo } from '../io.ts';

export interface EmulatorOptions {
  /** 0 to 65535; 0 is any free port. */
  readonly port: number;
  readonly policy?: string;
}

/**
 * Runs the emulated account of `npm start` until it is interrupted, and ends as it ended.
 *
 * It needs the project's sources and development dependencies; a `CliError` where they are not.
 */
export async function emulatorCommand({ port, policy }: EmulatorOptions, io: CliIo): Promise<0 | 1> {
  const root = packageRoot();
  const script = join(root, 'src', 'demo', 'start.ts');
  if (!existsSync(script) || !isInstalled('tsx'))
    throw new CliError('The emulator runs from a checkout of the project with its development dependencies (npm ci).');
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    cwd: root,
    env: {
      ...process.env,
      PORT: String(port),
      ...(policy === undefined ? {} : { POLICY: resolvePath(io.cwd, policy) }),
    },
    stdio: 'inherit',
  });
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, pass);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return code === 0 ? 0 : 1;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, pass);
  }
}

/** The folder of our own package.json, above the sources as above the bundle. */
function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}
