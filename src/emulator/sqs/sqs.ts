/** The emulated Amazon SQS: its in-process interface. The wire protocol is in `protocol.ts`, a queue's behaviour in `queue.ts`. */
import type { Host, Service } from '../core.ts';

/** What a queue is configured with; seconds and bytes as in the SQS API. */
export interface QueueAttributes {
  readonly fifo: boolean;
  readonly contentBasedDeduplication: boolean;
  /** 0-43,200, default 30. */
  readonly visibilityTimeoutSeconds: number;
  /** 60-1,209,600, default 345,600 (four days). */
  readonly messageRetentionSeconds: number;
  /** 0-900, default 0. */
  readonly delaySeconds: number;
  /** Default long poll of ReceiveMessage, 0-20, default 0. */
  readonly receiveWaitSeconds: number;
  /** 1,024-1,048,576, default 1,048,576. */
  readonly maximumMessageBytes: number;
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
  /** The queue policy, a parsed IAM document. */
  readonly policy?: unknown;
}

/** A typed message attribute as the API carries it. */
export interface MessageAttributeValue {
  readonly DataType: string;
  readonly StringValue?: string;
  /** Base64. */
  readonly BinaryValue?: string;
}

export interface OutgoingMessage {
  readonly body: string;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  /** Plain string attributes; they become `messageAttributes` of type String. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly messageAttributes?: Readonly<Record<string, MessageAttributeValue>>;
  /** Overrides the queue's delay; refused on a FIFO queue, as by AWS. */
  readonly delaySeconds?: number;
  readonly senderId?: string;
}

export interface SentMessage {
  readonly messageId: string;
  readonly md5OfBody: string;
  /** FIFO only: 20 digits, growing. */
  readonly sequenceNumber?: string;
}

export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  /** System attributes, all strings: ApproximateReceiveCount, SentTimestamp, SenderId, ApproximateFirstReceiveTimestamp; FIFO also SequenceNumber, MessageGroupId, MessageDeduplicationId. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, MessageAttributeValue>>;
}

export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly attributes: QueueAttributes;
  /** Throws AwsError with SQS's code when the message is not acceptable. */
  send(message: OutgoingMessage): SentMessage;
  /** Immediate; at most ten; on a FIFO queue in order within a group, and nothing of a group that has messages in flight. */
  receive(options: { readonly max: number; readonly visibilityTimeoutSeconds?: number }): ReceivedMessage[];
  /** Deleting what is already gone succeeds; a handle that this queue never issued throws `ReceiptHandleIsInvalid`. */
  delete(receiptHandle: string): void;
  changeVisibility(receiptHandle: string, seconds: number): void;
  purge(): void;
  counts(): { readonly visible: number; readonly inFlight: number; readonly delayed: number };
  /** Calls back whenever a message has become receivable: arrival, end of a delay or visibility timeout, a FIFO group that got free. The result stops it. */
  onReceivable(listener: () => void): () => void;
}

export interface Sqs extends Service {
  /** Same name and attributes: the existing queue. Same name, other attributes: throws `QueueNameExists`. */
  createQueue(name: string, attributes?: Partial<QueueAttributes>): Queue;
  deleteQueue(arnOrUrlOrName: string): void;
  setPolicy(queueArn: string, policy: unknown): void;
  queue(arnOrUrlOrName: string): Queue | undefined;
  queues(): readonly Queue[];
}

export interface SqsOptions {
  /** Origin that queue URLs begin with, e.g. `http://127.0.0.1:4566`. */
  readonly endpoint: () => string;
}

/** Creates an SQS without queues. */
export declare function createSqs(host: Host, options: SqsOptions): Sqs;
