/** `npm run bench [-- --json]`: the benchmarks, as a table or as JSON. Not a test: a busy machine misses targets without a fault of ours. */
import { measureColdStart } from './cold-start.ts';
import { formatFigures } from './figure.ts';

const figures = await measureColdStart();
console.log(
  process.argv.includes('--json') ? JSON.stringify({ node: process.version, figures }, undefined, 2) : formatFigures(figures),
);
