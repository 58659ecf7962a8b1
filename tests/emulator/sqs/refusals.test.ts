import { beforeEach, describe, expect, test } from 'vitest';
import { createSqs, type Queue, type QueueAttributes, type Sqs } from '../../../src/emulator/sqs/sqs.ts';
import { createTestHost } from '../test-host.ts';

let sqs: Sqs;

beforeEach(() => {
  sqs = createSqs(createTestHost(), { endpoint: () => 'http://emulator.invalid' });
});

const fifo = (attributes: Partial<QueueAttributes> = {}): Queue =>
  sqs.createQueue('q.fifo', { fifo: true, contentBasedDeduplication: true, ...attributes });
describe('refusals', () => {
  const handleOfOther = (): string => {
    const other = sqs.createQueue('other');
    other.send({ body: 'x' });
    return other.receive({ max: 1 })[0]?.receiptHandle ?? '';
  };
  test.each<[string, string, () => unknown]>([
    ['a FIFO message without group', 'MissingParameter', () => fifo().send({ body: 'a' })],
    [
      'a FIFO message without deduplication',
      'InvalidParameterValue',
      () => fifo({ contentBasedDeduplication: false }).send({ body: 'a', groupId: 'g' }),
    ],
    ['a delay for one FIFO message', 'InvalidParameterValue', () => fifo().send({ body: 'a', groupId: 'g', delaySeconds: 1 })],
    [
      'a deduplication id on a standard queue',
      'InvalidParameterValue',
      () => sqs.createQueue('q').send({ body: 'a', deduplicationId: 'd' }),
    ],
    ['an empty body', 'MissingParameter', () => sqs.createQueue('q').send({ body: '' })],
    [
      'a body above the limit',
      'InvalidParameterValue',
      () => sqs.createQueue('q', { maximumMessageBytes: 1024 }).send({ body: 'é'.repeat(513) }),
    ],
    ['characters outside XML', 'InvalidMessageContents', () => sqs.createQueue('q').send({ body: '\u0000' })],
    ['a group id of 129 characters', 'InvalidParameterValue', () => fifo().send({ body: 'a', groupId: 'g'.repeat(129) })],
    ['eleven messages at once', 'InvalidParameterValue', () => sqs.createQueue('q').receive({ max: 11 })],
    [
      'a visibility timeout above twelve hours',
      'InvalidParameterValue',
      () => sqs.createQueue('q').receive({ max: 1, visibilityTimeoutSeconds: 43_201 }),
    ],
    ['an invented receipt handle', 'ReceiptHandleIsInvalid', () => sqs.createQueue('q').delete('abc')],
    ['a receipt handle of another queue', 'ReceiptHandleIsInvalid', () => sqs.createQueue('q').delete(handleOfOther())],
    ['a FIFO name without .fifo', 'InvalidParameterValue', () => sqs.createQueue('q', { fifo: true })],
    ['a standard name with .fifo', 'InvalidParameterValue', () => sqs.createQueue('q.fifo')],
    ['a long name', 'InvalidParameterValue', () => sqs.createQueue('q'.repeat(81))],
    ['retention under a minute', 'InvalidAttributeValue', () => sqs.createQueue('q', { messageRetentionSeconds: 59 })],
    [
      'content-based deduplication on a standard queue',
      'InvalidAttributeName',
      () => sqs.createQueue('q', { contentBasedDeduplication: true }),
    ],
    ['a policy that is none', 'InvalidAttributeValue', () => sqs.createQueue('q', { policy: { Statement: 'x' } })],
    [
      'the same name with other attributes',
      'QueueNameExists',
      () => [sqs.createQueue('q'), sqs.createQueue('q', { delaySeconds: 1 })],
    ],
    ['a policy for no queue', 'QueueDoesNotExist', () => sqs.setPolicy('arn:aws:sqs:eu-west-1:111122223333:none', undefined)],
  ])('%s: %s', (_name, code, attempt) => {
    expect(attempt).toThrow(expect.objectContaining({ name: 'AwsError', code }));
  });

  test('the same name with the same attributes is the same queue', () => {
    expect(sqs.createQueue('q', { delaySeconds: 1 })).toBe(sqs.createQueue('q', { delaySeconds: 1 }));
  });
});
