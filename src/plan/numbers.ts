import { sessionNumberRange } from '../model/session.ts';

/** One session of ours that needs a number on an ENI. */
export interface NumberWish {
  readonly preferred: number;
  /** The number it has now; undefined for a session to be created. */
  readonly current: number | undefined;
}

/**
 * Gives each wish a number that is unique on the ENI, in the order of the wishes (slot order).
 *
 * A session that has its preferred number keeps it; one whose preferred number is free, or is given up by another, takes it; an incumbent whose preferred
 * number is taken keeps the one it has; a newcomer takes the free number nearest to its preferred one, the higher of two equally near.
 *
 * @param taken numbers of sessions that are not ours to change
 */
export function assignNumbers(wishes: readonly NumberWish[], taken: ReadonlySet<number>): readonly number[] {
  const assigned = new Map<NumberWish, number>();
  const movers = findMovers(wishes, taken);
  for (const wish of wishes) {
    if (wish.current !== undefined) assigned.set(wish, movers.has(wish) ? wish.preferred : wish.current);
  }
  const used = new Set([...taken, ...assigned.values()]);
  for (const wish of wishes) {
    if (assigned.has(wish)) continue;
    const number = nearestFree(wish.preferred, used);
    used.add(number);
    assigned.set(wish, number);
  }
  return wishes.map((wish) => assigned.get(wish) ?? wish.preferred);
}

/**
 * The incumbents that go to their preferred numbers: of two that prefer one number the first, and nobody whose number is held by one that stays.
 * Whoever must stay holds its own number in turn, so the search repeats until all that are left can go.
 */
function findMovers(wishes: readonly NumberWish[], taken: ReadonlySet<number>): ReadonlySet<NumberWish> {
  let movers = wishes.filter((wish) => wish.current !== undefined && wish.current !== wish.preferred);
  for (;;) {
    const held = new Set(taken);
    for (const wish of wishes) if (wish.current !== undefined && !movers.includes(wish)) held.add(wish.current);
    const next = movers.filter((wish) => {
      if (held.has(wish.preferred)) return false;
      held.add(wish.preferred);
      return true;
    });
    if (next.length === movers.length) return new Set(movers);
    movers = next;
  }
}

/** The number nearest to `preferred` that is not used, within 1 to 32,766; the higher of two equally near. */
export function nearestFree(preferred: number, used: ReadonlySet<number>): number {
  const span = sessionNumberRange.max - sessionNumberRange.min;
  for (let distance = 0; distance <= span; distance += 1) {
    for (const candidate of [preferred + distance, preferred - distance]) {
      if (candidate >= sessionNumberRange.min && candidate <= sessionNumberRange.max && !used.has(candidate)) return candidate;
    }
  }
  throw new RangeError(`no session number is free near ${preferred}: an ENI cannot hold that many sessions`);
}
