import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const tests = resolve(import.meta.dirname, '..');
const page = readFileSync(resolve(tests, '../docs/security.md'), 'utf8');

/** The cells of the rows of the table below a heading. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const [, text = ''] = page.split(`\n## ${heading}\n`);
  const [section = ''] = text.split('\n## ');
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, line.lastIndexOf('|'))
      .split('|')
      .map((cell) => cell.trim()),
  );
}

const codeSpans = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, span]) => span ?? []);

/** Whether a file below tests/ has a test of that title; `file › title`. */
function exists(name: string): boolean {
  const [file = '', title = ''] = name.split(' › ', 2);
  const path = resolve(tests, `${file}.test.ts`);
  if (title === '' || !existsSync(path)) return false;
  const found = readFileSync(path, 'utf8').matchAll(/(?:\b(?:it|test)|\))\(\s*(['"])((?:\\.|(?!\1).)+)\1,\s*(?:async\b|\(|\{)/g);
  return [...found].some(([, , written]) => written === title);
}

const threats = rowsBelow('Threats');

describe('docs/security.md', () => {
  it('has for each threat what stops it, and a test that shows it', () => {
    expect(threats.length).toBeGreaterThan(12);
    expect(threats.filter((row) => row.length !== 3 || row.includes(''))).toEqual([]);
    expect(threats.filter((row) => codeSpans(row[2] ?? '').length === 0)).toEqual([]);
  });

  it('names only tests that exist', () => {
    expect(threats.flatMap((row) => codeSpans(row[2] ?? '')).filter((name) => !exists(name))).toEqual([]);
  });

  it('would not take a title that no test has, or that another file has', () => {
    expect(exists('stack/role › lets nobody but Lambda use it')).toBe(true);
    expect(exists('stack/role › lets anybody use it')).toBe(false);
    expect(exists('stack/rules › lets nobody but Lambda use it')).toBe(false);
    expect(exists('stack/nowhere › lets nobody but Lambda use it')).toBe(false);
    expect(exists('stack/role')).toBe(false);
  });
});
