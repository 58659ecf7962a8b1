import type { TargetId } from '../model/ids.ts';
import type { ActualTarget } from '../model/target.ts';
import { type Candidate, comparePlaces, judge, type PlacementWish, type TargetLoads } from './place.ts';
import { isOnInstance } from './pools.ts';

/** A session that may stay on its target. */
export interface Settled {
  readonly placement: PlacementWish;
  readonly target: ActualTarget;
}

interface Move<S> {
  readonly session: S;
  readonly from: Candidate;
  readonly to: Candidate;
}

/**
 * Which of the settled sessions move so that sources are in their own zones again and the load is even, and where to; the first of equals moves.
 *
 * A session moves only to a place that is better: in the source's own zone where its target is not, otherwise with at least two sources fewer. Those in a wrong zone move first, then
 * one after another from the target with most sources, so that no more than need be are moved. A place that a move leaves is not taken by another move: no order of the moves can
 * overfill a target.
 *
 * @param loads sources of each target once everything else is done; brought up to date with the moves
 * @param departed sources that leave each target within the same plan
 */
export function rebalance<S extends Settled>(
  settled: readonly S[],
  loads: TargetLoads,
  departed: ReadonlyMap<TargetId, number>,
): ReadonlyMap<S, ActualTarget> {
  const moves = new Map<S, ActualTarget>();
  const left = new Map(departed);
  const groups = alike(settled);
  for (;;) {
    const best = groups
      .flatMap(([session]) => (session === undefined ? [] : (moveOf(session, loads, left) ?? [])))
      .reduce<Move<S> | undefined>((first, move) => (first === undefined || isMoreUrgent(move, first) ? move : first), undefined);
    if (best === undefined) return moves;
    const { session, from, to } = best;
    moves.set(session, to.target);
    groups.find(([first]) => first === session)?.shift();
    loads.set(from.target.id, from.load - 1);
    loads.set(to.target.id, to.load + 1);
    left.set(from.target.id, (left.get(from.target.id) ?? 0) + 1);
  }
}

/** Sessions for which every place is as good as for each other, in the order given. */
function alike<S extends Settled>(settled: readonly S[]): S[][] {
  const pools = new Map<readonly ActualTarget[], number>();
  const groups = new Map<string, S[]>();
  for (const one of settled) {
    const { members, instanceId, pool, zone } = one.placement;
    if (!pools.has(members)) pools.set(members, pools.size);
    const ownInstance = members.some((member) => isOnInstance(member, instanceId)) ? instanceId : '';
    const key = [pools.get(members), pool.zone, zone, one.target.id, ownInstance].join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

function moveOf<S extends Settled>(session: S, loads: TargetLoads, left: ReadonlyMap<TargetId, number>): Move<S> | undefined {
  const { placement, target } = session;
  const from = judge(placement, target, loads);
  const [to] = placement.members
    .map((member) => judge(placement, member, loads))
    .filter((place) => place.verdict === 'possible' && place.load + (left.get(place.target.id) ?? 0) < place.capacity)
    .sort((a, b) => comparePlaces(placement.pool.zone, a, b));
  return to !== undefined && isBetter(placement, to, from) ? { session, from, to } : undefined;
}

function isBetter({ pool }: PlacementWish, to: Candidate, from: Candidate): boolean {
  if (pool.zone !== 'ignore' && to.sameZone !== from.sameZone) return to.sameZone;
  return to.load + 1 < from.load;
}

function isMoreUrgent<S>(move: Move<S>, other: Move<S>): boolean {
  const comesHome = ({ from, to }: Move<S>) => to.sameZone && !from.sameZone;
  if (comesHome(move) !== comesHome(other)) return comesHome(move);
  return move.from.load > other.from.load;
}
