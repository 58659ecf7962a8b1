import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, test } from 'vitest';
import { createSqs, type Sqs } from '../../../src/emulator/sqs/sqs.ts';
import { inProcess } from '../front/in-process-handler.ts';
import { createTestHost, type TestHost } from '../test-host.ts';

let host: TestHost;
let sqs: Sqs;
let client: SQSClient;

beforeEach(() => {
  host = createTestHost();
  sqs = createSqs(host, { endpoint: () => 'http://emulator.invalid' });
  client = new SQSClient(inProcess(sqs));
});

async function create(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl ?? '';
}

test('a message makes the round trip with its attributes', async () => {
  const QueueUrl = await create('q');
  // The client checks the digests of body and attributes itself and throws when they differ.
  const MessageAttributes = {
    text: { DataType: 'String', StringValue: 'é' },
    bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2, 255]) },
    number: { DataType: 'Number.int', StringValue: '7' },
  };
  const sent = await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'höi', MessageAttributes }));
  expect(sent.MD5OfMessageAttributes).toMatch(/^[0-9a-f]{32}$/);
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['SenderId', 'ApproximateReceiveCount'],
    }),
  );
  expect(Messages).toMatchObject([
    {
      MessageId: sent.MessageId,
      Body: 'höi',
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      Attributes: { SenderId: 'AIDATESTTESTTESTTEST', ApproximateReceiveCount: '1' },
      MessageAttributes: { text: { StringValue: 'é' }, number: { StringValue: '7' } },
    },
  ]);
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle }));
  expect((await client.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toBeUndefined();
});

test('attributes are shown as they were given', async () => {
  const dead = await create('dead.fifo', { FifoQueue: 'true' });
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: sqs.queue(dead)?.arn, maxReceiveCount: 5 });
  const QueueUrl = await create('q.fifo', {
    FifoQueue: 'true',
    ContentBasedDeduplication: 'true',
    VisibilityTimeout: '360',
    RedrivePolicy,
  });
  await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: '3', KmsMasterKeyId: 'alias/x' } }));
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  expect(Attributes).toMatchObject({
    QueueArn: 'arn:aws:sqs:eu-west-1:111122223333:q.fifo',
    FifoQueue: 'true',
    ContentBasedDeduplication: 'true',
    VisibilityTimeout: '360',
    DelaySeconds: '3',
    KmsMasterKeyId: 'alias/x',
    ApproximateNumberOfMessages: '0',
    RedrivePolicy,
  });
  const some = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  expect(some.Attributes).toEqual({ QueueArn: 'arn:aws:sqs:eu-west-1:111122223333:q.fifo' });
});

test('long polling answers when a message comes, and empty when none does', async () => {
  const QueueUrl = await create('q');
  const first = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  await host.clock.advance(5000);
  sqs.queue('q')?.send({ body: 'a' });
  await host.clock.advance(0);
  expect((await first).Messages?.[0]?.Body).toBe('a');
  const started = host.clock.now();
  const second = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }));
  await host.clock.advance(10_000);
  expect((await second).Messages).toBeUndefined();
  expect(host.clock.now() - started).toBe(10_000);
});

test('one waiting receiver gets one message, not two', async () => {
  const QueueUrl = await create('q');
  const waiting = [1, 2].map(() => client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 })));
  await host.clock.advance(1);
  sqs.queue('q')?.send({ body: 'a' });
  await host.clock.advance(5000);
  const counts = (await Promise.all(waiting)).map(({ Messages = [] }) => Messages.length);
  expect(counts.toSorted((left, right) => left - right)).toEqual([0, 1]);
});

describe('batches', () => {
  test('succeed and fail entry by entry', async () => {
    const QueueUrl = await create('q.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' });
    const { Successful, Failed } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'good', MessageBody: 'a', MessageGroupId: 'g' },
          { Id: 'bad', MessageBody: 'b' },
        ],
      }),
    );
    expect(Successful).toMatchObject([{ Id: 'good', SequenceNumber: expect.stringMatching(/^\d{20}$/) }]);
    expect(Failed).toMatchObject([{ Id: 'bad', SenderFault: true, Code: 'MissingParameter' }]);
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl }));
    const deleted = await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: '1', ReceiptHandle: Messages[0]?.ReceiptHandle },
          { Id: '2', ReceiptHandle: 'nonsense' },
        ],
      }),
    );
    expect(deleted).toMatchObject({ Successful: [{ Id: '1' }], Failed: [{ Id: '2', Code: 'ReceiptHandleIsInvalid' }] });
  });

  const entry = (Id: string) => ({ Id, MessageBody: 'a' });
  test.each([
    ['EmptyBatchRequest', []],
    ['TooManyEntriesInBatchRequest', Array.from({ length: 11 }, (_, n) => entry(String(n)))],
    ['BatchEntryIdsNotDistinct', [entry('a'), entry('a')]],
    ['InvalidBatchEntryId', [entry('a b')]],
  ])('are refused whole: %s', async (name, Entries) => {
    const QueueUrl = await create('q');
    await expect(client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).rejects.toMatchObject({ name });
  });
});

test('lists queues by prefix and page', async () => {
  for (const name of ['b', 'a1', 'a3', 'a2']) await create(name);
  const first = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'a', MaxResults: 2 }));
  const second = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'a', MaxResults: 2, NextToken: first.NextToken }));
  const names = [...(first.QueueUrls ?? []), ...(second.QueueUrls ?? [])].map((url) => url.split('/').at(-1));
  expect(names).toEqual(['a1', 'a2', 'a3']);
  expect(second.NextToken).toBeUndefined();
});

test('purges and deletes', async () => {
  const QueueUrl = await create('q');
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
  await client.send(new PurgeQueueCommand({ QueueUrl }));
  expect((await client.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toBeUndefined();
  await client.send(new DeleteQueueCommand({ QueueUrl }));
  await expect(client.send(new GetQueueUrlCommand({ QueueName: 'q' }))).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
});

test('errors carry the code of the query protocol in a header', async () => {
  const answer = await sqs.handle({
    method: 'POST',
    path: '/',
    headers: { 'x-amz-target': 'AmazonSQS.GetQueueUrl' },
    body: '{"QueueName":"none"}',
    caller: { accountId: '1', arn: 'arn', accessKeyId: 'k', principalId: 'p', kind: 'user' },
    requestId: 'r',
  });
  expect(answer).toMatchObject({
    status: 400,
    headers: {
      'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender',
      'content-type': 'application/x-amz-json-1.0',
    },
  });
});

test('changing the visibility of what is not in flight is refused', async () => {
  const QueueUrl = await create('q');
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
  const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl }));
  const change = (VisibilityTimeout: number) =>
    client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle, VisibilityTimeout }));
  await change(0);
  await expect(change(5)).rejects.toMatchObject({ name: 'MessageNotInflight' });
});

test('asks the authorizer for the queue, and answers its refusal', async () => {
  const QueueUrl = await create('q');
  host.denyWith((_caller, { action }) => (action === 'sqs:SendMessage' ? 'not allowed here' : undefined));
  await expect(client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }))).rejects.toMatchObject({
    message: expect.stringContaining('not allowed here'),
    $metadata: { httpStatusCode: 403 },
  });
  expect(host.asked.at(-1)?.request).toEqual({
    action: 'sqs:SendMessage',
    resources: [{ type: 'queue', arn: 'arn:aws:sqs:eu-west-1:111122223333:q' }],
  });
  await client.send(new ReceiveMessageCommand({ QueueUrl }));
});

test.each([
  ['an unknown operation', 'AmazonSQS.Nothing', '{}', 'UnknownOperationException'],
  ['a body that is no JSON', 'AmazonSQS.ListQueues', '{', 'SerializationException'],
  ['a missing parameter', 'AmazonSQS.SendMessage', '{"QueueUrl":"x"}', 'MissingRequiredParameterException'],
  ['a parameter of the wrong type', 'AmazonSQS.ListQueues', '{"MaxResults":"x"}', 'InvalidParameterValueException'],
])('refuses %s', async (_name, target, body, type) => {
  const caller = { accountId: '1', arn: 'arn', accessKeyId: 'k', principalId: 'p', kind: 'user' as const };
  const answer = await sqs.handle({
    method: 'POST',
    path: '/',
    headers: { 'x-amz-target': target },
    body,
    caller,
    requestId: 'r',
  });
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body)).toMatchObject({ __type: `com.amazon.coral.service#${type}` });
});
