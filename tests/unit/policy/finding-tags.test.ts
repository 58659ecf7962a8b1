import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/model/finding.ts';
import type { Instance } from '../../../src/model/instance.ts';
import type { Tags } from '../../../src/model/tags.ts';
import { findingTags } from '../../../src/policy/finding-tags.ts';
import { resolve } from '../../../src/policy/resolve.ts';
import { anInstance, aPolicy } from '../../support/shell/things.ts';

// The same examples in every run; another seed finds others: SEED=7 npx vitest run tests/unit/policy/finding-tags.test.ts
fc.configureGlobal({ seed: Number(process.env.SEED ?? 2026) });

interface FindingCase {
  readonly name: string;
  readonly policy?: object;
  /** What differs from the finding below; `at: null` for one that tells no time, `severity: null` for one that is no number. */
  readonly finding?: Partial<Omit<Finding, 'at' | 'severity'>> & {
    readonly at?: string | null;
    readonly severity?: number | null;
  };
  /** What differs from a running instance; null where EC2 knows none. */
  readonly instance: Partial<Instance> | null;
  readonly now?: string;
  /** `detail` is a part of the reason's. */
  readonly expect: { readonly outcome: string; readonly reason: string; readonly detail?: string; readonly tags?: Tags };
}

const folder = new URL('../../cases/findings/', import.meta.url);
const noon = '2026-06-01T12:00:00Z';
const twoMinutesLater = Date.parse('2026-06-01T12:02:00Z');
const base: Finding = {
  id: '16afba5c5c43e07c',
  type: 'Backdoor:EC2/C&CActivity.B!DNS',
  severity: 8,
  instanceId: anInstance(1).id,
  at: Date.parse(noon),
};

function findingOf({ at, severity, ...more }: NonNullable<FindingCase['finding']>): Finding {
  const { at: always, ...rest } = base;
  return {
    ...rest,
    ...more,
    ...(severity === undefined ? {} : { severity: severity ?? Number.NaN }),
    ...(at === null ? {} : { at: at === undefined ? (always ?? 0) : Date.parse(at) }),
  };
}

const instanceOf = (more: Partial<Instance>): Instance => anInstance(1, { tags: {}, ...more });
const policyOf = (policy: object = { onFinding: {} }) => aPolicy(JSON.stringify(policy));

describe.each(readdirSync(folder))('what a finding does: %s', (file) => {
  const cases: readonly FindingCase[] = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));

  it('gives each case a name of its own', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  it.each(cases)('$name', ({ policy, finding = {}, instance, now, expect: expected }) => {
    const at = now === undefined ? twoMinutesLater : Date.parse(now);
    const found = findingTags(findingOf(finding), instance === null ? undefined : instanceOf(instance), policyOf(policy), at);
    const { outcome, reason, tags } = found;
    const { detail = '', ...rest } = expected;
    expect({ outcome, reason: reason.code, ...(tags === undefined ? {} : { tags }) }).toEqual(rest);
    expect(reason.detail).toContain(detail);
  });
});

describe('the laws of findings', () => {
  const policy = policyOf({
    targets: { default: {}, forensics: {} },
    onFinding: { target: 'forensics', filter: 'all-traffic', minSeverity: 1 },
  });
  const anyCase = (key: string) => fc.mixedCase(fc.constant(key));
  const ourTags = (at: number) => findingTags({ ...base, at }, instanceOf({}), policy, at).tags ?? {};
  const tags = fc
    .tuple(
      fc.option(
        fc.integer({ min: -20, max: 20 }).map((hours) => ourTags((base.at ?? 0) + hours * 3_600_000)),
        { nil: {} },
      ),
      fc.dictionary(
        fc.oneof(...['mirror', 'mirror-until', 'mirror-reason', 'mirror-target', 'mirror-filter', 'env'].map(anyCase)),
        fc.oneof(fc.constantFrom('true', 'false', 'yes', '2026-06-01T13:00:00Z', 'forensics', ''), fc.string()),
        { maxKeys: 3 },
      ),
    )
    .map(([ours, theirs]): Tags => ({ ...ours, ...theirs }));
  const findings = fc.record({
    id: fc.string(),
    type: fc.string(),
    severity: fc.double({ min: 1, max: 10, noNaN: true }),
    instanceId: fc.constant(base.instanceId),
    at: fc.integer({ min: twoMinutesLater - 3 * 3_600_000, max: twoMinutesLater + 3_600_000 }),
  });

  it('sets tags that EC2 takes, and that the policy makes a mirroring with an end of', () => {
    fc.assert(
      fc.property(findings, (finding) => {
        const instance = instanceOf({});
        const { tags: set = {} } = findingTags(finding, instance, policy, twoMinutesLater);
        for (const [key, value] of Object.entries(set)) {
          expect(value.length, key).toBeLessThanOrEqual(256);
          expect(value).toMatch(/^[\w +\-=.:/@]+$/);
        }
        const decide = (now: number) => resolve({ ...instance, tags: set }, policy, { now, refusedTypes: new Map() });
        expect(decide(twoMinutesLater)).toMatchObject({ outcome: 'mirror', sessions: [{ target: { pool: 'forensics' } }] });
        expect(decide(Date.parse(set['mirror-until'] ?? ''))).toMatchObject({
          outcome: 'skip',
          reason: { code: 'until-passed' },
        });
      }),
    );
  });

  it('never overwrites a tag that it has not set, never shortens, and asks for nothing when repeated', () => {
    fc.assert(
      fc.property(tags, findings, (before, finding) => {
        const instance = instanceOf({ tags: before });
        const { tags: set = {} } = findingTags(finding, instance, policy, twoMinutesLater);
        for (const key of Object.keys(set)) {
          const spellings = Object.keys(before).filter((spelling) => spelling.toLowerCase() === key);
          if (spellings.length === 0) continue;
          expect(spellings).toEqual([key]);
          expect(['mirror-until', 'mirror-reason']).toContain(key);
          expect(before['mirror-reason']).toMatch(/^GuardDuty finding /);
          expect(Date.parse(set['mirror-until'] ?? '')).toBeGreaterThan(
            before.mirror === undefined ? 0 : Date.parse(before['mirror-until'] ?? ''),
          );
        }
        const after = { ...instance, tags: { ...before, ...set } };
        expect(findingTags(finding, after, policy, twoMinutesLater).tags).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });
});
