import { beforeEach, describe, expect, test } from 'vitest';
import type { EmulatedEvent } from '../../../src/emulator/core.ts';
import type { RuleTarget } from '../../../src/emulator/eventbridge/event-bus.ts';
import { type BusWorld, createBusWorld, received, rule, ruleArn, to } from './bus-world.ts';

let world: BusWorld;
let host: BusWorld['host'];
let bus: BusWorld['bus'];
let sqs: BusWorld['sqs'];
let logs: BusWorld['logs'];

beforeEach(() => {
  world = createBusWorld();
  ({ host, bus, sqs, logs } = world);
});

const event: BusWorld['event'] = (detail, more) => world.event(detail, more);
const openQueue: BusWorld['openQueue'] = (name, attributes, ruleNames) => world.openQueue(name, attributes, ruleNames);

describe('delivery to a queue', () => {
  test('brings matching events after the latency, and nothing else', async () => {
    const queue = openQueue('q');
    bus.putRule(rule([to(queue)], { eventPattern: { detail: { n: [1] } } }));
    bus.delivery.latencyMs = 200;
    const wanted = event({ n: 1 });
    bus.put(wanted);
    bus.put(event({ n: 2 }));
    await host.clock.advance(199);
    expect(queue.counts().visible).toBe(0);
    await host.clock.advance(1);
    expect(received(queue)).toEqual([wanted]);
    expect(bus.counts()).toMatchObject({ published: 2, matched: 1, delivered: 1, dropped: 0 });
  });

  test('keeps order within a FIFO group, and takes the group from the event where it is a path', async () => {
    const queue = openQueue('q.fifo', { fifo: true, contentBasedDeduplication: true });
    bus.putRule(rule([to(queue, { messageGroupId: '$.detail.id' })]));
    for (let n = 0; n < 3; n += 1) bus.put(event({ id: 'a', n }));
    await host.clock.advance(100);
    const messages = queue.receive({ max: 10 });
    expect(messages.map(({ body }) => (JSON.parse(body) as EmulatedEvent).detail)).toEqual(
      [0, 1, 2].map((n) => ({ id: 'a', n })),
    );
    expect(messages[0]?.attributes).toMatchObject({ MessageGroupId: 'a' });
  });

  test('goes straight to the dead-letter queue when the queue policy names another rule', async () => {
    const queue = openQueue('q', {}, ['other']);
    const dead = openQueue('dead');
    bus.putRule(rule([to(queue, { deadLetterArn: dead.arn })]));
    const lost = event();
    bus.put(lost);
    await host.clock.advance(100);
    const [message] = dead.receive({ max: 1 });
    expect(JSON.parse(message?.body ?? '')).toEqual(lost);
    const texts = Object.fromEntries(
      Object.entries(message?.messageAttributes ?? {}).map(([name, value]) => [name, value.StringValue]),
    );
    expect(texts).toEqual({
      RULE_ARN: ruleArn('r'),
      TARGET_ARN: queue.arn,
      ERROR_CODE: 'NO_PERMISSIONS',
      ERROR_MESSAGE: expect.stringContaining('does not let events.amazonaws.com'),
      RETRY_ATTEMPTS: '0',
    });
    expect(bus.counts()).toMatchObject({ delivered: 0, retried: 0, deadLettered: 1 });
  });

  test.each<[string, () => RuleTarget]>([
    ['a queue without policy', () => to(sqs.createQueue('closed'))],
    ['a queue that does not exist', () => ({ id: 't', arn: 'arn:aws:sqs:eu-west-1:111122223333:gone' })],
    [
      'a dead-letter queue that may not be used either',
      () => to(sqs.createQueue('closed'), { deadLetterArn: sqs.createQueue('dead').arn }),
    ],
    ['a FIFO queue without content-based deduplication', () => to(openQueue('q.fifo', { fifo: true }), { messageGroupId: 'g' })],
    [
      'a message group that is not in the event',
      () => to(openQueue('q.fifo', { fifo: true, contentBasedDeduplication: true }), { messageGroupId: '$.detail.nothing' }),
    ],
    ['a kind of target nobody registered', () => ({ id: 't', arn: 'arn:aws:sns:eu-west-1:111122223333:topic' })],
  ])('drops and counts what is meant for %s', async (_name, target) => {
    bus.putRule(rule([target()]));
    bus.put(event());
    await host.clock.advance(100);
    expect(bus.counts()).toMatchObject({ matched: 1, delivered: 0, retried: 0, dropped: 1 });
  });
});

describe('imperfect delivery', () => {
  test('delivers a share of events twice', async () => {
    const queue = openQueue('q');
    bus.putRule(rule([to(queue)]));
    bus.delivery.duplicateShare = 1;
    bus.put(event({ n: 1 }));
    await host.clock.advance(100);
    const twice = received(queue);
    expect(twice).toHaveLength(2);
    expect(twice[0]).toEqual(twice[1]);
  });

  test('leaves repeated deliveries to the deduplication of a FIFO queue', async () => {
    const queue = openQueue('q.fifo', { fifo: true, contentBasedDeduplication: true });
    bus.putRule(rule([to(queue, { messageGroupId: 'g' })]));
    bus.delivery.duplicateShare = 1;
    bus.put(event({ n: 1 }));
    bus.put(event({ n: 1 }));
    await host.clock.advance(100);
    expect(bus.counts().delivered).toBe(4);
    expect(queue.counts().visible).toBe(2);
  });

  test('loses only events of best-effort sources', async () => {
    const queue = openQueue('q');
    bus.putRule(rule([to(queue)]));
    bus.delivery.lossShare = 1;
    bus.put(event({}, { source: 'aws.ec2' }));
    bus.put(event({}, { source: 'aws.tag' }));
    bus.put(event({}, { source: 'aws.iam', 'detail-type': 'AWS API Call via CloudTrail' }));
    bus.put(event({}, { source: 'aws.guardduty' }));
    bus.put(event());
    await host.clock.advance(100);
    expect(bus.counts()).toMatchObject({ lost: 3, published: 2, delivered: 2 });
  });

  test('loses order when told to', async () => {
    const queue = openQueue('q');
    bus.putRule(rule([to(queue)]));
    bus.delivery.reorderMs = 1000;
    for (let n = 0; n < 10; n += 1) bus.put(event({ n }));
    await host.clock.advance(2000);
    const order = (received(queue) as EmulatedEvent[]).map(({ detail }) => (detail as { n: number }).n);
    expect(order).not.toEqual(order.toSorted((left, right) => left - right));
    expect(order.toSorted((left, right) => left - right)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('retries', () => {
  /** A Lambda target that fails `failures` times. */
  function flaky(failures: number): { attempts: number[] } {
    const seen: { attempts: number[] } = { attempts: [] };
    bus.registerTarget('lambda', () => {
      seen.attempts.push(host.clock.now());
      return seen.attempts.length <= failures
        ? { delivered: false, code: 'THROTTLING', message: 'busy', retryable: true }
        : { delivered: true };
    });
    return seen;
  }
  const lambda: RuleTarget = { id: 'f', arn: 'arn:aws:lambda:eu-west-1:111122223333:function:f' };

  test('back off, growing, until the target takes the event', async () => {
    const { attempts } = flaky(4);
    bus.putRule(rule([lambda]));
    bus.put(event());
    await host.clock.advance(60_000);
    expect(attempts).toHaveLength(5);
    const waits = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(500 * 2 ** index);
      expect(wait).toBeLessThanOrEqual(1000 * 2 ** index);
    }
    expect(bus.counts()).toMatchObject({ retried: 4, delivered: 1 });
  });

  test('end in the dead-letter queue after MaximumRetryAttempts', async () => {
    flaky(99);
    const dead = openQueue('dead');
    bus.putRule(rule([{ ...lambda, retryPolicy: { maximumRetryAttempts: 2 }, deadLetterArn: dead.arn }]));
    bus.put(event());
    await host.clock.advance(60_000);
    expect(dead.receive({ max: 1 })[0]?.messageAttributes).toMatchObject({
      EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumRetryAttempts' },
      RETRY_ATTEMPTS: { StringValue: '2' },
      ERROR_CODE: { StringValue: 'THROTTLING' },
    });
  });

  test('end when the event is older than MaximumEventAgeInSeconds', async () => {
    const { attempts } = flaky(99);
    const dead = openQueue('dead');
    bus.putRule(rule([{ ...lambda, retryPolicy: { maximumEventAgeSeconds: 60 }, deadLetterArn: dead.arn }]));
    bus.put(event());
    await host.clock.advance(600_000);
    expect((attempts.at(-1) ?? 0) - (attempts[0] ?? 0)).toBeLessThanOrEqual(60_000);
    expect(dead.receive({ max: 1 })[0]?.messageAttributes).toMatchObject({
      EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumEventAgeInSeconds' },
    });
  });
});

describe('delivery to a log group', () => {
  const target: RuleTarget = { id: 'l', arn: 'arn:aws:logs:eu-west-1:111122223333:log-group:/audit' };
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] },
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: 'arn:aws:logs:eu-west-1:111122223333:log-group:/audit:*',
      },
    ],
  };

  test('writes each event as a log event', async () => {
    logs.createLogGroup('/audit');
    logs.putResourcePolicy('events', policy);
    bus.putRule(rule([target]));
    const written = event({ n: 1 });
    bus.put(written);
    await host.clock.advance(100);
    expect(logs.read('/audit').map(({ message }): unknown => JSON.parse(message))).toEqual([written]);
  });

  test('fails without a resource policy of CloudWatch Logs', async () => {
    logs.createLogGroup('/audit');
    bus.putRule(rule([target]));
    bus.put(event());
    await host.clock.advance(100);
    expect(logs.read('/audit')).toEqual([]);
    expect(bus.counts()).toMatchObject({ delivered: 0, dropped: 1 });
  });

  test('takes timestamp and message of an input transformer', async () => {
    logs.createLogGroup('/audit');
    logs.putResourcePolicy('events', policy);
    const inputTransformer = {
      inputPathsMap: { time: '$.time', n: '$.detail.n' },
      inputTemplate: '{"timestamp": <time>, "message": "n is <n>"}',
    };
    bus.putRule(rule([{ ...target, inputTransformer }]));
    bus.put(event({ n: 7 }));
    await host.clock.advance(100);
    expect(logs.read('/audit')).toMatchObject([{ timestamp: Date.parse('2026-11-23T02:40:00Z'), message: 'n is 7' }]);
  });
});
