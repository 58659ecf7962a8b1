import type { Considered, Reason } from '../model/decision.ts';
import type { Instance } from '../model/instance.ts';
import type { CompiledMatch, CompiledPolicy, CompiledRule } from '../model/policy.ts';
import { evaluate, type NetworkTags } from './match.ts';
import { mirrorTag, mirrorWish, noWords, yesWords } from './mirror-tag.ts';

export type Selection =
  | { readonly outcome: 'rule'; readonly rule: CompiledRule; readonly why: string; readonly considered: readonly Considered[] }
  | {
      readonly outcome: 'skip' | 'refuse';
      readonly reason: Reason;
      /** The rule that matches, where an entry of `never` in conflict forbids what it asks for. */
      readonly rule?: CompiledRule;
      readonly considered: readonly Considered[];
    };

/**
 * Finds the rule that decides over an instance: `never` first, then the rules in order, the first match decides.
 *
 * A tag whose spellings disagree never selects an instance: a rule that hangs on it ends in a refusal (a later rule must not decide in its
 * place), and an entry of `never` that hangs on it counts as met. The tags of a VPC or subnet are no different.
 */
export function selectRule(instance: Instance, policy: CompiledPolicy, networkTags?: NetworkTags): Selection {
  const considered: Considered[] = [];
  let doubt: Reason | undefined;
  for (const [index, match] of policy.never.entries()) {
    const { verdict, why, conflicts } = evaluate(match, instance, networkTags);
    const name = `never[${index}]`;
    considered.push({ rule: name, matched: verdict !== 'no', why });
    if (verdict === 'yes') return { outcome: 'skip', reason: { code: 'never-mirrored', detail: `${name}: ${why}` }, considered };
    if (verdict === 'conflict') doubt ??= conflictReason(name, conflicts);
  }
  for (const rule of policy.rules) {
    const { verdict, why, conflicts } = evaluate(rule.match, instance, networkTags);
    considered.push({ rule: rule.name, matched: verdict === 'yes', why });
    if (verdict === 'no') continue;
    if (verdict === 'conflict') {
      return { outcome: 'refuse', reason: doubt ?? conflictReason(`rule "${rule.name}"`, conflicts), considered };
    }
    if (doubt !== undefined) return { outcome: 'refuse', reason: doubt, rule, considered };
    return { outcome: 'rule', rule, why, considered };
  }
  return { ...unselected(instance, policy), considered };
}

function conflictReason(where: string, keys: readonly string[]): Reason {
  return {
    code: 'tag-conflict',
    detail: `${where} depends on the tag ${keys.join(', ')}, whose spellings disagree`,
  };
}

function unselected(instance: Instance, policy: CompiledPolicy): { outcome: 'skip' | 'refuse'; reason: Reason } {
  const wish = mirrorWish(instance.tags);
  if (wish.says === 'no') return { outcome: 'skip', reason: { code: 'opted-out', detail: 'the tag mirror says no' } };
  if (wish.says === 'other' && policy.rules.some((rule) => asksYesOrNo(rule.match))) {
    const expected = `${yesWords.join(', ')} or ${noWords.join(', ')}`;
    return {
      outcome: 'refuse',
      reason: { code: 'tag-invalid', detail: `the tag mirror is ${JSON.stringify(wish.value)}; expected ${expected}` },
    };
  }
  return {
    outcome: 'skip',
    reason: { code: 'no-rule-matched', detail: `none of the ${policy.rules.length} rules selects ${instance.id}` },
  };
}

/** Whether a match asks the tag `mirror` for a yes or a no; one that asks it for other words gives those words a meaning of their own. */
export function asksYesOrNo(match: CompiledMatch): boolean {
  switch (match.kind) {
    case 'all':
    case 'any':
      return match.of.some(asksYesOrNo);
    case 'not':
      return asksYesOrNo(match.of);
    case 'field':
    case 'networkTag':
    case 'launched':
      return false;
    case 'tag':
      return (
        match.key === mirrorTag &&
        match.patterns.every((pattern) => 'text' in pattern && [...yesWords, ...noWords].includes(pattern.text))
      );
  }
}
