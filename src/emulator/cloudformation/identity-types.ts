/** AWS::IAM::*. */
import { z } from 'zod';
import { parsePolicy } from '../iam/policy-document.ts';
import { type CreateResource, document, inert, type ResourceContext, resourceType, text } from './resource-type.ts';
import { managedPolicy, type Role } from './roles.ts';
import { TemplateError } from './template.ts';

function attach(role: Role, arn: string, logicalId: string): void {
  const policy = managedPolicy(arn);
  if (policy === undefined) throw new TemplateError(`${logicalId}: managed policy ${arn} is not known to this emulator`);
  role.policies.set(arn, policy);
}

function rolesNamed(names: readonly string[], { platform, logicalId }: ResourceContext): readonly Role[] {
  return names.map((name) => {
    const role = platform.roles.find(name);
    if (role === undefined) throw new TemplateError(`${logicalId}: there is no role ${name}`);
    return role;
  });
}

const role = resourceType(
  {
    RoleName: text.optional(),
    Path: text.default('/'),
    AssumeRolePolicyDocument: document,
    Policies: z.array(z.strictObject({ PolicyName: text, PolicyDocument: document })).default([]),
    ManagedPolicyArns: z.array(text).default([]),
    Description: inert,
    MaxSessionDuration: inert,
    Tags: inert,
  },
  (properties, { platform, logicalId, generateName }) => {
    parsePolicy(properties.AssumeRolePolicyDocument);
    const policies = properties.Policies.map(
      ({ PolicyName, PolicyDocument }) => [PolicyName, parsePolicy(PolicyDocument)] as const,
    );
    const name = properties.RoleName ?? generateName(64);
    const created = platform.roles.create({ name, path: properties.Path, trustPolicy: properties.AssumeRolePolicyDocument });
    for (const [policyName, policy] of policies) created.policies.set(policyName, policy);
    for (const arn of properties.ManagedPolicyArns) attach(created, arn, logicalId);
    return { physicalId: name, attributes: { Arn: created.arn, RoleId: created.id }, remove: () => platform.roles.remove(name) };
  },
);

const policy = resourceType(
  {
    PolicyName: text,
    PolicyDocument: document,
    Roles: z.array(text).default([]),
  },
  ({ PolicyName, PolicyDocument, Roles }, context) => {
    const parsed = parsePolicy(PolicyDocument);
    const roles = rolesNamed(Roles, context);
    for (const target of roles) target.policies.set(PolicyName, parsed);
    const remove = (): void => {
      for (const target of roles) target.policies.delete(PolicyName);
    };
    return { physicalId: context.generateName(), remove };
  },
);

const managed = resourceType(
  {
    ManagedPolicyName: text.optional(),
    Path: text.default('/'),
    PolicyDocument: document,
    Roles: z.array(text).default([]),
    Description: inert,
  },
  ({ ManagedPolicyName, Path, PolicyDocument, Roles }, context) => {
    const parsed = parsePolicy(PolicyDocument);
    const { host } = context.emulator;
    const arn = `arn:${host.partition}:iam::${host.accountId}:policy${Path}${ManagedPolicyName ?? context.generateName()}`;
    const roles = rolesNamed(Roles, context);
    for (const target of roles) target.policies.set(arn, parsed);
    const remove = (): void => {
      for (const target of roles) target.policies.delete(arn);
    };
    return { physicalId: arn, attributes: { PolicyArn: arn }, remove };
  },
);

export const identityTypes: Readonly<Record<string, CreateResource>> = {
  'AWS::IAM::Role': role,
  'AWS::IAM::Policy': policy,
  'AWS::IAM::ManagedPolicy': managed,
};
