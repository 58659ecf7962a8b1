import type { ActualFilter } from '../../model/filter.ts';
import { isIpv6 } from '../addresses.ts';
import type { Check } from '../check.ts';
import type { Place } from '../facts.ts';
import { acceptsAll, directions, firstAccept, treatFlow } from '../filter-match.ts';
import { type Finding, fail, pass, unknown, worst } from '../finding.ts';
import type { Flow } from '../flow.ts';

export const shadowing: Check = {
  id: 'shadowing',
  title: 'No other session takes the packets first',
  expects:
    'no session with a lower number on the same interface accepts the packets: each packet is mirrored once, to the first session that accepts it',
  about: 'session',
  examine({ session, flow }, { sessions, filters, places }) {
    const before = sessions
      .filter(
        ({ eniId, id, sessionNumber }) => eniId === session.eniId && id !== session.id && sessionNumber < session.sessionNumber,
      )
      .sort((a, b) => a.sessionNumber - b.sessionNumber);
    if (before.length === 0) return pass(`number ${session.sessionNumber} is the lowest on ${session.eniId}`);
    const own = filters[session.filterId];
    const place = 'value' in places ? places.value[session.eniId] : undefined;
    return worst(
      before.map((other): Finding => {
        const who = `session ${other.id} with number ${other.sessionNumber}`;
        const filter = filters[other.filterId];
        if (filter === undefined)
          return unknown(
            `${who} comes first, and its filter ${other.filterId} is not shown`,
            "ask the session's owner what it accepts",
          );
        const taken = takenBy(filter, own, flow, place);
        if (taken.length === 0) return pass(`${who} comes first, but does not take all`);
        return fail(
          `${who} comes first and takes ${taken.join(' and ')}`,
          `give that session a higher number than ${session.sessionNumber}, or a narrower filter; or set a lower sessionNumber in the policy's rule`,
        );
      }),
    );
  },
};

/** What the other filter leaves nothing of, among what the own filter would accept. */
function takenBy(other: ActualFilter, own: ActualFilter | undefined, flow: Flow | undefined, place: Place | undefined): string[] {
  const ownAddress = flow === undefined ? undefined : (isIpv6(flow.peer) ? place?.ipv6 : place?.ipv4)?.[0];
  if (flow !== undefined && ownAddress !== undefined)
    return directions.flatMap((direction) =>
      treatFlow(other, direction, flow, ownAddress) === 'accept' ? [`${direction} of ${flow.text}`] : [],
    );
  return directions.flatMap((direction) => {
    const isWanted = own === undefined || firstAccept(own, direction) !== undefined;
    return isWanted && acceptsAll(other, direction, 'ipv4') ? [`all ${direction} traffic`] : [];
  });
}
