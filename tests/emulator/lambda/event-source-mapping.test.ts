import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../src/emulator/core.ts';
import { failedMessages } from '../../../src/emulator/lambda/batch-response.ts';
import { createEventSourceMapping, type EventSourceMappingConfig } from '../../../src/emulator/lambda/event-source-mapping.ts';
import { createSqs } from '../../../src/emulator/sqs/sqs.ts';
import { createTestHost, testUser } from '../test-host.ts';

interface Batch {
  readonly bodies: string[];
  readonly ids: string[];
  readonly event: { readonly Records: readonly Record<string, unknown>[] };
  readonly at: number;
}

/** What the function does with a batch; its result is the answer. */
type Behaviour = (batch: Batch) => unknown;

const FAIL = new Error('the function failed');

function setUp(options: {
  fifo?: boolean;
  maxReceiveCount?: number;
  mapping?: Partial<EventSourceMappingConfig>;
  does?: Behaviour;
}) {
  const host = createTestHost();
  const sqs = createSqs(host, { endpoint: () => 'http://127.0.0.1:1' });
  const fifo = options.fifo ?? false;
  const suffix = fifo ? '.fifo' : '';
  const dead = sqs.createQueue(`dead${suffix}`, { fifo });
  const { maxReceiveCount } = options;
  const redrive = maxReceiveCount === undefined ? {} : { redrive: { deadLetterArn: dead.arn, maxReceiveCount } };
  const queue = sqs.createQueue(`work${suffix}`, {
    fifo,
    contentBasedDeduplication: fifo,
    visibilityTimeoutSeconds: 60,
    ...redrive,
  });
  const batches: Batch[] = [];
  const start = host.clock.now();
  let does: Behaviour = options.does ?? (() => null);
  let running = 0;
  let mostRunning = 0;
  const connect = () =>
    createEventSourceMapping(
      host,
      {
        queue,
        functionArn: 'arn:aws:lambda:eu-west-1:1:function:fn',
        functionTimeoutSeconds: 10,
        caller: testUser,
        ...options.mapping,
      },
      async (payload) => {
        const event: Batch['event'] = JSON.parse(payload);
        const batch = {
          bodies: event.Records.map(({ body }) => String(body)),
          ids: event.Records.map(({ messageId }) => String(messageId)),
          event,
          at: host.clock.now() - start,
        };
        batches.push(batch);
        running += 1;
        mostRunning = Math.max(mostRunning, running);
        try {
          const answer = await does(batch);
          return answer === FAIL
            ? { payload: '{"errorType":"Error"}', functionError: 'Unhandled' }
            : { payload: JSON.stringify(answer) };
        } finally {
          running -= 1;
        }
      },
    );
  return {
    host,
    queue,
    dead,
    batches,
    connect,
    send: (...bodies: string[]) => {
      for (const body of bodies) queue.send({ body, ...(fifo ? { groupId: body.split(':')[0] ?? '' } : {}) });
    },
    bodies: () => batches.map((batch) => batch.bodies),
    nowDoes: (next: Behaviour) => {
      does = next;
    },
    mostRunning: () => mostRunning,
  };
}

const reportFailures =
  (isBad: (body: string) => boolean): Behaviour =>
  ({ bodies, ids }) => ({
    batchItemFailures: ids.filter((_, index) => isBad(bodies[index] ?? '')).map((itemIdentifier) => ({ itemIdentifier })),
  });

describe('an event source mapping on a standard queue', () => {
  it('delivers records in the documented shape and deletes them', async () => {
    const { connect, send, batches, queue, host } = setUp({});
    connect();
    send('hello');
    await host.clock.advance(0);
    expect(batches[0]?.event.Records).toEqual([
      {
        messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        receiptHandle: expect.any(String),
        body: 'hello',
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: expect.stringMatching(/^\d{13}$/),
          SenderId: expect.any(String),
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        },
        messageAttributes: {},
        md5OfBody: '5d41402abc4b2a76b9719d911017c592',
        eventSource: 'aws:sqs',
        eventSourceARN: queue.arn,
        awsRegion: 'eu-west-1',
      },
    ]);
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('takes what was there before it, ten at a time', async () => {
    const { connect, send, batches, host } = setUp({});
    send(...Array.from({ length: 23 }, (_, index) => String(index)));
    const mapping = connect();
    await host.clock.advance(0);
    expect(batches.map(({ bodies }) => bodies.length)).toEqual([10, 10, 3]);
    expect(mapping.counts()).toMatchObject({ batches: 3, deleted: 23, failedBatches: 0 });
  });

  it('brings a failed batch back whole after the visibility timeout', async () => {
    const { connect, send, host, nowDoes, bodies, queue } = setUp({ does: () => FAIL });
    connect();
    send('a');
    send('b');
    await host.clock.advance(59_999);
    expect(bodies()).toEqual([['a', 'b']]);
    nowDoes(() => null);
    await host.clock.advance(1);
    expect(bodies().slice(1).flat().sort()).toEqual(['a', 'b']);
    expect(queue.counts()).toMatchObject({ visible: 0, inFlight: 0 });
  });

  it('brings back only the messages reported as failed', async () => {
    const { connect, send, host, bodies, queue } = setUp({
      mapping: { reportBatchItemFailures: true },
      does: reportFailures((body) => body === 'bad'),
    });
    connect();
    send('good', 'bad', 'fine');
    await host.clock.advance(0);
    expect(queue.counts()).toMatchObject({ inFlight: 1 });
    await host.clock.advance(60_000);
    expect(bodies()).toEqual([['good', 'bad', 'fine'], ['bad']]);
  });

  it('ignores a report of failures when the mapping does not ask for one', async () => {
    const { connect, send, host, queue } = setUp({ does: reportFailures(() => true) });
    connect();
    send('a');
    await host.clock.advance(0);
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('moves a poison message to the dead-letter queue while the others are done', async () => {
    const { connect, send, host, bodies, dead } = setUp({
      maxReceiveCount: 3,
      mapping: { reportBatchItemFailures: true },
      does: reportFailures((body) => body === 'poison'),
    });
    connect();
    send('poison', 'good');
    await host.clock.advance(600_000);
    expect(bodies()).toEqual([['poison', 'good'], ['poison'], ['poison']]);
    expect(dead.receive({ max: 10 }).map(({ body }) => body)).toEqual(['poison']);
  });

  it('waits for the batching window, or for a full batch', async () => {
    const { connect, send, host, batches } = setUp({ mapping: { batchSize: 20, maximumBatchingWindowSeconds: 5 } });
    connect();
    send('first');
    await host.clock.advance(3000);
    send('second');
    await host.clock.advance(1999);
    expect(batches).toEqual([]);
    await host.clock.advance(1);
    expect(batches.map(({ bodies, at }) => [bodies.length, at])).toEqual([[2, 5000]]);
    send(...Array.from({ length: 20 }, (_, index) => `m${index}`));
    await host.clock.advance(0);
    expect(batches.map(({ bodies, at }) => [bodies.length, at])).toEqual([
      [2, 5000],
      [20, 5000],
    ]);
  });

  it('keeps to its maximum concurrency and loses no wake-up at the limit', async () => {
    const release: (() => void)[] = [];
    const { connect, send, host, batches, mostRunning, queue } = setUp({
      mapping: { batchSize: 1, maximumConcurrency: 2 },
      does: () => new Promise((resolve) => release.push(() => resolve(null))),
    });
    const mapping = connect();
    send('a', 'b', 'c', 'd', 'e');
    await host.clock.advance(0);
    expect(batches).toHaveLength(2);
    for (let done = 0; done < 5; done += 1) {
      release.shift()?.();
      await host.clock.advance(0);
    }
    await mapping.idle();
    expect(batches.map(({ bodies }) => bodies[0])).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(mostRunning()).toBe(2);
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('tries a throttled invocation again with growing pauses', async () => {
    let refusals = 2;
    const { connect, send, host, batches, queue } = setUp({
      does: () => {
        if (refusals-- > 0) throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
        return null;
      },
    });
    const mapping = connect();
    send('a');
    await host.clock.advance(10_000);
    expect(batches.map(({ at }) => at)).toEqual([0, 1000, 3000]);
    expect(mapping.counts()).toMatchObject({ batches: 1, throttled: 2, deleted: 1 });
    expect(queue.counts()).toMatchObject({ inFlight: 0 });
  });

  it('drops messages that no filter pattern matches', async () => {
    const { connect, send, host, bodies, queue } = setUp({ mapping: { filterPatterns: [{ body: { kind: ['want'] } }] } });
    const mapping = connect();
    send('{"kind":"other"}', '{"kind":"want"}', 'text');
    await host.clock.advance(0);
    expect(bodies()).toEqual([['{"kind":"want"}']]);
    expect(mapping.counts()).toMatchObject({ filtered: 2, deleted: 1 });
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('takes nothing when disabled, and nothing more once stopped', async () => {
    const disabled = setUp({ mapping: { enabled: false } });
    disabled.connect();
    disabled.send('a');
    await disabled.host.clock.advance(0);
    expect(disabled.batches).toEqual([]);
    const stopped = setUp({});
    await stopped.connect().stop();
    stopped.send('a');
    await stopped.host.clock.advance(0);
    expect(stopped.batches).toEqual([]);
    expect(stopped.queue.counts()).toMatchObject({ visible: 1 });
  });
});

describe('an event source mapping on a FIFO queue', () => {
  it('delivers the messages of a group in order, one batch at a time, beside other groups', async () => {
    const release: (() => void)[] = [];
    const { connect, send, host, bodies } = setUp({
      fifo: true,
      does: () => new Promise((resolve) => release.push(() => resolve(null))),
    });
    connect();
    send('g1:a');
    await host.clock.advance(0);
    send('g1:b', 'g2:x', 'g1:c');
    await host.clock.advance(0);
    expect(bodies()).toEqual([['g1:a'], ['g2:x']]);
    release.shift()?.();
    await host.clock.advance(0);
    expect(bodies()).toEqual([['g1:a'], ['g2:x'], ['g1:b', 'g1:c']]);
  });

  it('holds a group back behind a failed message until it comes back', async () => {
    const { connect, send, host, bodies, nowDoes } = setUp({
      fifo: true,
      mapping: { reportBatchItemFailures: true },
      // As a function must on a FIFO queue: the first failure and everything after it.
      does: ({ ids }) => ({ batchItemFailures: ids.slice(1).map((itemIdentifier) => ({ itemIdentifier })) }),
    });
    connect();
    send('g:1', 'g:2', 'g:3');
    await host.clock.advance(0);
    expect(bodies()).toEqual([['g:1', 'g:2', 'g:3']]);
    send('g:4');
    await host.clock.advance(59_000);
    expect(bodies()).toHaveLength(1);
    nowDoes(() => null);
    await host.clock.advance(1000);
    expect(bodies().slice(1).flat()).toEqual(['g:2', 'g:3', 'g:4']);
  });

  it('moves on after a poison message went to the dead-letter queue', async () => {
    const { connect, send, host, bodies, dead } = setUp({
      fifo: true,
      maxReceiveCount: 2,
      mapping: { reportBatchItemFailures: true, batchSize: 1 },
      does: reportFailures((body) => body === 'g:poison'),
    });
    connect();
    send('g:poison', 'g:next');
    await host.clock.advance(600_000);
    expect(bodies()).toEqual([['g:poison'], ['g:poison'], ['g:next']]);
    expect(dead.receive({ max: 10 }).map(({ body }) => body)).toEqual(['g:poison']);
  });
});

describe('the answer under ReportBatchItemFailures', () => {
  const ids = ['m1', 'm2'];
  it.each([
    ['null', []],
    ['{}', []],
    ['{"batchItemFailures":null}', []],
    ['{"batchItemFailures":[]}', []],
    ['{"batchItemFailures":[{"itemIdentifier":"m2"}]}', ['m2']],
    ['{"batchItemFailures":[{"itemIdentifier":"m3"}]}', ids],
    ['{"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m3"}]}', ids],
    ['{"batchItemFailures":[{"itemIdentifier":""}]}', ids],
    ['{"batchItemFailures":[{"itemIdentifier":null}]}', ids],
    ['{"batchItemFailures":[{"itemId":"m1"}]}', ids],
    ['{"batchItemFailures":"m1"}', ids],
    ['"ok"', ids],
    ['not json', ids],
  ])('%s fails %j', (payload, failed) => {
    expect([...failedMessages(payload, ids)]).toEqual(failed);
  });
});

describe('a mapping Lambda would refuse', () => {
  it.each<[string, boolean, Partial<EventSourceMappingConfig>, string]>([
    ['a batch of zero', false, { batchSize: 0 }, 'BatchSize'],
    ['a FIFO batch above ten', true, { batchSize: 11 }, 'BatchSize'],
    ['a large batch without a window', false, { batchSize: 11 }, 'greater than 0'],
    ['a window on a FIFO queue', true, { maximumBatchingWindowSeconds: 1 }, 'FIFO'],
    ['a window of ten minutes', false, { maximumBatchingWindowSeconds: 600 }, '0 to 300'],
    ['a concurrency of one', false, { maximumConcurrency: 1 }, '2 to 1000'],
    ['a visibility timeout below the function timeout', false, { functionTimeoutSeconds: 61 }, 'less than Function timeout'],
  ])('refuses %s', (_, fifo, mapping, message) => {
    expect(() => setUp({ fifo, mapping }).connect()).toThrow(message);
  });

  it('refuses a role that may not take from the queue', () => {
    const world = setUp({});
    world.host.denyWith((_, { action }) => (action === 'sqs:DeleteMessage' ? 'denied' : undefined));
    expect(() => world.connect()).toThrow('does not have permissions to call DeleteMessage on SQS');
  });
});
