/** CloudWatch Logs on the wire: the AWS JSON 1.1 protocol, `X-Amz-Target: Logs_20140328.Operation`. */
import { z } from 'zod';
import { AwsError, type Host, type Service, type ServiceRequest } from '../core.ts';
import { createJsonService, type JsonOperation, operation } from '../json-protocol.ts';
import {
  anyGroupShape,
  filterEvents,
  filterShape,
  getEvents,
  getShape,
  groupShape,
  putEvents,
  putShape,
  slice,
  streamShape,
} from './log-events.ts';
import type { LogStore } from './logs.ts';

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
      return filterEvents(logs, group, input);
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
