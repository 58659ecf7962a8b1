/** PutEvents: up to ten entries, each accepted or refused by itself (API_PutEvents.html). */
import { z } from 'zod';
import { AwsError, type EmulatedEvent, type Host, type ServiceRequest } from '../core.ts';
import { type JsonOperation, operation } from '../json-protocol.ts';

/** Of all entries together: the API reference's limit; the user guide of 2026 says one megabyte. */
const MAX_TOTAL_BYTES = 256 * 1024;
const TIME_BYTES = 14;

const entryShape = z.object({
  Time: z.union([z.number(), z.string()]).optional(),
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  Resources: z.array(z.string()).optional(),
  EventBusName: z.string().optional(),
  TraceHeader: z.string().optional(),
});
type Entry = z.infer<typeof entryShape>;
type EntryResult = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

export function createPutEvents(host: Host, put: (event: EmulatedEvent) => void): JsonOperation {
  const busArn = `arn:${host.partition}:events:${host.region}:${host.accountId}:event-bus/default`;

  function authorize(request: ServiceRequest, entries: readonly Entry[]): void {
    for (const entry of entries) {
      const denial = host.authorizer.deny(request.caller, {
        action: 'events:PutEvents',
        resources: [{ type: 'event-bus', arn: isDefaultBus(entry, busArn) ? busArn : arnOf(entry.EventBusName ?? '', busArn) }],
        context: { 'events:source': entry.Source ?? '', 'events:detail-type': entry.DetailType ?? '' },
      });
      if (denial !== undefined) throw new AwsError('AccessDeniedException', denial);
    }
  }

  function accept(entry: Entry): EntryResult {
    const { Source: source, DetailType: detailType } = entry;
    if (source === undefined || source === '')
      return invalidArgument('Parameter Source is not valid. Reason: Source is a required argument.');
    if (detailType === undefined || detailType === '') {
      return invalidArgument('Parameter DetailType is not valid. Reason: DetailType is a required argument.');
    }
    if (entry.Detail === undefined)
      return invalidArgument('Parameter Detail is not valid. Reason: Detail is a required argument.');
    if (source.startsWith('aws.')) {
      return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
    }
    const detail = parseObject(entry.Detail);
    if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    const time = timeOf(entry.Time, host.clock.now());
    if (time === undefined) return invalidArgument('Parameter Time is not valid.');
    const id = host.newUuid();
    // An event for a bus that does not exist is accepted and gone, as on AWS.
    if (isDefaultBus(entry, busArn)) {
      put({
        version: '0',
        id,
        'detail-type': detailType,
        source,
        account: host.accountId,
        time,
        region: host.region,
        resources: entry.Resources ?? [],
        detail,
      });
    }
    return { EventId: id };
  }

  return operation(z.object({ Entries: z.array(entryShape) }), ({ Entries }, request) => {
    if (Entries.length < 1 || Entries.length > 10) {
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length from 1 to 10; it has ${Entries.length}`,
      );
    }
    if (Entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > MAX_TOTAL_BYTES) {
      throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
    }
    authorize(request, Entries);
    const results = Entries.map(accept);
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  });
}

function isDefaultBus({ EventBusName: name }: Entry, busArn: string): boolean {
  return name === undefined || name === 'default' || name === busArn;
}

function arnOf(name: string, busArn: string): string {
  return name.startsWith('arn:') ? name : busArn.replace(/default$/, name);
}

function invalidArgument(message: string): EntryResult {
  return { ErrorCode: 'InvalidArgument', ErrorMessage: message };
}

/** How AWS counts an entry (eb-putevent-size.html). */
function bytesOf(entry: Entry): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), entry.Time === undefined ? 0 : TIME_BYTES);
}

function parseObject(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds since the epoch, or ISO text, as ISO to the second. */
function timeOf(given: number | string | undefined, now: number): string | undefined {
  const date = new Date(given === undefined ? now : typeof given === 'number' ? given * 1000 : given);
  return Number.isNaN(date.getTime()) ? undefined : `${date.toISOString().slice(0, 19)}Z`;
}
