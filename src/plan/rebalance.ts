import type { TargetId } from '../model/ids.ts';
import type { ActualTarget } from '../model/target.ts';
import { type Candidate, comparePlaces, judge, type PlacementWish, type TargetLoads } from './place.ts';

/** A session that may stay on its target. */
export interface Settled {
  readonly placement: PlacementWish;
  readonly target: ActualTarget;
}

/**
 * Which of the settled sessions move so that the load is even and sources are in their own zones again, and where to, in the order given.
 *
 * A session moves only to a place that is better: in the source's own zone where its target is not, otherwise with at least two sources fewer, so that a
 * second call finds nothing to move. A place that a move leaves is not taken by another move: no order of the moves can overfill a target.
 *
 * @param loads sources of each target once everything else is done; brought up to date with the moves
 * @param departed sources that leave each target within the same plan
 */
export function rebalance<S extends Settled>(
  settled: readonly S[],
  loads: TargetLoads,
  departed: ReadonlyMap<TargetId, number>,
): ReadonlyMap<S, ActualTarget> {
  const left = new Map(departed);
  const moves = new Map<S, ActualTarget>();
  for (const one of settled) {
    const { placement, target } = one;
    const now = judge(placement, target, loads);
    const occupied: TargetLoads = new Map([...loads].map(([id, load]) => [id, load + (left.get(id) ?? 0)]));
    const [best] = placement.members
      .filter((member) => judge(placement, member, occupied).verdict === 'possible')
      .map((member) => judge(placement, member, loads))
      .sort((a, b) => comparePlaces(placement.pool.zone, a, b));
    if (best === undefined || best.target.id === target.id || !isBetter(placement, best, now)) continue;
    moves.set(one, best.target);
    loads.set(target.id, now.load - 1);
    left.set(target.id, (left.get(target.id) ?? 0) + 1);
    loads.set(best.target.id, best.load + 1);
  }
  return moves;
}

function isBetter({ pool }: PlacementWish, best: Candidate, now: Candidate): boolean {
  if (pool.zone !== 'ignore' && best.sameZone !== now.sameZone) return best.sameZone;
  return best.load + 1 < now.load;
}
