import type { CompiledMatch, CompiledPolicy } from '../model/policy.ts';
import { autoScalingGroupTag } from './match.ts';
import { mirrorTag } from './mirror-tag.ts';

/** Which tag keys can change a decision, all lower case: those that begin with one of `prefixes`, and those of `keys`. */
export interface WatchedTagKeys {
  readonly prefixes: readonly string[];
  readonly keys: readonly string[];
}

/** The tag keys that the policy looks at, sorted; the family `mirror…` is always watched. Keys compare without regard to case. */
export function watchedTagKeys(policy: CompiledPolicy): WatchedTagKeys {
  const found = [...policy.never, ...policy.rules.map((rule) => rule.match)].flatMap(keysOf);
  const keys = [...new Set(found)].filter((key) => !key.startsWith(mirrorTag)).sort();
  return { prefixes: [mirrorTag], keys };
}

function keysOf(match: CompiledMatch): readonly string[] {
  switch (match.kind) {
    case 'all':
    case 'any':
      return match.of.flatMap(keysOf);
    case 'not':
      return keysOf(match.of);
    case 'tag':
      return [match.key];
    case 'field':
      return match.field === 'autoScalingGroup' ? [autoScalingGroupTag.toLowerCase()] : [];
  }
}
