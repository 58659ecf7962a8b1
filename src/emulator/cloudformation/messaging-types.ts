/** AWS::SQS::* and AWS::Events::*. */
import { z } from 'zod';
import { fromWire, targetShape } from '../eventbridge/target-wire.ts';
import { parsePolicy } from '../iam/policy-document.ts';
import { parseAttributes } from '../sqs/attributes.ts';
import { type CreateResource, document, flag, inert, numeric, resourceType, text } from './resource-type.ts';
import { TemplateError } from './template.ts';

const queue = resourceType(
  {
    QueueName: text.optional(),
    FifoQueue: flag.optional(),
    ContentBasedDeduplication: flag.optional(),
    VisibilityTimeout: numeric.optional(),
    MessageRetentionPeriod: numeric.optional(),
    DelaySeconds: numeric.optional(),
    ReceiveMessageWaitTimeSeconds: numeric.optional(),
    MaximumMessageSize: numeric.optional(),
    DeduplicationScope: text.optional(),
    FifoThroughputLimit: text.optional(),
    KmsMasterKeyId: text.optional(),
    KmsDataKeyReusePeriodSeconds: numeric.optional(),
    SqsManagedSseEnabled: flag.optional(),
    RedrivePolicy: document.optional(),
    RedriveAllowPolicy: document.optional(),
    Tags: inert,
  },
  ({ QueueName, Tags: _tags, ...attributes }, { emulator, generateName }) => {
    const name = QueueName ?? (attributes.FifoQueue === true ? `${generateName(75)}.fifo` : generateName(80));
    const wire: Record<string, string> = {};
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined) wire[key] = typeof value === 'string' ? value : JSON.stringify(value);
    }
    const { arn, url } = emulator.sqs.createQueue(name, parseAttributes(wire));
    return {
      physicalId: url,
      attributes: { Arn: arn, QueueName: name, QueueUrl: url },
      remove: () => emulator.sqs.deleteQueue(arn),
    };
  },
);

const queuePolicy = resourceType(
  { Queues: z.array(text), PolicyDocument: document },
  ({ Queues, PolicyDocument }, { emulator, logicalId, generateName }) => {
    parsePolicy(PolicyDocument);
    const arns = Queues.map((url) => {
      const found = emulator.sqs.queue(url);
      if (found === undefined) throw new TemplateError(`${logicalId}: there is no queue ${url}`);
      emulator.sqs.setPolicy(found.arn, PolicyDocument);
      return found.arn;
    });
    const remove = (): void => {
      for (const arn of arns) if (emulator.sqs.queue(arn) !== undefined) emulator.sqs.setPolicy(arn, undefined);
    };
    return { physicalId: generateName(), remove };
  },
);

const rule = resourceType(
  {
    Name: text.optional(),
    Description: text.optional(),
    EventBusName: z.literal('default').optional(),
    EventPattern: document.optional(),
    ScheduleExpression: text.optional(),
    State: z.enum(['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']).default('ENABLED'),
    RoleArn: inert,
    Tags: inert,
    Targets: z
      .array(
        z.strictObject({
          ...targetShape.shape,
          RetryPolicy: z
            .strictObject({ MaximumRetryAttempts: numeric.optional(), MaximumEventAgeInSeconds: numeric.optional() })
            .optional(),
        }),
      )
      .default([]),
  },
  (properties, { emulator, logicalId, generateName }) => {
    const { EventPattern: eventPattern, ScheduleExpression: scheduleExpression, Description: description } = properties;
    if (eventPattern === undefined && scheduleExpression === undefined) {
      throw new TemplateError(`${logicalId}: Parameter(s) EventPattern or ScheduleExpression must be specified`);
    }
    const { host, events } = emulator;
    const name = properties.Name ?? generateName(64);
    const arn = `arn:${host.partition}:events:${host.region}:${host.accountId}:rule/${name}`;
    events.putRule({
      name,
      arn,
      state: properties.State,
      targets: properties.Targets.map(fromWire),
      ...(eventPattern === undefined ? {} : { eventPattern }),
      ...(scheduleExpression === undefined ? {} : { scheduleExpression }),
      ...(description === undefined ? {} : { description }),
    });
    return { physicalId: name, attributes: { Arn: arn }, remove: () => events.removeRule(name) };
  },
);

export const messagingTypes: Readonly<Record<string, CreateResource>> = {
  'AWS::SQS::Queue': queue,
  'AWS::SQS::QueuePolicy': queuePolicy,
  'AWS::Events::Rule': rule,
};
