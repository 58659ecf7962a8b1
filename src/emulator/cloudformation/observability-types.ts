/** AWS::Logs::*, and the types that a stack only records because nothing in the emulator acts on them. */
import { z } from 'zod';
import { parsePolicy } from '../iam/policy-document.ts';
import { alarmType } from './alarm-type.ts';
import { type CreateResource, document, inert, numeric, type ResourceContext, resourceType, text } from './resource-type.ts';

const logGroup = resourceType(
  {
    LogGroupName: text.optional(),
    RetentionInDays: numeric.optional(),
    KmsKeyId: inert,
    LogGroupClass: inert,
    DataProtectionPolicy: inert,
    Tags: inert,
  },
  ({ LogGroupName, RetentionInDays }, { emulator, generateName }) => {
    const { host, logs } = emulator;
    const name = LogGroupName ?? generateName(512);
    logs.createLogGroup(name, RetentionInDays === undefined ? {} : { retentionDays: RetentionInDays });
    const arn = `arn:${host.partition}:logs:${host.region}:${host.accountId}:log-group:${name}:*`;
    return { physicalId: name, attributes: { Arn: arn }, remove: () => logs.deleteLogGroup(name) };
  },
);

const logsResourcePolicy = resourceType(
  { PolicyName: text, PolicyDocument: document },
  ({ PolicyName, PolicyDocument }, { emulator }) => {
    parsePolicy(PolicyDocument);
    emulator.logs.putResourcePolicy(PolicyName, PolicyDocument);
    return { physicalId: PolicyName, remove: () => emulator.logs.putResourcePolicy(PolicyName, undefined) };
  },
);

/** A type whose properties are taken as they are; its id is the property that names it, or a generated one. */
function recorded(
  nameProperty: string,
  attributesOf: (id: string, arn: (service: string, rest: string) => string) => Record<string, string>,
): CreateResource {
  const shape = z.record(z.string(), z.unknown());
  return (properties, { emulator: { host }, generateName }: ResourceContext) => {
    const named = shape.parse(properties)[nameProperty];
    const physicalId =
      typeof named === 'string' ? named : generateName(nameProperty === 'BucketName' ? 63 : undefined).toLowerCase();
    const arn = (service: string, rest: string): string => `arn:${host.partition}:${service}:${rest}`;
    return Promise.resolve({
      physicalId,
      attributes: attributesOf(physicalId, (service, rest) =>
        arn(service, rest.replace('@', `${host.region}:${host.accountId}`)),
      ),
    });
  };
}

const compositeAlarm = recorded('AlarmName', (id, arn) => ({ Arn: arn('cloudwatch', `@:alarm:${id}`) }));

export const observabilityTypes: Readonly<Record<string, CreateResource>> = {
  'AWS::Logs::LogGroup': logGroup,
  'AWS::Logs::ResourcePolicy': logsResourcePolicy,
  'AWS::Logs::QueryDefinition': recorded('QueryDefinitionId', (id) => ({ QueryDefinitionId: id })),
  'AWS::Logs::MetricFilter': recorded('FilterName', () => ({})),
  'AWS::CloudWatch::Alarm': alarmType,
  'AWS::CloudWatch::CompositeAlarm': compositeAlarm,
  'AWS::CloudWatch::Dashboard': recorded('DashboardName', () => ({})),
  'AWS::S3::Bucket': recorded('BucketName', (id, arn) => ({ Arn: arn('s3', `::${id}`), DomainName: `${id}.s3.amazonaws.com` })),
  'AWS::S3::BucketPolicy': recorded('', () => ({})),
  'AWS::KMS::Key': recorded('', (id, arn) => ({ Arn: arn('kms', `@:key/${id}`), KeyId: id })),
  'AWS::KMS::Alias': recorded('AliasName', () => ({})),
};
