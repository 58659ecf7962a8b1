/**
 * The evaluation of IAM policies for one action on one resource.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import { conditionOperators } from './condition-operators.ts';
import type { Condition, PatternList, Policy, Principals, Statement } from './policy-document.ts';
import { literal, matchesWildcard } from './wildcard.ts';

/** What the request tells a condition: keys in lower case, each with its values. */
export type ConditionContext = ReadonlyMap<string, readonly string[]>;

/** One action on one resource. */
export interface Question {
  /** `ec2:CreateTags` */
  readonly action: string;
  /** An ARN, or `*` for an action that knows no resource. */
  readonly resource: string;
  readonly context: ConditionContext;
  /** Set when resource policies are asked: the service (`events.amazonaws.com`) or the ARN of who calls. */
  readonly principal?: { readonly service: string } | { readonly arn: string; readonly accountId: string };
}

export type Verdict =
  | { readonly decision: 'allow'; readonly statement: Statement }
  | { readonly decision: 'explicit-deny'; readonly statement: Statement }
  | { readonly decision: 'implicit-deny' };

function matchesList(list: PatternList, matches: (pattern: string) => boolean): boolean {
  return list.patterns.some(matches) !== list.not;
}

/** Replaces policy variables: `${*}`, `${?}`, `${$}` and context keys with an optional default, `${aws:username, 'x'}`. */
function expand(pattern: string, policy: Policy, context: ConditionContext): string | undefined {
  if (policy.version !== '2012-10-17' || !pattern.includes('${')) return pattern;
  let known = true;
  const expanded = pattern.replace(/\$\{([^}]*)\}/g, (_, body: string) => {
    if (body === '*' || body === '?' || body === '$') return literal(body);
    const [name = '', fallback] = body.split(/\s*,\s*/);
    const values = context.get(name.trim().toLowerCase());
    if (values?.length === 1) return literal(values[0] ?? '');
    if (fallback !== undefined) return literal(fallback.replace(/^'|'$/g, ''));
    known = false;
    return '';
  });
  // A variable without a value matches nothing.
  return known ? expanded : undefined;
}

function conditionHolds(condition: Condition, policy: Policy, context: ConditionContext): boolean {
  const operator = conditionOperators.parse(condition.operator);
  if (operator === undefined) return false;
  const wanted = condition.values.flatMap((value) => expand(value, policy, context) ?? []);
  return conditionOperators.holds(operator, context.get(condition.key.toLowerCase()), wanted);
}

function matchesPrincipal(principals: Principals, principal: NonNullable<Question['principal']>): boolean {
  const named =
    'service' in principal
      ? principals.services.includes(principal.service)
      : principals.accounts.some(
          (entry) =>
            entry === principal.arn || entry === principal.accountId || entry.endsWith(`:iam::${principal.accountId}:root`),
        );
  return (principals.everybody || named) !== principals.not;
}

/** Whether a statement speaks of this request at all. */
export function statementApplies(statement: Statement, policy: Policy, question: Question): boolean {
  const { context } = question;
  if (!matchesList(statement.action, (pattern) => matchesWildcard(pattern, question.action, true))) return false;
  if (statement.resource !== undefined) {
    const matches = (pattern: string): boolean => {
      const expanded = expand(pattern, policy, context);
      return expanded !== undefined && matchesWildcard(expanded, question.resource);
    };
    if (!matchesList(statement.resource, matches)) return false;
  }
  if (question.principal !== undefined) {
    if (statement.principal === undefined || !matchesPrincipal(statement.principal, question.principal)) return false;
  }
  return statement.conditions.every((condition) => conditionHolds(condition, policy, context));
}

/** The verdict of the policies together: a Deny anywhere wins, then an Allow, else it is denied for want of one. */
export function evaluate(policies: readonly Policy[], question: Question): Verdict {
  let allowedBy: Statement | undefined;
  for (const policy of policies) {
    for (const statement of policy.statements) {
      if (!statementApplies(statement, policy, question)) continue;
      if (statement.effect === 'Deny') return { decision: 'explicit-deny', statement };
      allowedBy ??= statement;
    }
  }
  return allowedBy === undefined ? { decision: 'implicit-deny' } : { decision: 'allow', statement: allowedBy };
}

/** Builds a context from plain records; keys compare without regard to case. */
export function conditionContext(entries: Readonly<Record<string, string | readonly string[]>>): ConditionContext {
  return new Map(Object.entries(entries).map(([key, value]) => [key.toLowerCase(), typeof value === 'string' ? [value] : value]));
}
