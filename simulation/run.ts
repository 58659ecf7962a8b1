/**
 * `npm run simulate [-- --seeds 1000 --steps 500 --first 1 --minutes 10 --seed N --wire --log --json --most-shrunk 3
 * --stop-at-first --save FOLDER]`: plays drawn scripts and prints what they amount to. A law that breaks is told with its seed and a script made as short as can
 * be, which `--save` keeps as a file; then the exit code is 1.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/emulator/identity.ts';
import type { Script } from './deeds.ts';
import { drawScript } from './draw-script.ts';
import { type Outcome, runScript } from './run-script.ts';
import { shrink } from './shrink.ts';
import { addTotals, noTotals } from './totals.ts';
import { formatTrace } from './trace.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    steps: { type: 'string', default: '200' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    minutes: { type: 'string', default: '0' },
    wire: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    log: { type: 'boolean', default: false },
    save: { type: 'string' },
    'stop-at-first': { type: 'boolean', default: false },
    'most-shrunk': { type: 'string', default: '3' },
  },
});

function whole(name: 'seeds' | 'steps' | 'first' | 'seed' | 'minutes' | 'most-shrunk', low: number): number {
  const text = values[name] ?? '';
  const number = Number(text);
  if (Number.isInteger(number) && number >= low) return number;
  console.error(`simulate: --${name} takes a whole number from ${low} on, not "${text}"`);
  process.exit(1);
}

const length = whole('steps', 1);
const first = values.seed === undefined ? whole('first', 0) : whole('seed', 0);
const count = values.seed === undefined ? whole('seeds', 1) : 1;
const minutes = whole('minutes', 0);
/** No further script is begun after that; each is the same whenever it is played. */
const endsAt = minutes === 0 ? Number.POSITIVE_INFINITY : Date.now() + minutes * 60_000;
const mostShrunk = whole('most-shrunk', 0);
const print = (atMs: number, owner: string, line: object) =>
  console.error(`${(atMs / 1_000).toFixed(3)} ${owner} ${JSON.stringify(line)}`);
const options = { isOnWire: values.wire, ...(values.log ? { onLine: print } : {}) };

const totals = noTotals();
const broken: { readonly script: Script; readonly outcome: Outcome }[] = [];
for (let seed = first; seed < first + count && Date.now() < endsAt; seed += 1) {
  const script = drawScript(seed, length, seededRandom(seed));
  const outcome = await runScript(script, options);
  addTotals(totals, outcome);
  if (values.seed !== undefined && outcome.violation === undefined) console.log(formatTrace(script, outcome));
  if (outcome.violation === undefined) continue;
  broken.push({ script, outcome });
  if (values['stop-at-first']) break;
  console.error(`seed ${seed}: broken: ${outcome.violation.law}, ${outcome.violation.owner}: ${outcome.violation.detail}`);
}
for (const { script, outcome } of broken.slice(0, mostShrunk)) {
  const shrunk = await shrink(script, outcome, options);
  if (values.save !== undefined)
    await writeFile(join(values.save, `seed-${script.seed}.json`), `${JSON.stringify(shrunk.script, undefined, 2)}\n`);
  console.error(
    `\n${script.steps.length} steps, made ${shrunk.script.steps.length} in ${shrunk.runs} runs:\n${formatTrace(shrunk.script, shrunk.outcome)}`,
  );
}
const summary = {
  ...totals,
  violations: broken.length,
  brokenSeeds: broken.map(({ script }) => script.seed),
  laws: broken.map(({ outcome }) => outcome.violation?.law),
};
console.log(
  values.json
    ? JSON.stringify(summary)
    : Object.entries(summary)
        .map(([name, value]) => `${name.padEnd(18)} ${Array.isArray(value) ? value.join(' ') || 'none' : String(value)}`)
        .join('\n'),
);
process.exitCode = broken.length > 0 ? 1 : 0;
