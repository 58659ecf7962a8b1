import type { InstanceId, TargetId } from '../model/ids.ts';
import type { TargetPool, ZoneRule } from '../model/policy.ts';
import type { ReasonCode } from '../model/reasons.ts';
import type { ActualSession, DesiredSession } from '../model/session.ts';
import type { ActualTarget } from '../model/target.ts';
import { isOnInstance } from './pools.ts';
import { sourceCapacity } from './target-capacity.ts';

/** How many sources each target has, everybody's counted; changes as a plan takes and frees places. */
export type TargetLoads = Map<TargetId, number>;

/** Counts one source more, or with a negative number fewer. */
export function add(loads: TargetLoads, id: TargetId, sources: number): void {
  loads.set(id, (loads.get(id) ?? 0) + sources);
}

/** The sources of each target that has any. */
export function countLoads(sessions: readonly Pick<ActualSession, 'targetId'>[]): TargetLoads {
  const loads: TargetLoads = new Map<TargetId, number>();
  for (const { targetId } of sessions) add(loads, targetId, 1);
  return loads;
}

/** A source that needs a target. */
export interface PlacementWish {
  readonly pool: TargetPool;
  readonly members: readonly ActualTarget[];
  readonly instanceId: InstanceId;
  /** Availability Zone of the source ENI. */
  readonly zone: string | undefined;
}

/** What was made of one pool member, for the explanation. */
export interface Candidate {
  readonly target: ActualTarget;
  readonly load: number;
  readonly capacity: number;
  readonly sameZone: boolean;
  readonly verdict: 'chosen' | 'possible' | 'full' | 'unattached' | 'other-zone' | 'own-instance';
}

/** A choice of target that a plan makes, for who explains it: `place(wish, loads)` makes the same, unless the session is `settledOn` one. */
export interface Choice {
  readonly desired: DesiredSession;
  readonly wish: PlacementWish;
  /** As they are when it is told; they change as the plan goes on. Absent where no member may serve, whatever the loads are. */
  readonly loads?: TargetLoads;
  /** Where the session stays, or where a rebalance takes it. */
  readonly settledOn?: TargetId;
}

export type PoolReason = Extract<ReasonCode, `pool-${string}`>;

export type Placement =
  | { readonly placed: true; readonly target: ActualTarget; readonly candidates: readonly Candidate[] }
  | { readonly placed: false; readonly reason: PoolReason; readonly candidates: readonly Candidate[] };

/**
 * The target of a session, if the session may stay on it: still a member, still in a zone that the pool's rule allows, not on the source's own instance.
 * An interface that is attached to nothing may keep what it has where there is no other place, for it may be attached again; `place` gives it nothing new.
 */
export function targetToStayOn(wish: PlacementWish, targetId: TargetId): ActualTarget | undefined {
  return wish.members.find(
    (member) =>
      member.id === targetId && !isOnInstance(member, wish.instanceId) && isZoneAllowed(wish.pool.zone, wish.zone, member),
  );
}

/** Whether somebody could receive the copies: the interface behind the target, if it is one, is attached. */
export function isAttached(target: ActualTarget): boolean {
  return target.interfaceState !== 'unattached';
}

/**
 * Chooses a target with room, and tells what was made of each member (`findTarget` of `least-loaded.ts` chooses the same and tells nothing): the source's own zone first (unless the pool ignores zones), then the fewest sources, then the lowest id.
 *
 * A load balancer serves every zone. A zone that is not known counts as another one, which `zone: require` refuses.
 */
export function place(wish: PlacementWish, loads: TargetLoads): Placement {
  const candidates = wish.members.map((target) => judge(wish, target, loads));
  const possible = candidates
    .filter((candidate) => candidate.verdict === 'possible')
    .sort((a, b) => comparePlaces(wish.pool.zone, a, b));
  const [best] = possible;
  if (best !== undefined) {
    return {
      placed: true,
      target: best.target,
      candidates: candidates.map((candidate) => (candidate === best ? { ...candidate, verdict: 'chosen' } : candidate)),
    };
  }
  return { placed: false, reason: whyNoPlace(wish), candidates };
}

/** Why a wish that found no target found none: all that could serve are full, or are attached to nothing, or are in other zones, or there are none. */
export function whyNoPlace(wish: PlacementWish): PoolReason {
  const others = wish.members.filter((target) => !isOnInstance(target, wish.instanceId));
  const allowed = others.filter((target) => isZoneAllowed(wish.pool.zone, wish.zone, target));
  if (allowed.some(isAttached)) return 'pool-full';
  if (allowed.length > 0) return 'pool-unattached';
  return others.length > 0 ? 'pool-zone' : 'pool-empty';
}

/** What is made of one member for one wish, at the given loads. */
export function judge(wish: PlacementWish, target: ActualTarget, loads: TargetLoads): Candidate {
  const load = loads.get(target.id) ?? 0;
  const capacity = sourceCapacity(target);
  const base = { target, load, capacity, sameZone: isSameZone(wish.zone, target) };
  if (isOnInstance(target, wish.instanceId)) return { ...base, verdict: 'own-instance' };
  if (!isZoneAllowed(wish.pool.zone, wish.zone, target)) return { ...base, verdict: 'other-zone' };
  if (!isAttached(target)) return { ...base, verdict: 'unattached' };
  return { ...base, verdict: load < capacity ? 'possible' : 'full' };
}

/** Which of two places comes first: one in the source's own zone, unless the pool ignores zones, then the one with fewer sources, then the lower id. */
export function comparePlaces(rule: ZoneRule, a: Candidate, b: Candidate): number {
  if (rule !== 'ignore' && a.sameZone !== b.sameZone) return a.sameZone ? -1 : 1;
  if (a.load !== b.load) return a.load - b.load;
  return a.target.id < b.target.id ? -1 : 1;
}

function isZoneAllowed(rule: ZoneRule, zone: string | undefined, target: ActualTarget): boolean {
  return rule !== 'require' || isSameZone(zone, target);
}

function isSameZone(zone: string | undefined, target: ActualTarget): boolean {
  if (target.type !== 'network-interface') return true;
  return zone !== undefined && target.zone === zone;
}
