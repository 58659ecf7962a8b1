import { describeRule } from '../../policy/describe-filter.ts';
import type { Check } from '../check.ts';
import { directions, firstAccept } from '../filter-match.ts';
import { fail, pass, unknown } from '../finding.ts';

export const filterDirections: Check = {
  id: 'filter',
  title: 'Filter accepts both directions',
  expects:
    "the session's filter accepts something of what comes in and something of what goes out; a direction without an accepting rule mirrors nothing",
  about: 'session',
  examine({ session }, { filters }) {
    const filter = filters[session.filterId];
    if (filter === undefined)
      return unknown(
        `the filter ${session.filterId} is not shown to this account`,
        'look at the filter in the account that owns it',
      );
    const accepts = directions.map((direction) => ({ direction, rule: firstAccept(filter, direction) }));
    const silent = accepts.filter(({ rule }) => rule === undefined).map(({ direction }) => direction);
    if (silent.length > 0)
      return fail(
        `${filter.id} accepts no ${silent.join(' and no ')} traffic`,
        `add an accepting ${silent.join(' and ')} rule to the filter in the policy`,
      );
    return pass(accepts.flatMap(({ rule }) => (rule === undefined ? [] : [describeRule(rule)])).join('; '));
  },
};
