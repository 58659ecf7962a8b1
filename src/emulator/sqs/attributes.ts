/** Queue attributes between their wire form (names and strings) and {@link QueueAttributes}. */
import { AwsError } from '../core.ts';
import type { QueueInternals } from './queue.ts';
import type { QueueAttributes } from './sqs.ts';

const INERT = new Set([
  'FifoThroughputLimit',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'SqsManagedSseEnabled',
  'RedriveAllowPolicy',
]);

/** Reads the `Attributes` of CreateQueue and SetQueueAttributes. Throws `InvalidAttributeName` or `InvalidAttributeValue`. */
export function parseAttributes(wire: Readonly<Record<string, string>>): Partial<QueueAttributes> {
  const parsed: Partial<QueueAttributes> = {};
  const inert: Record<string, string> = {};
  for (const [name, value] of Object.entries(wire)) {
    if (INERT.has(name)) inert[name] = value;
    else Object.assign(parsed, parseAttribute(name, value));
  }
  return Object.keys(inert).length === 0 ? parsed : { ...parsed, inert };
}

function parseAttribute(name: string, value: string): Partial<QueueAttributes> {
  switch (name) {
    case 'VisibilityTimeout':
      return { visibilityTimeoutSeconds: whole(name, value) };
    case 'MessageRetentionPeriod':
      return { messageRetentionSeconds: whole(name, value) };
    case 'DelaySeconds':
      return { delaySeconds: whole(name, value) };
    case 'ReceiveMessageWaitTimeSeconds':
      return { receiveWaitSeconds: whole(name, value) };
    case 'MaximumMessageSize':
      return { maximumMessageBytes: whole(name, value) };
    case 'FifoQueue':
      return { fifo: flag(name, value) };
    case 'ContentBasedDeduplication':
      return { contentBasedDeduplication: flag(name, value) };
    case 'DeduplicationScope':
      if (value !== 'queue' && value !== 'messageGroup') throw invalidValue(name);
      return { deduplicationScope: value };
    case 'Policy':
      return { policy: value === '' ? undefined : json(name, value) };
    case 'RedrivePolicy':
      return redrive(value);
    default:
      throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  }
}

function redrive(value: string): Partial<QueueAttributes> {
  const policy = json('RedrivePolicy', value);
  if (typeof policy !== 'object' || policy === null) throw invalidValue('RedrivePolicy');
  const deadLetterArn: unknown = Reflect.get(policy, 'deadLetterTargetArn');
  const count: unknown = Reflect.get(policy, 'maxReceiveCount');
  // The count comes as a number or as a string of digits; both are in use.
  const maxReceiveCount = typeof count === 'string' ? Number(count) : count;
  if (typeof deadLetterArn !== 'string' || typeof maxReceiveCount !== 'number') throw invalidValue('RedrivePolicy');
  return { redrive: { deadLetterArn, maxReceiveCount } };
}

function whole(name: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw invalidValue(name);
  return Number(value);
}

function flag(name: string, value: string): boolean {
  if (value !== 'true' && value !== 'false') throw invalidValue(name);
  return value === 'true';
}

function json(name: string, value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw invalidValue(name);
  }
}

function invalidValue(name: string): AwsError {
  return new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
}

/** Everything GetQueueAttributes can show, by name. */
export function showAttributes(queue: QueueInternals): Readonly<Record<string, string>> {
  const { attributes } = queue;
  const { visible, inFlight, delayed } = queue.counts();
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.lastModifiedAt() / 1000)),
    VisibilityTimeout: String(attributes.visibilityTimeoutSeconds),
    MaximumMessageSize: String(attributes.maximumMessageBytes),
    MessageRetentionPeriod: String(attributes.messageRetentionSeconds),
    DelaySeconds: String(attributes.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(attributes.receiveWaitSeconds),
    ...(attributes.policy === undefined ? {} : { Policy: JSON.stringify(attributes.policy) }),
    ...(attributes.redrive === undefined
      ? {}
      : {
          RedrivePolicy: JSON.stringify({
            deadLetterTargetArn: attributes.redrive.deadLetterArn,
            maxReceiveCount: attributes.redrive.maxReceiveCount,
          }),
        }),
    ...(attributes.fifo
      ? {
          FifoQueue: 'true',
          ContentBasedDeduplication: String(attributes.contentBasedDeduplication),
          DeduplicationScope: attributes.deduplicationScope ?? 'queue',
          FifoThroughputLimit: 'perQueue',
        }
      : {}),
    ...attributes.inert,
  };
}
