import { isIpv6 } from '../addresses.ts';
import type { Check } from '../check.ts';
import { directions, treatFlow } from '../filter-match.ts';
import { fail, pass, unknown, unread } from '../finding.ts';

export const filterFlow: Check = {
  id: 'filter-flow',
  title: 'Filter accepts the flow',
  expects: 'with --flow: the filter accepts both directions of that traffic',
  about: 'session',
  examine({ session, flow }, { filters, places }) {
    if (flow === undefined) return undefined;
    const filter = filters[session.filterId];
    if (filter === undefined)
      return unknown(
        `the filter ${session.filterId} is not shown to this account`,
        'look at the filter in the account that owns it',
      );
    if ('unread' in places) return unread("the source's addresses", places.unread);
    const place = places.value[session.eniId];
    const addresses = place === undefined ? [] : isIpv6(flow.peer) ? place.ipv6 : place.ipv4;
    const [own] = addresses;
    if (own === undefined)
      return fail(
        `${session.eniId} has no address of the family of ${flow.peer}`,
        'ask about a peer of a family that the source has',
      );
    const seen = directions.map((direction) => ({ direction, treatment: treatFlow(filter, direction, flow, own) }));
    const told = seen.map(({ direction, treatment }) => `${direction}: ${words[treatment]}`).join(', ');
    if (seen.some(({ treatment }) => treatment === 'reject' || treatment === 'no-rule'))
      return fail(
        `${flow.text}: ${told} (${filter.id})`,
        'add an accepting rule for it to the filter in the policy, before the rule that rejects it',
      );
    if (seen.some(({ treatment }) => treatment === 'depends'))
      return unknown(`${flow.text}: ${told} (${filter.id})`, 'name both ports of the flow, as in tcp:10.0.0.5:443:51000');
    return pass(`${flow.text}: ${told} (${filter.id})`);
  },
};

const words = {
  accept: 'accepted',
  reject: 'rejected by a rule',
  'no-rule': 'no rule accepts it',
  depends: 'depends on a port that is not given',
} as const;
