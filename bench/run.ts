/**
 * `npm run bench [-- --json] [-- --only cold-start|planner|burst] [-- --write]`: the benchmarks, as a table or as JSON; with `--write` into docs/performance.md too.
 * Not a test: a busy machine misses the targets of `cold-start` without a fault of ours; `burst` runs on virtual time.
 */
import { parseArgs } from 'node:util';
import { measureBurst } from './burst.ts';
import { measureColdStart } from './cold-start.ts';
import { type Figure, formatFigures } from './figure.ts';
import { writeFigures } from './performance-page.ts';
import { measurePlanner } from './planner.ts';

const sections: Readonly<Record<string, () => Promise<Figure[]>>> = {
  'cold-start': measureColdStart,
  planner: measurePlanner,
  burst: measureBurst,
};

const { values } = parseArgs({ options: { json: { type: 'boolean' }, only: { type: 'string' }, write: { type: 'boolean' } } });
const names = values.only === undefined ? Object.keys(sections) : [values.only];
const figures: Figure[] = [];
for (const name of names) {
  const measure = sections[name];
  if (measure === undefined) {
    console.error(`bench: there is no section "${name}"; there are ${Object.keys(sections).join(' and ')}`);
    process.exit(1);
  }
  const measured = await measure().catch((error: unknown) => {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  });
  if (values.write === true) await writeFigures(name, measured);
  figures.push(...measured);
}
console.log(values.json === true ? JSON.stringify({ node: process.version, figures }, undefined, 2) : formatFigures(figures));
