import type { ActualFilter } from '../model/filter.ts';
import type { FilterId, SessionId } from '../model/ids.ts';
import { isOwnedBy, specTag } from '../model/ownership.ts';
import type { ActualSession } from '../model/session.ts';
import type { Action, FilterRef } from './action.ts';
import { filterTags } from './spec.ts';
import type { PlanContext, Scope } from './world.ts';

/** Filters to make because a planned session needs them, and, where everything is in scope, filters of ours that nobody needs once the plan is carried out. */
export function filterActions(
  context: PlanContext,
  wanted: ReadonlySet<string>,
  sessionActions: readonly Action[],
  scope: Scope,
): readonly Action[] {
  const { owner, policy, intactFilters } = context;
  const profiles = Object.values(policy.filters);
  const creations = [...wanted]
    .filter((hash) => !intactFilters.has(hash))
    .flatMap((hash) => profiles.filter((profile) => profile.hash === hash).slice(0, 1))
    .map(
      (profile): Action => ({
        kind: 'filter.create',
        profile,
        tags: filterTags(owner, profile),
        reason: {
          code: 'filter-missing',
          detail: `no intact filter of ours has the content of "${profile.name}" (${profile.hash})`,
        },
      }),
    );
  return scope.kind === 'everything' ? [...creations, ...deletions(context, sessionActions)] : creations;
}

function deletions(context: PlanContext, sessionActions: readonly Action[]): readonly Action[] {
  const { owner, policy, world, intactFilters } = context;
  const used = filtersInUseAfter(world.sessions, sessionActions);
  const keptHashes = new Set(Object.values(policy.filters).map((profile) => profile.hash));
  const isKept = (filter: ActualFilter) => {
    const hash = filter.tags[specTag] ?? '';
    return keptHashes.has(hash) && intactFilters.get(hash)?.[0]?.id === filter.id;
  };
  return world.filters
    .filter((filter) => isOwnedBy(owner, filter.tags) && !used.has(filter.id) && !isKept(filter))
    .map((filter) => ({
      kind: 'filter.delete',
      filter,
      reason: { code: 'filter-unused', detail: 'no session uses the filter, and it is not what the policy has under any name' },
    }));
}

/** Filters that sessions use, anybody's, once the plan is carried out: filters are deleted last. */
function filtersInUseAfter(sessions: readonly ActualSession[], actions: readonly Action[]): ReadonlySet<FilterId> {
  const bySession = new Map<SessionId, FilterRef>(sessions.map((session) => [session.id, { id: session.filterId }]));
  const created: FilterRef[] = [];
  for (const action of actions) {
    if (action.kind === 'session.delete') bySession.delete(action.session.id);
    // Of several modifications of one session the last one counts: they come in the order of their steps.
    if (action.kind === 'session.modify') bySession.set(action.session.id, action.spec.filter);
    if (action.kind === 'session.create') created.push(action.spec.filter);
  }
  return new Set([...bySession.values(), ...created].flatMap((filter) => ('id' in filter ? filter.id : [])));
}
