/** A rule's target between the API's shape and {@link RuleTarget}. */
import { z } from 'zod';
import type { RuleTarget } from './event-bus.ts';

export const targetShape = z.object({
  Id: z.string().min(1).max(64),
  Arn: z.string(),
  RoleArn: z.string().optional(),
  Input: z.string().optional(),
  InputPath: z.string().optional(),
  InputTransformer: z
    .object({ InputPathsMap: z.record(z.string(), z.string()).optional(), InputTemplate: z.string() })
    .optional(),
  SqsParameters: z.object({ MessageGroupId: z.string().optional() }).optional(),
  RetryPolicy: z
    .object({ MaximumRetryAttempts: z.number().optional(), MaximumEventAgeInSeconds: z.number().optional() })
    .optional(),
  DeadLetterConfig: z.object({ Arn: z.string().optional() }).optional(),
});

export function fromWire(wire: z.infer<typeof targetShape>): RuleTarget {
  const { InputTransformer: transformer, RetryPolicy: retry } = wire;
  return {
    id: wire.Id,
    arn: wire.Arn,
    ...(wire.Input === undefined ? {} : { input: wire.Input }),
    ...(wire.InputPath === undefined ? {} : { inputPath: wire.InputPath }),
    ...(transformer === undefined
      ? {}
      : {
          inputTransformer: {
            inputTemplate: transformer.InputTemplate,
            ...(transformer.InputPathsMap === undefined ? {} : { inputPathsMap: transformer.InputPathsMap }),
          },
        }),
    ...(wire.SqsParameters?.MessageGroupId === undefined ? {} : { messageGroupId: wire.SqsParameters.MessageGroupId }),
    ...(retry === undefined
      ? {}
      : {
          retryPolicy: {
            ...(retry.MaximumRetryAttempts === undefined ? {} : { maximumRetryAttempts: retry.MaximumRetryAttempts }),
            ...(retry.MaximumEventAgeInSeconds === undefined ? {} : { maximumEventAgeSeconds: retry.MaximumEventAgeInSeconds }),
          },
        }),
    ...(wire.DeadLetterConfig?.Arn === undefined ? {} : { deadLetterArn: wire.DeadLetterConfig.Arn }),
  };
}

/** JSON leaves undefined members out. */
export function toWire(target: RuleTarget): unknown {
  return {
    Id: target.id,
    Arn: target.arn,
    Input: target.input,
    InputPath: target.inputPath,
    InputTransformer: target.inputTransformer && {
      InputPathsMap: target.inputTransformer.inputPathsMap,
      InputTemplate: target.inputTransformer.inputTemplate,
    },
    SqsParameters: target.messageGroupId === undefined ? undefined : { MessageGroupId: target.messageGroupId },
    RetryPolicy: target.retryPolicy && {
      MaximumRetryAttempts: target.retryPolicy.maximumRetryAttempts,
      MaximumEventAgeInSeconds: target.retryPolicy.maximumEventAgeSeconds,
    },
    DeadLetterConfig: target.deadLetterArn === undefined ? undefined : { Arn: target.deadLetterArn },
  };
}
