/** The emulated CloudWatch, in process: metrics, where they come from, and alarms. See BEHAVIOR.md beside this file. */
import type { Host } from '../core.ts';
import type { Logs } from '../logs/logs.ts';
import type { Sqs } from '../sqs/sqs.ts';
import type { AlarmDefinition } from './alarm-definition.ts';
import { type Alarms, createAlarms } from './alarms.ts';
import { readEmbeddedMetrics } from './embedded-metrics.ts';
import { createMetrics, type Metrics } from './metrics.ts';

/** An invocation of a function, as Lambda reports it. */
export interface ReportedInvocation {
  readonly functionName: string;
  readonly durationMs: number;
  readonly isError: boolean;
}

export interface CloudWatch {
  readonly metrics: Metrics;
  readonly alarms: Omit<Alarms, 'evaluate'>;
  /**
   * Goes on to a moment, minute by minute: samples what AWS samples, and evaluates every alarm. The clock does it by itself from the first
   * alarm on; a test may go ahead of the clock, to see what would be if nothing happened until then.
   */
  goOnTo(at: number): void;
  reportInvocation(invocation: ReportedInvocation): void;
}

const MINUTE_MS = 60_000;

/** Creates a CloudWatch that reads the metrics in every log group. It samples and evaluates nothing until there is an alarm. */
export function createCloudWatch(host: Host, services: { readonly logs: Logs; readonly sqs: Sqs }): CloudWatch {
  const metrics = createMetrics();
  const alarms = createAlarms(host, metrics);
  let doneUntil = 0;
  let isTicking = false;

  services.logs.subscribeAll((group, { message }) => {
    const read = readEmbeddedMetrics(message, host.clock.now());
    if (read === undefined) return;
    if ('data' in read) for (const datum of read.data) metrics.put(datum);
    else putOne('AWS/Logs', 'EMFValidationErrors', { LogGroupName: group }, 1, host.clock.now());
  });

  function putOne(
    namespace: string,
    name: string,
    dimensions: Readonly<Record<string, string>>,
    value: number,
    timestamp: number,
  ): void {
    metrics.put({ namespace, name, dimensions, values: [value], timestamp });
  }

  /** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
  function sampleQueues(at: number): void {
    for (const queue of services.sqs.queues()) {
      const { visible, inFlight, delayed } = queue.counts();
      const oldest = queue.oldestSentAt();
      const samples = {
        ApproximateNumberOfMessagesVisible: visible,
        ApproximateNumberOfMessagesNotVisible: inFlight,
        ApproximateNumberOfMessagesDelayed: delayed,
        ApproximateAgeOfOldestMessage: oldest === undefined ? 0 : Math.max(0, Math.round((at - oldest) / 1000)),
      };
      for (const [name, value] of Object.entries(samples)) putOne('AWS/SQS', name, { QueueName: queue.name }, value, at);
    }
  }

  function goOnTo(at: number): void {
    while (doneUntil + MINUTE_MS <= at) {
      doneUntil += MINUTE_MS;
      sampleQueues(doneUntil);
      alarms.evaluate(doneUntil);
    }
  }

  function tick(): void {
    isTicking = alarms.list().length > 0;
    if (!isTicking) return;
    goOnTo(host.clock.now());
    host.clock.after(MINUTE_MS, tick);
  }

  return {
    metrics,
    alarms: {
      ...alarms,
      put(alarm: AlarmDefinition) {
        alarms.put(alarm);
        if (isTicking) return;
        isTicking = true;
        doneUntil = host.clock.now();
        host.clock.after(MINUTE_MS, tick);
      },
    },
    goOnTo,
    reportInvocation({ functionName, durationMs, isError }) {
      const at = host.clock.now();
      const dimensions = { FunctionName: functionName };
      putOne('AWS/Lambda', 'Invocations', dimensions, 1, at);
      putOne('AWS/Lambda', 'Errors', dimensions, isError ? 1 : 0, at);
      putOne('AWS/Lambda', 'Duration', dimensions, durationMs, at);
    },
  };
}
