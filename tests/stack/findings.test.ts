import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FindingParts } from '../../src/packaging/finding-parts.ts';
import { findingParts } from '../../src/packaging/finding-parts.ts';
import { patternLimit } from '../../src/packaging/tag-rule.ts';
import { parsePolicy } from '../../src/policy/source/parse.ts';
import { checkTemplate } from './check-template.ts';
import { root, runScript } from './run-script.ts';
import { at, packageDir, propertiesOf, readTemplate, type Template } from './template.ts';

const templateFile = 'cloudformation-template-update-stack.json';
/** A policy with every key of `onFinding`. */
const example = 'examples/policies/09-on-finding.yml';

function partsOf(policy: string): FindingParts {
  const parsed = parsePolicy(policy, 'policy.yml');
  if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues));
  return findingParts(parsed.policy);
}

describe('a stack whose policy has onFinding', () => {
  let folder: string;
  let template: Template;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'automirror-findings-'));
    const { code, output } = await runScript('package.ts', '--policy', example, '--out', folder);
    if (code !== 0) throw new Error(output);
    template = JSON.parse(await readFile(join(folder, templateFile), 'utf8'));
  }, 60_000);

  it('has the rule and the permission, as the policy asks for them', async () => {
    const parts = partsOf(await readFile(join(root, example), 'utf8'));
    expect(template.Conditions.FollowFindings).toEqual({ 'Fn::Equals': ['true', 'true'] });
    expect(propertiesOf(template, 'FindingRule').EventPattern).toEqual(parts.pattern);
    const conditions = [0, 1].map((n) =>
      at(propertiesOf(template, 'FindingPolicy'), 'PolicyDocument', 'Statement', n, 'Condition'),
    );
    expect(conditions).toEqual([parts.tagCondition, parts.extendCondition]);
    expect(await checkTemplate(template)).toEqual([]);
  });

  it('differs from another in nothing but that and its function', async () => {
    const other = await readTemplate();
    const { FindingRule, FindingPolicy, ...same } = template.Resources;
    const { FindingRule: _rule, FindingPolicy: _policy, ...others } = other.Resources;
    const withoutTime = (resources: object) => JSON.stringify(resources).replace(/\d{13}-\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
    expect(withoutTime({ ...same, ReconcileLambdaFunction: 0, TagChangeRule: 0 })).toBe(
      withoutTime({ ...others, ReconcileLambdaFunction: 0, TagChangeRule: 0 }),
    );
    expect([FindingRule?.Condition, FindingPolicy?.Condition]).toEqual(['FollowFindings', 'FollowFindings']);
  });

  it('has a function that reads findings, which no other has', async () => {
    const reads = async (from: string) =>
      (await readFile(join(from, 'reconcile.zip'))).includes('aws.guardduty/GuardDuty Finding');
    expect(await reads(folder)).toBe(true);
    expect(await reads(packageDir)).toBe(false);
  });

  it('has a function that is larger by little', async () => {
    const sizeOf = async (from: string) => (await readFile(join(from, 'reconcile.zip'))).length;
    expect((await sizeOf(folder)) - (await sizeOf(packageDir))).toBeLessThan(5_000);
  });
});

describe('a stack whose policy has none', () => {
  it('has neither, and lets no such rule into its queues', async () => {
    const template = await readTemplate();
    expect(template.Conditions.FollowFindings).toEqual({ 'Fn::Equals': ['false', 'true'] });
    for (const id of ['FindingRule', 'FindingPolicy']) expect(template.Resources[id]?.Condition).toBe('FollowFindings');
    for (const id of ['QueuePolicy', 'RuleDeadLettersPolicy']) {
      const statement = at(propertiesOf(template, id), 'PolicyDocument', 'Statement', 0);
      expect(at(statement, 'Condition', 'ArnEquals', 'aws:SourceArn')).toContainEqual({
        'Fn::If': ['FollowFindings', { 'Fn::GetAtt': ['FindingRule', 'Arn'] }, { Ref: 'AWS::NoValue' }],
      });
    }
  });

  it('has a rule and a permission all the same that would be valid', () => {
    expect(partsOf('')).toMatchObject({ enabled: 'false', pattern: { source: ['aws.guardduty'] } });
  });
});

describe('the rule for findings', () => {
  const typesOf = (types: unknown) => partsOf(`onFinding: { types: ${JSON.stringify(types)} }`).pattern.detail.type;

  it('asks for findings on instances of this account, of that severity, that are not archived', () => {
    expect(partsOf('onFinding: { minSeverity: 4.5 }').pattern).toEqual({
      source: ['aws.guardduty'],
      account: [{ Ref: 'AWS::AccountId' }],
      region: [{ Ref: 'AWS::Region' }],
      'detail-type': ['GuardDuty Finding'],
      detail: {
        accountId: [{ Ref: 'AWS::AccountId' }],
        severity: [{ numeric: ['>=', 4.5] }],
        resource: { resourceType: ['Instance'] },
        service: { archived: [false] },
      },
    });
  });

  it.each([
    ['Trojan:EC2/DropPoint', [{ 'equals-ignore-case': 'trojan:ec2/droppoint' }]],
    ['Backdoor:EC2/*', [{ prefix: { 'equals-ignore-case': 'backdoor:ec2/' } }]],
    ['Crypto*:EC2/Bitcoin*', [{ prefix: { 'equals-ignore-case': 'crypto' } }]],
    ['*!DNS', [{ suffix: { 'equals-ignore-case': '!dns' } }]],
    ['?ackdoor:EC2/x', [{ suffix: { 'equals-ignore-case': 'ackdoor:ec2/x' } }]],
    [
      ['Trojan:*', 'Backdoor:*'],
      [{ prefix: { 'equals-ignore-case': 'trojan:' } }, { prefix: { 'equals-ignore-case': 'backdoor:' } }],
    ],
  ])('lets at least the types of %j through', (types, matchers) => {
    expect(typesOf(types)).toEqual(matchers);
  });

  it.each(['*', '*EC2*', ['Trojan:*', '*EC2*']])('lets every type through where nothing narrower holds: %j', (types) => {
    expect(typesOf(types)).toBeUndefined();
  });

  it('lets every type through when the types do not fit into a pattern', () => {
    const many = (count: number) => Array.from({ length: count }, (_, n) => `Backdoor:EC2/Type.Number.${n}`);
    expect(typesOf(many(20))).toHaveLength(20);
    expect(typesOf(many(60))).toBeUndefined();
    const { pattern } = partsOf(`onFinding: { types: ${JSON.stringify(many(20))} }`);
    expect(JSON.stringify(pattern).length).toBeLessThanOrEqual(patternLimit);
  });
});
