import type { Reason } from '../model/decision.ts';
import type { EniId, TargetId } from '../model/ids.ts';
import { specTag } from '../model/ownership.ts';
import type { ActualSession } from '../model/session.ts';
import type { ActualTarget } from '../model/target.ts';
import type { FilterRef, LeaveSource } from './action.ts';
import { leastLoadedFinder } from './least-loaded.ts';
import { mayStay, type PlacementWish, type TargetLoads } from './place.ts';
import { isOnInstance } from './pools.ts';
import type { Seat } from './seats.ts';
import type { SourceInterface } from './sources.ts';
import { specHash } from './spec.ts';
import { sourceCapacity } from './target-capacity.ts';
import { chooseFilter, poolReason, type Wish } from './wish.ts';
import type { PlanContext } from './world.ts';

/** A seat with its target and filter found. */
export interface PlacedSeat extends Seat<Wish> {
  readonly target: ActualTarget;
  readonly filter: FilterRef;
  /** Why the session had to leave the target it is on, when it had to. */
  readonly drained?: string;
}

export interface Placed {
  readonly seats: ReadonlyMap<EniId, readonly PlacedSeat[]>;
  readonly refused: readonly LeaveSource[];
  /** Sessions to delete: their slot can be served by nothing that is allowed, or only by a new session. */
  readonly evicted: ReadonlyMap<EniId, readonly { readonly session: ActualSession; readonly reason: Reason }[]>;
  /** Targets that have room for all that is planned there only because the plan deletes or moves sessions away; in order of id. */
  readonly tightTargets: readonly TargetId[];
}

/**
 * Finds a target and a filter for every seat: first for those that may stay where they are, then for sessions that must move, then for new ones, each in
 * order of ENI and slot.
 *
 * Everybody's sessions count as load. Deletions come before modifications and those before creations, so the place of a deleted session is free for all,
 * that of a moved one for new sessions only: no order of the moves can overfill a target. A session that finds no place to move to is replaced by a new one
 * where that finds a place.
 */
export function placeSeats(context: PlanContext, interfaces: readonly SourceInterface[]): Placed {
  const seats = new Map<EniId, PlacedSeat[]>();
  const evicted = new Map<EniId, { session: ActualSession; reason: Reason }[]>();
  const refused: LeaveSource[] = [];
  const deleted = new Set(interfaces.flatMap(({ seating }) => [...seating.unwanted, ...seating.duplicates]));
  const homeless: Seat<Wish>[] = [];

  for (const current of interfaces.flatMap((source) => source.seating.seats)) {
    const { desired, session } = current;
    const stays = session === undefined ? undefined : targetToStayOn(desired.placement, session.targetId);
    if (stays === undefined) homeless.push(current);
    else settle(current, stays);
  }

  const loads = countLoads(context.world.sessions.filter((session) => !deleted.has(session)));
  for (const id of context.fullTargets) loads.set(id, Number.POSITIVE_INFINITY);
  const arrivals: TargetLoads = new Map();
  const departed: ActualSession[] = [];
  const newcomers: Seat<Wish>[] = [];
  const findMove = leastLoadedFinder(loads);
  for (const mover of homeless) {
    const { session, desired } = mover;
    const target = session === undefined ? undefined : findMove(desired.placement);
    if (session !== undefined) departed.push(session);
    if (target === undefined) newcomers.push(mover);
    else move(mover, target, whyMoved(mover));
  }

  for (const { targetId } of departed) loads.set(targetId, (loads.get(targetId) ?? 0) - 1);
  const findNew = leastLoadedFinder(loads);
  for (const newcomer of newcomers) {
    const { desired, session } = newcomer;
    // A session that would not be made anew is not replaced either.
    const target = session !== undefined && desired.onlyIfPresent ? undefined : findNew(desired.placement);
    if (target === undefined) {
      refuse(newcomer, poolReason(desired.placement, 'pool-full'));
      continue;
    }
    if (session !== undefined) evict(session, desired.eniId, replacedReason(newcomer));
    move({ ...newcomer, session: undefined }, target, undefined);
  }

  return { seats, refused, evicted, tightTargets: findTight(context, arrivals) };

  function settle({ desired, session }: Seat<Wish>, target: ActualTarget, drained?: string) {
    const filter = chooseFilter(desired.filterChoice, session?.filterId);
    const placed = { desired, session, target, filter, ...(drained === undefined ? {} : { drained }) };
    const beside = seats.get(desired.eniId) ?? [];
    seats.set(
      desired.eniId,
      [...beside, placed].sort((a, b) => a.desired.slot - b.desired.slot),
    );
  }

  function move(seat: Seat<Wish>, target: ActualTarget, drained: string | undefined) {
    loads.set(target.id, (loads.get(target.id) ?? 0) + 1);
    arrivals.set(target.id, (arrivals.get(target.id) ?? 0) + 1);
    settle(seat, target, drained);
  }

  function evict(session: ActualSession, eniId: EniId, reason: Reason) {
    deleted.add(session);
    evicted.set(eniId, [...(evicted.get(eniId) ?? []), { session, reason }]);
  }

  function refuse({ desired, session }: Seat, reason: Reason) {
    const { instanceId, eniId, slot, rule } = desired;
    refused.push({ kind: 'instance.refuse', instanceId, eniId, slot, rule, reason });
    if (session !== undefined) evict(session, eniId, reason);
  }
}

function countLoads(sessions: readonly ActualSession[]): TargetLoads {
  const loads: TargetLoads = new Map<TargetId, number>();
  for (const { targetId } of sessions) loads.set(targetId, (loads.get(targetId) ?? 0) + 1);
  return loads;
}

function findTight({ world }: PlanContext, arrivals: TargetLoads): readonly TargetId[] {
  const before = countLoads(world.sessions);
  return world.targets
    .filter(({ id }) => arrivals.has(id))
    .filter((target) => (before.get(target.id) ?? 0) + (arrivals.get(target.id) ?? 0) > sourceCapacity(target))
    .map(({ id }) => id)
    .sort();
}

/** A session may stay on its target while that is a member of its pool in a zone that the pool's rule allows, and not on the source's own instance. */
function targetToStayOn(wish: PlacementWish, id: TargetId): ActualTarget | undefined {
  return mayStay(wish, id) ? wish.members.find((member) => member.id === id) : undefined;
}

/** Why a session had to leave its target, if it is not for a changed wish. */
function whyMoved({ desired, session }: Seat<Wish>): string | undefined {
  if (session === undefined || session.tags[specTag] !== specHash(desired, desired.filterChoice.hash)) return undefined;
  const wish = desired.placement;
  const member = wish.members.find((candidate) => candidate.id === session.targetId);
  if (member === undefined) return `${session.targetId} is no member of pool "${wish.pool.name}"`;
  if (isOnInstance(member, desired.instanceId)) return `${session.targetId} is on the source's own instance`;
  return `${session.targetId} in ${member.zone ?? 'an unknown zone'} may not serve a source in ${wish.zone ?? 'an unknown zone'} (zone: ${wish.pool.zone})`;
}

function replacedReason(replaced: Seat<Wish>): Reason {
  const why = whyMoved(replaced);
  const how = 'no target has room for it until others have moved, so a new session takes its place';
  return why === undefined
    ? { code: 'settings-changed', detail: `asked for elsewhere now; ${how}` }
    : { code: 'target-left-pool', detail: `${why}; ${how}` };
}
