import { beforeEach, describe, expect, test } from 'vitest';
import { createSqs, type Queue, type QueueAttributes, type Sqs } from '../../../src/emulator/sqs/sqs.ts';
import { createTestHost, type TestHost } from '../test-host.ts';

let host: TestHost;
let sqs: Sqs;

beforeEach(() => {
  host = createTestHost();
  sqs = createSqs(host, { endpoint: () => 'http://emulator.invalid' });
});

const seconds = (count: number): Promise<void> => host.clock.advance(count * 1000);
const fifo = (attributes: Partial<QueueAttributes> = {}): Queue =>
  sqs.createQueue('q.fifo', { fifo: true, contentBasedDeduplication: true, ...attributes });
const bodies = (queue: Queue, max = 10): string[] => queue.receive({ max }).map(({ body }) => body);

describe('standard queue', () => {
  test('hands out a message once until its visibility timeout is over, then again', async () => {
    const queue = sqs.createQueue('q', { visibilityTimeoutSeconds: 5 });
    queue.send({ body: 'a' });
    expect(queue.receive({ max: 1 })[0]?.attributes).toMatchObject({ ApproximateReceiveCount: '1' });
    expect(bodies(queue)).toEqual([]);
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    await seconds(4.999);
    expect(bodies(queue)).toEqual([]);
    await seconds(0.001);
    expect(queue.receive({ max: 1 })[0]?.attributes).toMatchObject({
      ApproximateReceiveCount: '2',
      SentTimestamp: String(Date.UTC(2026, 10, 23, 2, 40)),
      ApproximateFirstReceiveTimestamp: String(Date.UTC(2026, 10, 23, 2, 40)),
    });
  });

  test('forgets a deleted message, and takes deleting it again for success', async () => {
    const queue = sqs.createQueue('q');
    queue.send({ body: 'a' });
    const [message] = queue.receive({ max: 1 });
    queue.delete(message?.receiptHandle ?? '');
    queue.delete(message?.receiptHandle ?? '');
    await seconds(60);
    expect(bodies(queue)).toEqual([]);
  });

  test('does not delete by the handle of an earlier receive', async () => {
    const queue = sqs.createQueue('q', { visibilityTimeoutSeconds: 1 });
    queue.send({ body: 'a' });
    const [first] = queue.receive({ max: 1 });
    await seconds(1);
    queue.receive({ max: 1 });
    queue.delete(first?.receiptHandle ?? '');
    await seconds(1);
    expect(bodies(queue)).toEqual(['a']);
  });

  test('holds delayed messages back, by queue or by message', async () => {
    const queue = sqs.createQueue('q', { delaySeconds: 10 });
    queue.send({ body: 'late' });
    queue.send({ body: 'now', delaySeconds: 0 });
    expect(queue.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 1 });
    expect(bodies(queue)).toEqual(['now']);
    await seconds(10);
    expect(bodies(queue)).toEqual(['late']);
  });

  test('changes the visibility timeout of a message in flight', async () => {
    const queue = sqs.createQueue('q', { visibilityTimeoutSeconds: 10 });
    queue.send({ body: 'a' });
    const [message] = queue.receive({ max: 1 });
    queue.changeVisibility(message?.receiptHandle ?? '', 100);
    await seconds(50);
    expect(bodies(queue)).toEqual([]);
    queue.changeVisibility(message?.receiptHandle ?? '', 0);
    expect(bodies(queue)).toEqual(['a']);
    expect(() => queue.changeVisibility(message?.receiptHandle ?? '', 5)).toThrow(
      expect.objectContaining({ code: 'MessageNotInflight' }),
    );
  });

  test('drops messages when retention is over, also those in flight', async () => {
    const queue = sqs.createQueue('q', { messageRetentionSeconds: 60, visibilityTimeoutSeconds: 3600 });
    queue.send({ body: 'old' });
    queue.send({ body: 'taken' });
    queue.receive({ max: 1 });
    await seconds(30);
    queue.send({ body: 'new' });
    await seconds(30);
    expect(queue.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
    expect(bodies(queue)).toEqual(['new']);
  });

  test('purges', () => {
    const queue = sqs.createQueue('q');
    for (const body of ['a', 'b', 'c']) queue.send({ body });
    queue.receive({ max: 1 });
    queue.purge();
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });
});

describe('FIFO queue', () => {
  test('keeps order within a group and gives several of one group in one call', () => {
    const queue = fifo();
    for (const body of ['a1', 'b1', 'a2', 'b2', 'a3']) queue.send({ body, groupId: body.charAt(0) });
    expect(bodies(queue, 2)).toEqual(['a1', 'a2']);
    expect(bodies(queue, 10)).toEqual(['b1', 'b2']);
  });

  test('gives nothing of a group while one of its messages is in flight', async () => {
    const queue = fifo({ visibilityTimeoutSeconds: 30 });
    for (const body of ['1', '2', '3']) queue.send({ body, groupId: 'g' });
    const [first, second] = queue.receive({ max: 2 });
    expect(bodies(queue)).toEqual([]);
    queue.delete(first?.receiptHandle ?? '');
    expect(bodies(queue)).toEqual([]);
    queue.delete(second?.receiptHandle ?? '');
    expect(bodies(queue)).toEqual(['3']);
  });

  test('gives a message whose visibility timeout ended before those behind it', async () => {
    const queue = fifo({ visibilityTimeoutSeconds: 30 });
    for (const body of ['1', '2', '3']) queue.send({ body, groupId: 'g' });
    const [, second] = queue.receive({ max: 2 });
    queue.delete(second?.receiptHandle ?? '');
    await seconds(30);
    expect(bodies(queue)).toEqual(['1', '3']);
  });

  test('serves groups in turn', () => {
    const queue = fifo();
    for (const body of ['a1', 'a2', 'b1', 'b2']) queue.send({ body, groupId: body.charAt(0) });
    const [first] = queue.receive({ max: 1 });
    queue.delete(first?.receiptHandle ?? '');
    expect(bodies(queue, 1)).toEqual(['b1']);
  });

  test('refuses to delete by a handle whose visibility timeout is over', async () => {
    const queue = fifo({ visibilityTimeoutSeconds: 1 });
    queue.send({ body: 'a', groupId: 'g' });
    const [message] = queue.receive({ max: 1 });
    await seconds(1);
    expect(() => queue.delete(message?.receiptHandle ?? '')).toThrow('The receipt handle has expired');
    expect(bodies(queue)).toEqual(['a']);
  });

  test('answers a duplicate within five minutes with the first message, and delivers it once', async () => {
    const queue = fifo();
    const first = queue.send({ body: 'same', groupId: 'g' });
    await seconds(299);
    expect(queue.send({ body: 'same', groupId: 'other' })).toEqual(first);
    await seconds(1);
    expect(queue.send({ body: 'same', groupId: 'g' }).messageId).not.toBe(first.messageId);
    expect(bodies(queue)).toEqual(['same', 'same']);
  });

  test('remembers a duplicate also after the first message was deleted', () => {
    const queue = fifo();
    queue.send({ body: 'same', groupId: 'g' });
    queue.delete(queue.receive({ max: 1 })[0]?.receiptHandle ?? '');
    queue.send({ body: 'same', groupId: 'g' });
    expect(bodies(queue)).toEqual([]);
  });

  test('deduplicates per message group when told to', () => {
    const queue = fifo({ deduplicationScope: 'messageGroup' });
    queue.send({ body: 'same', groupId: 'a' });
    queue.send({ body: 'same', groupId: 'b' });
    queue.send({ body: 'same', groupId: 'b' });
    expect(bodies(queue)).toEqual(['same', 'same']);
  });

  test('numbers messages in growing order', () => {
    const queue = fifo();
    const numbers = ['a', 'b', 'c'].map((body) => queue.send({ body, groupId: 'g' }).sequenceNumber ?? '');
    expect(numbers.toSorted()).toEqual(numbers);
    expect(new Set(numbers.map((number) => number.length))).toEqual(new Set([20]));
  });

  test('holds a group behind a delayed message', async () => {
    const queue = fifo({ delaySeconds: 5 });
    queue.send({ body: '1', groupId: 'g' });
    await seconds(3);
    queue.send({ body: '2', groupId: 'g' });
    await seconds(2);
    expect(bodies(queue)).toEqual(['1']);
  });
});

describe('redrive', () => {
  test('moves a message that was received maxReceiveCount times, and goes on with the next of its group', async () => {
    const dead = sqs.createQueue('dead.fifo', { fifo: true });
    const queue = fifo({ visibilityTimeoutSeconds: 1, redrive: { deadLetterArn: dead.arn, maxReceiveCount: 2 } });
    queue.send({ body: 'poison', groupId: 'g' });
    queue.send({ body: 'good', groupId: 'g' });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(bodies(queue, 1)).toEqual(['poison']);
      await seconds(1);
    }
    expect(bodies(queue)).toEqual(['good']);
    const [moved] = dead.receive({ max: 1 });
    expect(moved).toMatchObject({
      body: 'poison',
      attributes: { DeadLetterQueueSourceArn: queue.arn, MessageGroupId: 'g', ApproximateReceiveCount: '3' },
    });
  });

  test('lets retention on a standard dead-letter queue count from the first sending', async () => {
    const dead = sqs.createQueue('dead', { messageRetentionSeconds: 120 });
    const queue = sqs.createQueue('q', {
      visibilityTimeoutSeconds: 100,
      redrive: { deadLetterArn: dead.arn, maxReceiveCount: 1 },
    });
    queue.send({ body: 'a' });
    queue.receive({ max: 1 });
    await seconds(100);
    expect(bodies(queue)).toEqual([]);
    expect(dead.counts().visible).toBe(1);
    await seconds(20);
    expect(dead.counts().visible).toBe(0);
  });

  test('is refused to a queue that is missing or of the other kind', () => {
    const plain = sqs.createQueue('plain');
    expect(() => fifo({ redrive: { deadLetterArn: plain.arn, maxReceiveCount: 3 } })).toThrow('must be same type');
    expect(() => fifo({ redrive: { deadLetterArn: `${plain.arn}x`, maxReceiveCount: 3 } })).toThrow('does not exist');
    expect(() => sqs.createQueue('r', { redrive: { deadLetterArn: plain.arn, maxReceiveCount: 0 } })).toThrow('1 to 1000');
  });
});

describe('onReceivable', () => {
  test('tells of arrivals, ended delays and visibility timeouts, and freed groups, and of nothing else', async () => {
    const queue = fifo({ visibilityTimeoutSeconds: 10, delaySeconds: 1 });
    const at: number[] = [];
    const start = host.clock.now();
    const stop = queue.onReceivable(() => at.push((host.clock.now() - start) / 1000));
    queue.send({ body: '1', groupId: 'g' });
    await seconds(1);
    expect(at).toEqual([1]);
    const [first] = queue.receive({ max: 1 });
    queue.send({ body: '2', groupId: 'g' });
    await seconds(4);
    expect(at).toEqual([1]);
    queue.delete(first?.receiptHandle ?? '');
    await seconds(0);
    expect(at).toEqual([1, 5]);
    queue.receive({ max: 1 });
    await seconds(10);
    expect(at).toEqual([1, 5, 15]);
    stop();
    queue.send({ body: '3', groupId: 'h' });
    await seconds(5);
    expect(at).toEqual([1, 5, 15]);
  });

  test('never calls within the call that caused it, and once for many arrivals', async () => {
    const queue = sqs.createQueue('q');
    let calls = 0;
    queue.onReceivable(() => {
      calls += 1;
    });
    for (const body of ['a', 'b', 'c']) queue.send({ body });
    expect(calls).toBe(0);
    await seconds(0);
    expect(calls).toBe(1);
  });
});

test('finds a queue by name, ARN and URL', () => {
  const queue = sqs.createQueue('q');
  expect(queue.arn).toBe('arn:aws:sqs:eu-west-1:111122223333:q');
  expect(queue.url).toBe('http://emulator.invalid/111122223333/q');
  for (const reference of [queue.name, queue.arn, queue.url]) expect(sqs.queue(reference)).toBe(queue);
  sqs.deleteQueue(queue.arn);
  expect(sqs.queue('q')).toBeUndefined();
});
