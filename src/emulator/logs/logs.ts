/** The emulated CloudWatch Logs: its in-process interface. The wire protocol is in `protocol.ts`. */
import { AwsError, type Host, type Service } from '../core.ts';
import { MalformedPolicyError, parsePolicy } from '../iam/policy-document.ts';
import { createLogsProtocol } from './protocol.ts';

/** `timestamp` in milliseconds since the epoch. */
export interface LogLine {
  readonly timestamp: number;
  readonly message: string;
}

export interface StoredLogLine extends LogLine {
  readonly stream: string;
}

/** A stored line with what only the wire shows. */
export interface ArchivedLogLine extends StoredLogLine {
  readonly eventId: string;
  readonly ingestedAt: number;
}

export interface LogGroup {
  readonly name: string;
  readonly arn: string;
  readonly retentionDays?: number;
  readonly createdAt: number;
  readonly storedBytes: number;
}

export interface Logs extends Service {
  /** An existing group keeps its events and takes the given retention. */
  createLogGroup(name: string, options?: { readonly retentionDays?: number }): void;
  deleteLogGroup(name: string): void;
  /** Appends in process; the stream is made when missing. Throws `ResourceNotFoundException` when the group does not exist. */
  append(group: string, stream: string, events: readonly LogLine[]): void;
  /** What retention has left, by time and then arrival; empty for an unknown group. */
  read(group: string): readonly StoredLogLine[];
  /** Calls back for every later event of the group, which need not exist yet. */
  subscribe(group: string, listener: (event: StoredLogLine) => void): () => void;
  /** Calls back for every later event of any group. */
  subscribeAll(listener: (group: string, event: StoredLogLine) => void): () => void;
  groups(): readonly LogGroup[];
  /** Sets (or with undefined removes) an account-wide resource policy, `AWS::Logs::ResourcePolicy`; the document is a parsed IAM document. */
  putResourcePolicy(name: string, document: unknown): void;
  resourcePolicies(): readonly { readonly name: string; readonly document: unknown }[];
}

/** What the wire protocol needs beside the public interface. */
export interface LogStore extends Omit<Logs, 'handle'> {
  /** Throws `ResourceNotFoundException`. */
  lines(group: string): readonly ArchivedLogLine[];
  /** Stream names with their creation times. */
  streams(group: string): ReadonlyMap<string, number>;
  createStream(group: string, stream: string): void;
  setRetention(group: string, days: number | undefined): void;
}

/** The only retention periods that CloudWatch Logs takes, in days (API_PutRetentionPolicy.html). */
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

const DAY_MS = 86_400_000;
/** What an event costs beside its text (API_PutLogEvents.html). */
const EVENT_OVERHEAD_BYTES = 26;

interface GroupState {
  readonly createdAt: number;
  retentionDays: number | undefined;
  /** In order of time, ties by arrival. */
  readonly lines: ArchivedLogLine[];
  readonly streams: Map<string, number>;
  storedBytes: number;
}

/** Creates a CloudWatch Logs without groups. */
export function createLogs(host: Host): Logs {
  const groups = new Map<string, GroupState>();
  const listeners = new Map<string, Set<(event: StoredLogLine) => void>>();
  const listenersToAll = new Set<(group: string, event: StoredLogLine) => void>();
  const policies = new Map<string, unknown>();
  let lastEventId = 0;

  function existing(name: string): GroupState {
    const group = groups.get(name);
    if (group === undefined) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
    expire(group);
    return group;
  }

  function expire(group: GroupState): void {
    if (group.retentionDays === undefined) return;
    const oldestKept = host.clock.now() - group.retentionDays * DAY_MS;
    const kept = group.lines.findIndex((line) => line.timestamp >= oldestKept);
    if (kept === 0) return;
    for (const line of group.lines.splice(0, kept < 0 ? group.lines.length : kept)) group.storedBytes -= bytesOf(line);
  }

  function insert(group: GroupState, line: ArchivedLogLine): void {
    let at = group.lines.length;
    while (at > 0 && (group.lines[at - 1]?.timestamp ?? 0) > line.timestamp) at -= 1;
    group.lines.splice(at, 0, line);
    group.storedBytes += bytesOf(line);
  }

  const store: LogStore = {
    createLogGroup(name, { retentionDays } = {}) {
      if (!/^[\w.\-/#]{1,512}$/.test(name)) {
        throw new AwsError(
          'InvalidParameterException',
          `Log group name ${name} must match [.\\-_/#A-Za-z0-9]+ and have 1 to 512 characters.`,
        );
      }
      checkRetention(retentionDays);
      const before = groups.get(name);
      if (before === undefined)
        groups.set(name, { createdAt: host.clock.now(), retentionDays, lines: [], streams: new Map(), storedBytes: 0 });
      else before.retentionDays = retentionDays;
    },
    deleteLogGroup(name) {
      existing(name);
      groups.delete(name);
    },
    append(name, stream, events) {
      const group = existing(name);
      if (!group.streams.has(stream)) store.createStream(name, stream);
      for (const { timestamp, message } of events) {
        lastEventId += 1;
        insert(group, {
          timestamp,
          message,
          stream,
          eventId: String(lastEventId).padStart(56, '0'),
          ingestedAt: host.clock.now(),
        });
        for (const listener of Array.from(listeners.get(name) ?? [])) listener({ timestamp, message, stream });
        for (const listener of Array.from(listenersToAll)) listener(name, { timestamp, message, stream });
      }
    },
    read(name) {
      if (!groups.has(name)) return [];
      return existing(name).lines.map(({ timestamp, message, stream }) => ({ timestamp, message, stream }));
    },
    subscribe(name, listener) {
      const subscribed = listeners.get(name) ?? new Set();
      listeners.set(name, subscribed.add(listener));
      return () => {
        subscribed.delete(listener);
      };
    },
    subscribeAll(listener) {
      listenersToAll.add(listener);
      return () => {
        listenersToAll.delete(listener);
      };
    },
    groups: () =>
      [...groups].map(([name, group]) => {
        expire(group);
        const { createdAt, retentionDays } = group;
        return {
          name,
          arn: `arn:${host.partition}:logs:${host.region}:${host.accountId}:log-group:${name}:*`,
          ...(retentionDays === undefined ? {} : { retentionDays }),
          createdAt,
          storedBytes: group.storedBytes,
        };
      }),
    putResourcePolicy(name, document) {
      if (document === undefined) policies.delete(name);
      else policies.set(name, checkedPolicy(document));
    },
    resourcePolicies: () => [...policies].map(([name, document]) => ({ name, document })),
    lines: (name) => existing(name).lines,
    streams: (name) => existing(name).streams,
    createStream(name, stream) {
      if (!/^[^:*]{1,512}$/.test(stream)) {
        throw new AwsError(
          'InvalidParameterException',
          `Log stream name ${stream} must have 1 to 512 characters and neither ":" nor "*".`,
        );
      }
      existing(name).streams.set(stream, host.clock.now());
    },
    setRetention(name, days) {
      checkRetention(days);
      existing(name).retentionDays = days;
    },
  };
  return { ...store, ...createLogsProtocol(host, store) };
}

function bytesOf({ message }: LogLine): number {
  return Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES;
}

function checkedPolicy(document: unknown): unknown {
  try {
    parsePolicy(document);
    return document;
  } catch (error) {
    if (!(error instanceof MalformedPolicyError)) throw error;
    throw new AwsError('InvalidParameterException', `The resource policy is not valid: ${error.message}`);
  }
}

function checkRetention(days: number | undefined): void {
  if (days === undefined || RETENTION_DAYS.includes(days)) return;
  throw new AwsError('InvalidParameterException', `Retention of ${days} days is not one of ${RETENTION_DAYS.join(', ')}.`);
}
