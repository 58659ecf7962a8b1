import type { Reason } from '../model/decision.ts';
import type { EniId, TargetId } from '../model/ids.ts';
import { specTag, targetPoolTag } from '../model/ownership.ts';
import type { ActualSession, DesiredSession } from '../model/session.ts';
import type { ActualTarget } from '../model/target.ts';
import type { FilterRef, LeaveSource } from './action.ts';
import { chooseFilter } from './filters.ts';
import { mayStay, type PlacementWish, place, type TargetLoads } from './place.ts';
import type { Seat } from './seats.ts';
import type { SourceInterface } from './sources.ts';
import { specHash } from './spec.ts';
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
  /** Sessions whose slot is wanted but can be served by nothing that is allowed. */
  readonly evicted: ReadonlyMap<EniId, readonly { readonly session: ActualSession; readonly reason: Reason }[]>;
}

/**
 * Finds a target and a filter for every seat: first those that may stay where they are, then the others in order of ENI and slot.
 *
 * Everybody's sessions count as load, less those of ours that the plan deletes; a session that moves frees its old place only in the next plan, so that no
 * order of the moves can overfill a target.
 */
export function placeSeats(context: PlanContext, interfaces: readonly SourceInterface[]): Placed {
  const loads = countLoads(context, interfaces);
  const seats = new Map<EniId, PlacedSeat[]>();
  const evicted = new Map<EniId, { session: ActualSession; reason: Reason }[]>();
  const refused: LeaveSource[] = [];
  const all = interfaces.flatMap((source) => source.seating.seats);
  const settle = (placed: PlacedSeat) => {
    const { eniId } = placed.desired;
    seats.set(
      eniId,
      [...(seats.get(eniId) ?? []), placed].sort((a, b) => a.desired.slot - b.desired.slot),
    );
  };

  for (const current of all) {
    const { desired, session } = current;
    const filter = findFilter(context, current);
    if (!filter.found) {
      refuse(current, filter.reason);
      continue;
    }
    const wish = wishOf(context, desired);
    if (!wish.found) {
      refuse(current, wish.reason);
      continue;
    }
    const stays =
      session !== undefined && mayStay(wish, session.targetId) && wish.members.find((member) => member.id === session.targetId);
    if (stays) {
      settle({ desired, session, target: stays, filter: filter.ref, filterHash: filter.hash });
      continue;
    }
    const placement = place(wish, loads);
    if (!placement.placed) {
      refuse(current, poolReason(wish, placement.reason));
      continue;
    }
    const { target } = placement;
    loads.set(target.id, (loads.get(target.id) ?? 0) + 1);
    const drained = whyDrained(wish, current, filter.hash);
    settle({
      desired,
      session,
      target,
      filter: filter.ref,
      filterHash: filter.hash,
      ...(drained === undefined ? {} : { drained }),
    });
  }
  return { seats, refused, evicted };

  function refuse({ desired, session }: Seat, reason: Reason) {
    const { instanceId, eniId, slot, rule } = desired;
    refused.push({ kind: 'instance.refuse', instanceId, eniId, slot, rule, reason });
    if (session !== undefined) evicted.set(eniId, [...(evicted.get(eniId) ?? []), { session, reason }]);
  }
}

function countLoads(context: PlanContext, interfaces: readonly SourceInterface[]): TargetLoads {
  const leaving = new Set(interfaces.flatMap(({ seating }) => [...seating.unwanted, ...seating.duplicates]));
  const loads: TargetLoads = new Map<TargetId, number>();
  for (const session of context.world.sessions) {
    if (!leaving.has(session)) loads.set(session.targetId, (loads.get(session.targetId) ?? 0) + 1);
  }
  return loads;
}

type FoundFilter =
  | { readonly found: true; readonly ref: FilterRef; readonly hash: string }
  | { readonly found: false; readonly reason: Reason };

function findFilter({ policy, intactFilters, world }: PlanContext, { desired, session }: Seat): FoundFilter {
  const wanted = desired.filter;
  if ('name' in wanted) {
    const profile = policy.filters[wanted.name];
    if (profile === undefined)
      return { found: false, reason: { code: 'filter-unknown', detail: `the policy has no filter "${wanted.name}"` } };
    const id = chooseFilter(intactFilters, profile.hash, session?.filterId);
    return { found: true, ref: id === undefined ? { hash: profile.hash } : { id }, hash: profile.hash };
  }
  const hash = world.filters.find((filter) => filter.id === wanted.id)?.tags[specTag];
  const allowed =
    hash !== undefined &&
    intactFilters.get(hash)?.some((filter) => filter.id === wanted.id) &&
    Object.values(policy.filters).some((profile) => profile.hash === hash);
  if (allowed) return { found: true, ref: { id: wanted.id }, hash };
  return {
    found: false,
    reason: {
      code: 'filter-not-allowed',
      detail: `${wanted.id} is no filter of the policy; name one of ${names(policy.filters)}`,
    },
  };
}

type Wish = PlacementWish & { readonly found: true };

function wishOf(
  { policy, members }: PlanContext,
  desired: DesiredSession,
): Wish | { readonly found: false; readonly reason: Reason } {
  const { instanceId, zone, target } = desired;
  if ('pool' in target) {
    const pool = policy.pools[target.pool];
    if (pool === undefined)
      return { found: false, reason: { code: 'target-unknown', detail: `the policy has no target pool "${target.pool}"` } };
    return { found: true, pool, members: members.get(pool.name) ?? [], instanceId, zone };
  }
  for (const pool of Object.values(policy.pools)) {
    const member = members.get(pool.name)?.find((candidate) => candidate.id === target.id);
    // A target asked for by its id is the only candidate, so its zone is the asker's choice.
    if (member !== undefined) return { found: true, pool: { ...pool, zone: 'ignore' }, members: [member], instanceId, zone };
  }
  return {
    found: false,
    reason: { code: 'target-not-allowed', detail: `${target.id} is a member of no pool; name a pool: ${names(policy.pools)}` },
  };
}

function whyDrained(wish: PlacementWish, { desired, session }: Seat, filterHash: string): string | undefined {
  if (session === undefined || session.tags[specTag] !== specHash(desired, filterHash)) return undefined;
  const member = wish.members.find((candidate) => candidate.id === session.targetId);
  if (member === undefined) return `${session.targetId} is no member of pool "${wish.pool.name}"`;
  return `${session.targetId} in ${member.zone ?? 'an unknown zone'} may not serve a source in ${wish.zone ?? 'an unknown zone'} (zone: ${wish.pool.zone})`;
}

function poolReason({ pool, members, zone }: PlacementWish, code: 'pool-empty' | 'pool-zone' | 'pool-full'): Reason {
  switch (code) {
    case 'pool-empty':
      return {
        code,
        detail: `pool "${pool.name}" has no member that could serve: tag a traffic mirror target ${targetPoolTag}=${pool.name}, or list one in the policy`,
      };
    case 'pool-zone':
      return {
        code,
        detail: `no target of pool "${pool.name}" is in ${zone ?? "the source's zone, which is not known"}, and the pool has zone: require`,
      };
    case 'pool-full':
      return {
        code,
        detail: `every target of pool "${pool.name}" that could serve has as many sources as it can take (${members.length} in the pool)`,
      };
  }
}

function names(record: Readonly<Record<string, unknown>>): string {
  return Object.keys(record).join(', ');
}
