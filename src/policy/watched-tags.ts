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
export function watchedTagKeys(policy: CompiledPolicy): WatchedTagKeys {
  const found = matchesOf(policy).flatMap(keysOf);
  const keys = [...new Set(found)].filter((key) => !key.startsWith(mirrorTag)).sort();
  return { prefixes: [mirrorTag], keys, ofNetworks: asksForNetworkTags(policy) };
}

/** Whether a decision needs the tags of VPCs and subnets. */
export function asksForNetworkTags(policy: CompiledPolicy): boolean {
  return matchesOf(policy).some(asksFor);
}

function matchesOf(policy: CompiledPolicy): readonly CompiledMatch[] {
  return [...policy.never, ...policy.rules.map((rule) => rule.match)];
}

function asksFor(match: CompiledMatch): boolean {
  if (match.kind === 'all' || match.kind === 'any') return match.of.some(asksFor);
  return match.kind === 'not' ? asksFor(match.of) : match.kind === 'networkTag';
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
