// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation's own placeholders look like that
import { beforeAll, describe, expect, it } from 'vitest';
import { patternLimit } from '../../src/packaging/tag-rule.ts';
import { at, type JsonObject, propertiesOf, readTemplate, resourcesOf, type Template } from './template.ts';

let template: Template;
let rules: [string, JsonObject][];

beforeAll(async () => {
  template = await readTemplate();
  rules = resourcesOf(template, 'AWS::Events::Rule');
});

const targetOf = (rule: JsonObject) => at(rule, 'Targets', 0);
const isWaking = ([id]: [string, JsonObject]): boolean => id !== 'AuditRule';
const quoted = (some: [string, JsonObject][]): string[] => some.map(([id]) => JSON.stringify(id)).sort();
const commands = ['Sweep Requested', 'Reconcile Requested'];

describe('the rules of the stack', () => {
  it('all send to the one queue in one message group, except the audit rule', () => {
    expect(rules.filter(isWaking).map(([id]) => id)).toEqual([
      'InstanceStateRule',
      'TagChangeRule',
      'SweepSchedule',
      'DeployedRule',
      'CommandRule',
      'CloudTrailRule',
      'FindingRule',
    ]);
    for (const [, rule] of rules.filter(isWaking)) {
      expect(rule.Targets).toHaveLength(1);
      expect(targetOf(rule)).toMatchObject({
        Arn: { 'Fn::GetAtt': ['ReconcileQueue', 'Arn'] },
        SqsParameters: { MessageGroupId: 'reconcile' },
      });
    }
  });

  it('all retry and have dead letters', () => {
    for (const [, rule] of rules) {
      expect(at(targetOf(rule), 'RetryPolicy', 'MaximumRetryAttempts')).toBeGreaterThan(0);
      expect(at(targetOf(rule), 'DeadLetterConfig')).toEqual({ Arn: { 'Fn::GetAtt': ['RuleDeadLetters', 'Arn'] } });
    }
  });

  it('are exactly the ones that the queue policies let in', () => {
    const admitted = (policy: string): string[] => {
      const statement = at(propertiesOf(template, policy), 'PolicyDocument', 'Statement', 0);
      const arns = at(statement, 'Condition', 'ArnEquals', 'aws:SourceArn');
      return (Array.isArray(arns) ? arns : [])
        .map((arn) => JSON.stringify(at(arn, 'Fn::GetAtt', 0) ?? at(arn, 'Fn::If', 1, 'Fn::GetAtt', 0)))
        .sort();
    };
    expect(admitted('QueuePolicy')).toEqual(quoted(rules.filter(isWaking)));
    expect(admitted('RuleDeadLettersPolicy')).toEqual(quoted(rules));
  });

  it('have patterns within EventBridge’s limit', () => {
    for (const [, rule] of rules) expect(JSON.stringify(rule.EventPattern ?? {}).length).toBeLessThanOrEqual(patternLimit);
  });

  it('wake for nothing that another account or Region has sent on to this bus', () => {
    for (const id of ['InstanceStateRule', 'TagChangeRule', 'CloudTrailRule', 'FindingRule']) {
      expect(propertiesOf(template, id).EventPattern).toMatchObject({
        account: [{ Ref: 'AWS::AccountId' }],
        region: [{ Ref: 'AWS::Region' }],
      });
    }
  });

  it('never feed an audit event back', () => {
    const ownEvents = rules.filter(([, rule]) => JSON.stringify(rule.EventPattern ?? {}).includes('"automirror"'));
    expect(ownEvents.map(([id]) => id)).toEqual(['CommandRule', 'AuditRule']);
    const [wakes, audits] = ownEvents.map(([, rule]) => at(rule, 'EventPattern', 'detail-type'));
    expect(wakes).toEqual(commands);
    expect(audits).toEqual([
      'Mirror Session Created',
      'Mirror Session Modified',
      'Mirror Session Deleted',
      'Mirror Source Tagged',
      'Mirror Source Refused',
      'Mirror Change Failed',
      'Mirror Change Blocked',
      'Mirror Target Changed',
      'Mirror Filter Changed',
      'Mirror Sweep Completed',
    ]);
    for (const [, rule] of ownEvents) {
      expect(at(rule, 'EventPattern', 'detail', 'owner')).toEqual(['automirror-dev']);
      expect(at(rule, 'EventPattern', 'account')).toEqual([{ Ref: 'AWS::AccountId' }]);
    }
  });

  it('react to tags that the policy looks at, in any spelling', () => {
    expect(at(propertiesOf(template, 'TagChangeRule'), 'EventPattern', 'detail', 'changed-tag-keys')).toEqual([
      { prefix: { 'equals-ignore-case': 'mirror' } },
    ]);
  });

  it('react to calls of users without a session and of other roles, but not of the function’s own', () => {
    const detail = at(propertiesOf(template, 'CloudTrailRule'), 'EventPattern', 'detail');
    expect(at(detail, 'errorCode')).toEqual([{ exists: false }]);
    expect(at(detail, 'userIdentity', 'sessionContext', 'sessionIssuer', 'arn')).toEqual([
      { exists: false },
      { 'anything-but': [{ 'Fn::GetAtt': ['ReconcileRole', 'Arn'] }] },
    ]);
    expect(template.Resources.CloudTrailRule?.Condition).toBe('ReactToCloudTrail');
    expect(template.Conditions.ReactToCloudTrail).toEqual({ 'Fn::Equals': [{ Ref: 'CloudTrail' }, 'true'] });
    expect(at(template.Parameters, 'CloudTrail', 'Default')).toBe('true');
  });

  it('sweep every five minutes and after a deployment of this stack alone', () => {
    expect(propertiesOf(template, 'SweepSchedule').ScheduleExpression).toBe('rate(5 minutes)');
    const detail = at(propertiesOf(template, 'DeployedRule'), 'EventPattern', 'detail');
    expect(at(detail, 'stack-id')).toEqual([{ Ref: 'AWS::StackId' }]);
    expect(at(detail, 'status-details', 'status')).toContain('UPDATE_COMPLETE');
  });

  it('let only the audit rule write the audit log', () => {
    const text = at(propertiesOf(template, 'AuditLogPolicy'), 'PolicyDocument', 'Fn::Sub');
    if (typeof text !== 'string') throw new Error('the policy is not a text with substitutions');
    const policy: { Statement: { Action: string; Resource: string; Condition?: unknown }[] } = JSON.parse(text);
    expect(policy.Statement.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      ['logs:CreateLogStream', '${AuditLog.Arn}'],
      ['logs:PutLogEvents', '${AuditLog.Arn}'],
    ]);
    expect(policy.Statement[1]?.Condition).toEqual({ ArnEquals: { 'aws:SourceArn': '${AuditRule.Arn}' } });
  });
});
