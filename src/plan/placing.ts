import type { Reason } from '../model/decision.ts';
import type { EniId, TargetId } from '../model/ids.ts';
import { specTag } from '../model/ownership.ts';
import type { ActualSession } from '../model/session.ts';
import type { ActualTarget } from '../model/target.ts';
import type { FilterRef, LeaveSource } from './action.ts';
import { leastLoadedFinder } from './least-loaded.ts';
import { add, countLoads, isAttached, type TargetLoads, targetToStayOn, whyNoPlace } from './place.ts';
import { isOnInstance } from './pools.ts';
import { rebalance, type Settled } from './rebalance.ts';
import { refusal } from './seat-refusals.ts';
import type { Seat } from './seats.ts';
import type { SourceInterface } from './sources.ts';
import { specHash } from './spec.ts';
import { sourceCapacity } from './target-capacity.ts';
import { rangeReason, type Vnis } from './vnis.ts';
import { chooseFilter, poolReason, type Wish } from './wish.ts';
import type { PlanContext } from './world.ts';

/** A seat with its target and filter found. */
export interface PlacedSeat extends Seat<Wish> {
  readonly target: ActualTarget;
  readonly filter: FilterRef;
  /** Why the session leaves the target it is on, if that is not for a changed wish. */
  readonly moved?: Reason;
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
 * Where a person asked for it, those that may stay are spread evenly before new ones come.
 *
 * Everybody's sessions count as load. Deletions come before modifications and those before creations, so the place of a deleted session is free for all,
 * that of a moved one for new sessions only: no order of the moves can overfill a target. A session that finds no place to move to is replaced by a new one
 * where that finds a place.
 */
export function placeSeats(context: PlanContext, interfaces: readonly SourceInterface[], vnis: Vnis): Placed {
  const seats = new Map<EniId, PlacedSeat[]>();
  const evicted = new Map<EniId, { session: ActualSession; reason: Reason }[]>();
  const refused: LeaveSource[] = [];
  const deleted = new Set(interfaces.flatMap(({ seating }) => [...seating.unwanted, ...seating.duplicates]));
  const settled: (Seat<Wish> & Settled)[] = [];
  const homeless: Seat<Wish>[] = [];

  for (const current of interfaces.flatMap((source) => source.seating.seats)) {
    const target = stayingOn(current);
    if (target === undefined || !isAttached(target)) homeless.push(current);
    else settled.push({ ...current, placement: current.desired.placement, target });
  }

  const loads = countLoads(context.world.sessions.filter((session) => !deleted.has(session)));
  for (const id of context.fullTargets) loads.set(id, Number.POSITIVE_INFINITY);
  const arrivals: TargetLoads = new Map();
  const departed: TargetLoads = new Map();
  const newcomers: Seat<Wish>[] = [];
  const findMove = leastLoadedFinder(loads);
  for (const mover of homeless) {
    const { session, desired } = mover;
    if (session !== undefined) tell(mover);
    const target = session === undefined ? undefined : findMove(desired.placement);
    if (session !== undefined) add(departed, session.targetId, 1);
    if (target === undefined) newcomers.push(mover);
    else move(mover, target, movedReason(mover));
  }

  for (const [id, count] of departed) add(loads, id, -count);
  const moves = context.rebalance ? rebalance(settled, loads, departed) : new Map<Seat<Wish>, ActualTarget>();
  for (const one of settled) {
    const better = moves.get(one);
    tell(one, better ?? one.target);
    if (better === undefined) settle(one, one.target);
    else {
      add(arrivals, better.id, 1);
      settle(one, better, {
        code: 'rebalanced',
        detail: `${better.id} is the better place for it now that the load is to be spread evenly`,
      });
    }
  }

  const findNew = leastLoadedFinder(loads);
  for (const newcomer of newcomers) {
    const { desired, session } = newcomer;
    const before = stayingOn(newcomer);
    // A session that would not be made anew is not replaced either, nor is one that has a VNI where its successor would have none.
    const lacksVni = session !== undefined && vnis.get(desired) === 'none';
    const isLast = lacksVni || (session !== undefined && desired.onlyIfPresent);
    if (!isLast) tell(newcomer);
    const target = isLast ? undefined : findNew(desired.placement);
    if (target !== undefined) {
      if (session !== undefined) evict(session, desired.eniId, replacedReason(newcomer));
      move({ ...newcomer, session: undefined }, target);
    } else if (before !== undefined) {
      // Its interface is attached to nothing now, and may be attached again.
      tell(newcomer, before);
      add(loads, before.id, 1);
      settle(newcomer, before);
    } else refuse(newcomer, lacksVni ? rangeReason(desired) : poolReason(desired.placement, whyNoPlace(desired.placement)));
  }

  return { seats, refused, evicted, tightTargets: findTight(context, arrivals) };

  function tell({ desired }: Seat<Wish>, target?: ActualTarget) {
    context.onChoice?.({ desired, wish: desired.placement, loads, ...(target === undefined ? {} : { settledOn: target.id }) });
  }

  function settle({ desired, session }: Seat<Wish>, target: ActualTarget, moved?: Reason) {
    const filter = chooseFilter(desired.filterChoice, session?.filterId);
    const placed = { desired, session, target, filter, ...(moved === undefined ? {} : { moved }) };
    const beside = seats.get(desired.eniId) ?? [];
    seats.set(
      desired.eniId,
      [...beside, placed].sort((a, b) => a.desired.slot - b.desired.slot),
    );
  }

  function move(seat: Seat<Wish>, target: ActualTarget, moved?: Reason) {
    add(loads, target.id, 1);
    add(arrivals, target.id, 1);
    settle(seat, target, moved);
  }

  function evict(session: ActualSession, eniId: EniId, reason: Reason) {
    deleted.add(session);
    evicted.set(eniId, [...(evicted.get(eniId) ?? []), { session, reason }]);
  }

  function refuse({ desired, session }: Seat, reason: Reason) {
    refused.push(refusal(desired, reason));
    if (session !== undefined) evict(session, desired.eniId, reason);
  }
}

function stayingOn({ desired, session }: Seat<Wish>): ActualTarget | undefined {
  return session === undefined ? undefined : targetToStayOn(desired.placement, session.targetId);
}

function findTight({ world }: PlanContext, arrivals: TargetLoads): readonly TargetId[] {
  const before = countLoads(world.sessions);
  return world.targets
    .filter(({ id }) => arrivals.has(id))
    .filter((target) => (before.get(target.id) ?? 0) + (arrivals.get(target.id) ?? 0) > sourceCapacity(target))
    .map(({ id }) => id)
    .sort();
}

/** Why a session had to leave its target, if it is not for a changed wish. */
function whyMoved({ desired, session }: Seat<Wish>): string | undefined {
  if (session === undefined || session.tags[specTag] !== specHash(desired, desired.filterChoice.hash)) return undefined;
  const wish = desired.placement;
  const member = wish.members.find((candidate) => candidate.id === session.targetId);
  if (member === undefined) return `${session.targetId} is no member of pool "${wish.pool.name}"`;
  if (isOnInstance(member, desired.instanceId)) return `${session.targetId} is on the source's own instance`;
  if (!isAttached(member)) return `the interface of ${session.targetId} is attached to no instance`;
  return `${session.targetId} in ${member.zone ?? 'an unknown zone'} may not serve a source in ${wish.zone ?? 'an unknown zone'} (zone: ${wish.pool.zone})`;
}

function movedReason(mover: Seat<Wish>): Reason | undefined {
  const why = whyMoved(mover);
  return why === undefined ? undefined : { code: 'target-left-pool', detail: why };
}

function replacedReason(replaced: Seat<Wish>): Reason {
  const why = whyMoved(replaced);
  const how = 'no target has room for it until others have moved, so a new session takes its place';
  return why === undefined
    ? { code: 'settings-changed', detail: `asked for elsewhere now; ${how}` }
    : { code: 'target-left-pool', detail: `${why}; ${how}` };
}
