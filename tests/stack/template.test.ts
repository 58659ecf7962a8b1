import { beforeAll, describe, expect, it } from 'vitest';
import { checkTemplate } from './check-template.ts';
import { at, propertiesOf, readTemplate, resourcesOf, type Template } from './template.ts';

let template: Template;

beforeAll(async () => {
  template = await readTemplate();
});

describe('the packaged template', () => {
  it('fits the specification of every resource type', async () => {
    expect(await checkTemplate(template)).toEqual([]);
    expect(Object.keys(template.Resources).length).toBeGreaterThan(20);
  });

  it('would not fit it with a typo, a missing property, a wrong value or an unknown type', async () => {
    const planted = {
      Typo: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeOut: 360 } },
      Nested: { Type: 'AWS::Events::Rule', Properties: { Targets: [{ Id: 'x', RetryPolicy: { Attempts: 1 } }] } },
      Wrong: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: 'yes', MessageRetentionPeriod: 'long' } },
      Unknown: { Type: 'AWS::SQS::Kew', Properties: {} },
    };
    expect(await checkTemplate({ Resources: planted })).toEqual([
      'Typo: VisibilityTimeOut is unknown',
      'Nested.Targets[0]: Arn is missing',
      'Nested.Targets[0].RetryPolicy: Attempts is unknown',
      'Wrong.FifoQueue: must be true or false',
      'Wrong.MessageRetentionPeriod: must be a number',
      'Unknown: unknown type AWS::SQS::Kew',
    ]);
  });

  it('has one function, on Lambda’s current Node.js, with three settings and no reserved concurrency', () => {
    const functions = resourcesOf(template, 'AWS::Lambda::Function');
    expect(functions.map(([id]) => id)).toEqual(['ReconcileLambdaFunction']);
    const settings = functions[0]?.[1];
    expect(settings).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Timeout: 60 });
    expect(settings).not.toHaveProperty('ReservedConcurrentExecutions');
    expect(at(settings, 'LoggingConfig', 'LogFormat')).toBe('JSON');
    expect(at(settings, 'Environment', 'Variables')).toEqual({
      AUTOMIRROR_OWNER: 'automirror-dev',
      AUTOMIRROR_LOG_LEVEL: 'info',
      AUTOMIRROR_BUS: 'default',
    });
  });

  it('feeds the function from the queue alone, ten messages at a time, with partial failures', () => {
    const mappings = resourcesOf(template, 'AWS::Lambda::EventSourceMapping');
    expect(mappings).toHaveLength(1);
    expect(mappings[0]?.[1]).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': ['ReconcileQueue', 'Arn'] },
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(resourcesOf(template, 'AWS::Lambda::Permission')).toEqual([]);
  });

  it('gives a batch six times the function’s timeout, then its dead letters to a FIFO queue', () => {
    const queue = propertiesOf(template, 'ReconcileQueue');
    const timeout = Number(at(propertiesOf(template, 'ReconcileLambdaFunction'), 'Timeout'));
    expect(Number(queue.VisibilityTimeout)).toBeGreaterThanOrEqual(6 * timeout);
    expect(queue).toMatchObject({ FifoQueue: true, ContentBasedDeduplication: true });
    expect(queue.QueueName).toBe('automirror-dev-reconcile.fifo');
    expect(queue.RedrivePolicy).toEqual({
      deadLetterTargetArn: { 'Fn::GetAtt': ['ReconcileDeadLetters', 'Arn'] },
      maxReceiveCount: 5,
    });
    expect(propertiesOf(template, 'ReconcileDeadLetters')).toMatchObject({ FifoQueue: true });
    expect(propertiesOf(template, 'RuleDeadLetters')).not.toHaveProperty('FifoQueue');
  });

  it('keeps both logs for the days that the deployer sets', () => {
    const retention = resourcesOf(template, 'AWS::Logs::LogGroup').map(([, group]) => [
      group.LogGroupName,
      group.RetentionInDays,
    ]);
    expect(retention).toEqual([
      ['/aws/lambda/automirror-dev-reconcile', 30],
      ['/automirror/automirror-dev/audit', 400],
    ]);
  });
});
