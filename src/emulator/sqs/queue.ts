/** One queue: acceptance, delay, visibility timeout, redelivery, redrive, retention and FIFO deduplication, all on the host's clock. */
import { AwsError, type Host } from '../core.ts';
import { type Backlog, createFifoBacklog, createStandardBacklog } from './backlog.ts';
import { createDeduplication, type Deduplication } from './deduplication.ts';
import { type Message, makeReceiptHandle, md5, readReceiptHandle, sizeOf, toReceived } from './message.ts';
import type { MessageAttributeValue, OutgoingMessage, Queue, QueueAttributes, ReceivedMessage, SentMessage } from './sqs.ts';
import { checkBetween, checkMessage } from './validation.ts';

/** Most messages that may be in flight on one queue. */
const MAX_IN_FLIGHT = 120_000;

/** What a queue offers to the rest of SQS, beyond {@link Queue}. */
export interface QueueInternals extends Queue {
  readonly createdAt: number;
  lastModifiedAt(): number;
  configure(attributes: QueueAttributes): void;
  /** Takes over a message that another queue gave up on. */
  adopt(message: Message, sourceArn: string): void;
  /** Cancels every timer. */
  close(): void;
}

export interface QueueIdentity {
  readonly name: string;
  readonly arn: string;
  readonly url: () => string;
}

/** Creates an empty queue; `findQueue` resolves dead-letter ARNs. */
export function createQueueState(
  host: Host,
  identity: QueueIdentity,
  initial: QueueAttributes,
  findQueue: (arn: string) => QueueInternals | undefined,
): QueueInternals {
  let attributes = initial;
  const createdAt = host.clock.now();
  let modifiedAt = createdAt;
  const backlog: Backlog = attributes.fifo ? createFifoBacklog() : createStandardBacklog();
  const deduplication: Deduplication = createDeduplication(host.clock);
  const messages = new Map<string, Message>();
  const listeners = new Set<() => void>();
  const tally = { delayed: 0, ready: 0, 'in-flight': 0 };
  let cancelNotice: (() => void) | undefined;
  let lastSequence = 0n;

  function notify(): void {
    cancelNotice ??= host.clock.after(0, () => {
      cancelNotice = undefined;
      for (const listener of Array.from(listeners)) listener();
    });
  }

  function transition(message: Message, state: Message['state']): void {
    const before = message.state;
    message.cancelTimer?.();
    message.cancelTimer = undefined;
    message.state = state;
    tally[before] -= 1;
    tally[state] += 1;
    backlog.changed(message, before);
  }

  function readyAfter(message: Message, seconds: number): void {
    message.cancelTimer = host.clock.after(seconds * 1000, () => makeReady(message));
  }

  function makeReady(message: Message): void {
    transition(message, 'ready');
    if (backlog.isReceivable(message)) notify();
  }

  function add(message: Message): void {
    messages.set(message.id, message);
    tally[message.state] += 1;
    backlog.add(message);
    if (message.state === 'ready' && backlog.isReceivable(message)) notify();
  }

  function forget(message: Message): void {
    message.cancelTimer?.();
    message.cancelTimer = undefined;
    messages.delete(message.id);
    tally[message.state] -= 1;
    backlog.remove(message);
    if (backlog.isReceivable(message)) notify();
  }

  function expire(): void {
    const oldestKept = host.clock.now() - attributes.messageRetentionSeconds * 1000;
    for (const message of messages.values()) {
      if (message.sentAt > oldestKept) {
        // Messages of a plain queue are in order of sending; those of a dead-letter queue may not be.
        if (message.deadLetterSource === undefined) break;
      } else forget(message);
    }
  }

  function nextSequence(): string {
    lastSequence += 256n;
    return String(18_850_000_000_000_000_000n + lastSequence);
  }

  function redrive(message: Message): boolean {
    const { redrive: policy } = attributes;
    if (policy === undefined || message.receiveCount < policy.maxReceiveCount) return false;
    const deadLetters = findQueue(policy.deadLetterArn);
    if (deadLetters === undefined) return false;
    forget(message);
    deadLetters.adopt(message, identity.arn);
    return true;
  }

  function inFlightByHandle(receiptHandle: string): { readonly message: Message | undefined; readonly isCurrent: boolean } {
    const { messageId, receiveCount } = readReceiptHandle(identity.name, receiptHandle);
    const message = messages.get(messageId);
    return { message, isCurrent: message !== undefined && message.receiveCount === receiveCount };
  }

  const queue: QueueInternals = {
    name: identity.name,
    arn: identity.arn,
    createdAt,
    get url() {
      return identity.url();
    },
    get attributes() {
      return attributes;
    },
    lastModifiedAt: () => modifiedAt,
    configure(next) {
      attributes = next;
      modifiedAt = host.clock.now();
    },

    send(outgoing): SentMessage {
      const messageAttributes = attributesOf(outgoing);
      checkMessage(attributes, outgoing, sizeOf(outgoing.body, messageAttributes));
      const key = attributes.fifo ? deduplication.keyOf(attributes, outgoing) : undefined;
      const earlier = key === undefined ? undefined : deduplication.find(key.scoped);
      if (earlier !== undefined) return earlier;
      const delaySeconds = outgoing.delaySeconds ?? attributes.delaySeconds;
      const message: Message = {
        id: host.newUuid(),
        body: outgoing.body,
        md5OfBody: md5(outgoing.body),
        messageAttributes,
        senderId: outgoing.senderId ?? host.accountId,
        sentAt: host.clock.now(),
        ...(outgoing.groupId === undefined ? {} : { groupId: outgoing.groupId }),
        ...(key === undefined ? {} : { deduplicationId: key.id, sequenceNumber: nextSequence() }),
        state: delaySeconds > 0 ? 'delayed' : 'ready',
        receiveCount: 0,
        firstReceivedAt: undefined,
        cancelTimer: undefined,
      };
      const { id: messageId, md5OfBody, sequenceNumber } = message;
      const sent = { messageId, md5OfBody, ...(sequenceNumber === undefined ? {} : { sequenceNumber }) };
      if (key !== undefined) deduplication.remember(key.scoped, sent);
      add(message);
      if (message.state === 'delayed') readyAfter(message, delaySeconds);
      return sent;
    },

    receive({ max, visibilityTimeoutSeconds }): ReceivedMessage[] {
      checkBetween('MaxNumberOfMessages', max, 1, 10);
      const visibility = visibilityTimeoutSeconds ?? attributes.visibilityTimeoutSeconds;
      checkBetween('VisibilityTimeout', visibility, 0, 43_200);
      expire();
      const taken: ReceivedMessage[] = [];
      for (const message of backlog.receivable()) {
        if (taken.length >= max) break;
        if (redrive(message)) continue;
        if (tally['in-flight'] >= MAX_IN_FLIGHT) {
          if (taken.length > 0) break;
          throw new AwsError('OverLimit', `The queue already has ${MAX_IN_FLIGHT} messages in flight.`);
        }
        transition(message, 'in-flight');
        message.receiveCount += 1;
        message.firstReceivedAt ??= host.clock.now();
        readyAfter(message, visibility);
        taken.push(toReceived(message, makeReceiptHandle(identity.name, message, host.newUuid())));
      }
      return taken;
    },

    delete(receiptHandle) {
      const { message, isCurrent } = inFlightByHandle(receiptHandle);
      if (message === undefined) return;
      if (isCurrent && (!attributes.fifo || message.state === 'in-flight')) forget(message);
      else if (attributes.fifo) {
        throw new AwsError(
          'InvalidParameterValue',
          `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
        );
      }
    },

    changeVisibility(receiptHandle, seconds) {
      checkBetween('VisibilityTimeout', seconds, 0, 43_200);
      const { message, isCurrent } = inFlightByHandle(receiptHandle);
      if (message === undefined) {
        throw new AwsError(
          'InvalidParameterValue',
          `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
        );
      }
      if (!isCurrent || message.state !== 'in-flight') {
        throw new AwsError('MessageNotInflight', 'The specified message is not in flight.');
      }
      message.cancelTimer?.();
      message.cancelTimer = undefined;
      if (seconds === 0) makeReady(message);
      else readyAfter(message, seconds);
    },

    purge() {
      for (const message of messages.values()) forget(message);
    },
    counts() {
      expire();
      return { visible: tally.ready, inFlight: tally['in-flight'], delayed: tally.delayed };
    },
    oldestSentAt() {
      expire();
      const times = [...messages.values()].map(({ sentAt }) => sentAt);
      return times.length === 0 ? undefined : times.reduce((oldest, sentAt) => Math.min(oldest, sentAt));
    },
    onReceivable(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    adopt(message, sourceArn) {
      add({
        ...message,
        deadLetterSource: sourceArn,
        // A standard queue counts retention from the first sending; a FIFO queue from the move.
        sentAt: attributes.fifo ? host.clock.now() : message.sentAt,
        ...(attributes.fifo ? { sequenceNumber: nextSequence() } : {}),
        state: 'ready',
        cancelTimer: undefined,
      });
    },
    close() {
      cancelNotice?.();
      for (const message of messages.values()) message.cancelTimer?.();
      listeners.clear();
    },
  };
  return queue;
}

function attributesOf(outgoing: OutgoingMessage): Readonly<Record<string, MessageAttributeValue>> {
  const plain = Object.entries(outgoing.attributes ?? {}).map(([name, value]) => [
    name,
    { DataType: 'String', StringValue: value },
  ]);
  return { ...Object.fromEntries(plain), ...outgoing.messageAttributes };
}
