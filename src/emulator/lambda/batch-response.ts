/**
 * What a function's answer means for the messages of its batch under ReportBatchItemFailures.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
import { z } from 'zod';

const responseShape = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullable();

/**
 * The ids of the failed messages: none for an empty or null answer or list; all of them when the answer is malformed or names
 * a message that is not in the batch.
 */
export function failedMessages(payload: string, messageIds: readonly string[]): ReadonlySet<string> {
  const all = new Set(messageIds);
  let answer: unknown;
  try {
    answer = JSON.parse(payload);
  } catch {
    return all;
  }
  const { success, data } = responseShape.safeParse(answer);
  if (!success) return all;
  const failed = (data?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
  return failed.every((id) => all.has(id)) ? new Set(failed) : all;
}
