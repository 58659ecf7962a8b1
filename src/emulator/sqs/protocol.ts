/** SQS on the wire: the AWS JSON 1.0 protocol, `X-Amz-Target: AmazonSQS.Operation`. */
import { z } from 'zod';
import { AwsError, type Host, type Service, type ServiceRequest } from '../core.ts';
import { createJsonService, type JsonOperation, operation } from '../json-protocol.ts';
import { parseAttributes, showAttributes } from './attributes.ts';
import { runBatch } from './batch.ts';
import { md5OfAttributes } from './message.ts';
import type { QueueInternals } from './queue.ts';
import type { OutgoingMessage, ReceivedMessage, SqsRegistry } from './sqs.ts';

const MAX_LISTED = 1000;

const strings = z.record(z.string(), z.string());
const byUrl = z.object({ QueueUrl: z.string() });
const byHandle = byUrl.extend({ ReceiptHandle: z.string() });
const messageShape = z.object({
  MessageBody: z.string(),
  DelaySeconds: z.number().optional(),
  MessageGroupId: z.string().optional(),
  MessageDeduplicationId: z.string().optional(),
  MessageAttributes: z
    .record(
      z.string(),
      z.object({ DataType: z.string(), StringValue: z.string().optional(), BinaryValue: z.string().optional() }),
    )
    .optional(),
});
const receiveShape = byUrl.extend({
  AttributeNames: z.array(z.string()).optional(),
  MessageSystemAttributeNames: z.array(z.string()).optional(),
  MessageAttributeNames: z.array(z.string()).optional(),
  MaxNumberOfMessages: z.number().optional(),
  VisibilityTimeout: z.number().optional(),
  WaitTimeSeconds: z.number().optional(),
});

/** The names that the query protocol, and with it every error's `x-amzn-query-error` header, has for a code. */
const QUERY_CODES: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
};

/** Codes whose JSON name is not that of an SQS shape. */
const JSON_TYPES: Readonly<Record<string, string>> = {
  InvalidParameterValue: 'com.amazon.coral.service#InvalidParameterValueException',
  MissingParameter: 'com.amazon.coral.service#MissingRequiredParameterException',
  AccessDenied: 'com.amazon.coral.service#AccessDeniedException',
  UnknownOperationException: 'com.amazon.coral.service#UnknownOperationException',
  SerializationException: 'com.amazon.coral.service#SerializationException',
};

export function createSqsProtocol(host: Host, sqs: SqsRegistry): Service {
  function authorized(request: ServiceRequest, action: string, reference: string): QueueInternals {
    const queue = sqs.queue(reference);
    const name = reference.slice(reference.lastIndexOf('/') + 1);
    const arn = queue?.arn ?? `arn:${host.partition}:sqs:${host.region}:${host.accountId}:${name}`;
    authorize(request, action, arn);
    return sqs.existing(reference);
  }

  /** `arn` is undefined for actions that IAM knows no resource of. */
  function authorize(request: ServiceRequest, action: string, arn?: string): void {
    const resources = arn === undefined ? [] : [{ type: 'queue', arn }];
    const denial = host.authorizer.deny(request.caller, { action: `sqs:${action}`, resources });
    if (denial !== undefined) throw new AwsError('AccessDenied', denial, 403);
  }

  const operations: Readonly<Record<string, JsonOperation>> = {
    CreateQueue: operation(z.object({ QueueName: z.string(), Attributes: strings.optional() }), (input, request) => {
      authorize(request, 'CreateQueue', `arn:${host.partition}:sqs:${host.region}:${host.accountId}:${input.QueueName}`);
      return { QueueUrl: sqs.createQueue(input.QueueName, parseAttributes(input.Attributes ?? {})).url };
    }),
    GetQueueUrl: operation(z.object({ QueueName: z.string() }), (input, request) => ({
      QueueUrl: authorized(request, 'GetQueueUrl', input.QueueName).url,
    })),
    GetQueueAttributes: operation(byUrl.extend({ AttributeNames: z.array(z.string()).optional() }), (input, request) => {
      const shown = showAttributes(authorized(request, 'GetQueueAttributes', input.QueueUrl));
      return { Attributes: pick(shown, input.AttributeNames ?? []) };
    }),
    SetQueueAttributes: operation(byUrl.extend({ Attributes: strings }), (input, request) => {
      sqs.configure(authorized(request, 'SetQueueAttributes', input.QueueUrl), parseAttributes(input.Attributes));
    }),
    ListQueues: operation(
      z.object({ QueueNamePrefix: z.string().optional(), MaxResults: z.number().optional(), NextToken: z.string().optional() }),
      (input, request) => {
        authorize(request, 'ListQueues');
        const names = sqs
          .queues()
          .filter((queue) => queue.name.startsWith(input.QueueNamePrefix ?? '') && queue.name > (input.NextToken ?? ''))
          .sort((left, right) => (left.name < right.name ? -1 : 1));
        const page = names.slice(0, input.MaxResults ?? MAX_LISTED);
        const last = page.at(-1);
        return {
          QueueUrls: page.map((queue) => queue.url),
          ...(page.length < names.length && last !== undefined && input.MaxResults !== undefined ? { NextToken: last.name } : {}),
        };
      },
    ),
    DeleteQueue: operation(byUrl, (input, request) => {
      sqs.deleteQueue(authorized(request, 'DeleteQueue', input.QueueUrl).arn);
    }),
    PurgeQueue: operation(byUrl, (input, request) => {
      authorized(request, 'PurgeQueue', input.QueueUrl).purge();
    }),
    SendMessage: operation(byUrl.extend(messageShape.shape), (input, request) =>
      send(authorized(request, 'SendMessage', input.QueueUrl), input, request),
    ),
    SendMessageBatch: operation(byUrl.extend({ Entries: z.array(messageShape.extend({ Id: z.string() })) }), (input, request) => {
      const queue = authorized(request, 'SendMessage', input.QueueUrl);
      return runBatch(input.Entries, (entry) => send(queue, entry, request));
    }),
    ReceiveMessage: operation(receiveShape, async (input, request) => {
      const queue = authorized(request, 'ReceiveMessage', input.QueueUrl);
      const messages = await poll(host, queue, input);
      const names = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
      if (messages.length === 0) return {};
      return { Messages: messages.map((message) => showMessage(message, names, input.MessageAttributeNames ?? [])) };
    }),
    DeleteMessage: operation(byHandle, (input, request) => {
      authorized(request, 'DeleteMessage', input.QueueUrl).delete(input.ReceiptHandle);
    }),
    DeleteMessageBatch: operation(
      byUrl.extend({ Entries: z.array(z.object({ Id: z.string(), ReceiptHandle: z.string() })) }),
      (input, request) => {
        const queue = authorized(request, 'DeleteMessage', input.QueueUrl);
        return runBatch(input.Entries, (entry) => {
          queue.delete(entry.ReceiptHandle);
          return {};
        });
      },
    ),
    ChangeMessageVisibility: operation(byHandle.extend({ VisibilityTimeout: z.number() }), (input, request) => {
      authorized(request, 'ChangeMessageVisibility', input.QueueUrl).changeVisibility(
        input.ReceiptHandle,
        input.VisibilityTimeout,
      );
    }),
    ChangeMessageVisibilityBatch: operation(
      byUrl.extend({ Entries: z.array(z.object({ Id: z.string(), ReceiptHandle: z.string(), VisibilityTimeout: z.number() })) }),
      (input, request) => {
        const queue = authorized(request, 'ChangeMessageVisibility', input.QueueUrl);
        return runBatch(input.Entries, (entry) => {
          queue.changeVisibility(entry.ReceiptHandle, entry.VisibilityTimeout);
          return {};
        });
      },
    ),
  };

  return createJsonService({
    targetPrefix: 'AmazonSQS',
    version: '1.0',
    operations,
    invalid: ({ path, isMissing, reason }) =>
      isMissing
        ? new AwsError('MissingParameter', `The request must contain the parameter ${path}.`)
        : new AwsError('InvalidParameterValue', `The value of parameter ${path} is invalid. Reason: ${reason}.`),
    describeError: ({ code, status }) => ({
      type: JSON_TYPES[code] ?? `com.amazonaws.sqs#${code}`,
      headers: { 'x-amzn-query-error': `${QUERY_CODES[code] ?? code};${status >= 500 ? 'Receiver' : 'Sender'}` },
    }),
  });
}

function send(
  queue: QueueInternals,
  input: z.infer<typeof messageShape>,
  request: ServiceRequest,
): Readonly<Record<string, string>> {
  const messageAttributes = Object.fromEntries(
    Object.entries(input.MessageAttributes ?? {}).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      { DataType, ...(StringValue === undefined ? {} : { StringValue }), ...(BinaryValue === undefined ? {} : { BinaryValue }) },
    ]),
  );
  const message: OutgoingMessage = {
    body: input.MessageBody,
    messageAttributes,
    senderId: request.caller.principalId,
    ...(input.MessageGroupId === undefined ? {} : { groupId: input.MessageGroupId }),
    ...(input.MessageDeduplicationId === undefined ? {} : { deduplicationId: input.MessageDeduplicationId }),
    ...(input.DelaySeconds === undefined ? {} : { delaySeconds: input.DelaySeconds }),
  };
  const { messageId, md5OfBody, sequenceNumber } = queue.send(message);
  const attributesDigest = md5OfAttributes(messageAttributes);
  return {
    MessageId: messageId,
    MD5OfMessageBody: md5OfBody,
    ...(attributesDigest === undefined ? {} : { MD5OfMessageAttributes: attributesDigest }),
    ...(sequenceNumber === undefined ? {} : { SequenceNumber: sequenceNumber }),
  };
}

/** Long polling: answers as soon as there is a message, or empty when the wait is over. */
async function poll(host: Host, queue: QueueInternals, input: z.infer<typeof receiveShape>): Promise<readonly ReceivedMessage[]> {
  const wait = input.WaitTimeSeconds ?? queue.attributes.receiveWaitSeconds;
  if (!Number.isInteger(wait) || wait < 0 || wait > 20) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value ${wait} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.`,
    );
  }
  const options = {
    max: input.MaxNumberOfMessages ?? 1,
    ...(input.VisibilityTimeout === undefined ? {} : { visibilityTimeoutSeconds: input.VisibilityTimeout }),
  };
  const immediate = queue.receive(options);
  if (immediate.length > 0 || wait === 0) return immediate;
  return await new Promise((resolve, reject) => {
    const finish = (messages: readonly ReceivedMessage[]): void => {
      cancel();
      unsubscribe();
      resolve(messages);
    };
    const cancel = host.clock.after(wait * 1000, () => finish([]));
    const unsubscribe = queue.onReceivable(() => {
      try {
        const messages = queue.receive(options);
        if (messages.length > 0) finish(messages);
      } catch (error) {
        cancel();
        unsubscribe();
        reject(error);
      }
    });
  });
}

function showMessage(
  message: ReceivedMessage,
  systemNames: readonly string[],
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  const attributes = pick(message.attributes, systemNames);
  const messageAttributes = Object.fromEntries(
    Object.entries(message.messageAttributes).filter(([name]) => names.some((wanted) => isWanted(wanted, name))),
  );
  const digest = md5OfAttributes(messageAttributes);
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: message.md5OfBody,
    Body: message.body,
    ...(Object.keys(attributes).length === 0 ? {} : { Attributes: attributes }),
    ...(digest === undefined ? {} : { MessageAttributes: messageAttributes, MD5OfMessageAttributes: digest }),
  };
}

/** `All`, `.*`, a name, or `prefix.*`. */
function isWanted(wanted: string, name: string): boolean {
  return wanted === 'All' || wanted === name || (wanted.endsWith('.*') && name.startsWith(wanted.slice(0, -2)));
}

function pick(all: Readonly<Record<string, string>>, names: readonly string[]): Readonly<Record<string, string>> {
  return names.includes('All') ? all : Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}
