/**
 * `npm run defects [-- --only TEXT --from TEXT --search SEEDS --write]`: plants each defect of `defects.ts` in a copy of the source and plays the script that is to break a
 * law with it; exit code 1 when one of them breaks none. `--search` tries scripts from 1 on instead, `--write` puts what it finds into `defects.ts` and
 * docs/reliability.md.
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Defect, defects } from './defects.ts';

const root = join(import.meta.dirname, '..');
const steps = 200;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    from: { type: 'string', default: '' },
    search: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
});
const isSearch = values.search !== '1';

interface Caught {
  readonly defect: Defect;
  readonly seed: number | undefined;
  readonly law: string;
}

const caught: Caught[] = [];
const begin = Math.max(
  0,
  defects.findIndex(({ name }) => name.includes(values.from)),
);
for (const defect of defects.slice(begin).filter(({ name }) => name.includes(values.only))) {
  const found = await plant(defect);
  caught.push(found);
  console.log(
    `${found.seed === undefined ? 'NOT CAUGHT' : `seed ${String(found.seed).padStart(3)}, ${found.law.padEnd(9)}`}  ${defect.name}`,
  );
}
if (values.write) await write();
process.exitCode = caught.some(({ seed }) => seed === undefined) ? 1 : 0;

async function plant(defect: Defect): Promise<Caught> {
  const folder = await mkdtemp(join(tmpdir(), 'automirror-defect-'));
  try {
    for (const part of ['src', 'simulation', '.serverless', 'package.json'])
      await cp(join(root, part), join(folder, part), { recursive: true });
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    const file = join(folder, defect.file);
    const source = await readFile(file, 'utf8');
    if (source.split(defect.find).length !== 2) throw new Error(`${defect.file} has not exactly one ${defect.find}`);
    await writeFile(
      file,
      source.replace(defect.find, () => defect.replace),
    );
    const first = isSearch ? 1 : defect.seed;
    const args = [
      '--import',
      'tsx',
      'simulation/run.ts',
      '--json',
      '--stop-at-first',
      '--most-shrunk',
      '0',
      '--steps',
      String(steps),
    ];
    const summary = await play([...args, '--first', String(first), '--seeds', values.search], folder);
    return { defect, seed: summary.brokenSeeds[0], law: summary.laws[0] ?? 'none' };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Summary {
  readonly brokenSeeds: readonly number[];
  readonly laws: readonly string[];
}

function play(args: readonly string[], cwd: string): Promise<Summary> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString('utf8');
    });
    child.once('error', reject);
    child.once('close', () => {
      try {
        resolve(JSON.parse(output));
      } catch {
        reject(new Error(`the simulation said nothing: ${errors}`));
      }
    });
  });
}

async function write(): Promise<void> {
  const listFile = join(root, 'simulation', 'defects.ts');
  let list = await readFile(listFile, 'utf8');
  for (const { defect, seed } of caught) {
    const from = list.indexOf(defect.name.replaceAll("'", "'"));
    const at = list.indexOf('seed: ', from);
    if (seed !== undefined && from >= 0) list = `${list.slice(0, at)}${list.slice(at).replace(/^seed: \d+/, `seed: ${seed}`)}`;
  }
  await writeFile(listFile, list);
  const page = join(root, 'docs', 'reliability.md');
  const [begin, end] = ['<!-- defects: npm run defects writes this -->', '<!-- end of defects -->'];
  const text = await readFile(page, 'utf8');
  const rows = caught.map(({ defect, seed, law }) => `| ${defect.name} | \`${defect.file}\` | ${seed ?? 'none'} | ${law} |`);
  const table = ['', '| Planted | In | Seed that catches it | Law |', '|---|---|---|---|', ...rows, '', ''].join('\n');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error('docs/reliability.md has no place for the defects');
  await writeFile(page, `${text.slice(0, from + begin.length)}\n${table}${text.slice(to)}`);
}
