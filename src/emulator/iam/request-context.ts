/** The condition keys that a request has for one of its resources, as IAM would fill them in. */
import type { AuthorizationRequest, AuthorizedResource, Caller } from '../core.ts';
import { type ConditionContext, conditionContext } from './evaluate.ts';
import { type ActionFacts, isGlobalConditionKey, isListedConditionKey } from './service-facts.ts';

type Keys = Record<string, string | readonly string[]>;

function tagKeys(resource: AuthorizedResource, service: string): Keys {
  const keys: Keys = {};
  for (const [key, value] of Object.entries(resource.resourceTags ?? {})) {
    keys[`aws:ResourceTag/${key}`] = value;
    if (service === 'ec2') keys[`ec2:ResourceTag/${key}`] = value;
  }
  for (const [key, value] of Object.entries(resource.requestTags ?? {})) keys[`aws:RequestTag/${key}`] = value;
  const named = [...Object.keys(resource.requestTags ?? {}), ...(resource.requestTagKeys ?? [])];
  if (named.length > 0) keys['aws:TagKeys'] = [...new Set(named)];
  return keys;
}

function callerKeys(caller: Caller): Keys {
  return {
    'aws:PrincipalArn': caller.roleArn ?? caller.arn,
    'aws:PrincipalAccount': caller.accountId,
    'aws:userid': caller.principalId,
    'aws:PrincipalType': caller.kind === 'role' ? 'AssumedRole' : 'User',
  };
}

/**
 * The context of one resource of a request. A key that AWS's reference does not list for this action and resource
 * is left out, as AWS does not fill it in; without facts nothing is left out.
 */
export function contextOf(
  caller: Caller,
  request: AuthorizationRequest,
  resource: AuthorizedResource | undefined,
  facts: ActionFacts | undefined,
): ConditionContext {
  const [service = ''] = request.action.split(':');
  const keys: Keys = {
    ...callerKeys(caller),
    ...(resource === undefined ? {} : tagKeys(resource, service)),
    ...request.context,
  };
  if (facts === undefined) return conditionContext(keys);
  const listed = [
    ...facts.conditionKeys,
    ...(facts.resourceTypes.find((type) => type.type === resource?.type)?.conditionKeys ?? []),
  ];
  return conditionContext(
    Object.fromEntries(Object.entries(keys).filter(([key]) => isGlobalConditionKey(key) || isListedConditionKey(key, listed))),
  );
}
