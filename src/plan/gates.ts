import type { EniId, InstanceId } from '../model/ids.ts';
import type { Limits } from '../model/policy.ts';
import { type Action, type CreateTarget, isChange, type Plan, type SessionAction } from './action.ts';

/** A safety rule: takes a plan, gives the plan that may be applied. */
export type Gate = (plan: Plan) => Plan;

/** Deletions up to this number are never held back: a share of a small fleet would block the ordinary. */
const deletesAlwaysAllowed = 10;

/**
 * Holds back every deletion of a plan that would delete more than the policy allows, and what could not be done without them: every other change on the same
 * ENIs, whose numbers and places they were to free, new sources of a target that has no room until they are gone, and deletions of the filters they use.
 *
 * @param named instances that events are about, whose deletions are neither counted nor held: no later event asks for them again
 * @param already sessions that this sweep has deleted by an earlier plan
 */
export function limitDeletes(
  limit: Limits['maxDeletesPerSweep'],
  named: ReadonlySet<InstanceId | undefined> = new Set(),
  already = 0,
): Gate {
  return (plan) => {
    const deletes = plan.actions
      .filter((action) => action.kind === 'session.delete')
      .filter((action) => !named.has(action.instanceId));
    const allowed = Math.max(deletesAllowed(limit, plan.ownSessions), deletesAlwaysAllowed);
    if (deletes.length === 0 || deletes.length + already <= allowed) return plan;
    const held = interfacesHeld(plan, new Set(deletes.map((action) => action.eniId)));
    const isHeld = (action: Action): action is SessionAction => isSessionChange(action) && held.has(action.eniId);
    const filtersInUse = new Set(
      plan.actions.filter(isHeld).flatMap((action) => ('session' in action ? action.session.filterId : [])),
    );
    const targetsInUse = new Set(
      plan.actions.filter(isHeld).flatMap((action) => ('session' in action ? action.session.targetId : [])),
    );
    const isImpossible = (action: Action) =>
      (action.kind === 'filter.delete' && filtersInUse.has(action.filter.id)) ||
      (action.kind === 'target.delete' && targetsInUse.has(action.target.id)) ||
      (action.kind === 'target.create' && held.has(interfaceOf(action)));
    const detail =
      `the sweep would delete ${deletes.length + already} of ${plan.ownSessions} sessions, more than the ${allowed} that limits.maxDeletesPerSweep allows; ` +
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

/**
 * ENIs on which nothing may change while nothing changes on those of `held`: the next to be held are new sources of a tight target that held ones would leave,
 * and those of a target to be made on an interface that stays a source.
 */
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
      if (!('spec' in action)) continue;
      const { target } = action.spec;
      const isStuck = 'id' in target ? tight.has(target.id) && left.has(target.id) : all.has(asInterface(target.destination));
      if (isStuck) all.add(action.eniId);
    }
  }
  return all;
}

/** The ENI that a new target is to stand for; no ENI where it stands for a load balancer or an endpoint. */
function interfaceOf({ destination }: CreateTarget): EniId {
  return asInterface('networkInterfaceId' in destination ? destination.networkInterfaceId : '');
}

/** Only compared with ENIs: what is none equals none. */
function asInterface(destination: string): EniId {
  return destination as EniId;
}

function deletesAllowed(limit: Limits['maxDeletesPerSweep'], ownSessions: number): number {
  return 'share' in limit ? Math.floor(limit.share * ownSessions) : limit.count;
}
