import { beforeEach, describe, expect, test } from 'vitest';
import type { EmulatedEvent } from '../../../src/emulator/core.ts';
import { createEventBus, type EventBus, type Rule, type RuleTarget } from '../../../src/emulator/eventbridge/event-bus.ts';
import { createLogs, type Logs } from '../../../src/emulator/logs/logs.ts';
import { createSqs, type Queue, type QueueAttributes, type Sqs } from '../../../src/emulator/sqs/sqs.ts';
import { createTestHost, type TestHost } from '../test-host.ts';

let host: TestHost;
let sqs: Sqs;
let logs: Logs;
let bus: EventBus;

beforeEach(() => {
  host = createTestHost();
  sqs = createSqs(host, { endpoint: () => 'http://emulator.invalid' });
  logs = createLogs(host);
  bus = createEventBus(host, { sqs, logs });
});

const ruleArn = (name: string): string => `arn:aws:events:eu-west-1:111122223333:rule/${name}`;

function event(detail: Record<string, unknown> = {}, more: Partial<EmulatedEvent> = {}): EmulatedEvent {
  const base = {
    version: '0' as const,
    'detail-type': 'Test',
    source: 'app',
    account: '111122223333',
    time: '2026-11-23T02:40:00Z',
  };
  return { ...base, id: host.newUuid(), region: 'eu-west-1', resources: [], detail, ...more };
}

function rule(targets: readonly RuleTarget[], more: Partial<Rule> = {}): Rule {
  return { name: 'r', arn: ruleArn('r'), state: 'ENABLED', eventPattern: { source: [{ prefix: '' }] }, targets, ...more };
}

/** A queue that rules `names` may send to. */
function openQueue(name: string, attributes: Partial<QueueAttributes> = {}, names: readonly string[] = ['r']): Queue {
  const queue = sqs.createQueue(name, attributes);
  sqs.setPolicy(queue.arn, {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queue.arn,
        Condition: { ArnEquals: { 'aws:SourceArn': names.map(ruleArn) } },
      },
    ],
  });
  return queue;
}

const to = (queue: Queue, more: Partial<RuleTarget> = {}): RuleTarget => ({ id: 't', arn: queue.arn, ...more });
const received = (queue: Queue): unknown[] => queue.receive({ max: 10 }).map(({ body }): unknown => JSON.parse(body));

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

describe('rules', () => {
  test('that are disabled match nothing', async () => {
    const queue = openQueue('q');
    bus.putRule(rule([to(queue)], { state: 'DISABLED' }));
    bus.put(event());
    await host.clock.advance(100);
    expect(bus.counts().matched).toBe(0);
  });

  test('get read-only CloudTrail events only when they ask for all management events', async () => {
    const queue = openQueue('q', {}, ['plain', 'all']);
    const eventPattern = { 'detail-type': ['AWS API Call via CloudTrail'] };
    bus.putRule(rule([to(queue)], { name: 'plain', arn: ruleArn('plain'), eventPattern }));
    bus.putRule(
      rule([to(queue)], {
        name: 'all',
        arn: ruleArn('all'),
        eventPattern,
        state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      }),
    );
    const call = (readOnly: boolean): EmulatedEvent => event({ readOnly }, { 'detail-type': 'AWS API Call via CloudTrail' });
    bus.put(call(true));
    expect(bus.counts().matched).toBe(1);
    bus.put(call(false));
    expect(bus.counts().matched).toBe(3);
  });

  test('with a schedule get a Scheduled Event each time, until they are removed', async () => {
    const queue = openQueue('q');
    const { eventPattern: _none, ...scheduled } = rule([to(queue)], { scheduleExpression: 'rate(5 minutes)' });
    bus.putRule(scheduled);
    await host.clock.advance(10 * 60_000 + 100);
    expect(received(queue)).toMatchObject([
      {
        source: 'aws.events',
        'detail-type': 'Scheduled Event',
        time: '2026-11-23T02:45:00Z',
        resources: [ruleArn('r')],
        detail: {},
      },
      { time: '2026-11-23T02:50:00Z' },
    ]);
    bus.removeRule('r');
    await host.clock.advance(30 * 60_000);
    expect(bus.counts().delivered).toBe(2);
  });

  test('replaced in between keep no old schedule', async () => {
    const queue = openQueue('q');
    const { eventPattern: _none, ...scheduled } = rule([to(queue)], { scheduleExpression: 'rate(1 minute)' });
    bus.putRule(scheduled);
    bus.putRule({ ...scheduled, scheduleExpression: 'rate(1 hour)' });
    await host.clock.advance(3_600_000 + 100);
    expect(bus.counts().delivered).toBe(1);
  });

  test.each<[string, (queue: Queue) => Rule, string]>([
    [
      'without pattern and schedule',
      () => ({ name: 'r', arn: ruleArn('r'), state: 'ENABLED', targets: [] }),
      'EventPattern or ScheduleExpression',
    ],
    ['with a bad name', () => rule([], { name: 'a b' }), "'a b'"],
    ['with six targets', (queue) => rule([1, 2, 3, 4, 5, 6].map((n) => to(queue, { id: `t${n}` }))), 'maximum number'],
    ['with a FIFO target that has no group', (queue) => rule([to(queue)]), 'MessageGroupId must be specified'],
    [
      'with a FIFO dead-letter queue',
      (queue) => rule([to(queue, { messageGroupId: 'g', deadLetterArn: queue.arn })]),
      'must be a standard queue',
    ],
    [
      'with too many retries',
      (queue) => rule([to(queue, { messageGroupId: 'g', retryPolicy: { maximumRetryAttempts: 186 } })]),
      '0 to 185',
    ],
    ['with a pattern that is too long', () => rule([], { eventPattern: { a: ['x'.repeat(2048)] } }), 'at most 2048'],
  ])('are refused %s', (_name, make, message) => {
    const fifo = sqs.createQueue('q.fifo', { fifo: true, contentBasedDeduplication: true });
    expect(() => bus.putRule(make(fifo))).toThrow(message);
    expect(bus.rules()).toEqual([]);
  });
});

test('listeners see every event on the bus, and none after stopping', () => {
  const seen: string[] = [];
  const stop = bus.onEvent(({ id }) => seen.push(id));
  const first = event();
  bus.put(first);
  stop();
  bus.put(event());
  expect(seen).toEqual([first.id]);
});
