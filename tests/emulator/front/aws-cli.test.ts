/** The AWS CLI, found on PATH, against the emulator: an AWS client that shares nothing with the SDK for JavaScript. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../../src/emulator/emulator.ts';

const run = promisify(execFile);
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(async () => {
  await emulator.stop();
});

async function aws(...parameters: string[]): Promise<unknown> {
  const { stdout } = await run('aws', [...parameters, '--endpoint-url', emulator.endpoint, '--output', 'json'], {
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_PAGER: '',
      AWS_RETRY_MODE: 'standard',
      AWS_MAX_ATTEMPTS: '1',
    },
  });
  return stdout === '' ? undefined : JSON.parse(stdout);
}

test('sts get-caller-identity', async () => {
  expect(await aws('sts', 'get-caller-identity')).toEqual({
    UserId: 'AIDALOCALLOCALLOCAL1',
    Account: '111122223333',
    Arn: 'arn:aws:iam::111122223333:user/local',
  });
}, 30_000);

test('sqs send-message and receive-message, by queue URL', async () => {
  const queue = emulator.sqs.createQueue('q.fifo', { fifo: true, contentBasedDeduplication: true });
  const sent = await aws('sqs', 'send-message', '--queue-url', queue.url, '--message-body', 'höi', '--message-group-id', 'g');
  expect(sent).toMatchObject({ SequenceNumber: expect.stringMatching(/^\d{20}$/) });
  const received = await aws(
    'sqs',
    'receive-message',
    '--queue-url',
    queue.url,
    '--attribute-names',
    'All',
    '--wait-time-seconds',
    '1',
  );
  expect(received).toMatchObject({
    Messages: [{ Body: 'höi', Attributes: { MessageGroupId: 'g', ApproximateReceiveCount: '1' } }],
  });
}, 30_000);

test('sqs tells of a queue that does not exist in the CLI’s words', async () => {
  await expect(aws('sqs', 'get-queue-url', '--queue-name', 'none')).rejects.toMatchObject({
    stderr: expect.stringContaining('(AWS.SimpleQueueService.NonExistentQueue) when calling the GetQueueUrl operation'),
  });
}, 30_000);

test('events put-events reaches a log group, and logs filter-log-events finds it', async () => {
  emulator.logs.createLogGroup('/audit', { retentionDays: 30 });
  emulator.logs.putResourcePolicy('events', {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: 'arn:aws:logs:eu-west-1:111122223333:log-group:/audit:*',
      },
    ],
  });
  emulator.events.putRule({
    name: 'audit',
    arn: 'arn:aws:events:eu-west-1:111122223333:rule/audit',
    state: 'ENABLED',
    eventPattern: { source: ['automirror'] },
    targets: [{ id: 'log', arn: 'arn:aws:logs:eu-west-1:111122223333:log-group:/audit' }],
  });
  const entries = [1, 2].map((n) => ({
    Source: 'automirror',
    DetailType: 'Mirror Session Created',
    Detail: JSON.stringify({ n }),
  }));
  expect(await aws('events', 'put-events', '--entries', JSON.stringify(entries))).toMatchObject({ FailedEntryCount: 0 });
  const pattern = '{ $.detail.n = 2 }';
  const found = await aws('logs', 'filter-log-events', '--log-group-name', '/audit', '--filter-pattern', pattern);
  expect(found).toMatchObject({ events: [{ message: expect.stringContaining('"n":2') }] });
}, 30_000);
