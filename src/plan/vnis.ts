import { createHash } from 'node:crypto';
import type { Reason } from '../model/decision.ts';
import type { VniRange } from '../model/policy.ts';
import type { ActualSession, DesiredSession } from '../model/session.ts';
import type { Seat } from './seats.ts';
import type { Wish } from './wish.ts';

/** VNIs of the wishes that take theirs from a range; `none` where the range has none left. */
export type Vnis = ReadonlyMap<Wish, number | 'none'>;

/**
 * Gives each seat whose rule asks for a VNI out of a range one that nobody else has once the plan is done.
 *
 * A session keeps the one that it has while that is in the range and its own; of two of ours with one VNI the lower id keeps it. A new one begins to look at a place that its ENI and
 * slot give, so that a session that is made again mostly gets the VNI that it had, by which sensors tell sources apart.
 *
 * @param standing sessions that the plan leaves, everybody's
 * @param ours which of them are ours
 */
export function allocateVnis(
  seats: readonly Seat<Wish>[],
  standing: readonly ActualSession[],
  ours: ReadonlySet<ActualSession>,
): Vnis {
  const given = new Map<Wish, number | 'none'>();
  const asking = seats.flatMap(({ desired, session }) =>
    typeof desired.vni === 'object' ? [{ desired, session, range: desired.vni }] : [],
  );
  if (asking.length === 0) return given;

  const holders = new Map<number, ActualSession>();
  for (const session of standing) {
    if (session.vni === undefined) continue;
    const before = holders.get(session.vni);
    if (before === undefined || isAhead(session, before, ours)) holders.set(session.vni, session);
  }
  const moving: typeof asking = [];
  for (const one of asking) {
    const vni = one.session?.vni;
    if (vni !== undefined && isIn(one.range, vni) && holders.get(vni) === one.session) given.set(one.desired, vni);
    else moving.push(one);
  }
  const changing = new Set([
    ...moving.map(({ session }) => session),
    ...seats.flatMap(({ desired, session }) => (typeof desired.vni === 'number' ? session : [])),
  ]);
  const taken = new Set([
    ...standing.flatMap((session) => (session.vni === undefined || changing.has(session) ? [] : session.vni)),
    ...seats.flatMap(({ desired: { vni } }) => (typeof vni === 'number' ? vni : [])),
  ]);
  // Those that stand come first: where there is none for them, they keep what they have, and nobody else may get that.
  const order = [
    ...moving.filter(({ session }) => session !== undefined),
    ...moving.filter(({ session }) => session === undefined),
  ];
  for (const { desired, session, range } of order) {
    const vni = firstFree(range, `${desired.eniId}/${desired.slot}`, taken);
    given.set(desired, vni ?? 'none');
    const held = vni ?? session?.vni;
    if (held !== undefined) taken.add(held);
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

/** Why a wish gets no VNI. */
export function rangeReason({ vni }: DesiredSession): Reason {
  const { base = 0, count = 0 } = typeof vni === 'object' ? vni : {};
  return { code: 'vni-range-full', detail: `all ${count} VNIs from ${base} on are taken` };
}
