/** Derives from the policy what the stack needs to act on findings: the rule's pattern, and what the function may tag instances with. */
import type { CompiledPolicy, OnFinding, Pattern } from '../model/policy.ts';
import { reasonStart, reasonTag } from '../policy/finding-tags.ts';
import { mirrorTag } from '../policy/mirror-tag.ts';
import { overrideTags } from '../policy/tag-overrides.ts';
import { patternLimit } from './tag-rule.ts';

type AnyCase = { readonly 'equals-ignore-case': string };
type TypeMatcher = AnyCase | { readonly prefix: AnyCase } | { readonly suffix: AnyCase };

/** EventBridge's event pattern of the rule for findings. */
export interface FindingRule {
  readonly source: readonly ['aws.guardduty'];
  /** CloudFormation fills in where the stack is. */
  readonly account: readonly [{ readonly Ref: 'AWS::AccountId' }];
  readonly region: readonly [{ readonly Ref: 'AWS::Region' }];
  readonly 'detail-type': readonly ['GuardDuty Finding'];
  readonly detail: {
    readonly accountId: readonly [{ readonly Ref: 'AWS::AccountId' }];
    readonly severity: readonly [{ readonly numeric: readonly ['>=', number] }];
    readonly type?: readonly TypeMatcher[];
    readonly resource: { readonly resourceType: readonly ['Instance'] };
    readonly service: { readonly archived: readonly [false] };
  };
}

/** IAM's condition on a call that tags an instance. */
type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** Read by serverless.yml. Where the policy has no `onFinding`, the stack has none of it: `enabled` is the stack's condition. */
export interface FindingParts {
  readonly enabled: 'true' | 'false';
  readonly pattern: FindingRule;
  /** On a call that tags an instance which has no tag `mirror`. */
  readonly tagCondition: Condition;
  /** On a call that changes the tags of an instance which such a call has tagged. */
  readonly extendCondition: Condition;
}

export function findingParts({ onFinding }: Pick<CompiledPolicy, 'onFinding'>): FindingParts {
  // What a condition leaves out must be as valid as what it lets in.
  const { minSeverity, types, target, filter }: Partial<OnFinding> = onFinding ?? {};
  const pattern = patternOf(minSeverity ?? 10, types === undefined ? undefined : matchersOf(types));
  const isTooLong = JSON.stringify(pattern).length > patternLimit;
  return {
    enabled: onFinding === undefined ? 'false' : 'true',
    // The function looks at the type once more, so a rule without it only wakes it more often.
    pattern: isTooLong ? patternOf(minSeverity ?? 10, undefined) : pattern,
    tagCondition: conditionOf(
      { [mirrorTag]: 'true', ...named(overrideTags.target, target), ...named(overrideTags.filter, filter) },
      {
        // Condition keys know no case: this holds for `Mirror` too.
        Null: { [`aws:ResourceTag/${mirrorTag}`]: 'true' },
      },
    ),
    extendCondition: conditionOf(
      {},
      {
        StringEquals: { [`aws:ResourceTag/${mirrorTag}`]: 'true' },
        StringLike: { [`aws:ResourceTag/${reasonTag}`]: `${reasonStart}*` },
      },
    ),
  };
}

function named(key: string, name: string | undefined): Readonly<Record<string, string>> {
  return name === undefined ? {} : { [key]: name };
}

/** Of a call that sets these values, an end and a reason, and nothing else. */
function conditionOf(values: Readonly<Record<string, string>>, resource: Condition): Condition {
  const given = Object.fromEntries(Object.entries(values).map(([key, value]) => [`aws:RequestTag/${key}`, value]));
  return {
    'ForAllValues:StringEquals': { 'aws:TagKeys': [...Object.keys(values), overrideTags.until, reasonTag] },
    ...(Object.keys(values).length === 0 ? {} : { StringEqualsIfExists: given }),
    ...resource,
    StringLike: { ...resource.StringLike, [`aws:RequestTag/${reasonTag}`]: `${reasonStart}*` },
    Null: { ...resource.Null, [`aws:RequestTag/${overrideTags.until}`]: 'false' },
  };
}

function patternOf(minSeverity: number, types: readonly TypeMatcher[] | undefined): FindingRule {
  return {
    source: ['aws.guardduty'],
    account: [{ Ref: 'AWS::AccountId' }],
    region: [{ Ref: 'AWS::Region' }],
    'detail-type': ['GuardDuty Finding'],
    detail: {
      // GuardDuty's administrator account is sent the findings of its members.
      accountId: [{ Ref: 'AWS::AccountId' }],
      severity: [{ numeric: ['>=', minSeverity] }],
      ...(types === undefined ? {} : { type: types }),
      resource: { resourceType: ['Instance'] },
      service: { archived: [false] },
    },
  };
}

/**
 * Matchers that let at least the types of the patterns through; undefined where only everything does. The policy compares types without regard to case,
 * which EventBridge's own wildcards cannot, but beginnings and ends can.
 */
function matchersOf(types: readonly Pattern[]): readonly TypeMatcher[] | undefined {
  const matchers = types.map((type): TypeMatcher | undefined => {
    if ('text' in type) return { 'equals-ignore-case': type.text };
    const [start = ''] = type.glob.split(/[*?]/);
    if (start !== '') return { prefix: { 'equals-ignore-case': start } };
    const end = type.glob.split(/[*?]/).at(-1) ?? '';
    return end === '' ? undefined : { suffix: { 'equals-ignore-case': end } };
  });
  return matchers.every((matcher) => matcher !== undefined) ? matchers : undefined;
}
