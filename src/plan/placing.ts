import type { Reason } from '../model/decision.ts';
import type { EniId, TargetId } from '../model/ids.ts';
import { specTag } from '../model/ownership.ts';
import type { ActualSession, DesiredSession } from '../model/session.ts';
import type { ActualTarget } from '../model/target.ts';
import type { FilterRef, LeaveSource } from './action.ts';
import { leastLoadedFinder } from './least-loaded.ts';
import { mayStay, type PlacementWish, type TargetLoads, whyNoPlace } from './place.ts';
import { isOnInstance } from './pools.ts';
import type { Seat } from './seats.ts';
import type { SourceInterface } from './sources.ts';
import { specHash } from './spec.ts';
import { sourceCapacity } from './target-capacity.ts';
import { type FoundFilter, findFilter, poolReason, type Wish, wishOf } from './wish.ts';
import type { PlanContext } from './world.ts';

/** A seat with its target and filter found. */
export interface PlacedSeat {
  readonly desired: DesiredSession;
  readonly session: ActualSession | undefined;
  readonly target: ActualTarget;
  readonly filter: FilterRef;
  readonly filterHash: string;
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

/** A seat that needs a target. */
interface Homeless extends Seat {
  readonly filter: FoundFilter & { readonly found: true };
  readonly wish: Wish;
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
  const homeless: Homeless[] = [];

  for (const current of interfaces.flatMap((source) => source.seating.seats)) {
    const { desired, session } = current;
    const filter = findFilter(context, current);
    const wish = wishOf(context, desired);
    if (!filter.found) {
      refuse(current, filter.reason);
    } else if (!wish.found) {
      refuse(current, wish.reason);
    } else {
      const stays = session === undefined ? undefined : targetToStayOn(wish, session.targetId);
      if (stays === undefined) homeless.push({ ...current, filter, wish });
      else settle({ desired, session, target: stays, filter: filter.ref, filterHash: filter.hash });
    }
  }

  const loads = countLoads(context.world.sessions.filter((session) => !deleted.has(session)));
  for (const id of context.fullTargets) loads.set(id, Number.POSITIVE_INFINITY);
  const arrivals: TargetLoads = new Map();
  const departed: ActualSession[] = [];
  const newcomers: Homeless[] = [];
  const findMove = leastLoadedFinder(loads);
  for (const mover of homeless) {
    const { session, wish } = mover;
    const target = session === undefined ? undefined : findMove(wish);
    if (session !== undefined) departed.push(session);
    if (target === undefined) newcomers.push(mover);
    else move(mover, target, whyMoved(mover));
  }

  for (const { targetId } of departed) loads.set(targetId, (loads.get(targetId) ?? 0) - 1);
  const findNew = leastLoadedFinder(loads);
  for (const newcomer of newcomers) {
    const { desired, session, wish } = newcomer;
    // A session that would not be made anew is not replaced either.
    const target = session !== undefined && desired.onlyIfPresent ? undefined : findNew(wish);
    if (target === undefined) {
      refuse(newcomer, poolReason(wish, whyNoPlace(wish)));
      continue;
    }
    if (session !== undefined) evict(session, desired.eniId, replacedReason(newcomer));
    move({ ...newcomer, session: undefined }, target, undefined);
  }

  return { seats, refused, evicted, tightTargets: findTight(context, arrivals) };

  function settle(placed: PlacedSeat) {
    const { eniId } = placed.desired;
    const beside = seats.get(eniId) ?? [];
    seats.set(
      eniId,
      [...beside, placed].sort((a, b) => a.desired.slot - b.desired.slot),
    );
  }

  function move({ desired, session, filter }: Homeless, target: ActualTarget, drained: string | undefined) {
    loads.set(target.id, (loads.get(target.id) ?? 0) + 1);
    arrivals.set(target.id, (arrivals.get(target.id) ?? 0) + 1);
    const found = { desired, session, target, filter: filter.ref, filterHash: filter.hash };
    settle(drained === undefined ? found : { ...found, drained });
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
function whyMoved({ desired, session, filter, wish }: Homeless): string | undefined {
  if (session === undefined || session.tags[specTag] !== specHash(desired, filter.hash)) return undefined;
  const member = wish.members.find((candidate) => candidate.id === session.targetId);
  if (member === undefined) return `${session.targetId} is no member of pool "${wish.pool.name}"`;
  if (isOnInstance(member, desired.instanceId)) return `${session.targetId} is on the source's own instance`;
  return `${session.targetId} in ${member.zone ?? 'an unknown zone'} may not serve a source in ${wish.zone ?? 'an unknown zone'} (zone: ${wish.pool.zone})`;
}

function replacedReason(replaced: Homeless): Reason {
  const why = whyMoved(replaced);
  const how = 'no target has room for it until others have moved, so a new session takes its place';
  return why === undefined
    ? { code: 'settings-changed', detail: `asked for elsewhere now; ${how}` }
    : { code: 'target-left-pool', detail: `${why}; ${how}` };
}
