import type { ActualFilter } from '../model/filter.ts';
import { filterHash } from '../model/filter-hash.ts';
import { isOwnedBy, specTag } from '../model/ownership.ts';

/** Our filters whose content is what their tag says, by content hash; the lowest id first. A filter changed by hand is not among them. */
export type FiltersByHash = ReadonlyMap<string, readonly ActualFilter[]>;

/** Finds our intact filters: right owner, and the hash of the rules and services that EC2 holds equal to the hash in the tag. */
export function findIntactFilters(owner: string, filters: readonly ActualFilter[]): FiltersByHash {
  const byHash = new Map<string, ActualFilter[]>();
  for (const filter of [...filters].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const tagged = filter.tags[specTag];
    if (tagged === undefined || !isOwnedBy(owner, filter.tags) || filterHash(filter.content) !== tagged) continue;
    byHash.set(tagged, [...(byHash.get(tagged) ?? []), filter]);
  }
  return byHash;
}
