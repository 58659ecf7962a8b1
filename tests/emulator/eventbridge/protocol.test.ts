import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { beforeEach, describe, expect, test } from 'vitest';
import type { EmulatedEvent } from '../../../src/emulator/core.ts';
import { createEventBus, type EventBus } from '../../../src/emulator/eventbridge/event-bus.ts';
import { createLogs } from '../../../src/emulator/logs/logs.ts';
import { createSqs } from '../../../src/emulator/sqs/sqs.ts';
import { inProcess } from '../front/in-process-handler.ts';
import { createTestHost, type TestHost } from '../test-host.ts';

let host: TestHost;
let bus: EventBus;
let client: EventBridgeClient;
let seen: EmulatedEvent[];

beforeEach(() => {
  host = createTestHost();
  const sqs = createSqs(host, { endpoint: () => 'http://emulator.invalid' });
  bus = createEventBus(host, { sqs, logs: createLogs(host) });
  seen = [];
  bus.onEvent((event) => seen.push(event));
  client = new EventBridgeClient(inProcess(bus));
});

const entry = (more: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  Source: 'automirror',
  DetailType: 'Sweep Requested',
  Detail: '{"a":1}',
  ...more,
});
const put = (...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries }));

describe('PutEvents', () => {
  test('puts an event on the bus with what the caller gave and what the account adds', async () => {
    const { Entries, FailedEntryCount } = await put(
      entry({ Time: new Date('2026-11-23T01:02:03.900Z'), Resources: ['arn:x'] }),
      entry(),
    );
    expect(FailedEntryCount).toBe(0);
    expect(seen).toEqual([
      {
        version: '0',
        id: Entries?.[0]?.EventId,
        'detail-type': 'Sweep Requested',
        source: 'automirror',
        account: '111122223333',
        time: '2026-11-23T01:02:03Z',
        region: 'eu-west-1',
        resources: ['arn:x'],
        detail: { a: 1 },
      },
      expect.objectContaining({ time: '2026-11-23T02:40:00Z', resources: [] }),
    ]);
  });

  test.each<[string, Partial<PutEventsRequestEntry>]>([
    ['NotAuthorizedForSourceException', { Source: 'aws.ec2' }],
    ['MalformedDetail', { Detail: 'text' }],
    ['MalformedDetail', { Detail: '[1]' }],
    ['InvalidArgument', { Source: '' }],
    ['InvalidArgument', { DetailType: undefined }],
    ['InvalidArgument', { Detail: undefined }],
  ])('answers %s for one entry and takes its neighbour', async (code, broken) => {
    const { Entries, FailedEntryCount } = await put(entry(broken), entry());
    expect(FailedEntryCount).toBe(1);
    expect(Entries).toMatchObject([{ ErrorCode: code }, { EventId: expect.stringMatching(/-/) }]);
    expect(seen).toHaveLength(1);
  });

  test('drops what is for a bus that does not exist, with success', async () => {
    expect(await put(entry({ EventBusName: 'other' }))).toMatchObject({
      FailedEntryCount: 0,
      Entries: [{ EventId: expect.any(String) }],
    });
    expect(seen).toEqual([]);
    await put(
      entry({ EventBusName: 'arn:aws:events:eu-west-1:111122223333:event-bus/default' }),
      entry({ EventBusName: 'default' }),
    );
    expect(seen).toHaveLength(2);
  });

  test('refuses eleven entries, none, and more than 256 KB in all', async () => {
    await expect(put(...Array.from({ length: 11 }, () => entry()))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(put()).rejects.toMatchObject({ name: 'ValidationException' });
    const big = entry({ Detail: JSON.stringify({ text: 'x'.repeat(130 * 1024) }) });
    await put(big);
    await expect(put(big, big)).rejects.toMatchObject({ message: 'Total size of the entries in the request is over the limit.' });
    expect(seen).toHaveLength(1);
  });

  test('asks the authorizer with source and detail-type, and puts nothing when it refuses', async () => {
    host.denyWith((_caller, { context }) => (context?.['events:source'] === 'other' ? 'no such source for you' : undefined));
    await expect(put(entry(), entry({ Source: 'other' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: 'no such source for you',
    });
    expect(seen).toEqual([]);
    expect(host.asked[0]?.request).toEqual({
      action: 'events:PutEvents',
      resources: [{ type: 'event-bus', arn: 'arn:aws:events:eu-west-1:111122223333:event-bus/default' }],
      context: { 'events:source': 'automirror', 'events:detail-type': 'Sweep Requested' },
    });
  });
});

describe('TestEventPattern', () => {
  const event = {
    id: '1',
    account: '1',
    source: 'a',
    time: 't',
    region: 'r',
    resources: [],
    'detail-type': 'd',
    detail: { n: 5 },
  };
  const check = (pattern: unknown, Event: unknown = event) =>
    client.send(new TestEventPatternCommand({ EventPattern: JSON.stringify(pattern), Event: JSON.stringify(Event) }));

  test('says whether they match', async () => {
    expect((await check({ detail: { n: [{ numeric: ['>', 4] }] } })).Result).toBe(true);
    expect((await check({ detail: { n: [{ numeric: ['>', 5] }] } })).Result).toBe(false);
  });

  test('refuses a bad pattern and an event without its mandatory fields', async () => {
    await expect(check({ a: 1 })).rejects.toMatchObject({ name: 'InvalidEventPatternException' });
    await expect(check({ a: [1] }, { source: 'a' })).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('rules', () => {
  const pattern = JSON.stringify({ source: ['automirror'] });

  test('are described as they were put, with targets that stay when the rule is put again', async () => {
    const target = {
      Id: 't',
      Arn: 'arn:aws:sqs:eu-west-1:111122223333:q.fifo',
      SqsParameters: { MessageGroupId: 'g' },
      RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 60 },
      DeadLetterConfig: { Arn: 'arn:aws:sqs:eu-west-1:111122223333:dead' },
      InputTransformer: { InputPathsMap: { a: '$.detail' }, InputTemplate: '<a>' },
    };
    const { RuleArn } = await client.send(new PutRuleCommand({ Name: 'r', EventPattern: pattern, Description: 'why' }));
    expect(RuleArn).toBe('arn:aws:events:eu-west-1:111122223333:rule/r');
    await client.send(new PutTargetsCommand({ Rule: 'r', Targets: [target] }));
    await client.send(new PutRuleCommand({ Name: 'r', EventPattern: pattern, ScheduleExpression: 'rate(5 minutes)' }));
    expect(await client.send(new DescribeRuleCommand({ Name: 'r' }))).toMatchObject({
      Name: 'r',
      Arn: RuleArn,
      State: 'ENABLED',
      EventPattern: pattern,
      ScheduleExpression: 'rate(5 minutes)',
    });
    expect((await client.send(new ListTargetsByRuleCommand({ Rule: 'r' }))).Targets).toEqual([target]);
  });

  test('are disabled, enabled and deleted once their targets are gone', async () => {
    await client.send(new PutRuleCommand({ Name: 'r', EventPattern: pattern }));
    await client.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 't', Arn: 'arn:aws:sqs:eu-west-1:111122223333:q' }] }));
    await client.send(new DisableRuleCommand({ Name: 'r' }));
    await put(entry());
    expect(bus.counts().matched).toBe(0);
    await client.send(new EnableRuleCommand({ Name: 'r' }));
    await put(entry());
    expect(bus.counts().matched).toBe(1);
    await expect(client.send(new DeleteRuleCommand({ Name: 'r' }))).rejects.toMatchObject({ name: 'ValidationException' });
    expect(await client.send(new RemoveTargetsCommand({ Rule: 'r', Ids: ['t', 'u'] }))).toMatchObject({
      FailedEntryCount: 1,
      FailedEntries: [{ TargetId: 'u' }],
    });
    await client.send(new DeleteRuleCommand({ Name: 'r' }));
    await client.send(new DeleteRuleCommand({ Name: 'r' }));
    await expect(client.send(new DescribeRuleCommand({ Name: 'r' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('are listed by prefix and page', async () => {
    for (const Name of ['b', 'a2', 'a1', 'a3']) await client.send(new PutRuleCommand({ Name, EventPattern: pattern }));
    const first = await client.send(new ListRulesCommand({ NamePrefix: 'a', Limit: 2 }));
    const second = await client.send(new ListRulesCommand({ NamePrefix: 'a', Limit: 2, NextToken: first.NextToken }));
    expect([...(first.Rules ?? []), ...(second.Rules ?? [])].map(({ Name }) => Name)).toEqual(['a1', 'a2', 'a3']);
    expect(second.NextToken).toBeUndefined();
  });

  test('beyond 300 are refused', async () => {
    for (let n = 0; n < 300; n += 1)
      bus.putRule({ name: `r${n}`, arn: 'arn', state: 'ENABLED', eventPattern: { a: [1] }, targets: [] });
    await expect(client.send(new PutRuleCommand({ Name: 'more', EventPattern: pattern }))).rejects.toMatchObject({
      name: 'LimitExceededException',
    });
  });

  test('are authorized as resources of the default bus, lists and pattern tests without resource', async () => {
    await client.send(new PutRuleCommand({ Name: 'r', EventPattern: pattern }));
    await client.send(new ListRulesCommand({}));
    expect(host.asked.map(({ request }) => request)).toEqual([
      {
        action: 'events:PutRule',
        resources: [{ type: 'rule-on-default-event-bus', arn: 'arn:aws:events:eu-west-1:111122223333:rule/r' }],
      },
      { action: 'events:ListRules', resources: [] },
    ]);
  });

  test('on another bus are not found', async () => {
    await expect(
      client.send(new PutRuleCommand({ Name: 'r', EventPattern: pattern, EventBusName: 'other' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
