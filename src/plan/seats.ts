import type { ActualSession, DesiredSession } from '../model/session.ts';
import { slotOf } from './spec.ts';

/** What seating has to know of a wanted session. */
type SlotWish = Pick<DesiredSession, 'slot' | 'onlyIfPresent'>;

/** One slot of one ENI: what is wanted there, and the session of ours that serves it now. */
export interface Seat<W extends SlotWish = DesiredSession> {
  readonly desired: W;
  readonly session: ActualSession | undefined;
}

/** Seats of one ENI, with what has no seat. */
export interface Seating<W extends SlotWish = DesiredSession> {
  readonly seats: readonly Seat<W>[];
  /** Wanted slots for which the ENI has no room beside other people's sessions; highest slots first to go. */
  readonly noRoom: readonly Seat<W>[];
  /** Sessions of ours that serve no wanted slot. */
  readonly unwanted: readonly ActualSession[];
  /** Further sessions of ours for a slot that another one serves. */
  readonly duplicates: readonly ActualSession[];
}

/**
 * Matches what is wanted on one ENI with our sessions there by their slot; of two for one slot the lower number stays, then the lower id.
 * A session whose slot tag cannot be read serves a wanted slot that nobody else serves.
 *
 * @param desired in slot order, all of one ENI
 * @param own our sessions on that ENI
 * @param room how many sessions of ours the ENI can hold
 * @param yields whether a session that stands makes room for a lower slot; if not, the lower slot is asked for beside it, and EC2 may refuse it
 */
export function seat<W extends SlotWish>(
  desired: readonly W[],
  own: readonly ActualSession[],
  room: number,
  yields = true,
): Seating<W> {
  const bySlot = new Map<number, ActualSession[]>();
  const adrift: ActualSession[] = [];
  for (const session of [...own].sort(compareSessions)) {
    const slot = slotOf(session);
    if (slot === undefined) adrift.push(session);
    else bySlot.set(slot, [...(bySlot.get(slot) ?? []), session]);
  }

  const seats: Seat<W>[] = [];
  const noRoom: Seat<W>[] = [];
  const duplicates: ActualSession[] = [];
  const unwanted: ActualSession[] = [];
  for (const wish of [...desired].sort((a, b) => a.slot - b.slot)) {
    const [incumbent, ...others] = bySlot.get(wish.slot) ?? [];
    bySlot.delete(wish.slot);
    duplicates.push(...others);
    const session = incumbent ?? adrift.shift();
    if (session === undefined && wish.onlyIfPresent) continue;
    if (seats.length < room || (!yields && session !== undefined)) {
      seats.push({ desired: wish, session });
    } else {
      noRoom.push({ desired: wish, session });
      if (session !== undefined) unwanted.push(session);
    }
  }
  for (const sessions of bySlot.values()) unwanted.push(...sessions);
  unwanted.push(...adrift);
  return { seats, noRoom, unwanted, duplicates };
}

function compareSessions(a: ActualSession, b: ActualSession): number {
  return a.sessionNumber - b.sessionNumber || (a.id < b.id ? -1 : 1);
}
