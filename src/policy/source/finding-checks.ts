import type { CompiledMatch, CompiledPolicy, CompiledRule, TagOverride } from '../../model/policy.ts';
import { reasonTag } from '../finding-tags.ts';
import { matchesAny } from '../match.ts';
import { mirrorTag } from '../mirror-tag.ts';
import { overrideTags } from '../tag-overrides.ts';
import type { Problem } from './describe-issue.ts';

/**
 * Checks that the tags which a finding sets can do what they are set for: select an instance, end its mirroring, and choose the target and filter that
 * `onFinding` names. Takes the compiled policy, where tags and words stand for what they mean.
 */
export function checkFindings({ rules, onFinding }: CompiledPolicy): readonly Problem[] {
  if (onFinding === undefined) return [];
  const selecting = [...rules.entries()].filter(([, rule]) => asks(rule.match, true));
  if (selecting.length === 0) {
    return [
      {
        path: ['onFinding'],
        at: 'key',
        message:
          'a finding sets the tag mirror=true, and no rule selects instances by it; add one such as { name: opt-in, match: { tag: { mirror: "true" } }, tagOverrides: [until] }',
      },
    ];
  }
  const needed: readonly TagOverride[] = [
    'until',
    ...(onFinding.target === undefined ? [] : (['target'] as const)),
    ...(onFinding.filter === undefined ? [] : (['filter'] as const)),
  ];
  return selecting.flatMap(([index, rule]) => missingOverrides(rule, index, needed));
}

function missingOverrides(rule: CompiledRule, index: number, needed: readonly TagOverride[]): readonly Problem[] {
  const missing = needed.filter((name) => !rule.tagOverrides.includes(name));
  if (missing.length === 0) return [];
  const tags = missing.map((name) => overrideTags[name]).join(' and ');
  const effect = missing.includes('until') ? ', and the mirroring would never end' : '';
  const message = `tags that onFinding sets do not count under this rule: ${tags}${effect}; list ${missing.join(' and ')} in its tagOverrides`;
  return [{ path: ['rules', index, 'tagOverrides'], at: 'key', message }];
}

const settable: readonly string[] = [reasonTag, overrideTags.until, overrideTags.target, overrideTags.filter];

/**
 * Whether the tags of a finding can be what makes a match hold.
 *
 * @param wanted false under a `not`, where a tag that is set can only keep the whole from holding
 */
function asks(match: CompiledMatch, wanted: boolean): boolean {
  switch (match.kind) {
    case 'all':
    case 'any':
      return match.of.some((part) => asks(part, wanted));
    case 'not':
      return asks(match.of, !wanted);
    case 'field':
    case 'networkTag':
    case 'launched':
      return false;
    case 'tag':
      if (match.key === mirrorTag) return wanted && matchesAny(match.patterns, 'true');
      return wanted && settable.includes(match.key);
  }
}
