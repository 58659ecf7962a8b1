import type { CompiledMatch, CompiledPolicy } from '../model/policy.ts';
import { autoScalingGroupTag } from './match.ts';
import { mirrorTag } from './mirror-tag.ts';

/** Which tag keys can change a decision, all lower case: those that begin with one of `prefixes`, and those of `keys`. */
export interface WatchedTagKeys {
  readonly prefixes: readonly string[];
  readonly keys: readonly string[];
  /** Whether the policy looks at tags of VPCs or subnets. */
  readonly ofNetworks: boolean;
}

/** The tag keys that the policy looks at, sorted; the family `mirror…` is always watched. Keys compare without regard to case. */
export function watchedTagKeys({ never, rules }: Pick<CompiledPolicy, 'never' | 'rules'>): WatchedTagKeys {
  const matches = [...never, ...rules.map((rule) => rule.match)];
  const keys = [...new Set(matches.flatMap(keysOf))].filter((key) => !key.startsWith(mirrorTag)).sort();
  return { prefixes: [mirrorTag], keys, ofNetworks: matches.some(asksForNetworks) };
}

function asksForNetworks(match: CompiledMatch): boolean {
  if (match.kind === 'all' || match.kind === 'any') return match.of.some(asksForNetworks);
  return match.kind === 'not' ? asksForNetworks(match.of) : match.kind === 'networkTag';
}

function keysOf(match: CompiledMatch): readonly string[] {
  switch (match.kind) {
    case 'all':
    case 'any':
      return match.of.flatMap(keysOf);
    case 'not':
      return keysOf(match.of);
    case 'tag':
    case 'networkTag':
      return [match.key];
    case 'launched':
      return [];
    case 'field':
      return match.field === 'autoScalingGroup' ? [autoScalingGroupTag.toLowerCase()] : [];
  }
}
