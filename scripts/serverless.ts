/** Runs the Serverless Framework's command line, with this terminal. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const root = dirname(import.meta.dirname);

const manifest = createRequire(import.meta.url).resolve('serverless/package.json');
const cli = join(dirname(manifest), 'bin', 'serverless.js');

/** Runs `serverless ARGS` in a folder with a serverless.yml, the project's unless given, and returns its exit code. */
export function serverless(args: readonly string[], cwd: string = root): Promise<number> {
  return run(process.execPath, [cli, ...args], cwd);
}

/** What `serverless ARGS` prints; throws with its output when it fails. */
export async function serverlessOutput(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [cli, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  const code = await exitCode(child);
  if (code !== 0) throw new Error(`serverless ${args.join(' ')} failed:\n${output}`);
  return output.trim();
}

/** Runs a program, in the project's folder unless given, with this terminal, and returns its exit code. */
export function run(program: string, args: readonly string[], cwd: string = root): Promise<number> {
  return exitCode(spawn(program, args, { cwd, stdio: 'inherit' }));
}

function exitCode(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** Takes `--NAME VALUE` or `--NAME=VALUE` out of the arguments; throws when the value is missing. */
export function takeOption(args: readonly string[], name: string): { value: string | undefined; rest: string[] } {
  const flag = `--${name}`;
  const index = args.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  if (index < 0) return { value: undefined, rest: [...args] };
  const joined = args[index]?.slice(flag.length + 1);
  const value = joined ? joined : args[index + 1];
  if (!value || value.startsWith('--')) throw new Error(`${flag} needs a value`);
  return { value, rest: [...args.slice(0, index), ...args.slice(index + (joined ? 1 : 2))] };
}
