/** The emulated CloudWatch Logs: its in-process interface. The wire protocol is in `protocol.ts`. */
import type { Host, Service } from '../core.ts';

/** `timestamp` in milliseconds since the epoch. */
export interface LogLine {
  readonly timestamp: number;
  readonly message: string;
}

export interface StoredLogLine extends LogLine {
  readonly stream: string;
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
  groups(): readonly LogGroup[];
  /** Sets (or with undefined removes) an account-wide resource policy, `AWS::Logs::ResourcePolicy`; the document is a parsed IAM document. */
  putResourcePolicy(name: string, document: unknown): void;
  resourcePolicies(): readonly { readonly name: string; readonly document: unknown }[];
}

/** Creates a CloudWatch Logs without groups. */
export declare function createLogs(host: Host): Logs;
