/** CloudWatch Logs on the wire: the AWS JSON 1.1 protocol, `X-Amz-Target: Logs_20140328.Operation`. */
import { z } from 'zod';
import { AwsError, type Host, type Service, type ServiceRequest } from '../core.ts';
import { createJsonService, type JsonOperation, operation } from '../json-protocol.ts';
import { parseFilterPattern } from './filter-pattern.ts';
import type { ArchivedLogLine, LogStore } from './logs.ts';

const MAX_EVENTS_PER_PAGE = 10_000;
const MAX_EVENTS_PER_PUT = 10_000;
const MAX_EVENT_BYTES = 1_048_576;
const TWO_HOURS_MS = 2 * 3_600_000;
const FOURTEEN_DAYS_MS = 14 * 86_400_000;

const groupShape = z.object({ logGroupName: z.string() });
const streamShape = groupShape.extend({ logStreamName: z.string() });
const anyGroupShape = z.object({ logGroupName: z.string().optional(), logGroupIdentifier: z.string().optional() });
const filterShape = anyGroupShape.extend({
  logStreamNames: z.array(z.string()).optional(),
  logStreamNamePrefix: z.string().optional(),
  startTime: z.number().optional(),
  endTime: z.number().optional(),
  filterPattern: z.string().optional(),
  limit: z.number().int().min(1).max(MAX_EVENTS_PER_PAGE).optional(),
  nextToken: z.string().optional(),
});
const getShape = anyGroupShape.extend({
  logStreamName: z.string(),
  startTime: z.number().optional(),
  endTime: z.number().optional(),
  limit: z.number().int().min(1).max(MAX_EVENTS_PER_PAGE).optional(),
  nextToken: z.string().optional(),
  startFromHead: z.boolean().optional(),
});
const putShape = streamShape.extend({
  logEvents: z.array(z.object({ timestamp: z.number(), message: z.string().min(1) })).min(1),
});
const listShape = z.object({ limit: z.number().int().min(1).max(50).optional(), nextToken: z.string().optional() });

export function createLogsProtocol(host: Host, logs: LogStore): Service {
  /** `group` is undefined for actions that IAM knows no resource of. */
  function authorize(request: ServiceRequest, action: string, group?: string, stream?: string): void {
    const arn = `arn:${host.partition}:logs:${host.region}:${host.accountId}:log-group:${group}`;
    const resource =
      stream === undefined ? { type: 'log-group', arn: `${arn}:*` } : { type: 'log-stream', arn: `${arn}:log-stream:${stream}` };
    const resources = group === undefined ? [] : [resource];
    const denial = host.authorizer.deny(request.caller, { action: `logs:${action}`, resources });
    if (denial !== undefined) throw new AwsError('AccessDeniedException', denial);
  }

  const operations: Readonly<Record<string, JsonOperation>> = {
    CreateLogGroup: operation(groupShape, ({ logGroupName }, request) => {
      authorize(request, 'CreateLogGroup', logGroupName);
      if (logs.groups().some(({ name }) => name === logGroupName)) throw alreadyExists('log group');
      logs.createLogGroup(logGroupName);
    }),
    DeleteLogGroup: operation(groupShape, ({ logGroupName }, request) => {
      authorize(request, 'DeleteLogGroup', logGroupName);
      logs.deleteLogGroup(logGroupName);
    }),
    PutRetentionPolicy: operation(
      groupShape.extend({ retentionInDays: z.number() }),
      ({ logGroupName, retentionInDays }, request) => {
        authorize(request, 'PutRetentionPolicy', logGroupName);
        logs.setRetention(logGroupName, retentionInDays);
      },
    ),
    DeleteRetentionPolicy: operation(groupShape, ({ logGroupName }, request) => {
      authorize(request, 'DeleteRetentionPolicy', logGroupName);
      logs.setRetention(logGroupName, undefined);
    }),
    CreateLogStream: operation(streamShape, ({ logGroupName, logStreamName }, request) => {
      authorize(request, 'CreateLogStream', logGroupName, logStreamName);
      if (logs.streams(logGroupName).has(logStreamName)) throw alreadyExists('log stream');
      logs.createStream(logGroupName, logStreamName);
    }),
    PutLogEvents: operation(putShape, (input, request) => {
      authorize(request, 'PutLogEvents', input.logGroupName, input.logStreamName);
      return putEvents(host.clock.now(), logs, input);
    }),
    PutResourcePolicy: operation(z.object({ policyName: z.string(), policyDocument: z.string() }), (input, request) => {
      authorize(request, 'PutResourcePolicy');
      logs.putResourcePolicy(input.policyName, parsePolicy(input.policyDocument));
      return { resourcePolicy: { ...input, lastUpdatedTime: host.clock.now() } };
    }),
    DescribeResourcePolicies: operation(z.object({}), (_input, request) => {
      authorize(request, 'DescribeResourcePolicies');
      return {
        resourcePolicies: logs
          .resourcePolicies()
          .map(({ name, document }) => ({ policyName: name, policyDocument: JSON.stringify(document) })),
      };
    }),
    DescribeLogGroups: operation(
      listShape.extend({ logGroupNamePrefix: z.string().optional(), logGroupNamePattern: z.string().optional() }),
      (input, request) => {
        authorize(request, 'DescribeLogGroups');
        const groups = logs
          .groups()
          .filter(({ name }) => name.startsWith(input.logGroupNamePrefix ?? '') && name.includes(input.logGroupNamePattern ?? ''))
          .sort((left, right) => (left.name < right.name ? -1 : 1))
          .map(({ name, arn, retentionDays, createdAt, storedBytes }) => ({
            logGroupName: name,
            logGroupArn: arn.slice(0, -':*'.length),
            arn,
            ...(retentionDays === undefined ? {} : { retentionInDays: retentionDays }),
            creationTime: createdAt,
            metricFilterCount: 0,
            storedBytes,
            logGroupClass: 'STANDARD',
          }));
        const { page, next } = slice(groups, input.nextToken, input.limit ?? 50);
        return { logGroups: page, ...next };
      },
    ),
    DescribeLogStreams: operation(
      listShape.extend(anyGroupShape.shape).extend({ logStreamNamePrefix: z.string().optional() }),
      (input, request) => {
        const group = groupOf(input);
        authorize(request, 'DescribeLogStreams', group);
        const streams = describeStreams(logs, group).filter(({ logStreamName }) =>
          logStreamName.startsWith(input.logStreamNamePrefix ?? ''),
        );
        const { page, next } = slice(streams, input.nextToken, input.limit ?? 50);
        return { logStreams: page, ...next };
      },
    ),
    FilterLogEvents: operation(filterShape, (input, request) => {
      const group = groupOf(input);
      authorize(request, 'FilterLogEvents', group);
      const test = parseFilterPattern(input.filterPattern ?? '');
      const found = logs
        .lines(group)
        .filter(
          (line) =>
            isWithin(line, input) &&
            (input.logStreamNames === undefined || input.logStreamNames.includes(line.stream)) &&
            line.stream.startsWith(input.logStreamNamePrefix ?? '') &&
            test(line.message),
        );
      const { page, next } = slice(found, input.nextToken, input.limit ?? MAX_EVENTS_PER_PAGE);
      return {
        events: page.map((line) => ({ logStreamName: line.stream, ...show(line), eventId: line.eventId })),
        searchedLogStreams: [],
        ...next,
      };
    }),
    GetLogEvents: operation(getShape, (input, request) => {
      const group = groupOf(input);
      authorize(request, 'GetLogEvents', group, input.logStreamName);
      return getEvents(logs, group, input);
    }),
  };

  return createJsonService({
    targetPrefix: 'Logs_20140328',
    version: '1.1',
    operations,
    invalid: ({ path, isMissing, reason }) =>
      new AwsError(
        'InvalidParameterException',
        isMissing
          ? `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`
          : `1 validation error detected: Value at '${path}' failed to satisfy constraint: ${reason}`,
      ),
  });
}

function alreadyExists(what: string): AwsError {
  return new AwsError('ResourceAlreadyExistsException', `The specified ${what} already exists`);
}

function parsePolicy(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError('InvalidParameterException', 'The policy document is not valid JSON.');
  }
}

/** The group's name from a name, or from a name or ARN given as identifier. */
function groupOf({ logGroupName, logGroupIdentifier }: z.infer<typeof anyGroupShape>): string {
  if ((logGroupName === undefined) === (logGroupIdentifier === undefined)) {
    throw new AwsError('InvalidParameterException', 'Exactly one of logGroupName and logGroupIdentifier is required.');
  }
  return logGroupName ?? logGroupIdentifier?.replace(/^arn:[^:]*:logs:[^:]*:[^:]*:log-group:/, '').replace(/:\*$/, '') ?? '';
}

/** Too old and too new events are refused one by one, the rest of the call succeeds (API_PutLogEvents.html). */
function putEvents(now: number, logs: LogStore, input: z.infer<typeof putShape>): unknown {
  if (!logs.streams(input.logGroupName).has(input.logStreamName)) {
    throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
  }
  const events = input.logEvents;
  const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0);
  if (events.length > MAX_EVENTS_PER_PUT || bytes > MAX_EVENT_BYTES) {
    throw new AwsError(
      'InvalidParameterException',
      `Log events in a single PutLogEvents request: at most ${MAX_EVENTS_PER_PUT} and ${MAX_EVENT_BYTES} bytes.`,
    );
  }
  if (events.some((event, at) => at > 0 && event.timestamp < (events[at - 1]?.timestamp ?? 0))) {
    throw new AwsError(
      'InvalidParameterException',
      'Log events in a single PutLogEvents request must be in chronological order.',
    );
  }
  const isTooOld = ({ timestamp }: { readonly timestamp: number }): boolean => timestamp < now - FOURTEEN_DAYS_MS;
  const isTooNew = ({ timestamp }: { readonly timestamp: number }): boolean => timestamp > now + TWO_HOURS_MS;
  logs.append(
    input.logGroupName,
    input.logStreamName,
    events.filter((event) => !isTooOld(event) && !isTooNew(event)),
  );
  const tooOld = events.filter(isTooOld).length;
  const firstTooNew = events.findIndex(isTooNew);
  const rejected = {
    ...(tooOld === 0 ? {} : { tooOldLogEventEndIndex: tooOld }),
    ...(firstTooNew < 0 ? {} : { tooNewLogEventStartIndex: firstTooNew }),
  };
  return { nextSequenceToken: '1', ...(Object.keys(rejected).length === 0 ? {} : { rejectedLogEventsInfo: rejected }) };
}

function describeStreams(logs: LogStore, group: string): readonly { readonly logStreamName: string }[] {
  const lines = logs.lines(group);
  return [...logs.streams(group)]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([logStreamName, creationTime]) => {
      const own = lines.filter(({ stream }) => stream === logStreamName);
      const [first] = own;
      const last = own.at(-1);
      return {
        logStreamName,
        creationTime,
        ...(first === undefined || last === undefined
          ? {}
          : { firstEventTimestamp: first.timestamp, lastEventTimestamp: last.timestamp, lastIngestionTime: last.ingestedAt }),
        storedBytes: 0,
      };
    });
}

function getEvents(logs: LogStore, group: string, input: z.infer<typeof getShape>): unknown {
  if (!logs.streams(group).has(input.logStreamName)) {
    throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
  }
  const found = logs
    .lines(group)
    .filter((line) => line.stream === input.logStreamName && isWithin(line, input) && line.timestamp !== input.endTime);
  const limit = input.limit ?? MAX_EVENTS_PER_PAGE;
  const token = /^([fb])\/(\d+)$/.exec(input.nextToken ?? '');
  if (input.nextToken !== undefined && token === null) throw invalidToken();
  const edge = token === null ? (input.startFromHead === true ? 0 : found.length) : Number(token[2]);
  const isForward = token === null ? input.startFromHead === true : token[1] === 'f';
  const from = isForward ? edge : Math.max(0, edge - limit);
  const to = isForward ? Math.min(found.length, edge + limit) : edge;
  return { events: found.slice(from, to).map(show), nextForwardToken: `f/${to}`, nextBackwardToken: `b/${from}` };
}

function show({ timestamp, message, ingestedAt }: ArchivedLogLine): {
  timestamp: number;
  message: string;
  ingestionTime: number;
} {
  return { timestamp, message, ingestionTime: ingestedAt };
}

/** Both ends inclusive, as in FilterLogEvents; GetLogEvents leaves out events at `endTime` itself. */
function isWithin(
  line: ArchivedLogLine,
  { startTime, endTime }: { readonly startTime?: number | undefined; readonly endTime?: number | undefined },
): boolean {
  return line.timestamp >= (startTime ?? Number.NEGATIVE_INFINITY) && line.timestamp <= (endTime ?? Number.POSITIVE_INFINITY);
}

function invalidToken(): AwsError {
  return new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');
}

function slice<T>(
  items: readonly T[],
  token: string | undefined,
  limit: number,
): { readonly page: readonly T[]; readonly next: { readonly nextToken?: string } } {
  if (token !== undefined && !/^\d+$/.test(token)) throw invalidToken();
  const from = Number(token ?? 0);
  const to = from + limit;
  return { page: items.slice(from, to), next: to < items.length ? { nextToken: String(to) } : {} };
}
