import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { BusEvent, EventBus } from '../audit/trail.ts';

/** Source of every event of ours. */
export const eventSource = 'automirror';

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html: entries in one request. */
const entriesPerRequest = 10;

/** The same page: 256 KB in all entries of a request; some is left for their frames. */
const bytesPerRequest = 240_000;

/**
 * The EventBus port over EventBridge, in as many calls as it needs. An entry that the bus refuses, does not answer for, or whose call fails after the
 * client's own retries, comes back with its error.
 *
 * @param isTimeUp asked before each call: a bus that hangs, call after call, must not use up the time in which the run has to answer
 */
export function createEventBus(client: EventBridgeClient, busName: string, isTimeUp: () => boolean = () => false): EventBus {
  return {
    async put(events) {
      const refused: Refusal[] = [];
      for (const batch of batched(events.map(toEntry))) {
        refused.push(
          ...(isTimeUp() ? batch.map(({ event }) => ({ event, error: 'the time to send was up' })) : await putBatch(batch)),
        );
      }
      return refused;
    },
  };

  async function putBatch(batch: readonly Entry[]): Promise<readonly Refusal[]> {
    try {
      const Entries = batch.map(({ event, text }) => ({
        EventBusName: busName,
        Source: eventSource,
        DetailType: event.detailType,
        Detail: text,
      }));
      const answer = await client.send(new PutEventsCommand({ Entries }));
      return batch.flatMap(({ event }, index) => {
        const entry = answer.Entries?.[index];
        if (entry === undefined) return [{ event, error: 'the bus did not answer for the event' }];
        return entry.ErrorCode === undefined ? [] : [{ event, error: `${entry.ErrorCode}: ${entry.ErrorMessage ?? ''}` }];
      });
    } catch (error) {
      const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return batch.map(({ event }) => ({ event, error: text }));
    }
  }
}

interface Refusal {
  readonly event: BusEvent;
  readonly error: string;
}

interface Entry {
  readonly event: BusEvent;
  readonly text: string;
  readonly bytes: number;
}

function toEntry(event: BusEvent): Entry {
  const text = JSON.stringify(event.detail);
  return { event, text, bytes: Buffer.byteLength(text) + 512 };
}

function batched(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const batches: Entry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const last = batches.at(-1);
    if (last === undefined || last.length === entriesPerRequest || bytes + entry.bytes > bytesPerRequest) {
      batches.push([entry]);
      bytes = entry.bytes;
    } else {
      last.push(entry);
      bytes += entry.bytes;
    }
  }
  return batches;
}
