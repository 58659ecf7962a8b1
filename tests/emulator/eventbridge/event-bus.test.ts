import { beforeEach, describe, expect, test } from 'vitest';
import type { EmulatedEvent } from '../../../src/emulator/core.ts';
import type { Rule } from '../../../src/emulator/eventbridge/event-bus.ts';
import type { Queue } from '../../../src/emulator/sqs/sqs.ts';
import { type BusWorld, createBusWorld, received, rule, ruleArn, to } from './bus-world.ts';

let world: BusWorld;
let host: BusWorld['host'];
let bus: BusWorld['bus'];
let sqs: BusWorld['sqs'];

beforeEach(() => {
  world = createBusWorld();
  ({ host, bus, sqs } = world);
});

const event: BusWorld['event'] = (detail, more) => world.event(detail, more);
const openQueue: BusWorld['openQueue'] = (name, attributes, ruleNames) => world.openQueue(name, attributes, ruleNames);

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
