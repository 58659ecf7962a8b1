import type { ActualFilter, TrafficDirection } from '../../model/filter.ts';
import type { ActualSession } from '../../model/session.ts';
import { acceptedBy, isCovered, isEmpty, overlap, type PacketSet } from '../../plan/packet-set.ts';
import { isIpv6 } from '../addresses.ts';
import type { Check } from '../check.ts';
import type { ById, Place } from '../facts.ts';
import { directions, treatFlow } from '../filter-match.ts';
import { type Finding, fail, pass, unknown } from '../finding.ts';
import type { Flow } from '../flow.ts';
import { sessionsOn } from '../sessions-on.ts';

export const shadowing: Check = {
  id: 'shadowing',
  title: 'No other session takes the packets first',
  expects:
    'no session with a lower number on the same interface accepts the packets: each packet is mirrored once, to the first session that accepts it',
  about: 'session',
  examine({ session, flow }, facts) {
    const { filters, places } = facts;
    const before = sessionsOn(facts, session.eniId)
      .filter(({ id, sessionNumber }) => id !== session.id && sessionNumber < session.sessionNumber)
      .sort((a, b) => a.sessionNumber - b.sessionNumber);
    if (before.length === 0) return pass(`number ${session.sessionNumber} is the lowest on ${session.eniId}`);
    const place = 'value' in places ? places.value[session.eniId] : undefined;
    const address = flow === undefined ? undefined : (isIpv6(flow.peer) ? place?.ipv6 : place?.ipv4)?.[0];
    if (flow !== undefined && address !== undefined) return examineFlow(flow, address, session, before, filters);
    return examineAll(session, before, filters, familiesOf(place));
  },
};

function namesOf(sessions: readonly ActualSession[]): string {
  return sessions.map(({ id, sessionNumber }) => `session ${id} with number ${sessionNumber}`).join(' and ');
}

function fixFor(session: ActualSession): string {
  return `give the session that comes first a higher number than ${session.sessionNumber}, or a narrower filter; or set a lower sessionNumber in the policy's rule`;
}

function hiddenFilter({ id, filterId }: ActualSession): Finding {
  return unknown(`session ${id} comes first, and its filter ${filterId} is not shown`, "ask the session's owner what it accepts");
}

function examineFlow(
  flow: Flow,
  address: string,
  session: ActualSession,
  before: readonly ActualSession[],
  filters: ById<ActualFilter>,
): Finding {
  for (const direction of directions) {
    for (const other of before) {
      const filter = filters[other.filterId];
      if (filter === undefined) return hiddenFilter(other);
      const treatment = treatFlow(filter, direction, flow, address);
      if (treatment === 'accept')
        return fail(`${namesOf([other])} comes first and takes ${direction} of ${flow.text}`, fixFor(session));
      if (treatment === 'depends')
        return unknown(
          `${namesOf([other])} comes first, and whether it takes ${flow.text} depends on a port that is not given`,
          'name both ports of the flow, as in tcp:10.0.0.5:443:51000',
        );
    }
  }
  return pass(`${namesOf(before)} comes first, but leaves ${flow.text}`);
}

/** By the packets that the filters accept: what comes first may take all of a direction together, though none of them does alone. */
function examineAll(
  session: ActualSession,
  before: readonly ActualSession[],
  filters: ById<ActualFilter>,
  families: readonly Family[],
): Finding {
  const filter = filters[session.filterId];
  const own = accepted(filter);
  const hidden = before.find(({ filterId }) => filters[filterId] === undefined);
  const others = before.map(({ filterId }) => accepted(filters[filterId]));
  const known = others.filter((packets) => packets !== undefined);
  const tooIntricate = unknown(
    `${namesOf(before)} come first, and what the filters have in common is too intricate to tell`,
    'ask about one flow with --flow, or write the filters in fewer rules',
  );
  if (filter === undefined || own === undefined) return hidden === undefined ? tooIntricate : hiddenFilter(hidden);
  const taken = directions.flatMap((direction) =>
    families.flatMap((family) => {
      const part = partOf(filter, direction, family);
      return part !== undefined && !isEmpty(part) && isCovered(part, known) ? [`${direction} ${family} traffic`] : [];
    }),
  );
  if (taken.length > 0)
    return fail(
      `${namesOf(before)} comes first and takes all ${taken.join(' and all ')} that the filter accepts`,
      fixFor(session),
    );
  if (hidden !== undefined) return hiddenFilter(hidden);
  if (known.length < others.length) return tooIntricate;
  return pass(
    known.some((packets) => overlap(packets, own))
      ? `${namesOf(before)} comes first and takes a part of what the filter accepts`
      : `${namesOf(before)} comes first, and takes nothing of what the filter accepts`,
  );
}

function accepted(filter: ActualFilter | undefined): PacketSet | undefined {
  return filter === undefined ? undefined : acceptedBy(filter.content);
}

type Family = 'IPv4' | 'IPv6';

/** Of what the source has addresses of; both where that is not known. */
function familiesOf(place: Place | undefined): readonly Family[] {
  if (place === undefined) return ['IPv4', 'IPv6'];
  return [...(place.ipv4.length > 0 ? (['IPv4'] as const) : []), ...(place.ipv6.length > 0 ? (['IPv6'] as const) : [])];
}

/** What a filter accepts of one direction and family; DNS by the resolver goes both ways, and is left to the rules. */
function partOf({ content }: ActualFilter, direction: TrafficDirection, family: Family): PacketSet | undefined {
  const rules = content.rules.filter((rule) => rule.direction === direction && isIpv6(rule.sourceCidr) === (family === 'IPv6'));
  return acceptedBy({ networkServices: [], rules });
}
