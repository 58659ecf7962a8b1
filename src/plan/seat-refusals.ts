import type { Reason } from '../model/decision.ts';
import type { ActualSession, DesiredSession } from '../model/session.ts';
import type { LeaveSource } from './action.ts';
import type { Seat } from './seats.ts';
import { refuseShadows } from './shadows.ts';
import type { SourceInterface } from './sources.ts';
import { allocateVnis, rangeReason, type Vnis } from './vnis.ts';
import type { Wish } from './wish.ts';
import type { PlanContext } from './world.ts';

/** Interfaces without the seats that the policy forbids or has no VNI for, so that those take no place on a target from others. */
export interface Granted {
  readonly interfaces: readonly SourceInterface[];
  readonly refused: readonly LeaveSource[];
  readonly vnis: Vnis;
}

/**
 * Refuses new sessions before targets are given out: those whose shadow the policy does not want, and those for which the range of VNIs has none left.
 *
 * @param deleted sessions that the plan deletes, as far as that is known
 * @param unplaced refusals of seats that found no target, by ENI and slot: they need no VNI and cast no shadow
 */
export function refuseSeats(
  context: PlanContext,
  interfaces: readonly SourceInterface[],
  deleted: ReadonlySet<ActualSession>,
  unplaced: ReadonlyMap<string, LeaveSource>,
): Granted {
  const reasons = new Map<DesiredSession, Reason>();
  const seats: Seat<Wish>[] = [];
  for (const { seating, foreign } of interfaces) {
    const placed: Seat<Wish>[] = [];
    for (const seat of seating.seats) {
      const refusedBefore = unplaced.get(`${seat.desired.eniId}/${seat.desired.slot}`);
      if (refusedBefore === undefined) placed.push(seat);
      else if (seat.session === undefined) reasons.set(seat.desired, refusedBefore.reason);
    }
    const shadows = refuseShadows(context, placed, foreign);
    for (const [desired, detail] of shadows) reasons.set(desired, { code: 'shadow-refused', detail });
    seats.push(...placed.filter(({ desired }) => !shadows.has(desired)));
  }
  const standing = context.world.sessions.filter((session) => !deleted.has(session));
  // A session that is replaced does not hand its VNI on by right: its successor is new.
  const lasting = seats.map((seat) =>
    seat.session !== undefined && deleted.has(seat.session) ? { ...seat, session: undefined } : seat,
  );
  const vnis = allocateVnis(lasting, standing, context.ours);
  for (const { desired, session } of seats) {
    if (session === undefined && vnis.get(desired) === 'none') reasons.set(desired, rangeReason(desired));
  }
  if (reasons.size === 0) return { interfaces, refused: [], vnis };
  const refused = [...reasons].map(([desired, reason]) => refusal(desired, reason));
  const granted = interfaces.map((source) => ({
    ...source,
    seating: { ...source.seating, seats: source.seating.seats.filter(({ desired }) => !reasons.has(desired)) },
  }));
  return { interfaces: granted, refused, vnis };
}

/** The refusal of one wanted session. */
export function refusal({ instanceId, eniId, slot, rule }: DesiredSession, reason: Reason): LeaveSource {
  return { kind: 'instance.refuse', instanceId, eniId, slot, rule, reason };
}
