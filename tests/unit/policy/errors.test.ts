import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { formatIssues } from '../../../src/policy/source/format-issues.ts';
import { parsePolicy } from '../../../src/policy/source/parse.ts';

interface ErrorCase {
  readonly name: string;
  readonly text: string;
  readonly issues: readonly string[];
}

const cases: readonly ErrorCase[] = parse(readFileSync(new URL('../../cases/policy/errors.yml', import.meta.url), 'utf8'));

describe('a policy file with something wrong', () => {
  it.each(cases)('is refused: $name', ({ text, issues }) => {
    expect(issues.length).toBeGreaterThan(0);
    const parsed = parsePolicy(text, 'policy.yml');
    expect('issues' in parsed && parsed.issues.map((issue) => formatIssues([issue]))).toEqual(
      issues.map((issue) => `policy.yml:${issue}`),
    );
  });

  it('is refused, not crashed on, when nested beyond the stack', () => {
    const parsed = parsePolicy(`never: ${'['.repeat(50_000)}`, 'policy.yml');
    expect('issues' in parsed && parsed.issues[0]?.message).toMatch(/not (valid|usable) YAML/);
  });

  it.each([60, 1_000, 20_000])('is refused, not crashed on, when matches are nested beyond a hundred levels: %i', (depth) => {
    const parsed = parsePolicy(`never: [${'{not: '.repeat(depth)}{zone: x}${'}'.repeat(depth)}]`, 'policy.yml');
    const deep = 'issues' in parsed ? parsed.issues.map((issue) => issue.message) : 'accepted';
    if (depth === 60) expect(deep).toBe('accepted');
    else expect(deep).toEqual(expect.arrayContaining([expect.stringContaining('nested')]));
  });

  it.each(['hasOwnProperty', 'constructor', 'toString'])(
    'is refused where a key is the name of a property that every object has: %s',
    (key) => {
      const parsed = parsePolicy(`${key}: {}\nrules: [{ name: a, match: { ${key}: x } }]\n`, 'policy.yml');
      expect('issues' in parsed && parsed.issues.map((issue) => issue.message)).toEqual([
        expect.stringContaining(`unknown key "${key}"`),
        expect.stringContaining(`unknown key "${key}"`),
      ]);
    },
  );

  it.each(['__proto__: 1', 'targets: { __proto__: {} }', 'never: [{ tag: { a: x, __proto__: y } }]'])(
    'is refused where a key would vanish from its map: %s',
    (text) => {
      const parsed = parsePolicy(text, 'policy.yml');
      const column = text.indexOf('__proto__') + 1;
      expect('issues' in parsed && formatIssues(parsed.issues)).toBe(`policy.yml:1:${column}: a key cannot be called __proto__`);
    },
  );
});
