import type { Limits } from '../model/policy.ts';
import type { Action, Plan, SessionAction } from './action.ts';

/** A safety rule: takes a plan, gives the plan that may be applied. */
export type Gate = (plan: Plan) => Plan;

/** Deletions up to this number are never held back: a share of a small fleet would block the ordinary. */
const deletesAlwaysAllowed = 10;

/**
 * Holds back every deletion of a plan that would delete more than the policy allows, and every other change on the same ENIs, whose numbers and places
 * the deletions were to free.
 */
export function limitDeletes(limit: Limits['maxDeletesPerSweep']): Gate {
  return (plan) => {
    const deletes = plan.actions.filter((action) => action.kind === 'session.delete');
    const allowed = Math.max(deletesAllowed(limit, plan.ownSessions), deletesAlwaysAllowed);
    if (deletes.length <= allowed) return plan;
    const held = new Set(deletes.map((action) => action.eniId));
    const isHeld = (action: Action): action is SessionAction =>
      (action.kind === 'session.delete' || action.kind === 'session.modify' || action.kind === 'session.create') &&
      held.has(action.eniId);
    const detail =
      `the sweep would delete ${deletes.length} of ${plan.ownSessions} sessions, more than the ${allowed} that limits.maxDeletesPerSweep allows; ` +
      'none was deleted. Find out why so many sources are no longer wanted; if it is right, run: automirror apply --allow-deletes';
    const rest = plan.actions.filter((action) => !isHeld(action));
    return {
      ...plan,
      actions: [
        ...rest,
        {
          kind: 'gate.block',
          gate: 'maxDeletesPerSweep',
          reason: { code: 'max-deletes', detail },
          blocked: plan.actions.filter(isHeld),
        },
      ],
    };
  };
}

/** Refuses the creations that would bring us over `maxSessions`, the last of the plan first. */
export function limitSessions(maxSessions: number): Gate {
  return (plan) => {
    const deletes = plan.actions.filter((action) => action.kind === 'session.delete').length;
    let room = maxSessions - (plan.ownSessions - deletes);
    const detail = `limits.maxSessions of the policy allows ${maxSessions} sessions, and that many exist or are being made`;
    const actions = plan.actions.map((action): Action => {
      if (action.kind !== 'session.create') return action;
      room -= 1;
      if (room >= 0) return action;
      const { instanceId, eniId, slot, rule } = action;
      return { kind: 'instance.refuse', instanceId, eniId, slot, rule, reason: { code: 'max-sessions', detail } };
    });
    return room >= 0 ? plan : { ...plan, actions };
  };
}

function deletesAllowed(limit: Limits['maxDeletesPerSweep'], ownSessions: number): number {
  return 'share' in limit ? Math.floor(limit.share * ownSessions) : limit.count;
}
