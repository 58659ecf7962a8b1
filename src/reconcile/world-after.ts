import type { ActualFilter } from '../model/filter.ts';
import type { TargetDestination } from '../model/policy.ts';
import type { ActualSession } from '../model/session.ts';
import type { ActualTarget, TargetType } from '../model/target.ts';
import type { World } from '../plan/world.ts';
import type { Result } from './result.ts';

/** What a change has made, as EC2's lists will show it; nothing where it made nothing. */
export function madeBy({ action, outcome, sessionId, filterId, targetId }: Result): {
  readonly session?: ActualSession;
  readonly filter?: ActualFilter;
  readonly target?: ActualTarget;
} {
  if (outcome !== 'done') return {};
  if (action.kind === 'filter.create' && filterId !== undefined)
    return { filter: { id: filterId, content: action.profile.content, ruleIds: [], tags: action.tags } };
  if (action.kind === 'target.create' && targetId !== undefined)
    return { target: { id: targetId, type: typeOf(action.destination), ...action.destination, tags: action.tags } };
  if (action.kind !== 'session.create' || sessionId === undefined) return {};
  const { filter, target, ...spec } = action.spec;
  if (!('id' in filter) || !('id' in target)) return {};
  return { session: { ...spec, id: sessionId, eniId: action.eniId, filterId: filter.id, targetId: target.id } };
}

/** A target that no list shows yet, with what was read of its interface because the policy declares it. */
export function withDeclared(target: ActualTarget, { accountId, declaredInterfaces }: World): ActualTarget {
  const { networkInterfaceId } = target;
  return { accountId, ...target, ...(networkInterfaceId === undefined ? {} : declaredInterfaces.get(networkInterfaceId)) };
}

/** The world once changes have been made, for another plan in the same pass: what was read, and what is known to have come of it. */
export function worldAfter(world: World, results: readonly Result[]): World {
  const made = results.map(madeBy);
  const sessions = new Map(
    [...world.sessions, ...made.flatMap(({ session }) => session ?? [])].map((session) => [session.id, session]),
  );
  const deletedFilters = new Set<string>();
  const deletedTargets = new Set<string>();
  for (const { action, outcome } of results) {
    if (outcome !== 'done') continue;
    if (action.kind === 'session.delete') sessions.delete(action.session.id);
    if (action.kind === 'filter.delete') deletedFilters.add(action.filter.id);
    if (action.kind === 'target.delete') deletedTargets.add(action.target.id);
    const before = action.kind === 'session.modify' ? sessions.get(action.session.id) : undefined;
    if (action.kind !== 'session.modify' || before === undefined) continue;
    const { filter, target, packetLength, tags, ...spec } = action.spec;
    if (!('id' in filter) || !('id' in target)) continue;
    const { packetLength: _, ...kept } = before;
    const length = packetLength === undefined ? {} : { packetLength };
    const own = { ...kept.tags, ...tags };
    sessions.set(before.id, { ...kept, ...spec, ...length, filterId: filter.id, targetId: target.id, tags: own });
  }
  const filters = [...world.filters, ...made.flatMap(({ filter }) => filter ?? [])].filter(({ id }) => !deletedFilters.has(id));
  const targets = [...world.targets, ...made.flatMap(({ target }) => (target === undefined ? [] : withDeclared(target, world)))];
  return { ...world, sessions: [...sessions.values()], filters, targets: targets.filter(({ id }) => !deletedTargets.has(id)) };
}

function typeOf(destination: TargetDestination): TargetType {
  if ('networkInterfaceId' in destination) return 'network-interface';
  return 'networkLoadBalancerArn' in destination ? 'network-load-balancer' : 'gateway-load-balancer-endpoint';
}
