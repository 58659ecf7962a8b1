/** What an event source mapping is configured with, checked as Lambda checks it. */
import { AwsError, type Caller, type Host } from '../core.ts';
import type { Queue } from '../sqs/sqs.ts';

/** ReceiveMessage gives at most ten. */
export const RECEIVE_LIMIT = 10;

export interface EventSourceMappingConfig {
  readonly queue: Queue;
  readonly functionArn: string;
  readonly functionTimeoutSeconds: number;
  /** The function's role session: it must be allowed to take from the queue. */
  readonly caller: Caller;
  /** 1-10, or 1-10,000 on a standard queue with a batching window; default 10. */
  readonly batchSize?: number;
  /** 0-300, standard queues only; default 0. */
  readonly maximumBatchingWindowSeconds?: number;
  /** FunctionResponseTypes has `ReportBatchItemFailures`. */
  readonly reportBatchItemFailures?: boolean;
  /** 2-1,000. */
  readonly maximumConcurrency?: number;
  readonly enabled?: boolean;
  /** Parsed event patterns, one of which a record must match; the others are deleted unseen. */
  readonly filterPatterns?: readonly unknown[];
}

/** Throws AwsError `InvalidParameterValueException` for what Lambda would refuse. */
export function checkMapping(host: Host, config: EventSourceMappingConfig): void {
  const { queue, batchSize = 10, maximumBatchingWindowSeconds: window = 0, maximumConcurrency } = config;
  const { fifo, visibilityTimeoutSeconds } = queue.attributes;
  const refuse = (message: string): never => {
    throw new AwsError('InvalidParameterValueException', message);
  };
  const isWithin = (value: number, low: number, high: number): boolean =>
    Number.isInteger(value) && value >= low && value <= high;
  if (!isWithin(batchSize, 1, fifo ? 10 : 10_000)) refuse(`BatchSize ${batchSize} is out of range for queue ${queue.name}`);
  if (!isWithin(window, 0, 300)) refuse(`MaximumBatchingWindowInSeconds ${window} is out of range: 0 to 300`);
  if (fifo && window > 0) refuse('Batching window is not supported for FIFO queues');
  if (batchSize > RECEIVE_LIMIT && window === 0) {
    refuse('Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10');
  }
  if (maximumConcurrency !== undefined && !isWithin(maximumConcurrency, 2, 1000)) {
    refuse(`MaximumConcurrency ${maximumConcurrency} is out of range: 2 to 1000`);
  }
  if (visibilityTimeoutSeconds < config.functionTimeoutSeconds) {
    refuse(
      `Queue visibility timeout: ${visibilityTimeoutSeconds} seconds is less than Function timeout: ${config.functionTimeoutSeconds} seconds`,
    );
  }
  for (const name of ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes']) {
    const request = { action: `sqs:${name}`, resources: [{ type: 'queue', arn: queue.arn }] };
    if (host.authorizer.deny(config.caller, request) !== undefined) {
      refuse(`The function execution role does not have permissions to call ${name} on SQS`);
    }
  }
}
