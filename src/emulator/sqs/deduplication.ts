/** FIFO deduplication: within five minutes, a second message with the same deduplication id is accepted and not delivered. */
import { createHash } from 'node:crypto';
import { AwsError, type Clock } from '../core.ts';
import type { OutgoingMessage, QueueAttributes, SentMessage } from './sqs.ts';

const WINDOW_MS = 5 * 60 * 1000;

export interface DeduplicationKey {
  /** The message's deduplication id, given or the SHA-256 of the body. */
  readonly id: string;
  /** The id within its scope, queue or message group. */
  readonly scoped: string;
}

export interface Deduplication {
  keyOf(attributes: QueueAttributes, message: OutgoingMessage): DeduplicationKey;
  find(scopedKey: string): SentMessage | undefined;
  remember(scopedKey: string, sent: SentMessage): void;
}

export function createDeduplication(clock: Clock): Deduplication {
  const accepted = new Map<string, { readonly at: number; readonly sent: SentMessage }>();
  return {
    keyOf(attributes, message) {
      const id = message.deduplicationId ?? (attributes.contentBasedDeduplication ? sha256(message.body) : undefined);
      if (id === undefined) {
        throw new AwsError(
          'InvalidParameterValue',
          'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
        );
      }
      const scope = attributes.deduplicationScope === 'messageGroup' ? (message.groupId ?? '') : '';
      return { id, scoped: JSON.stringify([scope, id]) };
    },
    find(scopedKey) {
      const oldestKept = clock.now() - WINDOW_MS;
      for (const [key, { at }] of accepted) {
        if (at > oldestKept) break;
        accepted.delete(key);
      }
      return accepted.get(scopedKey)?.sent;
    },
    remember(scopedKey, sent) {
      accepted.set(scopedKey, { at: clock.now(), sent });
    },
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
