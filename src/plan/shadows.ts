import type { FilterContent } from '../model/filter.ts';
import type { SessionId } from '../model/ids.ts';
import type { ActualSession } from '../model/session.ts';
import type { CreateSession, FilterRef, KeepSession, ModifySession, ReportShadow, SessionSubject } from './action.ts';
import { acceptedBy, isCovered, isEmpty, overlap, type PacketSet } from './packet-set.ts';
import type { Seat } from './seats.ts';
import { chooseFilter, type Wish } from './wish.ts';
import type { PlanContext } from './world.ts';

/** A session as it stands, or will once the plan is done. */
interface Standing {
  readonly number: number;
  readonly packets: PacketSet;
  readonly name: string;
  /** What it is for, if it is ours. */
  readonly own?: SessionSubject & { readonly sessionId?: SessionId };
}

type OwnSession = CreateSession | ModifySession | KeepSession;

/**
 * Tells of sessions of one ENI that get less than their filters accept, or nothing, because one with a lower number takes the packet first: a packet is mirrored once
 * (https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-how-it-works.html). Told of are sessions that get nothing at all, and packets that ours take from
 * somebody else's or the other way round; that a narrow filter of ours stands before a wide one is how rules are meant to be written.
 *
 * Whether a `reject` lets the next session look at the packet is not documented; it is taken to do so.
 */
export function findShadows(
  context: PlanContext,
  own: readonly OwnSession[],
  foreign: readonly ActualSession[],
): readonly ReportShadow[] {
  if (own.length + foreign.length < 2) return [];
  const standing = [...foreignStanding(context, foreign), ...own.flatMap((one) => ownStanding(context, one))];
  return findings(standing.sort((a, b) => a.number - b.number)).map(({ about, detail }) => {
    const { eniId, instanceId, slot, rule, sessionId } = about;
    const session = sessionId === undefined ? {} : { sessionId };
    return { kind: 'session.shadow', eniId, instanceId, slot, rule, ...session, reason: { code: 'shadowed', detail } };
  });
}

/**
 * The new sessions of one ENI that a policy with `onShadow: refuse` forbids, and why: those that would take packets from somebody else's session, and those that would get none.
 * What stands already stays, or anybody could end our mirroring by a session of theirs.
 *
 * It is judged by the numbers that the policy gives, not by those that happen to be free, so that the answer does not depend on what was made before.
 */
export function refuseShadows(
  context: PlanContext,
  seats: readonly Seat<Wish>[],
  foreign: readonly ActualSession[],
): ReadonlyMap<Wish, string> {
  const refused = new Map<Wish, string>();
  if (context.policy.onShadow !== 'refuse' || seats.length + foreign.length < 2) return refused;
  const others = [...foreignStanding(context, foreign)];
  for (const seat of [...seats].sort((a, b) => a.desired.sessionNumber - b.desired.sessionNumber)) {
    const { desired, session } = seat;
    const packets = packetsOf(context, chooseFilter(desired.filterChoice, session?.filterId));
    if (packets === undefined) continue;
    const one = { number: desired.sessionNumber, packets, name: session?.id ?? nameOfSlot(desired.slot) };
    const why = session === undefined ? whyRefused(one, others) : undefined;
    if (why === undefined) others.push({ ...one, own: { ...desired, reason: { code: 'shadowed', detail: '' } } });
    else refused.set(desired, why);
  }
  return refused;
}

/** In order of their numbers, which are unique on an ENI. */
function foreignStanding(context: PlanContext, foreign: readonly ActualSession[]): readonly Standing[] {
  return [...foreign]
    .sort((a, b) => a.sessionNumber - b.sessionNumber)
    .flatMap(({ id, filterId, sessionNumber }) => {
      const packets = packetsOf(context, { id: filterId });
      return packets === undefined ? [] : { number: sessionNumber, packets, name: `${id} (not ours)` };
    });
}

function ownStanding(context: PlanContext, action: OwnSession): readonly Standing[] {
  const { filter, number } =
    action.kind === 'session.keep'
      ? { filter: { id: action.session.filterId }, number: action.session.sessionNumber }
      : { filter: action.spec.filter, number: action.spec.sessionNumber };
  const packets = packetsOf(context, filter);
  if (packets === undefined) return [];
  if (action.kind === 'session.create') return [{ number, packets, name: nameOfSlot(action.slot), own: action }];
  const { id } = action.session;
  return [{ number, packets, name: id, own: { ...action, sessionId: id } }];
}

function nameOfSlot(slot: number): string {
  return `the session for slot ${slot}`;
}

function whyRefused(one: Standing, others: readonly Standing[]): string | undefined {
  const robbed = others.find(
    (other) => other.own === undefined && other.number > one.number && overlap(one.packets, other.packets),
  );
  if (robbed !== undefined)
    return `session number ${one.number} would take packets from ${robbed.name}, number ${robbed.number}; give the rule a higher sessionNumber or a narrower filter`;
  const before = others.filter((other) => other.number < one.number);
  const isStarved =
    !isEmpty(one.packets) &&
    isCovered(
      one.packets,
      before.map(({ packets }) => packets),
    );
  return isStarved ? `it would get no packet: ${namesOf(before)} would take them all` : undefined;
}

interface Finding {
  readonly about: NonNullable<Standing['own']>;
  readonly detail: string;
}

function findings(sessions: readonly Standing[]): readonly Finding[] {
  return sessions.flatMap((later, index): Finding[] => {
    const earlier = sessions.slice(0, index).filter(({ packets }) => overlap(packets, later.packets));
    const taker = earlier.find(({ own }) => (own === undefined) !== (later.own === undefined));
    const about = later.own ?? earlier.find(({ own }) => own !== undefined)?.own;
    if (about === undefined || earlier.length === 0) return [];
    const isStarved = isCovered(
      later.packets,
      earlier.map(({ packets }) => packets),
    );
    if (isStarved)
      return [
        {
          about,
          detail: `${named(later)} gets no packet: ${namesOf(earlier)} ${earlier.length === 1 ? 'takes' : 'take'} all that its filter accepts`,
        },
      ];
    return taker === undefined
      ? []
      : [{ about, detail: `${named(taker)} takes packets first that the filter of ${named(later)} accepts` }];
  });
}

function named({ name, number }: Standing): string {
  return `${name}, number ${number},`;
}

function namesOf(sessions: readonly Standing[]): string {
  return sessions.map(named).join(' and ');
}

const accepted = new WeakMap<FilterContent, { readonly packets: PacketSet | undefined }>();

/** What a filter accepts, worked out once for each content: thousands of sessions have one filter. */
function packetsOf({ policy, filterContents }: PlanContext, filter: FilterRef): PacketSet | undefined {
  const content =
    'id' in filter
      ? filterContents.get(filter.id)
      : Object.values(policy.filters).find(({ hash }) => hash === filter.hash)?.content;
  if (content === undefined) return undefined;
  const known = accepted.get(content) ?? { packets: acceptedBy(content) };
  accepted.set(content, known);
  return known.packets;
}
