import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { AuditRecord } from '../audit/record.ts';
import type { ClientConfig } from './account.ts';
import { logEvents } from './log-events.ts';

/** One record of the trail, and the event that brought it. */
export interface TrailEntry {
  /** CloudWatch Logs' id of the event, by which one that is read twice is known. */
  readonly id: string;
  /** When the record was put on the bus, epoch milliseconds. */
  readonly at: number;
  readonly record: AuditRecord;
}

/** The audit trail of one owner: the log group to which the stack's rule sends every record that tells of a change, a refusal, a failure or a sweep. */
export class Trail {
  readonly group: string;
  readonly #client: CloudWatchLogsClient;

  constructor(config: ClientConfig, owner: string) {
    this.group = `/automirror/${owner}/audit`;
    this.#client = new CloudWatchLogsClient({ ...config, maxAttempts: 3 });
  }

  /**
   * The records from `since` on (epoch milliseconds), oldest first, read to the end across empty pages; what is no record of ours is passed over.
   *
   * @param filter in the language of CloudWatch Logs
   */
  async *records(since: number, filter?: string): AsyncGenerator<TrailEntry> {
    for await (const { eventId = '', timestamp = 0, message = '' } of logEvents(this.#client, this.group, since, filter)) {
      const record = recordIn(message);
      if (record !== undefined) yield { id: eventId, at: timestamp, record };
    }
  }

  /** Days for which the group keeps its events; undefined where it keeps them for ever. */
  async retentionDays(): Promise<number | undefined> {
    const { logGroups = [] } = await this.#client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: this.group }));
    return logGroups.find(({ logGroupName }) => logGroupName === this.group)?.retentionInDays;
  }
}

/** The record in an event as EventBridge writes it to the group. */
function recordIn(message: string): AuditRecord | undefined {
  try {
    const { detail }: { readonly detail?: { readonly audit?: unknown } } = JSON.parse(message);
    // Only the stack's own rule writes there, and version 1 is what it is.
    return detail?.audit === 1 ? (detail as AuditRecord) : undefined;
  } catch {
    return undefined;
  }
}
