import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EventBus } from '../audit/trail.ts';

/** Source of every event of ours. */
export const eventSource = 'automirror';

/**
 * The EventBus port over EventBridge. An entry that the bus refuses, or a call that fails after the client's own retries, comes back with its error.
 */
export function createEventBus(client: EventBridgeClient, busName: string): EventBus {
  return {
    async put(events) {
      if (events.length === 0) return [];
      try {
        const answer = await client.send(
          new PutEventsCommand({
            Entries: events.map(({ detailType, detail }) => ({
              EventBusName: busName,
              Source: eventSource,
              DetailType: detailType,
              Detail: JSON.stringify(detail),
            })),
          }),
        );
        return events.flatMap((event, index) => {
          const entry = answer.Entries?.[index];
          return entry?.ErrorCode === undefined ? [] : [{ event, error: `${entry.ErrorCode}: ${entry.ErrorMessage ?? ''}` }];
        });
      } catch (error) {
        const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        return events.map((event) => ({ event, error: text }));
      }
    },
  };
}
