import { describe, expect, it } from 'vitest';
import { auditPolicy, patternsOverlap } from '../../../src/emulator/iam/audit-policy.ts';

const policy = (...statements: readonly object[]) => ({
  Version: '2012-10-17',
  Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
});
const codes = async (document: unknown) => (await auditPolicy(document)).map(({ code }) => code);

describe('static check of a policy', () => {
  it('finds nothing in a least-privilege policy', async () => {
    const findings = await auditPolicy(
      policy(
        { Action: ['ec2:DescribeInstances', 'ec2:DescribeTrafficMirrorSessions'], Resource: '*' },
        {
          Action: 'ec2:CreateTrafficMirrorSession',
          Resource: 'arn:aws:ec2:eu-west-1:1:traffic-mirror-session/*',
          Condition: { StringEquals: { 'aws:RequestTag/owner': 'app' } },
        },
        {
          Action: 'ec2:CreateTrafficMirrorSession',
          Resource: [
            'arn:aws:ec2:eu-west-1:1:network-interface/*',
            'arn:aws:ec2:eu-west-1:1:traffic-mirror-filter/*',
            'arn:aws:ec2:eu-west-1:*:traffic-mirror-target/*',
          ],
        },
        {
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          // biome-ignore lint/suspicious/noTemplateCurlyInString: as Fn::Sub writes it
          Resource: 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/x:*',
        },
        { Action: 'events:PutEvents', Resource: 'arn:aws:events:eu-west-1:1:event-bus/default' },
      ),
    );
    expect(findings).toEqual([]);
  });

  it('reports an action AWS does not have', async () => {
    expect(await codes(policy({ Action: 'ec2:CreateMirrorSession', Resource: '*' }))).toEqual(['unknown-action']);
    expect(await codes(policy({ Action: 'ec3:DescribeInstances', Resource: '*' }))).toEqual(['unknown-action']);
  });

  it('reports wildcard and negated actions', async () => {
    expect(await codes(policy({ Action: 'ec2:Describe*', Resource: '*' }))).toEqual(['wildcard-action']);
    expect(await codes(policy({ Action: '*', Resource: '*' }))).toEqual(['wildcard-action']);
    expect(await codes(policy({ NotAction: 'iam:PassRole', Resource: '*' }))).toContain('negated-action');
  });

  it('reports a resource on an action that takes none', async () => {
    const findings = await auditPolicy(
      policy({ Sid: 'Read', Action: 'ec2:DescribeInstances', Resource: 'arn:aws:ec2:*:*:instance/*' }),
    );
    expect(findings).toEqual([
      { code: 'resource-not-taken', statement: 'Read', message: 'ec2:DescribeInstances takes no resource: only "*" allows it' },
    ]);
  });

  it('reports a resource type the action does not take, and the one it misses', async () => {
    const document = policy({ Action: 'ec2:DeleteTrafficMirrorSession', Resource: 'arn:aws:ec2:*:*:traffic-mirror-target/*' });
    expect(new Set(await codes(document))).toEqual(new Set(['resource-not-taken', 'resource-type-missing']));
  });

  it('reports a required resource type that no statement reaches', async () => {
    const findings = await auditPolicy(
      policy({
        Action: 'ec2:CreateTrafficMirrorSession',
        Resource: ['network-interface', 'traffic-mirror-filter', 'traffic-mirror-target'].map(
          (type) => `arn:aws:ec2:*:*:${type}/*`,
        ),
      }),
    );
    expect(findings.map(({ message }) => message)).toEqual([
      'ec2:CreateTrafficMirrorSession also checks a traffic-mirror-session, which no statement allows',
    ]);
  });

  it('reports a condition key that is never set for the action and resource', async () => {
    const findings = await auditPolicy(
      policy({
        Sid: 'Use',
        Action: 'ec2:ModifyTrafficMirrorSession',
        Resource: ['arn:aws:ec2:*:*:traffic-mirror-session/*', 'arn:aws:ec2:*:*:traffic-mirror-filter/*'],
        Condition: { StringEquals: { 'aws:RequestTag/owner': 'app' } },
      }),
    );
    expect(findings.map(({ code, statement }) => `${statement}: ${code}`)).toContain('Use: condition-never-applies');
  });

  it.each([
    ['a*c', '*bc', true],
    ['instance/*', 'network-interface/*', false],
    ['*', '', true],
    ['a?', 'a', false],
    ['log-group:/x:*', 'log-group:*:log-stream:*', true],
  ])('patterns %j and %j overlap: %s', (left, right, expected) => {
    expect(patternsOverlap(left, right)).toBe(expected);
  });
});
