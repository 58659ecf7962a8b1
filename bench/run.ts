/**
 * `npm run bench [-- --json] [-- --only cold-start|planner|burst|contention|sweeps|slices] [-- --write]`: the benchmarks, as tables or as JSON; with `--write` into
 * docs/performance.md and its pictures too.
 * Not a test: a busy machine misses the targets of `cold-start` without a fault of ours; all but that and `planner` run on virtual time.
 */
import { parseArgs } from 'node:util';
import { measureBurst, measureContention } from './burst.ts';
import { measureColdStart } from './cold-start.ts';
import { type Figure, formatFigures } from './figure.ts';
import { writeFigures } from './performance-page.ts';
import { drawFigures } from './pictures.ts';
import { measurePlanner } from './planner.ts';
import { measureSlices } from './slices.ts';
import { measureSweeps } from './sweeps.ts';

const sections: Readonly<Record<string, () => Promise<Figure[]>>> = {
  'cold-start': measureColdStart,
  planner: measurePlanner,
  burst: measureBurst,
  contention: measureContention,
  sweeps: measureSweeps,
  slices: measureSlices,
};

const { values } = parseArgs({ options: { json: { type: 'boolean' }, only: { type: 'string' }, write: { type: 'boolean' } } });
const names = values.only === undefined ? Object.keys(sections) : [values.only];
const figures: (Figure & { readonly section: string })[] = [];
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
  if (values.write === true) {
    await writeFigures(name, measured);
    await drawFigures(name, measured);
  }
  figures.push(...measured.map((figure) => ({ section: name, ...figure })));
  if (values.json !== true) console.log(`${name}\n\n${formatFigures(measured)}\n`);
}
if (values.json === true) console.log(JSON.stringify({ node: process.version, figures }, undefined, 2));
