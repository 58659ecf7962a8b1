import type { Decision } from '../model/decision.ts';
import type { ActualFilter, FilterContent } from '../model/filter.ts';
import type { EniId, FilterId, InstanceId, TargetId } from '../model/ids.ts';
import type { CompiledPolicy } from '../model/policy.ts';
import type { ActualSession } from '../model/session.ts';
import type { ActualTarget } from '../model/target.ts';
import type { DeclaredTargets } from './declared-targets.ts';
import type { FiltersByHash } from './filters.ts';
import type { Choice } from './place.ts';
import type { PoolMembers } from './pools.ts';

/** Where a plan may act: on everything of ours, or on what belongs to some instances. */
export type Scope = { readonly kind: 'everything' } | { readonly kind: 'instances'; readonly ids: ReadonlySet<string> };

/** Where an ENI is: on an instance, on none (detached, or gone), or in between, when nothing on it is touched. */
export type Attachment = { readonly instanceId: InstanceId } | 'none' | 'in-transit';

/** What EC2 holds, read to the end; a list that was cut short must never get here. */
export interface World {
  readonly accountId: string;
  /** Every session that the account can see, other people's too. */
  readonly sessions: readonly ActualSession[];
  readonly targets: readonly ActualTarget[];
  readonly filters: readonly ActualFilter[];
  /** By ENI, for the interfaces of the scope's instances and of our sessions in the scope; an ENI that is not here was not read. */
  readonly attachments: ReadonlyMap<EniId, Attachment>;
  /** What is known of the interfaces that the policy declares as targets and that are none yet; one that EC2 does not know is not here. */
  readonly declaredInterfaces: ReadonlyMap<EniId, DeclaredInterface>;
}

/** An interface that is to become a target, as far as placing needs it. */
export type DeclaredInterface = Pick<ActualTarget, 'zone' | 'instanceId' | 'instanceType' | 'interfaceState'>;

export interface PlanInput {
  readonly owner: string;
  readonly policy: CompiledPolicy;
  readonly scope: Scope;
  /** One for each instance of the scope that EC2 knows. */
  readonly decisions: readonly Decision[];
  readonly world: World;
  /** Instances whose actions come before others of the same phase: somebody is waiting for them. */
  readonly first?: ReadonlySet<InstanceId>;
  /** Instances whose actions come after others of the same phase: they have failed lately, and must not hold the others up. */
  readonly last?: ReadonlySet<InstanceId>;
  /** Targets that take no new source, whatever can be seen of their load. */
  readonly fullTargets?: ReadonlySet<TargetId>;
  /**
   * Interfaces of which EC2 itself has said that they hold three sessions: only there does a session of ours make room for a lower slot. Absent: the list of
   * sessions is taken at its word, as in a plan that is only shown.
   */
  readonly fullInterfaces?: ReadonlySet<EniId> | undefined;
  /** Declared targets, by what they stand for, that EC2 would not let us make lately: they are not counted on. */
  readonly failedTargets?: ReadonlySet<string>;
  /** A person asked for the load to be spread evenly: sessions may leave a target that they may stay on. */
  readonly rebalance?: boolean;
  /** Told of each choice of a target as it is made; of two for one slot of an ENI the later one counts. */
  readonly onChoice?: ((choice: Choice) => void) | undefined;
}

/** What every part of planning looks things up in. */
export interface PlanContext {
  readonly owner: string;
  readonly policy: CompiledPolicy;
  readonly decisions: ReadonlyMap<InstanceId, Decision>;
  readonly world: World;
  readonly ours: ReadonlySet<ActualSession>;
  readonly members: PoolMembers;
  /** Targets to be made, by the stand-in for their id. */
  readonly declared: DeclaredTargets;
  /** Interfaces that are targets or are to become some, with a sentence that says so. */
  readonly sensorInterfaces: ReadonlyMap<EniId, string>;
  readonly fullTargets: ReadonlySet<TargetId>;
  readonly fullInterfaces: ReadonlySet<EniId> | undefined;
  readonly intactFilters: FiltersByHash;
  readonly filterContents: ReadonlyMap<FilterId, FilterContent>;
  readonly rebalance: boolean;
  readonly onChoice: ((choice: Choice) => void) | undefined;
}
