import { CreateTagsCommand, DescribeInstancesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../../src/emulator/clock.ts';
import type { EmulatedEvent } from '../../../src/emulator/core.ts';
import { createEmulator, type Emulator, startEmulator } from '../../../src/emulator/emulator.ts';

let emulator: Emulator | undefined;
afterEach(async () => {
  await emulator?.stop();
  emulator = undefined;
});

async function start(): Promise<{ running: Emulator; config: (accessKeyId?: string) => object }> {
  const running = await startEmulator({ ec2: { pendingMs: 0, cloudTrailLatencyMs: 0 } });
  emulator = running;
  running.events.delivery.latencyMs = 0;
  const config = (accessKeyId = 'AKIAEXAMPLE') => ({
    region: 'eu-west-1',
    endpoint: running.endpoint,
    credentials: { accessKeyId, secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  return { running, config };
}

/** A FIFO queue that gets every event matching the pattern. */
function listenOn(target: Emulator, eventPattern: unknown): string {
  const queue = target.sqs.createQueue('work.fifo', { fifo: true, contentBasedDeduplication: true });
  const arn = `arn:aws:events:eu-west-1:111122223333:rule/r`;
  target.sqs.setPolicy(queue.arn, {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queue.arn,
      Condition: { ArnEquals: { 'aws:SourceArn': arn } },
    },
  });
  target.events.putRule({
    name: 'r',
    arn,
    state: 'ENABLED',
    eventPattern,
    targets: [{ id: 't', arn: queue.arn, messageGroupId: 'g' }],
  });
  return queue.url;
}

test('a tag on an instance arrives as an event in the queue that a rule fills, all over HTTP', async () => {
  const { running, config } = await start();
  const QueueUrl = listenOn(running, { source: ['aws.tag'], detail: { 'changed-tag-keys': ['mirror'] } });
  const ec2 = new EC2Client(config());
  const { Instances = [] } = await ec2.send(
    new RunInstancesCommand({ ImageId: 'ami-0123456789abcdef0', InstanceType: 'm5.large', MinCount: 1, MaxCount: 1 }),
  );
  const id = Instances[0]?.InstanceId ?? '';
  await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'mirror', Value: 'true' }] }));
  const { Messages = [] } = await new SQSClient(config()).send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
  expect(JSON.parse(Messages[0]?.Body ?? '')).toMatchObject({
    source: 'aws.tag',
    resources: [`arn:aws:ec2:eu-west-1:111122223333:instance/${id}`],
    detail: { 'changed-tag-keys': ['mirror'], tags: { mirror: 'true' } },
  });
});

test('a role session is told from the administrator, and its authorizer decides on every service', async () => {
  const { running, config } = await start();
  running.registerSession({ accessKeyId: 'ASIAROLE', roleArn: 'arn:aws:iam::111122223333:role/worker', sessionName: 'fn' });
  running.setAuthorizer({ deny: ({ kind }, { action }) => (kind === 'role' ? `${action} is not for roles` : undefined) });
  expect(await new STSClient(config('ASIAROLE')).send(new GetCallerIdentityCommand({}))).toMatchObject({
    Arn: 'arn:aws:sts::111122223333:assumed-role/worker/fn',
  });
  await expect(new EC2Client(config('ASIAROLE')).send(new DescribeInstancesCommand({}))).rejects.toMatchObject({
    name: 'UnauthorizedOperation',
  });
  const entry = { Source: 'app', DetailType: 'd', Detail: '{}' };
  await expect(new EventBridgeClient(config('ASIAROLE')).send(new PutEventsCommand({ Entries: [entry] }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  await new EC2Client(config()).send(new DescribeInstancesCommand({}));
});

test('settings, faults, calls and state are reached over HTTP', async () => {
  const { running, config } = await start();
  const admin = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${running.endpoint}/_automirror-emulator/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return await answer.json();
  };
  await admin('POST', 'settings', { delivery: { lossShare: 1 }, ec2: { defaultPageSize: 7 } });
  expect(running.events.delivery.lossShare).toBe(1);
  expect(running.ec2.controls.settings.defaultPageSize).toBe(7);
  await admin('POST', 'faults', { action: 'DescribeInstances', error: { code: 'RequestLimitExceeded', status: 503 } });
  const describe = () => new EC2Client(config()).send(new DescribeInstancesCommand({}));
  await expect(describe()).rejects.toMatchObject({ name: 'RequestLimitExceeded', $metadata: { httpStatusCode: 503 } });
  await describe();
  expect(await admin('GET', 'calls')).toMatchObject({ total: 2, byAction: { DescribeInstances: 2 } });
  expect(await admin('GET', 'state')).toMatchObject({ instances: {}, trafficMirrorSessions: 0, delivery: { published: 0 } });
});

describe('stopping', () => {
  test('runs what was added last first, closes the socket, and may be repeated', async () => {
    const { running } = await start();
    const order: string[] = [];
    running.onStop(() => {
      order.push('first');
    });
    running.onStop(() => Promise.resolve().then(() => void order.push('second')));
    await running.stop();
    await running.stop();
    expect(order).toEqual(['second', 'first']);
    await expect(fetch(running.endpoint)).rejects.toThrow('fetch failed');
  });

  test('ends schedules', async () => {
    const clock = createVirtualClock();
    const simulated = createEmulator({ clock });
    let count = 0;
    simulated.events.registerTarget('lambda', () => {
      count += 1;
      return { delivered: true };
    });
    const target = { id: 'f', arn: 'arn:aws:lambda:eu-west-1:111122223333:function:f' };
    simulated.events.putRule({
      name: 'r',
      arn: 'arn',
      state: 'ENABLED',
      scheduleExpression: 'rate(1 minute)',
      targets: [target],
    });
    await clock.advance(150_000);
    expect(count).toBe(2);
    await simulated.stop();
    await clock.advance(600_000);
    expect(count).toBe(2);
  });
});

describe('without a socket', () => {
  test('the same seed gives the same events, another seed other ids', async () => {
    const run = async (seed: number): Promise<readonly EmulatedEvent[]> => {
      const clock = createVirtualClock();
      const simulated = createEmulator({ clock, seed });
      const seen: EmulatedEvent[] = [];
      simulated.events.onEvent((event) => seen.push(event));
      const body =
        'Action=RunInstances&Version=2016-11-15&ImageId=ami-0123456789abcdef0&InstanceType=m5.large&MinCount=1&MaxCount=1';
      const answer = await simulated.handle({
        method: 'POST',
        path: '/',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      });
      expect(answer.status).toBe(200);
      await clock.advance(5000);
      await simulated.stop();
      return seen;
    };
    const first = await run(1);
    expect(first.map(({ source }) => source)).toContain('aws.ec2');
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });

  test('queue URLs lead nowhere', () => {
    const simulated = createEmulator({ clock: createVirtualClock() });
    expect(simulated.sqs.createQueue('q').url).toBe('http://emulator.invalid/111122223333/q');
    expect(simulated.endpoint).toBe('http://emulator.invalid');
  });
});
