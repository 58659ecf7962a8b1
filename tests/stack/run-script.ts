import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

/** Runs a script of `scripts/` in an environment without anything of AWS, and collects what it prints. */
export async function runScript(name: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(AWS|SLS|VITEST|NODE_ENV)/.test(key)));
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'scripts', name), ...args], {
    cwd: root,
    env: { ...env, HOME: join(root, '.build', 'no-home'), AWS_EC2_METADATA_DISABLED: 'true' },
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString('utf8');
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
  return { code, output };
}
