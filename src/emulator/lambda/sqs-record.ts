/** The messages of a batch as a function sees them. */
import type { Host } from '../core.ts';
import type { EventMatcher } from '../eventbridge/pattern.ts';
import type { Queue, ReceivedMessage } from '../sqs/sqs.ts';

/** One record of the event a function gets. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export function toRecord(host: Host, queue: Queue, message: ReceivedMessage) {
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: message.attributes,
    messageAttributes: Object.fromEntries(
      Object.entries(message.messageAttributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
        name,
        {
          ...(StringValue === undefined ? {} : { stringValue: StringValue }),
          ...(BinaryValue === undefined ? {} : { binaryValue: BinaryValue }),
          stringListValues: [],
          binaryListValues: [],
          dataType: DataType,
        },
      ]),
    ),
    md5OfBody: message.md5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queue.arn,
    awsRegion: host.region,
  };
}

/** Whether one of the filters takes the record, no filter meaning all; a pattern sees the body as JSON where it is JSON. */
export function recordMatches(matchers: readonly EventMatcher[], record: ReturnType<typeof toRecord>): boolean {
  if (matchers.length === 0) return true;
  let body: unknown = record.body;
  try {
    body = JSON.parse(record.body);
  } catch {
    // Plain text stays text.
  }
  return matchers.some((matches) => matches({ ...record, body }));
}
