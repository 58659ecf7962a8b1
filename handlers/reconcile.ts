import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createApp } from '../src/app.ts';
import { readConfig } from '../src/config/env.ts';
import type { CompiledPolicy } from '../src/model/policy.ts';
import { findings, listNetworkTags } from '../src/optional-parts.ts';

/** The policy of this deployment, put in by the bundler. */
declare const __COMPILED_POLICY__: CompiledPolicy;

// The bundler knows whether the policy has these, and leaves out what serves them where not.
const app = createApp(
  readConfig(process.env),
  __COMPILED_POLICY__,
  __COMPILED_POLICY__.onFinding && findings,
  __COMPILED_POLICY__.asksForNetworkTags && listNetworkTags,
);

/** Kept back from the function's timeout, to send the audit trail and answer. */
const marginMs = 4_000;

/**
 * Serves a batch of the FIFO queue. A message comes back to the queue only when nothing at all could be done: then the whole batch does, so that order is
 * kept and nothing is lost.
 */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const accountId = context.invokedFunctionArn.split(':')[4] ?? '';
  const deadline = Date.now() + context.getRemainingTimeInMillis() - marginMs;
  const outcome = await app.serve(
    event.Records.map((record) => record.body),
    accountId,
    deadline,
  );
  const returned = outcome === 'served' ? [] : event.Records;
  return { batchItemFailures: returned.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}
