/** What SQS refuses: queue names, attribute ranges, message contents (SQS quotas-queues.html, quotas-messages.html). */
import { AwsError } from '../core.ts';
import { MalformedPolicyError, parsePolicy } from '../iam/policy-document.ts';
import type { OutgoingMessage, QueueAttributes } from './sqs.ts';

export const DEFAULT_ATTRIBUTES: QueueAttributes = {
  fifo: false,
  contentBasedDeduplication: false,
  visibilityTimeoutSeconds: 30,
  messageRetentionSeconds: 345_600,
  delaySeconds: 0,
  receiveWaitSeconds: 0,
  maximumMessageBytes: 1_048_576,
};

export function checkBetween(name: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new AwsError(
    'InvalidParameterValue',
    `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${low} and ${high}, if provided.`,
  );
}

export function checkQueueName(name: string, isFifo: boolean): void {
  const base = isFifo && name.endsWith('.fifo') ? name.slice(0, -'.fifo'.length) : name;
  if (name.length > 80 || !/^[\w-]+$/.test(base)) {
    throw new AwsError(
      'InvalidParameterValue',
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    );
  }
  if (isFifo && !name.endsWith('.fifo')) {
    throw new AwsError(
      'InvalidParameterValue',
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
    );
  }
}

/** Ranges of every numeric attribute, and what only a FIFO queue may have. */
export function checkAttributes(attributes: QueueAttributes): void {
  const ranges: readonly (readonly [name: string, value: number, low: number, high: number])[] = [
    ['VisibilityTimeout', attributes.visibilityTimeoutSeconds, 0, 43_200],
    ['MessageRetentionPeriod', attributes.messageRetentionSeconds, 60, 1_209_600],
    ['DelaySeconds', attributes.delaySeconds, 0, 900],
    ['ReceiveMessageWaitTimeSeconds', attributes.receiveWaitSeconds, 0, 20],
    ['MaximumMessageSize', attributes.maximumMessageBytes, 1024, 1_048_576],
  ];
  for (const [name, value, low, high] of ranges) {
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new AwsError(
        'InvalidAttributeValue',
        `Invalid value for the parameter ${name}. Reason: Must be an integer from ${low} to ${high}.`,
      );
    }
  }
  if (attributes.policy !== undefined) checkPolicy(attributes.policy);
  const { redrive } = attributes;
  if (
    redrive !== undefined &&
    (!Number.isInteger(redrive.maxReceiveCount) || redrive.maxReceiveCount < 1 || redrive.maxReceiveCount > 1000)
  ) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value ${redrive.maxReceiveCount} for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount, valid values are from 1 to 1000 both inclusive.`,
    );
  }
  if (!attributes.fifo && (attributes.contentBasedDeduplication || attributes.deduplicationScope !== undefined)) {
    throw new AwsError(
      'InvalidAttributeName',
      'Unknown Attribute: ContentBasedDeduplication and DeduplicationScope are for FIFO queues.',
    );
  }
}

function checkPolicy(policy: unknown): void {
  try {
    parsePolicy(policy);
  } catch (error) {
    if (!(error instanceof MalformedPolicyError)) throw error;
    throw new AwsError('InvalidAttributeValue', `Invalid value for the parameter Policy. Reason: ${error.message}`);
  }
}

/** A message that a queue with these attributes does not take throws. */
export function checkMessage(attributes: QueueAttributes, message: OutgoingMessage, bytes: number): void {
  if (message.body === '') throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  if (bytes > attributes.maximumMessageBytes) {
    throw new AwsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${attributes.maximumMessageBytes} bytes.`,
    );
  }
  // XML 1.0's character set: SQS refuses the rest (API_SendMessage.html).
  if (/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(message.body)) {
    throw new AwsError('InvalidMessageContents', 'The message contains characters outside the allowed set.');
  }
  if (message.delaySeconds !== undefined) checkBetween('DelaySeconds', message.delaySeconds, 0, 900);
  checkId('MessageGroupId', message.groupId);
  checkId('MessageDeduplicationId', message.deduplicationId);
  if (attributes.fifo) {
    if (message.groupId === undefined)
      throw new AwsError('MissingParameter', 'The request must contain the parameter MessageGroupId.');
    if (message.delaySeconds !== undefined && message.delaySeconds > 0) {
      throw new AwsError(
        'InvalidParameterValue',
        `Value ${message.delaySeconds} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.`,
      );
    }
  } else if (message.deduplicationId !== undefined) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value ${message.deduplicationId} for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type.`,
    );
  }
}

function checkId(name: string, value: string | undefined): void {
  if (value === undefined || /^[!-~]{1,128}$/.test(value)) return;
  throw new AwsError(
    'InvalidParameterValue',
    `Value ${value} for parameter ${name} is invalid. Reason: ${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}
