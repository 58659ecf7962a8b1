/** A bus with queues and logs on a test host, and builders for what the tests put on it. */
import type { EmulatedEvent } from '../../../src/emulator/core.ts';
import { createEventBus, type EventBus, type Rule, type RuleTarget } from '../../../src/emulator/eventbridge/event-bus.ts';
import { createLogs, type Logs } from '../../../src/emulator/logs/logs.ts';
import { createSqs, type Queue, type QueueAttributes, type Sqs } from '../../../src/emulator/sqs/sqs.ts';
import { createTestHost, type TestHost } from '../test-host.ts';

export interface BusWorld {
  readonly host: TestHost;
  readonly sqs: Sqs;
  readonly logs: Logs;
  readonly bus: EventBus;
  event(detail?: Record<string, unknown>, more?: Partial<EmulatedEvent>): EmulatedEvent;
  /** A queue that the rules with these names may send to. */
  openQueue(name: string, attributes?: Partial<QueueAttributes>, ruleNames?: readonly string[]): Queue;
}

export const ruleArn = (name: string): string => `arn:aws:events:eu-west-1:111122223333:rule/${name}`;

/** A rule named r that matches everything. */
export function rule(targets: readonly RuleTarget[], more: Partial<Rule> = {}): Rule {
  return { name: 'r', arn: ruleArn('r'), state: 'ENABLED', eventPattern: { source: [{ prefix: '' }] }, targets, ...more };
}

export const to = (queue: Queue, more: Partial<RuleTarget> = {}): RuleTarget => ({ id: 't', arn: queue.arn, ...more });

export const received = (queue: Queue): unknown[] => queue.receive({ max: 10 }).map(({ body }): unknown => JSON.parse(body));

export function createBusWorld(): BusWorld {
  const host = createTestHost();
  const sqs = createSqs(host, { endpoint: () => 'http://emulator.invalid' });
  const logs = createLogs(host);
  return {
    host,
    sqs,
    logs,
    bus: createEventBus(host, { sqs, logs }),
    event(detail = {}, more = {}) {
      const base = {
        version: '0' as const,
        'detail-type': 'Test',
        source: 'app',
        account: '111122223333',
        time: '2026-11-23T02:40:00Z',
      };
      return { ...base, id: host.newUuid(), region: 'eu-west-1', resources: [], detail, ...more };
    },
    openQueue(name, attributes = {}, ruleNames = ['r']) {
      const queue = sqs.createQueue(name, attributes);
      sqs.setPolicy(queue.arn, {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: queue.arn,
            Condition: { ArnEquals: { 'aws:SourceArn': ruleNames.map(ruleArn) } },
          },
        ],
      });
      return queue;
    },
  };
}
