import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { createProgram } from '../../src/cli/main.ts';
import { readCases } from '../../src/policy/cases/read-cases.ts';
import { runCase } from '../../src/policy/cases/run-case.ts';
import { parsePolicy } from '../../src/policy/source/parse.ts';
import { wrongNpmCommands, wrongProgramCommands } from './commands.ts';
import { readMarkdown } from './markdown.ts';

const root = resolve(import.meta.dirname, '../..');
const program = createProgram({
  io: { out: () => undefined, err: () => undefined, cwd: root, isTerminal: false },
  exit: () => undefined,
});

const pages = execFileSync('git', ['ls-files', '-z', '*.md'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((path) => path !== '' && !path.includes('node_modules/') && existsSync(join(root, path)))
  .map((path) => ({ path, page: readMarkdown(readFileSync(join(root, path), 'utf8')) }));

/** The links of a page that lead nowhere; other sites are not asked. */
function deadLinks(path: string, links: readonly string[]): readonly string[] {
  return links.filter((link) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return false;
    const [file = '', anchor] = link.split('#', 2);
    const target = file === '' ? join(root, path) : resolve(root, dirname(path), decodeURIComponent(file));
    if (relative(root, target).startsWith('..') || !existsSync(target)) return true;
    if (anchor === undefined || anchor === '') return false;
    return statSync(target).isDirectory() || !readMarkdown(readFileSync(target, 'utf8')).anchors.has(anchor);
  });
}

it('finds the papers that a reader begins with', () => {
  const paths = pages.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(['CONTRIBUTING.md', 'SECURITY.md', 'docs/architecture.md', 'docs/adr/README.md']));
});

describe.each(pages)('$path', ({ path, page }) => {
  it('has no relative link that leads nowhere', () => {
    expect(deadLinks(path, page.links)).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    expect(page.code.flatMap((code) => wrongNpmCommands(code, packageJson.scripts))).toEqual([]);
  });

  it('names only commands and options that the program has', () => {
    expect(page.code.flatMap((code) => wrongProgramCommands(code, program))).toEqual([]);
  });
});

describe('the checks themselves', () => {
  const page = readMarkdown(
    '# A `b` c\n[gone](nowhere.md) ![gone too](no/picture.svg)\n[ref]: missing.md\n`[no](link.md)` [x](#a-b-c) [y](#a-c)\n```sh\nnpm run nothing # [no](link.md)\n```\n',
  );

  it('report a link to a missing file, picture or heading, and leave code alone', () => {
    expect(deadLinks('docs/architecture.md', page.links)).toEqual([
      'nowhere.md',
      'no/picture.svg',
      '#a-b-c',
      '#a-c',
      'missing.md',
    ]);
    expect(page.anchors).toEqual(new Set(['a-b-c']));
  });

  it('report a link out of the project', () => {
    expect(deadLinks('README.md', ['../package.json'])).toEqual(['../package.json']);
  });

  it('report a script that does not exist', () => {
    const problems = page.code.flatMap((code) => wrongNpmCommands(code, packageJson.scripts));
    expect(problems).toEqual(['npm run nothing: package.json has no script nothing']);
    expect(wrongNpmCommands('npm ci && npm demo', packageJson.scripts)).toHaveLength(1);
    expect(wrongNpmCommands('npm ci && npm test && npm run bench -- --json', packageJson.scripts)).toEqual([]);
  });

  it('report commands and options that the program does not have', () => {
    expect(wrongProgramCommands('npx automirror polish', program)).toHaveLength(1);
    expect(wrongProgramCommands('npx automirror policy tset cases', program)).toHaveLength(1);
    expect(wrongProgramCommands('npx automirror policy check --jsno', program)).toHaveLength(1);
    expect(wrongProgramCommands('npx automirror policy check|schema', program)).toEqual([]);
    expect(wrongProgramCommands('npx automirror policy test cases --policy=a.yml --json | jq .', program)).toEqual([]);
  });
});

describe('the decision records', () => {
  const folder = join(root, 'docs/adr');
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.md') && file !== 'README.md')
    .sort();
  const index = readFileSync(join(folder, 'README.md'), 'utf8');

  it('are numbered from one without a gap', () => {
    expect(files.map((file) => Number(/^(\d{4})-[a-z0-9-]+\.md$/.exec(file)?.[1]))).toEqual(
      files.map((_, position) => position + 1),
    );
  });

  it('are all in the index, in order, with their titles, states and dates', () => {
    const rows = [...index.matchAll(/^\| \[(.+?)\]\((.+?)\) \| (.+?) \| (.+?) \|$/gm)].map((row) => row.slice(1));
    const records = files.map((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const part = (pattern: RegExp) => pattern.exec(text)?.[1] ?? `${file}: nothing like ${pattern.source}`;
      return [
        part(/^# (\d{4}: .+)$/m),
        file,
        part(/^Status: (accepted|superseded by \d{4})$/m),
        part(/^Date: (\d{4}-\d{2}-\d{2})$/m),
      ];
    });
    expect(rows).toEqual(records);
  });

  it.each(files)('%s has every part', (file) => {
    const headings = readFileSync(join(folder, file), 'utf8').match(/^## .+$/gm);
    expect(headings).toEqual(['## Context', '## Decision', '## Alternatives', '## Consequences']);
  });
});

it('the policy cases that CONTRIBUTING.md shows hold', () => {
  const blocks = readMarkdown(readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')).blocks.filter(
    ({ language }) => language === 'json',
  );
  expect(blocks).toHaveLength(1);
  for (const { text } of blocks) {
    const read = readCases(text, 'CONTRIBUTING.md');
    if ('issues' in read) expect.fail(JSON.stringify(read.issues));
    expect(read.cases.length).toBeGreaterThan(0);
    for (const one of read.cases) {
      const parsed = parsePolicy(JSON.stringify(one.policy ?? {}), 'CONTRIBUTING.md');
      if ('issues' in parsed) expect.fail(JSON.stringify(parsed.issues));
      expect(runCase(one, parsed.policy).differences, one.name).toEqual([]);
    }
  }
});
