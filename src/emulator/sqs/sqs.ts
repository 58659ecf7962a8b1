/** The emulated Amazon SQS: its in-process interface. The wire protocol is in `protocol.ts`, a queue's behaviour in `queue.ts`. */
import { AwsError, type Host, type Service } from '../core.ts';
import { createSqsProtocol } from './protocol.ts';
import { createQueueState, type QueueInternals } from './queue.ts';
import { checkAttributes, checkQueueName, DEFAULT_ATTRIBUTES } from './validation.ts';

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
  /** FIFO only; default the whole queue. */
  readonly deduplicationScope?: 'queue' | 'messageGroup';
  /** Attributes that are stored and shown but change nothing here (encryption, FifoThroughputLimit, RedriveAllowPolicy), by API name. */
  readonly inert?: Readonly<Record<string, string>>;
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
  /** When the oldest message that was not deleted was sent, in epoch milliseconds; undefined of an empty queue. */
  oldestSentAt(): number | undefined;
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
export function createSqs(host: Host, options: SqsOptions): Sqs {
  const queues = new Map<string, QueueInternals>();
  const arnPrefix = `arn:${host.partition}:sqs:${host.region}:${host.accountId}:`;

  function find(reference: string): QueueInternals | undefined {
    return queues.get(reference.slice(Math.max(reference.lastIndexOf(':'), reference.lastIndexOf('/')) + 1));
  }

  function existing(reference: string): QueueInternals {
    const queue = find(reference);
    if (queue === undefined) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }

  function checkDeadLetterQueue(attributes: QueueAttributes): void {
    if (attributes.redrive === undefined) return;
    const target = find(attributes.redrive.deadLetterArn);
    const refuse = (reason: string): AwsError =>
      new AwsError(
        'InvalidParameterValue',
        `Value ${JSON.stringify(attributes.redrive)} for parameter RedrivePolicy is invalid. Reason: ${reason}`,
      );
    if (target === undefined) throw refuse('Dead letter target does not exist.');
    if (target.attributes.fifo !== attributes.fifo) throw refuse('Dead-letter queue must be same type of queue as the source.');
  }

  function configure(queue: QueueInternals, change: Partial<QueueAttributes>): void {
    const attributes = { ...queue.attributes, ...change };
    if (attributes.fifo !== queue.attributes.fifo) {
      throw new AwsError('InvalidAttributeName', 'FifoQueue cannot be changed after the queue was created.');
    }
    checkAttributes(attributes);
    checkDeadLetterQueue(attributes);
    queue.configure(attributes);
  }

  const registry: SqsRegistry = {
    createQueue(name, given = {}) {
      const attributes = { ...DEFAULT_ATTRIBUTES, ...given };
      checkQueueName(name, attributes.fifo);
      checkAttributes(attributes);
      checkDeadLetterQueue(attributes);
      const before = queues.get(name);
      if (before !== undefined) {
        if (isSame(before.attributes, given)) return before;
        throw new AwsError('QueueNameExists', `A queue named ${name} exists already, with other attributes.`);
      }
      const identity = { name, arn: `${arnPrefix}${name}`, url: () => `${options.endpoint()}/${host.accountId}/${name}` };
      const queue = createQueueState(host, identity, attributes, find);
      queues.set(name, queue);
      return queue;
    },
    deleteQueue(reference) {
      const queue = existing(reference);
      queue.close();
      queues.delete(queue.name);
    },
    setPolicy(queueArn, policy) {
      configure(existing(queueArn), { policy });
    },
    queue: find,
    queues: () => [...queues.values()],
    existing,
    configure,
  };
  return { ...registry, ...createSqsProtocol(host, registry) };
}

/** What the wire protocol needs beside the public interface. */
export interface SqsRegistry extends Omit<Sqs, 'handle'> {
  /** Throws `QueueDoesNotExist`. */
  existing(reference: string): QueueInternals;
  configure(queue: QueueInternals, change: Partial<QueueAttributes>): void;
}

/** Whether every attribute of a repeated CreateQueue equals the queue's: what the repetition leaves out is not compared. */
function isSame(attributes: QueueAttributes, given: Partial<QueueAttributes>): boolean {
  const current = new Map<string, unknown>(Object.entries(attributes));
  return Object.entries(given).every(([key, value]) => JSON.stringify(current.get(key)) === JSON.stringify(value));
}
