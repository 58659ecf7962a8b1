/** One message in a queue, its receipt handles and the digests SQS answers with. */
import { createHash } from 'node:crypto';
import { AwsError } from '../core.ts';
import type { MessageAttributeValue, ReceivedMessage } from './sqs.ts';

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly md5OfBody: string;
  readonly messageAttributes: Readonly<Record<string, MessageAttributeValue>>;
  readonly senderId: string;
  /** Milliseconds; of a message moved to a standard dead-letter queue, the first sending. */
  readonly sentAt: number;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  readonly sequenceNumber?: string;
  /** ARN of the queue it was moved from. */
  readonly deadLetterSource?: string;
  state: 'delayed' | 'ready' | 'in-flight';
  receiveCount: number;
  firstReceivedAt: number | undefined;
  /** Cancels the timer that ends its delay or visibility timeout. */
  cancelTimer: (() => void) | undefined;
}

export function md5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex');
}

/**
 * Digest of message attributes: per attribute, by name, the length-prefixed name, type and value with a byte for the kind of value
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html).
 */
export function md5OfAttributes(attributes: Readonly<Record<string, MessageAttributeValue>>): string | undefined {
  const entries = Object.entries(attributes).sort(([left], [right]) => (left < right ? -1 : 1));
  if (entries.length === 0) return undefined;
  const hash = createHash('md5');
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const [name, value] of entries) {
    add(Buffer.from(name));
    add(Buffer.from(value.DataType));
    const isBinary = value.DataType.startsWith('Binary');
    hash.update(Buffer.from([isBinary ? 2 : 1]));
    add(isBinary ? Buffer.from(value.BinaryValue ?? '', 'base64') : Buffer.from(value.StringValue ?? ''));
  }
  return hash.digest('hex');
}

/** Bytes that count against the queue's maximum: body, attribute names, types and values. */
export function sizeOf(body: string, attributes: Readonly<Record<string, MessageAttributeValue>>): number {
  return Object.entries(attributes).reduce(
    (sum, [name, value]) =>
      sum +
      Buffer.byteLength(name) +
      Buffer.byteLength(value.DataType) +
      Buffer.byteLength(value.StringValue ?? '') +
      Buffer.byteLength(value.BinaryValue ?? '', 'base64'),
    Buffer.byteLength(body),
  );
}

/** A handle names its queue, message and the how-manyeth receive it belongs to; `nonce` makes it unguessable-looking and unique. */
export function makeReceiptHandle(queueName: string, message: Message, nonce: string): string {
  return Buffer.from(JSON.stringify([queueName, message.id, message.receiveCount, nonce])).toString('base64');
}

/** Throws `ReceiptHandleIsInvalid` for what this queue never issued. */
export function readReceiptHandle(
  queueName: string,
  handle: string,
): { readonly messageId: string; readonly receiveCount: number } {
  try {
    const parts: unknown = JSON.parse(Buffer.from(handle, 'base64').toString('utf8'));
    if (Array.isArray(parts)) {
      const [name, messageId, receiveCount]: unknown[] = parts;
      if (name === queueName && typeof messageId === 'string' && typeof receiveCount === 'number')
        return { messageId, receiveCount };
    }
  } catch {
    // Not even JSON: answered like every other foreign handle below.
  }
  throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
}

export function toReceived(message: Message, receiptHandle: string): ReceivedMessage {
  const attributes: Record<string, string> = {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt),
    SenderId: message.senderId,
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
  };
  if (message.sequenceNumber !== undefined) attributes.SequenceNumber = message.sequenceNumber;
  if (message.groupId !== undefined) attributes.MessageGroupId = message.groupId;
  if (message.deduplicationId !== undefined) attributes.MessageDeduplicationId = message.deduplicationId;
  if (message.deadLetterSource !== undefined) attributes.DeadLetterQueueSourceArn = message.deadLetterSource;
  const { id: messageId, body, md5OfBody, messageAttributes } = message;
  return { messageId, receiptHandle, body, md5OfBody, attributes, messageAttributes };
}
