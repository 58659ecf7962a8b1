import type { Decision } from '../model/decision.ts';
import type { EniId } from '../model/ids.ts';
import { instanceTag, isOurs } from '../model/ownership.ts';
import type { CompiledPolicy } from '../model/policy.ts';
import type { ActualSession } from '../model/session.ts';
import type { Action, Plan } from './action.ts';
import { declaredInterfaces, findDeclared, targetActions } from './declared-targets.ts';
import { filterActions } from './filter-actions.ts';
import { findIntactFilters } from './filters.ts';
import { inPlanOrder } from './order.ts';
import { findPoolMembers, targetInterfaces } from './pools.ts';
import { planSources } from './sources.ts';
import type { PlanContext, PlanInput, Scope, World } from './world.ts';

/** Computes what to do so that our sessions become what the decisions want; the same for the same values, whatever their order. */
export function buildPlan(input: PlanInput): Plan {
  const { owner, policy, scope, world } = input;
  const own = world.sessions.filter((session) => isOurs(owner, world.accountId, session));
  const decisions = new Map(input.decisions.map((decision) => [decision.instanceId, decision]));
  const inScope = own.filter((session) => isInScope(scope, session, world.attachments));
  const declared = findDeclared(input, (session) => isLookedAt(input, session, inScope));
  const members = findPoolMembers(policy.pools, [
    ...world.targets,
    ...[...declared.targets.values()].map(({ target }) => target),
  ]);
  const context: PlanContext = {
    owner,
    policy,
    decisions,
    world,
    ours: new Set(own),
    members,
    declared: declared.targets,
    sensorInterfaces: sensorInterfaces(policy, world),
    fullTargets: input.fullTargets ?? new Set(),
    fullInterfaces: input.fullInterfaces,
    intactFilters: findIntactFilters(owner, world.filters),
    filterContents: new Map(world.filters.map(({ id, content }) => [id, content])),
    rebalance: input.rebalance ?? false,
    onChoice: input.onChoice,
  };

  const sources = planSources(context, inScope);
  const actions: Action[] = [
    ...sources.actions,
    ...filterActions(context, sources.wantedFilters, sources.actions, scope),
    ...targetActions(input, declared, members, sources.actions),
    ...input.decisions.flatMap((decision) => leftAlone(decision)),
  ];
  return {
    actions: inPlanOrder(actions, input.first, input.last),
    ownSessions: own.length,
    followUp: [...sources.followUp].sort(),
    tightTargets: sources.tightTargets,
  };
}

function isInScope(scope: Scope, session: ActualSession, attachments: World['attachments']): boolean {
  if (scope.kind === 'everything') return true;
  const attachment = attachments.get(session.eniId);
  if (typeof attachment === 'object' && scope.ids.has(attachment.instanceId)) return true;
  return scope.ids.has(session.tags[instanceTag] ?? '');
}

/** Whether the plan deletes a session if nothing is wanted on its interface: it is ours, and it is known where the interface is. */
function isLookedAt({ decisions, world }: PlanInput, session: ActualSession, inScope: readonly ActualSession[]): boolean {
  if (!inScope.includes(session)) return false;
  const attachment = world.attachments.get(session.eniId);
  if (attachment === undefined || attachment === 'in-transit') return false;
  return attachment === 'none' || decisions.some(({ instanceId }) => instanceId === attachment.instanceId);
}

/** Interfaces that are targets or are to become some, each with the sentence that says so: none of them may be a source. */
function sensorInterfaces(policy: CompiledPolicy, world: World): ReadonlyMap<EniId, string> {
  return new Map([
    ...declaredInterfaces(policy).map((eniId) => [eniId, `the policy declares ${eniId} as a target`] as const),
    ...[...targetInterfaces(world.targets)].map(
      ([eniId, target]) => [eniId, `${eniId} is the interface of target ${target}`] as const,
    ),
  ]);
}

function leftAlone(decision: Decision): readonly Action[] {
  const { instanceId, rule } = decision;
  const named = rule === undefined ? {} : { rule };
  const interfaces = decision.leftOut.map(
    ({ eniId, slot, outcome, reason }): Action => ({
      kind: `instance.${outcome}`,
      instanceId,
      eniId,
      ...(slot === undefined ? {} : { slot }),
      ...named,
      reason,
    }),
  );
  if (decision.outcome === 'mirror') return interfaces;
  return [{ kind: `instance.${decision.outcome}`, instanceId, ...named, reason: decision.reason }, ...interfaces];
}
