/** The IAM roles of the emulated account, with the policies that templates give them. */
import { AwsError, type Host } from '../core.ts';
import { type Policy, parsePolicy } from '../iam/policy-document.ts';
import { serviceIsAllowed } from '../iam/resource-policy.ts';

export interface Role {
  readonly name: string;
  readonly arn: string;
  readonly id: string;
  readonly trustPolicy: unknown;
  /** By policy name or ARN. */
  readonly policies: Map<string, Policy>;
}

export interface Roles {
  /** Throws AwsError `EntityAlreadyExists`. */
  create(role: { readonly name: string; readonly path: string; readonly trustPolicy: unknown }): Role;
  remove(name: string): void;
  find(nameOrArn: string): Role | undefined;
  policiesOf(roleArn: string): readonly Policy[];
  /** Whether the role's trust policy lets the service assume it. */
  trusts(roleArn: string, service: string): boolean;
}

/** AWS's own policies that functions commonly use, by the last part of their ARN. */
const MANAGED_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  AWSLambdaBasicExecutionRole: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
  AWSLambdaSQSQueueExecutionRole: [
    'sqs:ReceiveMessage',
    'sqs:DeleteMessage',
    'sqs:GetQueueAttributes',
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ],
};

/** One of the AWS managed policies this emulator knows, by ARN; undefined for another. */
export function managedPolicy(arn: string): Policy | undefined {
  const actions = MANAGED_ACTIONS[arn.replace(/^arn:[^:]+:iam::aws:policy\/service-role\//, '')];
  if (actions === undefined) return undefined;
  return parsePolicy({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: actions, Resource: '*' } });
}

/** Creates an account without roles. */
export function createRoles(host: Host): Roles {
  const byName = new Map<string, Role>();
  const find = (nameOrArn: string): Role | undefined => byName.get(nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1));
  return {
    create({ name, path, trustPolicy }) {
      if (byName.has(name)) throw new AwsError('EntityAlreadyExists', `Role with name ${name} already exists.`, 409);
      const arn = `arn:${host.partition}:iam::${host.accountId}:role${path}${name}`;
      const id = `AROA${host.newUuid().replaceAll('-', '').slice(0, 17).toUpperCase()}`;
      const role: Role = { name, arn, id, trustPolicy, policies: new Map() };
      byName.set(name, role);
      return role;
    },
    remove(name) {
      byName.delete(name);
    },
    find,
    policiesOf(roleArn) {
      const role = find(roleArn);
      return role?.arn === roleArn ? [...role.policies.values()] : [];
    },
    trusts(roleArn, service) {
      const role = find(roleArn);
      return role?.arn === roleArn && serviceIsAllowed([role.trustPolicy], { service, action: 'sts:AssumeRole', resource: '*' });
    },
  };
}
