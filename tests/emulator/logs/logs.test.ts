import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  GetLogEventsCommand,
  PutLogEventsCommand,
  PutResourcePolicyCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { beforeEach, describe, expect, test } from 'vitest';
import { createLogs, type Logs } from '../../../src/emulator/logs/logs.ts';
import { inProcess } from '../front/in-process-handler.ts';
import { createTestHost, type TestHost } from '../test-host.ts';

let host: TestHost;
let logs: Logs;
let client: CloudWatchLogsClient;
let now: number;

beforeEach(() => {
  host = createTestHost();
  logs = createLogs(host);
  client = new CloudWatchLogsClient(inProcess(logs));
  now = host.clock.now();
});

const line = (message: string, timestamp = now): { timestamp: number; message: string } => ({ timestamp, message });

async function filter(input: Partial<FilterLogEventsCommandInput> = {}): Promise<string[]> {
  const { events = [] } = await client.send(new FilterLogEventsCommand({ logGroupName: 'g', ...input }));
  return events.map(({ message }) => message ?? '');
}

describe('in process', () => {
  test('reads by time, and by arrival where times are equal', () => {
    logs.createLogGroup('g');
    logs.append('g', 's', [line('late', now + 5), line('first')]);
    logs.append('g', 't', [line('second')]);
    expect(logs.read('g')).toEqual([
      { ...line('first'), stream: 's' },
      { ...line('second'), stream: 't' },
      { ...line('late', now + 5), stream: 's' },
    ]);
  });

  test('drops events when retention is over', async () => {
    logs.createLogGroup('g', { retentionDays: 1 });
    logs.append('g', 's', [line('old')]);
    await host.clock.advance(86_400_000);
    logs.append('g', 's', [line('new', host.clock.now())]);
    expect(logs.read('g').map(({ message }) => message)).toEqual(['old', 'new']);
    await host.clock.advance(1);
    expect(logs.read('g').map(({ message }) => message)).toEqual(['new']);
    expect(logs.groups()).toMatchObject([{ name: 'g', retentionDays: 1, storedBytes: 3 + 26 }]);
  });

  test('tells subscribers of every later event, also of a group made later', () => {
    const seen: string[] = [];
    const stop = logs.subscribe('g', ({ message, stream }) => seen.push(`${stream}:${message}`));
    logs.createLogGroup('g');
    logs.append('g', 's', [line('a'), line('b')]);
    stop();
    logs.append('g', 's', [line('c')]);
    expect(seen).toEqual(['s:a', 's:b']);
  });

  test.each<[string, string, () => void]>([
    ['events for no group', 'ResourceNotFoundException', () => logs.append('none', 's', [line('a')])],
    [
      'a retention that CloudWatch Logs does not have',
      'InvalidParameterException',
      () => logs.createLogGroup('g', { retentionDays: 2 }),
    ],
    ['a group name with a space', 'InvalidParameterException', () => logs.createLogGroup('a b')],
    ['a resource policy that is none', 'InvalidParameterException', () => logs.putResourcePolicy('p', { Statement: 1 })],
  ])('refuses %s', (_name, code, attempt) => {
    expect(attempt).toThrow(expect.objectContaining({ code }));
  });
});

describe('FilterLogEvents', () => {
  const audit = (n: number, more: Record<string, unknown> = {}): string =>
    JSON.stringify({ audit: 1, n, action: n % 2 === 0 ? 'session.create' : 'session.delete', ...more });

  test('keeps to the times, both ends included, and to streams', async () => {
    logs.createLogGroup('g');
    logs.append(
      'g',
      's',
      [1, 2, 3].map((n) => line(String(n), now + n)),
    );
    logs.append('g', 'other', [line('x', now + 2)]);
    expect(await filter({ startTime: now + 2, endTime: now + 3 })).toEqual(['2', 'x', '3']);
    expect(await filter({ logStreamNames: ['s'] })).toEqual(['1', '2', '3']);
    expect(await filter({ logStreamNamePrefix: 'oth' })).toEqual(['x']);
  });

  test('pages by limit until there is no token', async () => {
    logs.createLogGroup('g');
    logs.append(
      'g',
      's',
      [1, 2, 3, 4, 5].map((n) => line(String(n), now + n)),
    );
    const pages: number[] = [];
    let nextToken: string | undefined;
    do {
      const page = await client.send(new FilterLogEventsCommand({ logGroupName: 'g', limit: 2, nextToken }));
      pages.push(page.events?.length ?? 0);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(pages).toEqual([2, 2, 1]);
  });

  test.each([
    ['', ['{"audit":1', 'ERROR one', 'ERROR two', 'warn']],
    ['ERROR', ['ERROR one', 'ERROR two']],
    ['ERROR one', ['ERROR one']],
    ['"R one"', ['ERROR one']],
    ['ERROR -two', ['ERROR one']],
    ['?one ?warn', ['ERROR one', 'warn']],
    ['error', []],
  ])('terms %j', async (filterPattern, expected) => {
    logs.createLogGroup('g');
    logs.append('g', 's', [line('{"audit":1'), line('ERROR one'), line('ERROR two'), line('warn')]);
    expect(await filter({ filterPattern })).toEqual(expected);
  });

  test.each([
    ['{ $.action = "session.create" }', [0, 2]],
    ['{ $.action = "session.*" && $.n >= 2 }', [2, 3]],
    ['{ ($.n = 0) || ($.n = 3) }', [0, 3]],
    ['{ $.action != "session.create" }', [1, 3]],
    ['{ $.action = session.create }', [0, 2]],
    ['{ $.after.number > 5 }', [3]],
    ['{ $.list[1] = "b && c" }', [3]],
    ['{ $.after NOT EXISTS }', [0, 1, 2]],
    ['{ $.done IS TRUE }', [3]],
    ['{ $.nothing = "x" }', []],
  ])('JSON %s', async (filterPattern, expected) => {
    logs.createLogGroup('g');
    logs.append('g', 's', [
      ...[0, 1, 2].map((n) => line(audit(n))),
      line(audit(3, { after: { number: 6 }, list: ['a', 'b && c'], done: true })),
      line('no JSON'),
    ]);
    expect((await filter({ filterPattern })).map((text) => (JSON.parse(text) as { n: number }).n)).toEqual(expected);
  });

  test.each(['{ $.a = "x"', '{ a = "x" }', '"open', 'a.b', '[ip, user]'])('refuses the pattern %s', async (filterPattern) => {
    logs.createLogGroup('g');
    await expect(filter({ filterPattern })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('on the wire', () => {
  test('a group and a stream are created, written, read and deleted', async () => {
    await client.send(new CreateLogGroupCommand({ logGroupName: '/aws/lambda/f' }));
    await client.send(new PutRetentionPolicyCommand({ logGroupName: '/aws/lambda/f', retentionInDays: 14 }));
    await client.send(new CreateLogStreamCommand({ logGroupName: '/aws/lambda/f', logStreamName: 's' }));
    await client.send(
      new PutLogEventsCommand({ logGroupName: '/aws/lambda/f', logStreamName: 's', logEvents: [line('a'), line('b', now + 1)] }),
    );
    const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws' }));
    expect(logGroups).toMatchObject([
      {
        logGroupName: '/aws/lambda/f',
        retentionInDays: 14,
        arn: 'arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:*',
      },
    ]);
    const { logStreams } = await client.send(new DescribeLogStreamsCommand({ logGroupName: '/aws/lambda/f' }));
    expect(logStreams).toMatchObject([{ logStreamName: 's', firstEventTimestamp: now, lastEventTimestamp: now + 1 }]);
    const { events } = await client.send(
      new GetLogEventsCommand({ logGroupName: '/aws/lambda/f', logStreamName: 's', startFromHead: true }),
    );
    expect(events?.map(({ message }) => message)).toEqual(['a', 'b']);
    await client.send(new DeleteLogGroupCommand({ logGroupName: '/aws/lambda/f' }));
    expect(logs.groups()).toEqual([]);
  });

  test('GetLogEvents walks both ways by token and stands still at the end', async () => {
    logs.createLogGroup('g');
    logs.append(
      'g',
      's',
      [1, 2, 3, 4].map((n) => line(String(n), now + n)),
    );
    const page = async (more: { nextToken?: string | undefined; startFromHead?: boolean }) => {
      const {
        events = [],
        nextForwardToken,
        nextBackwardToken,
      } = await client.send(new GetLogEventsCommand({ logGroupName: 'g', logStreamName: 's', limit: 3, ...more }));
      return { texts: events.map(({ message }) => message), nextForwardToken, nextBackwardToken };
    };
    const newest = await page({});
    expect(newest.texts).toEqual(['2', '3', '4']);
    expect((await page({ nextToken: newest.nextBackwardToken })).texts).toEqual(['1']);
    const end = await page({ nextToken: newest.nextForwardToken });
    expect(end.texts).toEqual([]);
    expect(end.nextForwardToken).toBe(newest.nextForwardToken);
  });

  test('refuses events that are too old or too new one by one', async () => {
    logs.createLogGroup('g');
    await client.send(new CreateLogStreamCommand({ logGroupName: 'g', logStreamName: 's' }));
    const logEvents = [line('old', now - 15 * 86_400_000), line('good'), line('future', now + 3 * 3_600_000)];
    const { rejectedLogEventsInfo } = await client.send(
      new PutLogEventsCommand({ logGroupName: 'g', logStreamName: 's', logEvents }),
    );
    expect(rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 2 });
    expect(logs.read('g').map(({ message }) => message)).toEqual(['good']);
  });

  test('keeps resource policies', async () => {
    const policyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'logs:PutLogEvents', Resource: '*' },
      ],
    });
    await client.send(new PutResourcePolicyCommand({ policyName: 'p', policyDocument }));
    expect(logs.resourcePolicies()).toEqual([{ name: 'p', document: JSON.parse(policyDocument) }]);
    logs.putResourcePolicy('p', undefined);
    expect(logs.resourcePolicies()).toEqual([]);
  });

  test.each<[string, (client: CloudWatchLogsClient) => Promise<unknown>]>([
    ['ResourceAlreadyExistsException', (to) => to.send(new CreateLogGroupCommand({ logGroupName: 'g' }))],
    ['ResourceAlreadyExistsException', (to) => to.send(new CreateLogStreamCommand({ logGroupName: 'g', logStreamName: 's' }))],
    ['ResourceNotFoundException', (to) => to.send(new FilterLogEventsCommand({ logGroupName: 'none' }))],
    [
      'ResourceNotFoundException',
      (to) =>
        to.send(
          new PutLogEventsCommand({ logGroupName: 'g', logStreamName: 'none', logEvents: [{ timestamp: 1, message: 'a' }] }),
        ),
    ],
    [
      'InvalidParameterException',
      (to) =>
        to.send(
          new PutLogEventsCommand({
            logGroupName: 'g',
            logStreamName: 's',
            logEvents: [
              { timestamp: 2, message: 'a' },
              { timestamp: 1, message: 'b' },
            ],
          }),
        ),
    ],
    ['InvalidParameterException', (to) => to.send(new FilterLogEventsCommand({}))],
    ['InvalidParameterException', (to) => to.send(new FilterLogEventsCommand({ logGroupName: 'g', limit: 0 }))],
    ['InvalidParameterException', (to) => to.send(new FilterLogEventsCommand({ logGroupName: 'g', nextToken: 'x' }))],
  ])('answers %s', async (name, attempt) => {
    logs.createLogGroup('g');
    logs.append('g', 's', [line('a')]);
    await expect(attempt(client)).rejects.toMatchObject({ name });
  });

  test('asks the authorizer for group and stream', async () => {
    logs.createLogGroup('g');
    host.denyWith(() => 'no');
    await expect(
      client.send(new PutLogEventsCommand({ logGroupName: 'g', logStreamName: 's', logEvents: [line('a')] })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(host.asked.at(-1)?.request.resources).toEqual([
      { type: 'log-stream', arn: 'arn:aws:logs:eu-west-1:111122223333:log-group:g:log-stream:s' },
    ]);
  });
});
