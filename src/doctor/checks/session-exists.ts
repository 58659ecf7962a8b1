import { isOurs } from '../../model/ownership.ts';
import { slotOf } from '../../plan/spec.ts';
import type { Check } from '../check.ts';
import { fail, pass } from '../finding.ts';
import { sessionsOn } from '../sessions-on.ts';

export const sessionExists: Check = {
  id: 'session',
  title: 'Sessions exist',
  expects: 'each session that the policy wants of the instance is there',
  about: 'instance',
  examine({ decision }, facts) {
    if (decision.outcome !== 'mirror') return undefined;
    const missing = decision.sessions.filter(
      (wish) =>
        !sessionsOn(facts, wish.eniId).some(
          (one) => isOurs(facts.owner, facts.accountId, one) && (slotOf(one) ?? wish.slot) === wish.slot,
        ),
    );
    const wanted = decision.sessions.length;
    if (missing.length === 0) return pass(`${wanted} of ${wanted} wanted by the policy`);
    const where = missing.map(({ eniId, slot }) => `${eniId} slot ${slot}`).join(', ');
    return fail(
      `owner ${facts.owner} has no session on ${where}`,
      'ask for a sweep with "automirror sweep"; "automirror plan" tells why a session is refused, and the audit trail has every failed change',
    );
  },
};
