import { describe, expect, it } from 'vitest';
import { checkStackParams } from '../../src/packaging/stack-params.ts';

const fine = {
  owner: 'automirror-prod',
  sweepEvery: '5 minutes',
  retentionDays: 30,
  auditRetentionDays: '400',
  alarmTopicArn: '',
  logLevel: 'info',
  cloudTrail: 'true',
};

describe('the check of the stack’s parameters', () => {
  it.each([
    {},
    { sweepEvery: '1 minute' },
    { sweepEvery: '24 hours' },
    { sweepEvery: '1 day' },
    { alarmTopicArn: 'arn:aws-us-gov:sns:us-gov-west-1:111122223333:alarms' },
    { cloudTrail: false },
    { retentionDays: '3653' },
    { owner: 'Team_A.mirror-1' },
  ])('accepts the defaults with %o', (changed) => {
    expect(checkStackParams({ ...fine, ...changed })).toEqual([]);
  });

  it.each([
    ['owner', ''],
    ['owner', 'team*'],
    ['owner', 'a'.repeat(65)],
    ['sweepEvery', '5'],
    ['sweepEvery', '0 minutes'],
    ['sweepEvery', '1 minutes'],
    ['sweepEvery', '2 hour'],
    ['sweepEvery', '2 days'],
    ['sweepEvery', '25 hours'],
    ['sweepEvery', '1441 minutes'],
    ['sweepEvery', 'cron(0 * * * ? *)'],
    ['retentionDays', 31],
    ['retentionDays', '-1'],
    ['auditRetentionDays', 'forever'],
    ['alarmTopicArn', 'alarms'],
    ['alarmTopicArn', 'arn:aws:sqs:eu-west-1:111122223333:alarms'],
    ['logLevel', 'verbose'],
    ['cloudTrail', 'yes'],
  ])('refuses %s = %o', (name, value) => {
    const problems = checkStackParams({ ...fine, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: .* must be `));
  });

  it('refuses a missing and an unknown parameter', () => {
    const { owner: _, ...rest } = fine;
    expect(checkStackParams({ ...rest, sweepevery: '5 minutes' })).toEqual([
      'owner: is missing',
      'sweepevery: is not a parameter of this stack',
    ]);
  });
});
