import type { EniId, TargetId } from '../model/ids.ts';
import { isOwnedBy } from '../model/ownership.ts';
import type { CompiledPolicy, TargetDestination } from '../model/policy.ts';
import type { ReasonCode } from '../model/reasons.ts';
import type { ActualSession } from '../model/session.ts';
import type { ActualTarget } from '../model/target.ts';
import type { Action, CreateTarget, RefuseTarget, TargetRef } from './action.ts';
import { isDestination, isInSomePool, type PoolMembers } from './pools.ts';
import { destinationText, targetTags } from './spec.ts';
import type { PlanInput, World } from './world.ts';

/** A target that the policy declares, that does not exist, and that can be made; `target` is how placing sees it, with a stand-in for its id. */
export interface DeclaredTarget {
  readonly target: ActualTarget;
  readonly creation: CreateTarget;
}

export type DeclaredTargets = ReadonlyMap<TargetId, DeclaredTarget>;

/** What becomes of the targets that the policy declares and that do not exist. */
export interface Declared {
  readonly targets: DeclaredTargets;
  readonly refused: readonly RefuseTarget[];
}

/**
 * Finds the declared pool members that no target stands for yet.
 *
 * An interface that EC2 does not know is refused, and so is one with sessions that will not be gone by then: an interface is a source or a target, never both
 * (https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-targets.html).
 *
 * @param isLeaving whether a session is deleted by the plan if its interface becomes a target
 */
export function findDeclared(
  { owner, policy, world, failedTargets }: PlanInput,
  isLeaving: (session: ActualSession) => boolean,
): Declared {
  const targets = new Map<TargetId, DeclaredTarget>();
  const refused: RefuseTarget[] = [];
  for (const [pool, destination] of destinations(policy)) {
    const text = destinationText(destination);
    // A stand-in: EC2's own ids have no colon, and none of it leaves the plan.
    const id: TargetId = `tmt-new:${text}`;
    if (targets.has(id) || failedTargets?.has(text) || world.targets.some((target) => isDestination(destination, target)))
      continue;
    const why = whyUnavailable(destination, world, isLeaving);
    if (why !== undefined) {
      refused.push({ kind: 'target.refuse', destination, reason: { code: 'target-unavailable', detail: why } });
      continue;
    }
    const detail = `pool "${pool}" declares ${text}, and no target stands for it`;
    targets.set(id, {
      target: { id, accountId: world.accountId, tags: {}, ...asTarget(destination, world) },
      creation: { kind: 'target.create', destination, tags: targetTags(owner, pool), reason: { code: 'target-missing', detail } },
    });
  }
  return { targets, refused };
}

/** ENIs that the policy declares as targets: none of them may be a source, whether the target is there yet or not. */
export function declaredInterfaces(policy: CompiledPolicy): readonly EniId[] {
  return destinations(policy).flatMap(([, destination]) =>
    'networkInterfaceId' in destination ? destination.networkInterfaceId : [],
  );
}

/** How a change names a target: by its id, or, where it is yet to be made, by what it stands for. */
export function targetRef({ id }: ActualTarget, declared: DeclaredTargets): TargetRef {
  const made = declared.get(id);
  return made === undefined ? { id } : { destination: destinationText(made.creation.destination) };
}

/**
 * Declared targets to make, and targets of ours to delete: those in no pool that no session, anybody's, uses once the plan is carried out.
 *
 * A plan for some instances makes only those that it sends sources to, and deletes none.
 */
export function targetActions(
  { owner, scope, world }: PlanInput,
  declared: Declared,
  members: PoolMembers,
  sessionActions: readonly Action[],
): readonly Action[] {
  const isWholeAccount = scope.kind === 'everything';
  const needed = new Set(
    sessionActions.flatMap((action) =>
      'spec' in action && 'destination' in action.spec.target ? action.spec.target.destination : [],
    ),
  );
  const creations = [...declared.targets.values()]
    .map(({ creation }) => creation)
    .filter(({ destination }) => isWholeAccount || needed.has(destinationText(destination)));
  if (!isWholeAccount) return creations;
  const used = targetsInUseAfter(world.sessions, sessionActions);
  const deletions = world.targets
    .filter(({ id, tags, accountId }) => isOwnedBy(owner, tags) && accountId === world.accountId && !used.has(id))
    .filter(({ id }) => !isInSomePool(members, id))
    .map((target): Action => {
      const reason = {
        code: 'target-unused' satisfies ReasonCode,
        detail: 'no pool of the policy has the target, and no session uses it',
      } as const;
      return { kind: 'target.delete', target, reason };
    });
  return [...creations, ...declared.refused, ...deletions];
}

function destinations({ pools }: CompiledPolicy): readonly (readonly [pool: string, destination: TargetDestination])[] {
  return Object.values(pools).flatMap(({ name, members }) =>
    members.flatMap((member) => ('id' in member ? [] : [[name, member] as const])),
  );
}

function whyUnavailable(
  destination: TargetDestination,
  { declaredInterfaces: known, sessions }: World,
  isLeaving: (session: ActualSession) => boolean,
): string | undefined {
  if (!('networkInterfaceId' in destination)) return undefined;
  const { networkInterfaceId: eniId } = destination;
  if (!known.has(eniId)) return `EC2 does not know ${eniId}`;
  const [staying] = sessions
    .filter((session) => session.eniId === eniId && !isLeaving(session))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  return staying === undefined
    ? undefined
    : `${eniId} is itself a source: ${staying.id} mirrors it, which is not for this plan to delete`;
}

function asTarget(destination: TargetDestination, world: World): Omit<ActualTarget, 'id' | 'tags'> {
  if ('networkLoadBalancerArn' in destination) return { type: 'network-load-balancer', ...destination };
  if ('gatewayLoadBalancerEndpointId' in destination) return { type: 'gateway-load-balancer-endpoint', ...destination };
  return { type: 'network-interface', ...destination, ...world.declaredInterfaces.get(destination.networkInterfaceId) };
}

function targetsInUseAfter(sessions: readonly ActualSession[], actions: readonly Action[]): ReadonlySet<string> {
  const bySession = new Map<string, string>(sessions.map(({ id, targetId }) => [id, targetId]));
  for (const action of actions) {
    if (action.kind === 'session.delete') bySession.delete(action.session.id);
    if (action.kind === 'session.modify' && 'id' in action.spec.target) bySession.set(action.session.id, action.spec.target.id);
    if (action.kind === 'session.modify' && 'destination' in action.spec.target) bySession.delete(action.session.id);
    if (action.kind === 'session.create' && 'id' in action.spec.target)
      bySession.set(`${action.eniId}/${action.slot}`, action.spec.target.id);
  }
  return new Set(bySession.values());
}
