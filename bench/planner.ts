/** How long the pure core takes for a sweep over many instances, and how much memory it needs: what the policy decides of each, and the plan for all. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { lambdaNode } from './cold-start.ts';
import type { Figure } from './figure.ts';

const root = join(import.meta.dirname, '..');

/** A tenth of the instances are sources with a session each. */
const sizes = [1_000, 10_000, 100_000] as const;

/** In megabytes: the heap that the process is given, beyond which it dies. */
const heapLimit = 256;

const rounds = 3;

interface Measured {
  readonly resolveMs: number;
  readonly planMs: number;
  readonly heapMb: number;
  readonly changes: number;
}

/** Processor time of fresh processes, so that a busy machine does not count; the fastest of a few rounds, so that a busy moment does not. */
export async function measurePlanner(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'automirror-bench-'));
  try {
    const program = join(folder, 'planner.mjs');
    await build({
      absWorkingDir: root,
      entryPoints: ['bench/planner-program.ts'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: program,
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    });
    const figures: Figure[] = [];
    const totals = new Map<number, number>();
    for (const size of sizes) {
      const runs: Measured[] = [];
      for (let round = 0; round < rounds; round += 1) runs.push(await run(program, size));
      const best = runs.reduce((a, b) => (a.resolveMs + a.planMs <= b.resolveMs + b.planMs ? a : b));
      if (best.changes > 0) throw new Error(`the plan of a settled world has ${best.changes} changes`);
      totals.set(size, best.resolveMs + best.planMs);
      const name = `sweep of ${size.toLocaleString('en')} instances`;
      const isLargest = size === sizes.at(-1);
      figures.push(
        { name: `${name}, decisions`, value: best.resolveMs, unit: 'ms' },
        { name: `${name}, plan`, value: best.planMs, unit: 'ms', ...(isLargest ? { atMost: 1_000 } : {}) },
        { name: `${name}, heap in use at the end`, value: best.heapMb, unit: 'MB', ...(isLargest ? { atMost: heapLimit } : {}) },
      );
    }
    const [small, large] = [sizes[1], sizes[2]];
    const exponent = Math.log((totals.get(large) ?? 0) / (totals.get(small) ?? 1)) / Math.log(large / small);
    figures.push({ name: 'growth exponent from 10,000 to 100,000', value: exponent, unit: 'ratio', atMost: 1.2 });
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(program: string, size: number): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const args = ['--expose-gc', `--max-old-space-size=${heapLimit}`, program, String(size)];
    const child = spawn(lambdaNode(), args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(out) as Measured);
      else reject(new Error(`planning for ${size} instances within ${heapLimit} MB ended with ${code}`));
    });
  });
}
