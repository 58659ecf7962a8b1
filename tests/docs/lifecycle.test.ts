import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(resolve(root, 'docs/lifecycle.md'), 'utf8');

/** The cells of a table's rows, without its heading. */
function tableRows(text: string): readonly (readonly string[])[] {
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .slice(1, row.lastIndexOf('|'))
      .split('|')
      .map((cell) => cell.trim()),
  );
}

function codeSpans(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, span]) => span ?? []);
}

/** The titles of the tests in a file, as written: those of tables keep their `%s`. */
function titlesIn(source: string): readonly string[] {
  const found = source.matchAll(/(?:\btest|\))\(\s*(['"])((?:\\.|(?!\1).)+)\1,\s*async\b/g);
  return [...found].flatMap(([, , title]) => title ?? []);
}

const rows = tableRows(page);
const named = rows.flatMap((row) => codeSpans(row.at(-1) ?? ''));
const folder = resolve(root, 'tests/scenarios');
const titles = readdirSync(folder)
  .filter((file) => /^lifecycle.*\.test\.ts$/.test(file))
  .flatMap((file) => titlesIn(readFileSync(resolve(folder, file), 'utf8')));

describe('docs/lifecycle.md', () => {
  it('has a table of five columns in which every cell says something', () => {
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter((row) => row.length !== 5 || row.includes(''))).toEqual([]);
  });

  it('names only tests that exist', () => {
    expect(named.filter((name) => !titles.includes(name))).toEqual([]);
  });

  it('names every test of the lifecycle', () => {
    expect(titles.filter((title) => !named.includes(title))).toEqual([]);
  });
});

describe('the checks themselves', () => {
  it('see titles of plain tests and of tables of tests, and nothing else', () => {
    const source = `
      test('one', async () => {});
      test(
        "two's",
        async () => {},
      );
      test.each([['a', 'b']] as const)('three: %s', async (letter) => { expect(letter).toBe('c', async); });
      describe('four', () => {});
    `;
    expect(titlesIn(source)).toEqual(['one', "two's", 'three: %s']);
  });

  it('read the cells of a row and the names in them', () => {
    const [row] = tableRows('| A | B |\n|---|---|\n| x | `one` · `two` |\n');
    expect(row).toEqual(['x', '`one` · `two`']);
    expect(codeSpans(row?.[1] ?? '')).toEqual(['one', 'two']);
  });
});
