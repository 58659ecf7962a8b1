/** Decides requests of role sessions by the role's identity-based policies. */
import type { AuthorizationRequest, AuthorizedResource, Authorizer, Caller } from '../core.ts';
import { evaluate } from './evaluate.ts';
import type { Policy } from './policy-document.ts';
import { contextOf } from './request-context.ts';
import type { ServiceFacts } from './service-facts.ts';

export interface RoleAuthorizerOptions {
  readonly facts: ServiceFacts;
  /** All policies of a role, inline and attached; empty for a role without any or an unknown one. */
  readonly policiesOf: (roleArn: string) => readonly Policy[];
}

/**
 * Callers of kind `user` are administrators. A role's request needs every one of its resources allowed and none denied;
 * an action without resources is asked for resource `*`, which only a pattern such as `*` fits.
 */
export function createRoleAuthorizer(options: RoleAuthorizerOptions): Authorizer {
  const { facts, policiesOf } = options;
  return {
    deny(caller: Caller, request: AuthorizationRequest): string | undefined {
      if (caller.kind === 'user') return undefined;
      const policies = caller.roleArn === undefined ? [] : policiesOf(caller.roleArn);
      const known = facts.action(request.action);
      const wildcardOnly = known !== undefined && known.resourceTypes.length === 0;
      const resources: readonly (AuthorizedResource | undefined)[] =
        wildcardOnly || request.resources.length === 0 ? [undefined] : request.resources;
      for (const resource of resources) {
        const arn = resource?.arn ?? '*';
        const verdict = evaluate(policies, {
          action: request.action,
          resource: arn,
          context: contextOf(caller, request, resource, known),
        });
        if (verdict.decision !== 'allow') return denialMessage(caller, request.action, arn, verdict.decision);
      }
      return undefined;
    },
  };
}

/** The sentence AWS answers a denied request with. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
export function denialMessage(
  caller: Caller,
  action: string,
  resourceArn: string,
  decision: 'explicit-deny' | 'implicit-deny',
): string {
  const why =
    decision === 'explicit-deny'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  return `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resourceArn} ${why}`;
}
