import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCases } from '../../../src/policy/cases/read-cases.ts';
import { runCase } from '../../../src/policy/cases/run-case.ts';
import { parsePolicy } from '../../../src/policy/source/parse.ts';

const folder = new URL('../../cases/policy/', import.meta.url);

describe.each(readdirSync(folder).filter((name) => name.endsWith('.json')))('%s', (name) => {
  const read = readCases(readFileSync(new URL(name, folder), 'utf8'), name);
  if ('issues' in read) throw new Error(JSON.stringify(read.issues, null, 2));

  it('gives each case a name of its own', () => {
    const names = read.cases.map((one) => one.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(read.cases)('$name', (one) => {
    const parsed = parsePolicy(JSON.stringify(one.policy ?? {}), name);
    if ('issues' in parsed) expect.fail(JSON.stringify(parsed.issues));
    const { decision, differences } = runCase(one, parsed.policy);
    expect(differences, JSON.stringify(decision, null, 2)).toEqual([]);
  });
});
