/** What the values of one stack's template can refer to. */
import type { Host } from '../core.ts';
import { resolveCondition, type Scope } from './intrinsics.ts';
import type { ParameterValue } from './parameters.ts';
import type { StackResource } from './stack.ts';
import { type Template, TemplateError } from './template.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html */
export function pseudoParameters(host: Host, stackName: string, stackId: string): Readonly<Record<string, unknown>> {
  return {
    'AWS::AccountId': host.accountId,
    'AWS::NotificationARNs': [],
    'AWS::Partition': host.partition,
    'AWS::Region': host.region,
    'AWS::StackId': stackId,
    'AWS::StackName': stackName,
    'AWS::URLSuffix': host.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
  };
}

/** The scope of a stack; resources become visible as they are added to `created`. */
export function createScope(
  template: Template,
  parameters: Readonly<Record<string, ParameterValue>>,
  pseudo: Readonly<Record<string, unknown>>,
  created: ReadonlyMap<string, StackResource>,
): Scope {
  const known = new Map<string, boolean>();
  const open = new Set<string>();
  const scope: Scope = {
    ref: (name) => parameters[name] ?? pseudo[name] ?? created.get(name)?.physicalId,
    attribute: (logicalId, name) => created.get(logicalId)?.attributes[name],
    mapping: (name, topKey, secondKey) => template.Mappings[name]?.[topKey]?.[secondKey],
    condition(name) {
      const declared = template.Conditions[name];
      if (declared === undefined) return undefined;
      if (open.has(name)) throw new TemplateError(`Circular dependency between conditions: ${[...open, name].join(' -> ')}`);
      open.add(name);
      const value = known.get(name) ?? resolveCondition(declared, scope, `Conditions.${name}`);
      open.delete(name);
      known.set(name, value);
      return value;
    },
  };
  return scope;
}
