/** How large the function's bundle is, and how long loading it takes where a Python function would load boto3. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleHandler } from '../src/packaging/bundle.ts';
import { parsePolicy } from '../src/policy/source/parse.ts';
import type { Figure } from './figure.ts';

const root = join(import.meta.dirname, '..');
const rounds = 15;

/** Each program prints the milliseconds that loading took; process start is not counted, as Lambda's runtime has started by then. */
const nodeProgram = 'const t=performance.now();require(process.argv[1]);console.log(performance.now()-t)';
const pythonProgram =
  "import time;t=time.perf_counter();import boto3;boto3.client('ec2',region_name='eu-west-1');print((time.perf_counter()-t)*1000)";

interface Program {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/** Medians of fresh processes, the programs taking turns so that a busy moment hits them all. */
export async function measureColdStart(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'automirror-bench-'));
  try {
    const policy = parsePolicy(await readFile(join(root, 'policy.yml'), 'utf8'), 'policy.yml');
    if ('issues' in policy) throw new Error('policy.yml has issues; run: npx automirror policy check');
    const bundled = async (file: string, trim: boolean): Promise<number> => {
      const { code } = await bundleHandler({ root, entry: 'handlers/reconcile.ts', policy: policy.policy, trim });
      await writeFile(join(folder, file), code);
      return code.length;
    };
    const bytes = await bundled('handler.cjs', true);
    const untrimmedBytes = await bundled('untrimmed.cjs', false);
    await writeFile(join(folder, 'empty.cjs'), '');

    const node = lambdaNode();
    const load = (name: string, file: string): Program => ({ name, command: [node, '-e', nodeProgram, join(folder, file)] });
    const programs: Program[] = [
      load('handler', 'handler.cjs'),
      load('untrimmed', 'untrimmed.cjs'),
      load('empty', 'empty.cjs'),
      { name: 'boto3', command: ['python3', '-c', pythonProgram] },
    ];
    const medians = await takeTurns(programs);
    const [handler, boto3] = [medians.get('handler'), medians.get('boto3')];
    return [
      { name: 'bundle', value: bytes / 1000, unit: 'KB', atMost: 200 },
      { name: 'bundle, SDK untrimmed', value: untrimmedBytes / 1000, unit: 'KB' },
      { name: 'module load', value: handler, unit: 'ms', atMost: 40 },
      { name: 'module load, SDK untrimmed', value: medians.get('untrimmed'), unit: 'ms' },
      { name: 'module load, empty module', value: medians.get('empty'), unit: 'ms' },
      { name: "boto3 client('ec2')", value: boto3, unit: 'ms' },
      {
        name: 'module load / boto3',
        value: handler === undefined || boto3 === undefined ? undefined : handler / boto3,
        unit: 'ratio',
        atMost: 0.15,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lambda's version of Node.js when it is installed here, otherwise this one. */
export function lambdaNode(): string {
  try {
    return createRequire(import.meta.url).resolve('node/bin/node');
  } catch {
    return process.execPath;
  }
}

/** Median by name; a program that cannot run (no Python, no boto3) has none. */
async function takeTurns(programs: readonly Program[]): Promise<Map<string, number>> {
  const times = new Map<string, number[]>(programs.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, command } of programs) {
      const milliseconds = await run(command);
      if (milliseconds === undefined) times.delete(name);
      else times.get(name)?.push(milliseconds);
    }
  }
  return new Map(
    [...times].map(([name, values]) => [name, values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN]),
  );
}

/** What the program printed, as a number; undefined when it failed. */
function run([program, ...args]: readonly [string, ...string[]]): Promise<number | undefined> {
  const env = {
    ...process.env,
    AWS_REGION: 'eu-west-1',
    AUTOMIRROR_OWNER: 'bench',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
    child.once('error', () => resolve(undefined));
    child.once('close', (code) => resolve(code === 0 ? Number(output) : undefined));
  });
}
