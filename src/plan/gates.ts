import type { EniId, InstanceId } from '../model/ids.ts';
import type { Limits } from '../model/policy.ts';
import { type Action, isChange, type Plan, type SessionAction } from './action.ts';

/** A safety rule: takes a plan, gives the plan that may be applied. */
export type Gate = (plan: Plan) => Plan;

/** Deletions up to this number are never held back: a share of a small fleet would block the ordinary. */
const deletesAlwaysAllowed = 10;

/**
 * Holds back every deletion of a plan that would delete more than the policy allows, and what could not be done without them: every other change on the same
 * ENIs, whose numbers and places they were to free, new sources of a target that has no room until they are gone, and deletions of the filters they use.
 *
 * @param named instances that events are about, whose deletions are neither counted nor held: no later event asks for them again
 */
export function limitDeletes(limit: Limits['maxDeletesPerSweep'], named: ReadonlySet<InstanceId | undefined> = new Set()): Gate {
  return (plan) => {
    const deletes = plan.actions
      .filter((action) => action.kind === 'session.delete')
      .filter((action) => !named.has(action.instanceId));
    const allowed = Math.max(deletesAllowed(limit, plan.ownSessions), deletesAlwaysAllowed);
    if (deletes.length <= allowed) return plan;
    const held = interfacesHeld(plan, new Set(deletes.map((action) => action.eniId)));
    const isHeld = (action: Action): action is SessionAction => isSessionChange(action) && held.has(action.eniId);
    const filtersInUse = new Set(
      plan.actions.filter(isHeld).flatMap((action) => ('session' in action ? action.session.filterId : [])),
    );
    const isImpossible = (action: Action) => action.kind === 'filter.delete' && filtersInUse.has(action.filter.id);
    const detail =
      `the sweep would delete ${deletes.length} of ${plan.ownSessions} sessions, more than the ${allowed} that limits.maxDeletesPerSweep allows; ` +
      'none was deleted. Find out why so many sources are no longer wanted; if it is right, run: automirror apply --allow-deletes';
    const rest = plan.actions.filter((action) => !isHeld(action) && !isImpossible(action));
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

/**
 * Refuses the creations that would bring us over `maxSessions`, the last of the plan first. It counts on the plan's deletions, so a gate that holds those
 * back comes before it.
 */
export function limitSessions(maxSessions: number): Gate {
  return (plan) => {
    const deletes = plan.actions.filter((action) => action.kind === 'session.delete').length;
    let room = maxSessions - (plan.ownSessions - deletes);
    const detail = `limits.maxSessions of the policy allows ${maxSessions} sessions, and that many exist or are being made`;
    const refused = plan.actions.flatMap((action): Action[] => {
      if (action.kind !== 'session.create') return [];
      room -= 1;
      if (room >= 0) return [];
      const { instanceId, eniId, slot, rule } = action;
      return [{ kind: 'instance.refuse', instanceId, eniId, slot, rule, reason: { code: 'max-sessions', detail } }];
    });
    if (refused.length === 0) return plan;
    const creations = plan.actions.filter((action) => action.kind === 'session.create');
    const over = new Set<Action>(creations.slice(creations.length - refused.length));
    const kept = plan.actions.filter((action) => !over.has(action));
    return { ...plan, actions: [...kept.filter(isChange), ...refused, ...kept.filter((action) => !isChange(action))] };
  };
}

function isSessionChange(action: Action): action is SessionAction {
  return action.kind === 'session.delete' || action.kind === 'session.modify' || action.kind === 'session.create';
}

/** ENIs on which nothing may change while nothing changes on those of `held`: the next to be held are new sources of a tight target that held ones would leave. */
function interfacesHeld(plan: Plan, held: ReadonlySet<EniId>): ReadonlySet<EniId> {
  const all = new Set(held);
  const tight = new Set(plan.tightTargets);
  const changes = plan.actions.filter(isSessionChange);
  for (let before = -1; before !== all.size; ) {
    before = all.size;
    const left = new Set(
      changes.flatMap((action) => ('session' in action && all.has(action.eniId) ? action.session.targetId : [])),
    );
    for (const action of changes) {
      if ('spec' in action && tight.has(action.spec.targetId) && left.has(action.spec.targetId)) all.add(action.eniId);
    }
  }
  return all;
}

function deletesAllowed(limit: Limits['maxDeletesPerSweep'], ownSessions: number): number {
  return 'share' in limit ? Math.floor(limit.share * ownSessions) : limit.count;
}
