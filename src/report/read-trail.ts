import { type CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { attempt } from '../doctor/attempt.ts';
import type { Trail, TrailEntry } from './model.ts';

/** How far back to look, and only as far as is needed to find enough. */
const windowsMs = [3_600_000, 24 * 3_600_000, 7 * 24 * 3_600_000];
const entriesShown = 50;
/** The log tells the oldest first: a busy account's window is cut off rather than read for minutes. */
const pagesPerWindow = 20;

/** Actions that changed something, or were to. */
const isChange = /^(session|filter|target)\.(create|modify|delete)$|^gate\.block$/;

/** Reads the last changes from the audit log group, the latest first; says why where it cannot be read. */
export async function readTrail(logs: CloudWatchLogsClient, logGroupName: string, now: number): Promise<Trail> {
  let entries: readonly TrailEntry[] = [];
  for (const windowMs of windowsMs) {
    const read = await attempt('logs:FilterLogEvents', () => readWindow(logs, logGroupName, now - windowMs));
    if ('unread' in read) return { unknown: `${logGroupName}: ${read.unread}` };
    entries = read.value;
    if (entries.length >= entriesShown) break;
  }
  return { entries: [...entries].sort((a, b) => (a.time < b.time ? 1 : -1)).slice(0, entriesShown) };
}

async function readWindow(logs: CloudWatchLogsClient, logGroupName: string, startTime: number): Promise<readonly TrailEntry[]> {
  const entries: TrailEntry[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < pagesPerWindow; page += 1) {
    const { events = [], nextToken: next } = await logs.send(new FilterLogEventsCommand({ logGroupName, startTime, nextToken }));
    for (const { message } of events) entries.push(...toEntry(message ?? ''));
    nextToken = next;
    if (nextToken === undefined || nextToken === '') break;
  }
  return entries;
}

const fields = ['time', 'action', 'outcome', 'reason', 'detail', 'instanceId', 'sessionId', 'principal', 'trigger'] as const;

/** A line is an event of the bus with an audit record as its detail; what is no such line, or tells of no change, is passed over. */
function toEntry(message: string): readonly TrailEntry[] {
  const record = detailOf(message);
  if (record === undefined || typeof record.action !== 'string' || !isChange.test(record.action)) return [];
  const entry = Object.fromEntries(
    fields.flatMap((field) => (typeof record[field] === 'string' ? [[field, record[field]]] : [])),
  );
  // These four are in every record of version 1, as text.
  return ['time', 'outcome', 'reason'].every((field) => field in entry) ? [entry as unknown as TrailEntry] : [];
}

function detailOf(message: string): Readonly<Record<string, unknown>> | undefined {
  let event: unknown;
  try {
    event = JSON.parse(message);
  } catch {
    return undefined;
  }
  if (typeof event !== 'object' || event === null || !('detail' in event)) return undefined;
  const { detail } = event;
  const isRecord = typeof detail === 'object' && detail !== null && 'audit' in detail && detail.audit === 1;
  return isRecord ? (detail as Readonly<Record<string, unknown>>) : undefined;
}
