/**
 * An SQS event source of a function: takes batches off a queue, invokes, deletes what was done and leaves the rest to the visibility timeout.
 * Wakes when the queue says that something is receivable; nothing is polled. Unlike AWS, the number of concurrent batches does not grow
 * with the backlog: it is MaximumConcurrency, or five, where Lambda starts.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
import { AwsError, type Host } from '../core.ts';
import { compilePattern } from '../eventbridge/pattern.ts';
import type { ReceivedMessage } from '../sqs/sqs.ts';
import { failedMessages } from './batch-response.ts';
import { checkMapping, type EventSourceMappingConfig, RECEIVE_LIMIT } from './mapping-config.ts';
import { recordMatches, toRecord } from './sqs-record.ts';

export type { EventSourceMappingConfig } from './mapping-config.ts';

/** Invokes the function with a JSON event; rejects when Lambda refuses the invocation. */
export type InvokeFunction = (payload: string) => Promise<{ readonly payload: string; readonly functionError?: string }>;

export interface MappingCounts {
  readonly batches: number;
  /** Batches of which at least one message failed. */
  readonly failedBatches: number;
  readonly deleted: number;
  readonly filtered: number;
  readonly throttled: number;
}

export interface EventSourceMapping {
  readonly uuid: string;
  readonly config: EventSourceMappingConfig;
  counts(): MappingCounts;
  /** Resolves when no batch is under way. */
  idle(): Promise<void>;
  /** Takes no further batch and resolves when the last one is done. */
  stop(): Promise<void>;
}

const INITIAL_CONCURRENCY = 5;
const THROTTLE_BACKOFF_MS = 1000;

/** Connects queue and function and starts; throws AwsError `InvalidParameterValueException` for what Lambda would refuse. */
export function createEventSourceMapping(
  host: Host,
  config: EventSourceMappingConfig,
  invoke: InvokeFunction,
): EventSourceMapping {
  checkMapping(host, config);
  const { queue, batchSize = 10, maximumBatchingWindowSeconds = 0, maximumConcurrency = INITIAL_CONCURRENCY } = config;
  const matchers = (config.filterPatterns ?? []).map(compilePattern);
  const counts = { batches: 0, failedBatches: 0, deleted: 0, filtered: 0, throttled: 0 };
  const waiting = new Set<() => void>();
  const sleepers = new Set<() => void>();
  let active = 0;
  let isStopped = config.enabled === false;
  let gathered: ReceivedMessage[] = [];
  let cancelWindow: (() => void) | undefined;

  function remove(message: ReceivedMessage): void {
    try {
      queue.delete(message.receiptHandle);
    } catch (error) {
      // The visibility timeout ran out during the invocation: the message will be delivered again, as in AWS.
      if (!(error instanceof AwsError)) throw error;
    }
  }

  function receive(room: number): ReceivedMessage[] {
    const wanted: ReceivedMessage[] = [];
    while (wanted.length < room) {
      const messages = queue.receive({ max: Math.min(RECEIVE_LIMIT, room - wanted.length) });
      if (messages.length === 0) break;
      for (const message of messages) {
        if (recordMatches(matchers, toRecord(host, queue, message))) wanted.push(message);
        else {
          remove(message);
          counts.filtered += 1;
        }
      }
    }
    return wanted;
  }

  /** Ends early when the mapping stops. */
  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = host.clock.after(ms, wake);
      function wake(): void {
        cancel();
        sleepers.delete(wake);
        resolve();
      }
      sleepers.add(wake);
    });
  }

  /** A throttled invocation is tried again with growing pauses until the messages would come back anyway. */
  async function invokePatiently(payload: string): ReturnType<InvokeFunction> {
    const givesUpAt = host.clock.now() + queue.attributes.visibilityTimeoutSeconds * 1000;
    for (let backoffMs = THROTTLE_BACKOFF_MS; ; backoffMs *= 2) {
      try {
        return await invoke(payload);
      } catch (error) {
        const isThrottle = error instanceof AwsError && error.code === 'TooManyRequestsException';
        if (!isThrottle || isStopped || host.clock.now() + backoffMs >= givesUpAt) throw error;
        counts.throttled += 1;
        await pause(backoffMs);
      }
    }
  }

  async function process(messages: readonly ReceivedMessage[]): Promise<void> {
    const ids = messages.map(({ messageId }) => messageId);
    counts.batches += 1;
    let failed: ReadonlySet<string> = new Set(ids);
    try {
      const { payload, functionError } = await invokePatiently(
        JSON.stringify({ Records: messages.map((message) => toRecord(host, queue, message)) }),
      );
      if (functionError === undefined)
        failed = config.reportBatchItemFailures === true ? failedMessages(payload, ids) : new Set();
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
    } finally {
      for (const message of messages.filter(({ messageId }) => !failed.has(messageId))) {
        remove(message);
        counts.deleted += 1;
      }
      if (failed.size > 0) counts.failedBatches += 1;
      active -= 1;
      pump();
      if (active === 0) for (const resolve of waiting) resolve();
      if (active === 0) waiting.clear();
    }
  }

  function dispatch(messages: readonly ReceivedMessage[]): void {
    active += 1;
    void process(messages);
  }

  function flush(): void {
    cancelWindow?.();
    cancelWindow = undefined;
    const batch = gathered;
    gathered = [];
    if (batch.length > 0) dispatch(batch);
  }

  function pump(): void {
    while (!isStopped && active < maximumConcurrency) {
      gathered.push(...receive(batchSize - gathered.length));
      if (gathered.length === 0) return;
      if (gathered.length < batchSize && maximumBatchingWindowSeconds > 0) {
        cancelWindow ??= host.clock.after(maximumBatchingWindowSeconds * 1000, flush);
        return;
      }
      flush();
    }
  }

  const unsubscribe = queue.onReceivable(pump);
  pump();

  const idle = (): Promise<void> => (active === 0 ? Promise.resolve() : new Promise((resolve) => waiting.add(resolve)));
  return {
    uuid: host.newUuid(),
    config,
    counts: () => ({ ...counts }),
    idle,
    async stop() {
      isStopped = true;
      unsubscribe();
      cancelWindow?.();
      cancelWindow = undefined;
      for (const wake of sleepers) wake();
      await idle();
    },
  };
}
