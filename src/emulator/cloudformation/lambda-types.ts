/** AWS::Lambda::*. */
import { z } from 'zod';
import { createEventSourceMapping } from '../lambda/event-source-mapping.ts';
import type { FunctionConfig } from '../lambda/function-config.ts';
import type { FunctionPermission } from './platform.ts';
import { type CreateResource, flag, inert, numeric, type ResourceContext, resourceType, text } from './resource-type.ts';
import { TemplateError } from './template.ts';

const lambdaFunction = resourceType(
  {
    FunctionName: text.optional(),
    Handler: text,
    Runtime: text,
    Role: text,
    Code: z.strictObject({
      S3Bucket: text.optional(),
      S3Key: text.optional(),
      S3ObjectVersion: inert,
      ZipFile: text.optional(),
    }),
    MemorySize: numeric.optional(),
    Timeout: numeric.optional(),
    ReservedConcurrentExecutions: numeric.optional(),
    Environment: z.strictObject({ Variables: z.record(z.string(), text).default({}) }).optional(),
    LoggingConfig: z
      .strictObject({
        LogFormat: z.enum(['Text', 'JSON']).optional(),
        LogGroup: text.optional(),
        ApplicationLogLevel: text.optional(),
        SystemLogLevel: text.optional(),
      })
      .optional(),
    Architectures: inert,
    Description: inert,
    EphemeralStorage: inert,
    KmsKeyArn: inert,
    PackageType: z.literal('Zip').optional(),
    Tags: inert,
    TracingConfig: inert,
  },
  async (properties, context) => {
    const { platform, generateName, logicalId } = context;
    if (!platform.roles.trusts(properties.Role, 'lambda.amazonaws.com')) {
      throw new TemplateError(`${logicalId}: The role defined for the function cannot be assumed by Lambda: ${properties.Role}`);
    }
    const settings = await platform.lambda.createFunction(
      configOf(properties, context, properties.FunctionName ?? generateName(64)),
    );
    return {
      physicalId: settings.name,
      attributes: { Arn: settings.arn },
      remove: () => platform.lambda.deleteFunction(settings.name),
    };
  },
);

interface FunctionProperties {
  readonly Handler: string;
  readonly Runtime: string;
  readonly Role: string;
  readonly Code: {
    readonly S3Bucket?: string | undefined;
    readonly S3Key?: string | undefined;
    readonly ZipFile?: string | undefined;
  };
  readonly MemorySize?: number | undefined;
  readonly Timeout?: number | undefined;
  readonly ReservedConcurrentExecutions?: number | undefined;
  readonly Environment?: { readonly Variables: Readonly<Record<string, string>> } | undefined;
  readonly LoggingConfig?:
    | {
        readonly LogFormat?: 'Text' | 'JSON' | undefined;
        readonly LogGroup?: string | undefined;
        readonly ApplicationLogLevel?: string | undefined;
        readonly SystemLogLevel?: string | undefined;
      }
    | undefined;
}

function configOf(properties: FunctionProperties, context: ResourceContext, name: string): FunctionConfig {
  const { Code, LoggingConfig: logging } = properties;
  const optional = {
    memoryMb: properties.MemorySize,
    timeoutSeconds: properties.Timeout,
    reservedConcurrency: properties.ReservedConcurrentExecutions,
    logFormat: logging?.LogFormat,
    logGroup: logging?.LogGroup,
    applicationLogLevel: logging?.ApplicationLogLevel,
    systemLogLevel: logging?.SystemLogLevel,
  };
  return {
    name,
    handler: properties.Handler,
    runtime: properties.Runtime,
    roleArn: properties.Role,
    code: Code.ZipFile === undefined ? { path: context.artifactOf(Code) } : { inline: Code.ZipFile },
    env: { ...properties.Environment?.Variables, ...context.environment },
    ...withoutUndefined(optional),
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  const copy: Defined<T> = { ...value };
  for (const key of Object.keys(copy)) if (Reflect.get(copy, key) === undefined) Reflect.deleteProperty(copy, key);
  return copy;
}

const eventSourceMapping = resourceType(
  {
    EventSourceArn: text,
    FunctionName: text,
    BatchSize: numeric.optional(),
    MaximumBatchingWindowInSeconds: numeric.optional(),
    Enabled: flag.optional(),
    FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
    ScalingConfig: z.strictObject({ MaximumConcurrency: numeric.optional() }).optional(),
    FilterCriteria: z.strictObject({ Filters: z.array(z.strictObject({ Pattern: text })).default([]) }).optional(),
    Tags: inert,
  },
  (properties, { emulator, platform, logicalId }) => {
    const queue = emulator.sqs.queue(properties.EventSourceArn);
    if (queue?.arn !== properties.EventSourceArn)
      throw new TemplateError(`${logicalId}: there is no queue ${properties.EventSourceArn}`);
    const settings = platform.lambda.function(properties.FunctionName);
    if (settings === undefined) throw new TemplateError(`${logicalId}: there is no function ${properties.FunctionName}`);
    const optional = {
      batchSize: properties.BatchSize,
      maximumBatchingWindowSeconds: properties.MaximumBatchingWindowInSeconds,
      enabled: properties.Enabled,
      maximumConcurrency: properties.ScalingConfig?.MaximumConcurrency,
    };
    const mapping = createEventSourceMapping(
      emulator.host,
      {
        queue,
        functionArn: settings.arn,
        functionTimeoutSeconds: settings.timeoutSeconds,
        caller: platform.lambda.callerOf(settings.name),
        reportBatchItemFailures: properties.FunctionResponseTypes.length > 0,
        filterPatterns: (properties.FilterCriteria?.Filters ?? []).map(({ Pattern }): unknown => JSON.parse(Pattern)),
        ...withoutUndefined(optional),
      },
      (payload) => platform.lambda.invoke(settings.name, payload),
    );
    platform.mappings.set(mapping.uuid, mapping);
    return {
      physicalId: mapping.uuid,
      attributes: { Id: mapping.uuid },
      async remove() {
        platform.mappings.delete(mapping.uuid);
        await mapping.stop();
      },
    };
  },
);

const permission = resourceType(
  {
    FunctionName: text,
    Action: text,
    Principal: text,
    SourceArn: text.optional(),
    SourceAccount: text.optional(),
  },
  ({ FunctionName, Action, Principal, SourceArn, SourceAccount }, { platform, logicalId, generateName }) => {
    const settings = platform.lambda.function(FunctionName);
    if (settings === undefined) throw new TemplateError(`${logicalId}: there is no function ${FunctionName}`);
    const granted: FunctionPermission = {
      functionName: settings.name,
      document: {
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: Principal.includes('.amazonaws.com') ? { Service: Principal } : { AWS: Principal },
          Action,
          Resource: settings.arn,
          Condition: {
            ...(SourceArn === undefined ? {} : { ArnLike: { 'aws:SourceArn': SourceArn } }),
            ...(SourceAccount === undefined ? {} : { StringEquals: { 'aws:SourceAccount': SourceAccount } }),
          },
        },
      },
    };
    platform.permissions.add(granted);
    return { physicalId: generateName(), remove: () => void platform.permissions.delete(granted) };
  },
);

/** Versions and aliases are names for the one code there is. */
const version = resourceType(
  { FunctionName: text, CodeSha256: inert, Description: inert, ProvisionedConcurrencyConfig: inert },
  ({ FunctionName }, { platform, logicalId }) => {
    const settings = platform.lambda.function(FunctionName);
    if (settings === undefined) throw new TemplateError(`${logicalId}: there is no function ${FunctionName}`);
    const arn = `${settings.arn}:1`;
    return { physicalId: arn, attributes: { Version: '1', FunctionArn: arn } };
  },
);

const alias = resourceType(
  {
    FunctionName: text,
    FunctionVersion: text,
    Name: text,
    Description: inert,
    RoutingConfig: inert,
    ProvisionedConcurrencyConfig: inert,
  },
  ({ FunctionName, Name }, { platform, logicalId }) => {
    const settings = platform.lambda.function(FunctionName);
    if (settings === undefined) throw new TemplateError(`${logicalId}: there is no function ${FunctionName}`);
    return { physicalId: `${settings.arn}:${Name}`, attributes: { AliasArn: `${settings.arn}:${Name}` } };
  },
);

export const lambdaTypes: Readonly<Record<string, CreateResource>> = {
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Lambda::EventSourceMapping': eventSourceMapping,
  'AWS::Lambda::Permission': permission,
  'AWS::Lambda::Version': version,
  'AWS::Lambda::Alias': alias,
};
