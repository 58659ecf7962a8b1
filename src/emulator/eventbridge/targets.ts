/** The targets that the bus serves itself: SQS queues and CloudWatch log groups. */
import { AwsError, type Host } from '../core.ts';
import { serviceIsAllowed } from '../iam/resource-policy.ts';
import type { Logs } from '../logs/logs.ts';
import type { Queue, Sqs } from '../sqs/sqs.ts';
import type { Deliver, DeliveryOutcome, Rule } from './event-bus.ts';
import { readPath } from './payload.ts';

const SERVICE = 'events.amazonaws.com';

/** A delivery that will not succeed by trying again. */
export function refused(code: string, message: string): DeliveryOutcome {
  return { delivered: false, code, message, retryable: false };
}

/** Whether the queue's policy lets EventBridge send on behalf of the rule (eb-use-resource-based.html). */
export function maySend(host: Host, queue: Queue, rule: Rule): boolean {
  const { policy } = queue.attributes;
  return serviceIsAllowed(policy === undefined ? [] : [policy], {
    service: SERVICE,
    action: 'sqs:SendMessage',
    resource: queue.arn,
    context: { 'aws:SourceArn': rule.arn, 'aws:SourceAccount': host.accountId },
  });
}

/** Sends to the queue; a FIFO queue needs the target's message group and content-based deduplication. */
export function createQueueTarget(host: Host, sqs: Sqs): Deliver {
  return (target, rule, payload, event) => {
    const queue = sqs.queue(target.arn);
    if (queue === undefined || queue.arn !== target.arn) return refused('NO_RESOURCE', `The queue ${target.arn} does not exist.`);
    if (!maySend(host, queue, rule)) {
      return refused('NO_PERMISSIONS', `The policy of ${target.arn} does not let ${SERVICE} send messages for ${rule.arn}.`);
    }
    const group = target.messageGroupId;
    const groupId = group?.startsWith('$') === true ? readPath(event, group) : group;
    if (group !== undefined && (typeof groupId !== 'string' || groupId === '')) {
      return refused('INVALID_PARAMETER', `MessageGroupId ${group} is not a string in the event.`);
    }
    try {
      queue.send({ body: payload, senderId: 'AROAEVENTBRIDGE:events', ...(typeof groupId === 'string' ? { groupId } : {}) });
      return { delivered: true };
    } catch (error) {
      if (error instanceof AwsError) return refused('INVALID_PARAMETER', error.message);
      throw error;
    }
  };
}

/** Writes each event as a log event; the account needs a CloudWatch Logs resource policy that lets EventBridge do so. */
export function createLogGroupTarget(host: Host, logs: Logs): Deliver {
  const streams = new Map<string, string>();
  return (target, rule, payload) => {
    const group = /^arn:[^:]+:logs:[^:]+:[^:]+:log-group:([^:]+)(?::\*)?$/.exec(target.arn)?.[1];
    if (group === undefined || !logs.groups().some(({ name }) => name === group)) {
      return refused('NO_RESOURCE', `The log group ${target.arn} does not exist.`);
    }
    const stream = streams.get(rule.name) ?? host.newUuid();
    streams.set(rule.name, stream);
    const resource = `arn:${host.partition}:logs:${host.region}:${host.accountId}:log-group:${group}:log-stream:${stream}`;
    const context = { 'aws:SourceArn': rule.arn, 'aws:SourceAccount': host.accountId };
    const policies = logs.resourcePolicies().map(({ document }) => document);
    const isAllowed = ['logs:CreateLogStream', 'logs:PutLogEvents'].every((action) =>
      serviceIsAllowed(policies, { service: SERVICE, action, resource, context }),
    );
    if (!isAllowed)
      return refused('NO_PERMISSIONS', `No CloudWatch Logs resource policy lets ${SERVICE} write to ${group} for ${rule.arn}.`);
    const line = target.inputTransformer === undefined ? { timestamp: host.clock.now(), message: payload } : transformed(payload);
    if (line === undefined)
      return refused('INVALID_JSON', 'The input template of a log group must give {"timestamp": number, "message": string}.');
    logs.append(group, stream, [line]);
    return { delivered: true };
  };
}

/** An input transformer of a log group must produce exactly a timestamp and a message (eb-targets.html). */
function transformed(payload: string): { readonly timestamp: number; readonly message: string } | undefined {
  try {
    const value: unknown = JSON.parse(payload);
    if (typeof value !== 'object' || value === null) return undefined;
    const timestamp: unknown = Reflect.get(value, 'timestamp');
    const message: unknown = Reflect.get(value, 'message');
    const milliseconds = typeof timestamp === 'string' ? Date.parse(timestamp) : timestamp;
    if (typeof milliseconds !== 'number' || Number.isNaN(milliseconds) || message === undefined) return undefined;
    return { timestamp: milliseconds, message: typeof message === 'string' ? message : JSON.stringify(message) };
  } catch {
    return undefined;
  }
}
