import type { ActualFilter } from '../model/filter.ts';
import { isOwnedBy, specTag } from '../model/ownership.ts';
import type { Action } from './action.ts';
import { filterTags } from './spec.ts';
import type { PlanContext, Scope } from './world.ts';

/** Filters to make because a planned session needs them, and, where everything is in scope, filters of ours that nobody needs any more. */
export function filterActions(context: PlanContext, wanted: ReadonlySet<string>, scope: Scope): readonly Action[] {
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
  return scope.kind === 'everything' ? [...creations, ...deletions(context)] : creations;
}

function deletions({ owner, policy, world, intactFilters }: PlanContext): readonly Action[] {
  const used = new Set(world.sessions.map((session) => session.filterId));
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
