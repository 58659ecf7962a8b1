import type { Reason } from '../model/decision.ts';
import { specTag, targetPoolTag } from '../model/ownership.ts';
import type { DesiredSession } from '../model/session.ts';
import type { FilterRef } from './action.ts';
import { chooseFilter } from './filters.ts';
import type { PlacementWish, PoolReason } from './place.ts';
import type { Seat } from './seats.ts';
import type { PlanContext } from './world.ts';

export type FoundFilter =
  | { readonly found: true; readonly ref: FilterRef; readonly hash: string }
  | { readonly found: false; readonly reason: Reason };

/** The filter that a seat asks for: the policy's by its name, or one by its id that is ours, intact and of the policy. */
export function findFilter({ policy, intactFilters, world }: PlanContext, { desired, session }: Seat): FoundFilter {
  const wanted = desired.filter;
  if ('name' in wanted) {
    const profile = policy.filters[wanted.name];
    if (profile === undefined)
      return { found: false, reason: { code: 'filter-unknown', detail: `the policy has no filter "${wanted.name}"` } };
    const id = chooseFilter(intactFilters, profile.hash, session?.filterId);
    return { found: true, ref: id === undefined ? { hash: profile.hash } : { id }, hash: profile.hash };
  }
  const hash = world.filters.find((filter) => filter.id === wanted.id)?.tags[specTag];
  const allowed =
    hash !== undefined &&
    intactFilters.get(hash)?.some((filter) => filter.id === wanted.id) &&
    Object.values(policy.filters).some((profile) => profile.hash === hash);
  if (allowed) return { found: true, ref: { id: wanted.id }, hash };
  return {
    found: false,
    reason: {
      code: 'filter-not-allowed',
      detail: `${wanted.id} is no filter of the policy; name one of ${names(policy.filters)}`,
    },
  };
}

export type Wish = PlacementWish & { readonly found: true };

/** The pool that a desired session asks for, with its members; or the one target that it asks for by id, which must be a member of some pool. */
export function wishOf(
  { policy, members }: PlanContext,
  desired: DesiredSession,
): Wish | { readonly found: false; readonly reason: Reason } {
  const { instanceId, zone, target } = desired;
  if ('pool' in target) {
    const pool = policy.pools[target.pool];
    if (pool === undefined)
      return { found: false, reason: { code: 'target-unknown', detail: `the policy has no target pool "${target.pool}"` } };
    return { found: true, pool, members: members.get(pool.name) ?? [], instanceId, zone };
  }
  for (const pool of Object.values(policy.pools)) {
    const member = members.get(pool.name)?.find((candidate) => candidate.id === target.id);
    // A target asked for by its id is the only candidate, so its zone is the asker's choice.
    if (member !== undefined) return { found: true, pool: { ...pool, zone: 'ignore' }, members: [member], instanceId, zone };
  }
  return {
    found: false,
    reason: { code: 'target-not-allowed', detail: `${target.id} is a member of no pool; name a pool: ${names(policy.pools)}` },
  };
}

/** Why no member of a pool serves a source, as a sentence. */
export function poolReason({ pool, members, zone }: PlacementWish, code: PoolReason): Reason {
  switch (code) {
    case 'pool-empty':
      return {
        code,
        detail: `pool "${pool.name}" has no member that could serve: tag a traffic mirror target ${targetPoolTag}=${pool.name}, or list one in the policy`,
      };
    case 'pool-zone':
      return {
        code,
        detail: `no target of pool "${pool.name}" is in ${zone ?? "the source's zone, which is not known"}, and the pool has zone: require`,
      };
    case 'pool-full':
      return {
        code,
        detail: `every target of pool "${pool.name}" that could serve has as many sources as it can take (${members.length} in the pool)`,
      };
  }
}

function names(record: Readonly<Record<string, unknown>>): string {
  return Object.keys(record).join(', ');
}
