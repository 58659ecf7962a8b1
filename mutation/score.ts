/** `npm run mutation` ends with this: a table of the last report, by folder, written into docs/reliability.md where `--write` is given. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs', 'reliability.md');
const [begin, end] = ['<!-- mutation: npm run mutation -- --write writes this -->', '<!-- end of mutation -->'];

/** The parts that are looked at of https://github.com/stryker-mutator/mutation-testing-elements/tree/master/packages/report-schema */
interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>;
}

const columns = ['Killed', 'Timeout', 'Survived', 'NoCoverage'] as const;

interface Row {
  readonly folder: string;
  readonly counts: Readonly<Record<(typeof columns)[number], number>>;
}

/** Figures of one folder; what is ignored, or does not even parse, is no mutant. */
function rowOf(folder: string, files: Report['files']): Row {
  const statuses = Object.entries(files)
    .filter(([file]) => file.startsWith(folder))
    .flatMap(([, { mutants }]) => mutants.map(({ status }) => status));
  const count = (status: string) => statuses.filter((one) => one === status).length;
  return {
    folder,
    counts: {
      Killed: count('Killed'),
      Timeout: count('Timeout'),
      Survived: count('Survived'),
      NoCoverage: count('NoCoverage'),
    },
  };
}

function lineOf({ folder, counts }: Row): string {
  const { Killed, Timeout, Survived, NoCoverage } = counts;
  const all = Killed + Timeout + Survived + NoCoverage;
  const score = ((100 * (Killed + Timeout)) / all).toFixed(1);
  return `| \`${folder}\` | ${[all, Killed, Timeout, Survived, NoCoverage].join(' | ')} | ${score} % |`;
}

const { files }: Report = JSON.parse(await readFile(join(root, 'mutation', 'report', 'mutation.json'), 'utf8'));
const rows = ['src/plan/', 'src/policy/', 'src/policy/source/'].map((folder) => rowOf(folder, files));
const table = [
  '| Folder | Mutants | Killed | Timed out | Survived | Not covered | Score |',
  '|---|---|---|---|---|---|---|',
  ...rows.map(lineOf),
].join('\n');
console.log(table);
if (process.argv.includes('--write')) {
  const text = await readFile(page, 'utf8');
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`${page} has no place for the table`);
  await writeFile(page, `${text.slice(0, before)}${begin}\n\n${table}\n\n${text.slice(after)}`);
}
