/**
 * `npm run mutation [-- --mutate 'src/plan/gates.ts'] [-- --write]`: changes policy and plan in one place at a time and sees whether a test fails. All of it takes
 * most of an hour of two cores; what has not changed since the last run is not tried again. Ends with the table of `score.ts`.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const given = process.argv.slice(2).filter((word) => word !== '--write');
const stryker = spawn('stryker', ['run', join('mutation', 'stryker.config.json'), ...given], { cwd: root, stdio: 'inherit' });
const code = await new Promise<number>((resolve, reject) => {
  stryker.once('error', reject);
  stryker.once('close', (ended) => resolve(ended ?? 1));
});
if (code === 0 && !given.includes('--dryRunOnly')) await import('./score.ts');
process.exitCode = code;
