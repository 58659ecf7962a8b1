import type { Reason } from '../model/decision.ts';
import type { ActualFilter } from '../model/filter.ts';
import type { FilterId } from '../model/ids.ts';
import { filterNameTag, isOwnedBy, specTag, targetPoolTag } from '../model/ownership.ts';
import type { ExistingFilter } from '../model/policy.ts';
import type { DesiredSession } from '../model/session.ts';
import { lookUpTag } from '../model/tags.ts';
import type { FilterRef } from './action.ts';
import { type PlacementWish, type PoolReason, whyNoPlace } from './place.ts';
import type { PlanContext, World } from './world.ts';

/** A desired session whose names mean something: the pool it goes to, and the filters that would do. */
export interface Wish extends DesiredSession {
  readonly placement: PlacementWish;
  readonly filterChoice: FilterChoice;
}

/** The filters of one content: any of `ids` will do, the first of them before the others; where there is none, one is made. */
export interface FilterChoice {
  readonly hash: string;
  readonly ids: readonly FilterId[];
}

type Granted<T> = { readonly granted: T } | { readonly refused: Reason };

/** What a desired session stands for, or why nothing in this policy and this account can serve it, whoever else has what place. */
export function wishOf(context: PlanContext, desired: DesiredSession): Granted<Wish> {
  const filter = findFilter(context, desired);
  if ('refused' in filter) return filter;
  const placement = findPool(context, desired);
  if ('refused' in placement) return placement;
  const reason = whyNoPlace(placement.granted);
  if (reason === 'pool-empty' || reason === 'pool-zone') {
    context.onChoice?.({ desired, wish: placement.granted });
    return { refused: poolReason(placement.granted, reason) };
  }
  return { granted: { ...desired, placement: placement.granted, filterChoice: filter.granted } };
}

/** The filter to use: the one that the session already has if it will do, otherwise the first; one to be made where there is none. */
export function chooseFilter({ hash, ids }: FilterChoice, current: FilterId | undefined): FilterRef {
  const id = ids.find((one) => one === current) ?? ids[0];
  return id === undefined ? { hash } : { id };
}

/** The policy's filter by its name, or one by its id that is of the policy: ours and intact, or one that people manage themselves. */
function findFilter({ policy, intactFilters, world, owner }: PlanContext, { filter }: DesiredSession): Granted<FilterChoice> {
  const existing = Object.entries(policy.existingFilters ?? {}).map(([name, how]) => existingFilter(name, how, world, owner));
  if ('name' in filter) {
    const found = existing.find(({ name }) => name === filter.name);
    if (found !== undefined && found.ids.length > 0) return { granted: found };
    if (found !== undefined) return { refused: { code: 'filter-not-found', detail: found.missing } };
    const profile = policy.filters[filter.name];
    if (profile === undefined)
      return { refused: { code: 'filter-unknown', detail: `the policy has no filter "${filter.name}"` } };
    const { hash } = profile;
    return { granted: { hash, ids: (intactFilters.get(hash) ?? []).map(({ id }) => id) } };
  }
  const hash = world.filters.find(({ id }) => id === filter.id)?.tags[specTag];
  const isOfPolicy =
    hash !== undefined &&
    intactFilters.get(hash)?.some(({ id }) => id === filter.id) &&
    Object.values(policy.filters).some((profile) => profile.hash === hash);
  if (isOfPolicy) return { granted: { hash, ids: [filter.id] } };
  const found = existing.find(({ ids }) => ids.includes(filter.id));
  if (found !== undefined) return { granted: { hash: found.hash, ids: [filter.id] } };
  return {
    refused: {
      code: 'filter-not-allowed',
      detail: `${filter.id} is no filter of the policy; name one of ${names({ ...policy.filters, ...policy.existingFilters })}`,
    },
  };
}

/** A filter that people manage themselves, as it is found: in place of a hash of its content, which is theirs to change, the way in which the policy names it. */
function existingFilter(name: string, how: ExistingFilter, { filters }: World, owner: string) {
  const isIt = (filter: ActualFilter) => {
    if ('id' in how) return filter.id === how.id;
    const tag = lookUpTag(filter.tags, filterNameTag);
    return !isOwnedBy(owner, filter.tags) && tag.kind === 'value' && tag.value.toLowerCase() === name.toLowerCase();
  };
  const ids = filters
    .filter(isIt)
    .map(({ id }) => id)
    .sort();
  const hash = 'id' in how ? how.id : `tag ${name}`;
  const missing =
    'id' in how
      ? `EC2 does not know ${how.id}, which the policy calls "${name}"`
      : `no filter is tagged ${filterNameTag}=${name}, by which the policy finds "${name}"`;
  return { name, hash, ids, missing };
}

/** The pool that a desired session asks for, with its members; or the one target that it asks for by id, which must be a member of some pool. */
function findPool({ policy, members }: PlanContext, desired: DesiredSession): Granted<PlacementWish> {
  const { instanceId, zone, target } = desired;
  if ('pool' in target) {
    const pool = policy.pools[target.pool];
    if (pool === undefined)
      return { refused: { code: 'target-unknown', detail: `the policy has no target pool "${target.pool}"` } };
    return { granted: { pool, members: members.get(pool.name) ?? [], instanceId, zone } };
  }
  for (const pool of Object.values(policy.pools)) {
    const member = members.get(pool.name)?.find((candidate) => candidate.id === target.id);
    // A target asked for by its id is the only candidate, so its zone is the asker's choice.
    if (member !== undefined) return { granted: { pool: { ...pool, zone: 'ignore' }, members: [member], instanceId, zone } };
  }
  return {
    refused: { code: 'target-not-allowed', detail: `${target.id} is a member of no pool; name a pool: ${names(policy.pools)}` },
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
    case 'pool-unattached':
      return {
        code,
        detail: `the interface of every target of pool "${pool.name}" that could serve is attached to no instance (${members.length} in the pool)`,
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
