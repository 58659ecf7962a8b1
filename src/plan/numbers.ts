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
 * A session that has its preferred number keeps it; one whose preferred number is free takes it; an incumbent whose preferred number is taken keeps
 * the one it has; a newcomer takes the free number nearest to its preferred one, the higher of two equally near.
 *
 * @param taken numbers of sessions that are not ours to change
 */
export function assignNumbers(wishes: readonly NumberWish[], taken: ReadonlySet<number>): readonly number[] {
  const used = new Set(taken);
  const assigned = new Map<NumberWish, number>();
  const give = (wish: NumberWish, number: number) => {
    used.add(number);
    assigned.set(wish, number);
  };

  for (const wish of wishes) {
    if (wish.current === wish.preferred && !used.has(wish.preferred)) give(wish, wish.preferred);
  }
  const pending = wishes.filter((wish) => wish.current !== undefined && !assigned.has(wish));
  while (pending.length > 0) {
    // Those that must stay where they are come first, so that nobody who could go elsewhere takes their number.
    const blocked = pending.findIndex((wish) => used.has(wish.preferred));
    const [wish] = pending.splice(Math.max(blocked, 0), 1);
    if (wish?.current === undefined) continue;
    if (blocked < 0) give(wish, wish.preferred);
    else give(wish, used.has(wish.current) ? nearestFree(wish.current, used) : wish.current);
  }
  for (const wish of wishes) {
    if (!assigned.has(wish)) give(wish, nearestFree(wish.preferred, used));
  }
  return wishes.map((wish) => assigned.get(wish) ?? wish.preferred);
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
