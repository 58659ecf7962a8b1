import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { Intent } from '../audit/intent.ts';
import type { AuditRecord } from '../audit/record.ts';
import { untakenMessage } from '../audit/trail.ts';
import type { ClientConfig } from './account.ts';
import { logEvents } from './log-events.ts';

/** What the function's own log tells beside the trail: what a run was about to do, and records that the bus did not take. */
export interface FunctionLogEntry {
  readonly intent?: Intent;
  readonly record?: AuditRecord;
}

/** The log of a stack's function, where Lambda puts it. */
export class FunctionLog {
  readonly group: string;
  readonly #client: CloudWatchLogsClient;

  constructor(config: ClientConfig, stack: string) {
    this.group = `/aws/lambda/${stack}-reconcile`;
    this.#client = new CloudWatchLogsClient({ ...config, maxAttempts: 3 });
  }

  /** From `since` on (epoch milliseconds), oldest first. */
  async *entries(since: number): AsyncGenerator<FunctionLogEntry> {
    const filter = `{ $.intent = 1 || $.message = "${untakenMessage}" }`;
    for await (const { message = '' } of logEvents(this.#client, this.group, since, filter)) {
      const entry = entryIn(message);
      if (entry !== undefined) yield entry;
    }
  }
}

function entryIn(message: string): FunctionLogEntry | undefined {
  try {
    const line: { readonly intent?: unknown; readonly record?: { readonly audit?: unknown } } = JSON.parse(message);
    // Only the function writes there, and version 1 is what it is.
    if (line.intent === 1) return { intent: line as unknown as Intent };
    return line.record?.audit === 1 ? { record: line.record as AuditRecord } : undefined;
  } catch {
    return undefined;
  }
}
