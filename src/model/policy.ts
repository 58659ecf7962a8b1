import type { FilterContent } from './filter.ts';
import type { EniId, FilterId, TargetId } from './ids.ts';

/** The policy as the bundle carries it: plain data, every default filled in, every name resolved, every glob compiled. */
export interface CompiledPolicy {
  readonly format: 1;
  /** 16 hex digits over the rest, but for what follows from it; `policyHash` in every audit record. */
  readonly hash: string;
  readonly pools: Readonly<Record<string, TargetPool>>;
  readonly filters: Readonly<Record<string, FilterProfile>>;
  /** Filters that people manage themselves; names are in one list with `filters`. Absent where the file has none. */
  readonly existingFilters?: Readonly<Record<string, ExistingFilter>>;
  readonly never: readonly CompiledMatch[];
  readonly rules: readonly CompiledRule[];
  readonly whenStopped: 'remove' | 'keep';
  /** Absent: warn. */
  readonly onShadow?: 'refuse';
  /** Absent where the file says nothing of types; a type that both lists name is denied. */
  readonly instanceTypes?: InstanceTypeLists;
  readonly limits: Limits;
  /** Absent where findings are not acted on. */
  readonly onFinding?: OnFinding;
  /** Follows from the matches: whether one asks for tags of VPCs or subnets. */
  readonly asksForNetworkTags?: true;
  /** Follows from the matches: no instance outside of all of these is mirrored or refused. Absent where no few filters of EC2 say that. */
  readonly candidates?: readonly CandidateFilter[];
}

/** A filter of DescribeInstances whose values are settled when it is used. */
export interface CandidateFilter {
  readonly name: string;
  /** In EC2's own form: case counts, `*` is any text, `?` no character or one, a backslash takes both literally. */
  readonly values: readonly string[];
  /** Values of the same form, in lower case, whose letters count in either case. */
  readonly anyCase?: readonly string[];
  /** The ids of networks whose tags meet one of these, or disagree about it, are values too. */
  readonly networks?: readonly NetworkTagMatch[];
}

/** What a finding on an instance does. */
export interface OnFinding {
  /** 1.0 to 10.0. */
  readonly minSeverity: number;
  /** How long the instance is mirrored. */
  readonly forMs: number;
  /** Name of a pool. */
  readonly target?: string;
  /** Name of a filter. */
  readonly filter?: string;
  /** Types of findings; absent: all. */
  readonly types?: readonly Pattern[];
}

export interface InstanceTypeLists {
  readonly allow: readonly Pattern[];
  readonly deny: readonly Pattern[];
}

export interface Limits {
  readonly maxSessions: number;
  /** Share of our sessions (0 to 1) or a number of them. */
  readonly maxDeletesPerSweep: { readonly share: number } | { readonly count: number };
  /** Share of the account's budget for actions that others use too (0 to 1). */
  readonly apiShare: number;
}

export type ZoneRule = 'prefer' | 'require' | 'ignore';

export interface TargetPool {
  readonly name: string;
  readonly zone: ZoneRule;
  /** Members that the policy lists; members found by tag come on top. */
  readonly members: readonly PoolMember[];
}

export type PoolMember = { readonly id: TargetId } | TargetDestination;

/** What a target stands for; where the policy lists one as a pool member, the target itself is made if there is none. */
export type TargetDestination =
  | { readonly networkInterfaceId: EniId }
  | { readonly networkLoadBalancerArn: string }
  | { readonly gatewayLoadBalancerEndpointId: string };

export interface FilterProfile {
  readonly name: string;
  readonly content: FilterContent;
  /** `filterHash(content)`, so that the handler need not compute it. */
  readonly hash: string;
}

/** A filter that exists and is used as it is: by its id, or the one that is tagged `automirror:filter` with the name. */
export type ExistingFilter = { readonly id: FilterId } | { readonly tagged: true };

export type TagOverride = 'target' | 'filter' | 'until' | 'interfaces' | 'packetLength';

export interface SessionTemplate {
  readonly target: string;
  readonly filter: string;
  readonly packetLength?: number;
  readonly sessionNumber: number;
  readonly vni?: number | VniRange;
}

/** VNIs from `base` on, `count` of them: each session gets one of its own. */
export interface VniRange {
  readonly base: number;
  readonly count: number;
}

export interface CompiledRule {
  readonly name: string;
  readonly match: CompiledMatch;
  readonly sessions: readonly SessionTemplate[];
  readonly tagOverrides: readonly TagOverride[];
}

export type MatchField =
  | 'vpc'
  | 'subnet'
  | 'zone'
  | 'instanceType'
  | 'autoScalingGroup'
  | 'account'
  | 'securityGroup'
  | 'iamInstanceProfile'
  | 'platform'
  | 'hasPublicIp';

/** A value pattern; `text` is lower case, `regex` is the source of an anchored, case-insensitive expression made from a glob. */
export type Pattern = { readonly text: string } | { readonly regex: string; readonly glob: string };

export type CompiledMatch =
  | { readonly kind: 'all'; readonly of: readonly CompiledMatch[] }
  | { readonly kind: 'any'; readonly of: readonly CompiledMatch[] }
  | { readonly kind: 'not'; readonly of: CompiledMatch }
  | { readonly kind: 'field'; readonly field: MatchField; readonly patterns: readonly Pattern[] }
  /** `key` is lower case. */
  | { readonly kind: 'tag'; readonly key: string; readonly patterns: readonly Pattern[] }
  | NetworkTagMatch
  /** The launch time against `at`, epoch milliseconds; a launch at that very moment is after. */
  | { readonly kind: 'launched'; readonly when: 'before' | 'after'; readonly at: number };

/** A tag of the VPC or subnet of an instance or of any of its interfaces; `key` is lower case. */
export interface NetworkTagMatch {
  readonly kind: 'networkTag';
  readonly of: 'vpc' | 'subnet';
  readonly key: string;
  readonly patterns: readonly Pattern[];
}
