import type { EniId, InstanceId } from '../model/ids.ts';
import type { CompiledPolicy } from '../model/policy.ts';
import type { ReasonCode } from '../model/reasons.ts';
import type { Change, Plan } from '../plan/action.ts';
import { type Gate, limitDeletes, limitSessions } from '../plan/gates.ts';
import type { Choice } from '../plan/place.ts';
import { buildPlan } from '../plan/plan.ts';
import { destinationText } from '../plan/spec.ts';
import type { Scope } from '../plan/world.ts';
import { sourceSupport } from '../policy/instance-types.ts';
import { type Applied, apply } from './apply.ts';
import { Displaced, isInterfaceFull, isTargetFull, Unsettled } from './displaced.ts';
import type { Memory } from './memory.ts';
import type { Clock, Inventory, Mirroring } from './ports.ts';
import { type Reading, read } from './read.ts';
import type { Result } from './result.ts';
import { worldAfter } from './world-after.ts';

export interface ReconcileContext {
  readonly owner: string;
  readonly accountId: string;
  readonly policy: CompiledPolicy;
  readonly inventory: Inventory;
  readonly mirroring: Mirroring;
  readonly clock: Clock;
  readonly memory: Memory;
}

export interface ReconcileRequest {
  readonly scope: Scope;
  /** Instances that somebody waits for: their changes come first. */
  readonly first: ReadonlySet<InstanceId>;
  /** No change is begun after this time (epoch milliseconds). */
  readonly applyUntil: number;
  /** How long changes may be begun once everything is read and planned; as long as `applyUntil` allows unless given. */
  readonly applyForMs?: number;
  readonly isDryRun?: boolean;
  /** A person has looked at what a gate held back and wants it done. */
  readonly allowDeletes?: boolean;
  /** A person wants the load of the targets spread evenly. */
  readonly rebalance?: boolean;
  /** Nothing says that anybody else has changed a session: what we have just made counts, though EC2's lists may not show it yet. */
  readonly recallsWrites?: boolean;
  /** Told of changes before the first of them is begun, so that what a process leaves behind that dies over them is known. */
  readonly onIntent?: (changes: readonly Change[]) => void;
  readonly onResult: (result: Result) => void;
  /** Somebody wants to know what is behind the targets, although nothing may be wanted of them. */
  readonly asksTargets?: boolean;
  /** Told of each choice of a target, see `PlanInput`. */
  readonly onChoice?: (choice: Choice) => void;
}

/** How a run ended. */
export interface Run {
  readonly plan: Plan;
  readonly reading: Reading;
  /** Instances whose changes were not all begun, for a run that goes on. */
  readonly unfinished: readonly InstanceId[];
  /** Whether anything, filters too, was left for another run. */
  readonly isUnfinished: boolean;
  /** Instances outside the scope that must be looked at. */
  readonly followUp: readonly InstanceId[];
  readonly done: number;
  /** Errors that are no answer of EC2, and so ours. */
  readonly defects: readonly unknown[];
}

/** So many plans one pass makes at the most: each but the first because a target or an interface had no room after all. */
const mostPlans = 10;

/**
 * The loop: read what EC2 holds, let the policy decide, plan, pass the gates, apply. Where EC2 calls a target full, or does not let us make one, the sources
 * that were to go there are planned again without it, on the world as it is known to be by then; so are those whose interface EC2 calls full, and only then
 * does a session of ours make room for a lower slot.
 *
 * @throws Ec2Error when a read fails: nothing was changed then
 */
export async function reconcile(context: ReconcileContext, request: ReconcileRequest): Promise<Run> {
  const { clock, memory, policy, owner } = context;
  const { scope } = request;
  const startedAt = clock.now();
  const facts = { now: startedAt, refusedTypes: memory.refusedTypes(startedAt) };
  const { interfacesInAccount } = memory;
  const reading = await read(
    { ...context, facts, waitedFor: request.first, asksTargets: request.asksTargets ?? false, interfacesInAccount },
    scope,
  );
  memory.interfacesInAccount = reading.interfacesInAccount ?? interfacesInAccount;
  if (!request.recallsWrites) memory.writes.forget();
  const types = new Map(reading.instances.map((instance) => [instance.id, instance.type]));
  const tokenSalt = memory.tokenSalt(startedAt);

  let world = memory.writes.recall(reading.world, startedAt);
  let until = request.applyUntil;
  let displaced = new Displaced();
  let deleted = 0;
  const fullInterfaces = new Set<EniId>();
  const plans: Plan[] = [];
  const applied: Applied[] = [];
  for (;;) {
    const planned = buildPlan({
      owner,
      policy,
      scope,
      decisions: reading.decisions,
      world,
      first: request.first,
      last: memory.failedLately(startedAt),
      fullTargets: memory.fullTargets(startedAt),
      // Nothing is asked of EC2 in a dry run: its plan shows what the lists have to say.
      fullInterfaces: request.isDryRun ? undefined : fullInterfaces,
      failedTargets: memory.failedTargets(startedAt),
      rebalance: request.rebalance ?? false,
      onChoice: request.onChoice,
    });
    const gated = gatesFor(context, request, deleted).reduce((passed, gate) => gate(passed), planned);
    const plan = plans.length === 0 ? gated : { ...gated, actions: displaced.onlyTheirs(gated.actions) };
    if (plans.length === 0) until = Math.min(until, clock.now() + (request.applyForMs ?? Number.POSITIVE_INFINITY));
    plans.push(plan);

    const next = new Displaced();
    const results: Result[] = [];
    const unsettled = new Unsettled(plan.actions);
    const outcome = await apply(plan.actions, {
      ...context,
      until,
      tokenSalt,
      isDryRun: request.isDryRun ?? false,
      onIntent: request.onIntent,
      onResult: (result) => {
        results.push(result);
        remember(memory, result, types, clock.now());
        if (isInterfaceFull(result) && 'eniId' in result.action && result.action.eniId !== undefined)
          fullInterfaces.add(result.action.eniId);
        const isHeld = next.holds(result, memory.failedTargets(startedAt));
        if (!isHeld && !unsettled.holds(result)) request.onResult(memory.writes.withoutRepeat(result, clock.now()));
      },
    });
    applied.push(outcome);
    const isLast = next.size === 0 || plans.length === mostPlans || clock.now() >= until;
    for (const result of unsettled.results) if (isLast || !next.areMeant(result.action)) request.onResult(result);
    if (isLast) {
      next.results.forEach(request.onResult);
      break;
    }
    displaced = next;
    deleted += results.filter((result) => result.action.kind === 'session.delete' && result.outcome === 'done').length;
    world = worldAfter(world, results);
  }

  const unfinished = applied.flatMap((one) => one.unfinished);
  const left = unfinished.flatMap((change) =>
    'instanceId' in change && change.instanceId !== undefined ? [change.instanceId] : [],
  );
  const [first] = plans;
  if (first === undefined) throw new Error('a pass makes at least one plan');
  return {
    plan: { ...first, actions: plans.flatMap(({ actions }) => actions) },
    reading,
    unfinished: [...new Set(left)].sort(),
    isUnfinished: unfinished.length > 0,
    followUp: first.followUp.filter((id) => scope.kind === 'everything' || !scope.ids.has(id)),
    done: applied.reduce((sum, one) => sum + one.done, 0),
    defects: applied.flatMap((one) => one.defects),
  };
}

function gatesFor(
  { policy }: ReconcileContext,
  { scope, first, allowDeletes }: ReconcileRequest,
  deleted: number,
): readonly Gate[] {
  const { maxDeletesPerSweep, maxSessions } = policy.limits;
  // Events name what they are about; a sweep concludes from everything at once, where one wrong list could cost every session.
  const isGuarded = scope.kind === 'everything' && !allowDeletes;
  // The limit of sessions counts on the deletions, so it comes after the gate that may hold them back.
  return [...(isGuarded ? [limitDeletes(maxDeletesPerSweep, first, deleted)] : []), limitSessions(maxSessions)];
}

const makesOrDeletes: ReadonlySet<Result['action']['kind']> = new Set([
  'session.create',
  'session.delete',
  'filter.create',
  'filter.delete',
  'target.create',
  'target.delete',
]);

/** What says nothing of a target that could not be made. */
const passing: ReadonlySet<ReasonCode> = new Set(['deadline', 'throttled']);

function remember(memory: Memory, result: Result, types: ReadonlyMap<InstanceId, string>, now: number): void {
  const { action, outcome, reason } = result;
  memory.writes.note(result, now);
  if (outcome === 'done' && makesOrDeletes.has(action.kind)) memory.changed();
  if (outcome === 'done' && action.kind === 'session.delete') memory.freed(action.session.targetId);
  if (isTargetFull(result) && 'spec' in action && 'id' in action.spec.target) memory.filled(action.spec.target.id, now);
  if (action.kind === 'target.create' && outcome === 'failed' && !passing.has(reason.code))
    memory.targetFailed(destinationText(action.destination), now);
  const instanceId = instanceOf(action);
  if (instanceId === undefined) return;
  // What was left for lack of time, or not tried because IAM had denied it for others, is no trouble of the instance.
  const isOwnTrouble = reason.code === 'denied' ? result.requestId !== undefined : reason.code !== 'deadline';
  if (outcome === 'failed' && isOwnTrouble) memory.failed(instanceId, now);
  else if (outcome === 'done' && action.kind !== 'instance.skip') memory.succeeded(instanceId);
  const type = types.get(instanceId);
  // A listed type is refused only because its ENI was not attached at that moment: that says nothing of the type.
  const isAboutType = action.kind === 'session.create' && reason.code === 'instance-type-unsupported' && outcome === 'blocked';
  if (isAboutType && type !== undefined && sourceSupport(type) !== 'listed') memory.refuseType(type, now);
}

function instanceOf(action: Result['action']): InstanceId | undefined {
  return 'instanceId' in action ? action.instanceId : undefined;
}
