import { type CloudWatchLogsClient, type FilteredLogEvent, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';

/**
 * The events of a log group from `since` on (epoch milliseconds), oldest first, read to the end across empty pages.
 *
 * @param filter in the language of CloudWatch Logs
 */
export async function* logEvents(
  client: CloudWatchLogsClient,
  logGroupName: string,
  since: number,
  filter?: string,
): AsyncGenerator<FilteredLogEvent> {
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new FilterLogEventsCommand({
        logGroupName,
        startTime: Math.max(0, since),
        ...(filter === undefined ? {} : { filterPattern: filter }),
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    );
    yield* page.events ?? [];
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}
