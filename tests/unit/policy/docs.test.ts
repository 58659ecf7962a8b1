import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reasons } from '../../../src/model/reasons.ts';
import { readCases } from '../../../src/policy/cases/read-cases.ts';
import { runCase } from '../../../src/policy/cases/run-case.ts';
import { reasonTag } from '../../../src/policy/finding-tags.ts';
import { instanceTypesAsOf } from '../../../src/policy/instance-types.ts';
import { noWords, yesWords } from '../../../src/policy/mirror-tag.ts';
import { formatIssues } from '../../../src/policy/source/format-issues.ts';
import { jsonSchema } from '../../../src/policy/source/json-schema.ts';
import { parsePolicy } from '../../../src/policy/source/parse.ts';
import { overrideTags } from '../../../src/policy/tag-overrides.ts';

/** Where the paths of the cases shown start from. */
const casesFolder = new URL('../../../examples/policies/cases/', import.meta.url);
const text = readFileSync(new URL('../../../docs/policy.md', import.meta.url), 'utf8');
const blocks = [...text.matchAll(/(<!-- cases -->\n)?```yaml\n([\s\S]*?)```/g)].map((found) => ({
  isCases: found[1] !== undefined,
  yaml: found[2] ?? '',
}));
const code = new Set([...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`]+)`/g)].map((found) => found[1]));

function* keysOf(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'properties' && typeof inner === 'object' && inner !== null) yield* Object.keys(inner);
    if (key === 'enum' && Array.isArray(inner)) yield* inner.filter((word) => typeof word === 'string');
    yield* keysOf(inner);
  }
}

describe('docs/policy.md', () => {
  it('has policies and cases to show', () => {
    expect(blocks.filter((block) => block.isCases).length).toBeGreaterThanOrEqual(1);
    expect(blocks.filter((block) => !block.isCases).length).toBeGreaterThanOrEqual(8);
  });

  it.each(blocks.filter((block) => !block.isCases))('shows a valid policy: $yaml', ({ yaml }) => {
    expect(parsePolicy(yaml, 'policy.md')).toHaveProperty('policy');
  });

  it.each(blocks.filter((block) => block.isCases))('shows cases that pass: $yaml', ({ yaml }) => {
    const read = readCases(yaml, 'policy.md');
    if ('issues' in read) throw new Error(formatIssues(read.issues));
    for (const one of read.cases) {
      const policy =
        typeof one.policy === 'string' ? readFileSync(new URL(one.policy, casesFolder), 'utf8') : JSON.stringify(one.policy);
      const parsed = parsePolicy(policy, 'policy.md');
      if ('issues' in parsed) throw new Error(formatIssues(parsed.issues));
      expect(runCase(one, parsed.policy).differences, one.name).toEqual([]);
    }
  });

  it('begins with what an empty file means', () => {
    expect(parsePolicy(blocks[0]?.yaml ?? 'missing', 'policy.md')).toEqual(parsePolicy('', 'policy.md'));
  });

  it.each([...new Set(keysOf(jsonSchema()))])('documents the key or word %s', (key) => {
    expect(code).toContain(key);
  });

  it.each([...Object.values(overrideTags), ...yesWords, ...noWords])('documents %s of the tags', (word) => {
    expect(code).toContain(word);
  });

  it('names only reason codes that there are', () => {
    const table = Object.keys(reasons);
    const named = [...code].filter((word) => word !== undefined && /^[a-z]+(-[a-z]+)+$/.test(word));
    const others = new Set([...Object.values(overrideTags), reasonTag, 'all-traffic', 'opt-in', 'amazon-dns', 'n-m']);
    expect(named.filter((word) => word !== undefined && !table.includes(word) && !others.has(word))).toEqual([]);
    expect(named.filter((word) => word !== undefined && table.includes(word)).length).toBeGreaterThanOrEqual(12);
  });

  it('names the date of the instance type table', () => {
    expect(text).toContain(`as of ${instanceTypesAsOf}`);
  });

  it('leads to headings that there are', () => {
    const headings = [...text.matchAll(/^#+ (.+)$/gm)].map((found) => (found[1] ?? '').toLowerCase().replaceAll(' ', '-'));
    const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map((found) => found[1]);
    expect(links.filter((link) => link === undefined || !headings.includes(link))).toEqual([]);
  });
});
