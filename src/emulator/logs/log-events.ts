/** Writing and searching log events: PutLogEvents, FilterLogEvents, GetLogEvents. */
import { z } from 'zod';
import { AwsError } from '../core.ts';
import { parseFilterPattern } from './filter-pattern.ts';
import type { ArchivedLogLine, LogStore } from './logs.ts';

const MAX_EVENTS_PER_PAGE = 10_000;
const MAX_EVENTS_PER_PUT = 10_000;
const MAX_EVENT_BYTES = 1_048_576;
const TWO_HOURS_MS = 2 * 3_600_000;
const FOURTEEN_DAYS_MS = 14 * 86_400_000;

export const groupShape = z.object({ logGroupName: z.string() });
export const streamShape = groupShape.extend({ logStreamName: z.string() });
export const anyGroupShape = z.object({ logGroupName: z.string().optional(), logGroupIdentifier: z.string().optional() });
export const filterShape = anyGroupShape.extend({
  logStreamNames: z.array(z.string()).optional(),
  logStreamNamePrefix: z.string().optional(),
  startTime: z.number().optional(),
  endTime: z.number().optional(),
  filterPattern: z.string().optional(),
  limit: z.number().int().min(1).max(MAX_EVENTS_PER_PAGE).optional(),
  nextToken: z.string().optional(),
});
export const getShape = anyGroupShape.extend({
  logStreamName: z.string(),
  startTime: z.number().optional(),
  endTime: z.number().optional(),
  limit: z.number().int().min(1).max(MAX_EVENTS_PER_PAGE).optional(),
  nextToken: z.string().optional(),
  startFromHead: z.boolean().optional(),
});
export const putShape = streamShape.extend({
  logEvents: z.array(z.object({ timestamp: z.number(), message: z.string().min(1) })).min(1),
});

/** Too old and too new events are refused one by one, the rest of the call succeeds (API_PutLogEvents.html). */
export function putEvents(now: number, logs: LogStore, input: z.infer<typeof putShape>): unknown {
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

/** Everything within the times, streams and pattern, oldest first. */
export function filterEvents(logs: LogStore, group: string, input: z.infer<typeof filterShape>): unknown {
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
  const events = page.map((line) => ({ logStreamName: line.stream, ...show(line), eventId: line.eventId }));
  return { events, searchedLogStreams: [], ...next };
}

/** One stream, from either end; its tokens stand still where there is nothing more. */
export function getEvents(logs: LogStore, group: string, input: z.infer<typeof getShape>): unknown {
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

/** A page by position; throws for a token that this did not make. */
export function slice<T>(
  items: readonly T[],
  token: string | undefined,
  limit: number,
): { readonly page: readonly T[]; readonly next: { readonly nextToken?: string } } {
  if (token !== undefined && !/^\d+$/.test(token)) throw invalidToken();
  const from = Number(token ?? 0);
  const to = from + limit;
  return { page: items.slice(from, to), next: to < items.length ? { nextToken: String(to) } : {} };
}
