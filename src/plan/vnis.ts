import { createHash } from 'node:crypto';
import type { VniRange } from '../model/policy.ts';
import type { ActualSession } from '../model/session.ts';
import type { PlacedSeat } from './placing.ts';

/** VNIs of the seats that take theirs from a range; `none` where the range has none left. */
export type Vnis = ReadonlyMap<PlacedSeat, number | 'none'>;

/**
 * Gives each seat whose rule asks for a VNI out of a range one that nobody else has.
 *
 * A session keeps the one that it has while that is in the range and its own; of two of ours with one VNI the lower id keeps it. A new one begins to look at a place that its ENI and
 * slot give, so that a session that is made again mostly gets the VNI that it had, by which sensors tell sources apart.
 *
 * @param standing sessions that the plan leaves, everybody's
 * @param ours which of them are ours
 */
export function allocateVnis(
  seats: readonly PlacedSeat[],
  standing: readonly ActualSession[],
  ours: ReadonlySet<ActualSession>,
): Vnis {
  const given = new Map<PlacedSeat, number | 'none'>();
  const asking = seats.flatMap((seat) => (typeof seat.desired.vni === 'object' ? [{ seat, range: seat.desired.vni }] : []));
  if (asking.length === 0) return given;

  const holders = new Map<number, ActualSession>();
  for (const session of standing) {
    if (session.vni === undefined) continue;
    const before = holders.get(session.vni);
    if (before === undefined || isAhead(session, before, ours)) holders.set(session.vni, session);
  }
  const taken = new Set(holders.keys());
  const others: typeof asking = [];
  for (const one of asking) {
    const { session } = one.seat;
    const keeps = session?.vni !== undefined && isIn(one.range, session.vni) && holders.get(session.vni) === session;
    if (keeps) given.set(one.seat, session.vni);
    else others.push(one);
  }
  for (const { seat, range } of others) {
    const vni = firstFree(range, `${seat.desired.eniId}/${seat.desired.slot}`, taken);
    given.set(seat, vni ?? 'none');
    if (vni !== undefined) taken.add(vni);
  }
  return given;
}

/** Of two with one VNI somebody else's keeps it, for only ours can give way; of ours the lower id. */
function isAhead(session: ActualSession, other: ActualSession, ours: ReadonlySet<ActualSession>): boolean {
  if (ours.has(session) !== ours.has(other)) return !ours.has(session);
  return session.id < other.id;
}

function isIn({ base, count }: VniRange, vni: number): boolean {
  return vni >= base && vni < base + count;
}

function firstFree({ base, count }: VniRange, place: string, taken: ReadonlySet<number>): number | undefined {
  const start = createHash('sha256').update(place).digest().readUInt32BE(0) % count;
  for (let step = 0; step < count; step += 1) {
    const vni = base + ((start + step) % count);
    if (!taken.has(vni)) return vni;
  }
  return undefined;
}
