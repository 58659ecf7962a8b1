import { describe, expect, it } from 'vitest';
import { exampleInstance } from '../../../src/policy/cases/example-instance.ts';
import { runCase } from '../../../src/policy/cases/run-case.ts';
import { resolve } from '../../../src/policy/resolve.ts';
import { parsePolicy } from '../../../src/policy/source/parse.ts';

function policyOf(text: string) {
  const parsed = parsePolicy(text, 'policy.yml');
  if ('issues' in parsed) throw new Error(parsed.issues.map((issue) => issue.message).join('\n'));
  return parsed.policy;
}

const facts = { now: Date.UTC(2026, 0, 1), refusedTypes: new Map<string, string>() };

const policy = policyOf(`
never:
  - tag: { pci: true }
rules:
  - { name: by place, match: { vpc: vpc-1, zone: [eu-west-1a, eu-west-1b] } }
  - { name: by tag, match: { any: [{ tag: { env: "stage-*" } }, { not: { instanceType: t3.large } }] } }
  - { name: rest, match: { instanceType: "*" } }
`);

describe('an explanation', () => {
  it('tells of every selector that was looked at, and of no rule after the one that decided', () => {
    const instance = exampleInstance({ tags: { Env: 'Stage-2' }, vpcId: 'vpc-9', zone: 'eu-west-1b', type: 't3.large' });
    expect(resolve(instance, policy, facts).considered).toEqual([
      { rule: 'never[0]', matched: false, why: 'tag pci is absent' },
      { rule: 'by place', matched: false, why: 'all of (vpc is "vpc-9", wanted vpc-1; zone is "eu-west-1b")' },
      { rule: 'by tag', matched: true, why: 'any of (tag env is "Stage-2"; not (instanceType is "t3.large"))' },
    ]);
  });

  it('names the spellings that disagree', () => {
    const { considered, reason } = resolve(exampleInstance({ tags: { pci: 'no', PCI: 'true' } }), policy, facts);
    expect(considered[0]).toEqual({ rule: 'never[0]', matched: true, why: 'tag pci is a conflict: PCI=true and pci=no' });
    expect(reason).toEqual({
      code: 'tag-conflict',
      detail: 'never[0] depends on the tag pci, whose spellings disagree',
    });
  });

  it('names the instance type and the date of the table', () => {
    const decision = resolve(exampleInstance({ type: 't2.micro' }), policy, facts);
    expect(decision.reason.detail).toBe('t2.micro was never supported as a source (table of 2026-09-26)');
  });
});

describe('a case', () => {
  const run = (expect: Parameters<typeof runCase>[0]['expect']) =>
    runCase({ instance: { tags: { mirror: 'true' } }, expect }, policyOf('')).differences;

  it('passes where everything it names is so', () => {
    expect(run({ outcome: 'mirror', sessions: [{ target: 'default' }] })).toEqual([]);
  });

  it('fails in each thing that is not so', () => {
    expect(
      run({ outcome: 'skip', rule: 'x', sessions: [{ target: 'ids', slot: 0 }], notes: ['beware'], detail: 'because' }),
    ).toEqual([
      { path: 'outcome', expected: 'skip', actual: 'mirror' },
      { path: 'rule', expected: 'x', actual: 'opt-in' },
      { path: 'sessions[0].target', expected: 'ids', actual: 'default' },
      { path: 'detail', expected: 'because', actual: 'rule "opt-in": tag mirror is "true"' },
      { path: 'notes[0]', expected: 'beware', actual: [] },
    ]);
  });

  it('fails where there are more or fewer sessions than it names', () => {
    expect(run({ sessions: [] })).toMatchObject([{ path: 'sessions', expected: [] }]);
    expect(run({ sessions: [{}, {}] })).toMatchObject([{ path: 'sessions', expected: [{}, {}] }]);
  });
});
