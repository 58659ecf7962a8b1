import type { FilterContent, FilterRule } from '../../../src/model/filter.ts';
import { filterHash } from '../../../src/model/filter-hash.ts';
import type { CompiledPolicy, FilterProfile, TargetPool } from '../../../src/model/policy.ts';

export const owner = 'automirror-test';
export const accountId = '111111111111';

function acceptAll(direction: FilterRule['direction'], number: number, cidr: string): FilterRule {
  return { direction, number, action: 'accept', sourceCidr: cidr, destinationCidr: cidr };
}

/** Contents of the filters that a policy of these tests has unless told otherwise. */
export const contents: Readonly<Record<string, FilterContent>> = {
  'all-traffic': {
    networkServices: ['amazon-dns'],
    rules: [acceptAll('ingress', 10, '0.0.0.0/0'), acceptAll('egress', 10, '0.0.0.0/0')],
  },
  nothing: { networkServices: [], rules: [] },
  web: {
    networkServices: [],
    rules: [{ ...acceptAll('ingress', 10, '0.0.0.0/0'), protocol: 6, destinationPorts: { from: 80, to: 443 } }],
  },
};

export function aProfile(name: string, content: FilterContent): FilterProfile {
  return { name, content, hash: filterHash(content) };
}

/** A pool of a test's policy: the zone rule, or the whole pool but for its name. */
export type PoolText = TargetPool['zone'] | Omit<TargetPool, 'name'>;

/** A compiled policy with these pools; its rules do not matter to a plan, which starts from decisions. */
export function aPolicy(
  pools: Readonly<Record<string, PoolText>> = { default: 'prefer' },
  filters: Readonly<Record<string, FilterContent>> = contents,
): CompiledPolicy {
  const named = Object.entries(pools).map(([name, pool]): [string, TargetPool] => [
    name,
    typeof pool === 'string' ? { name, zone: pool, members: [] } : { name, ...pool },
  ]);
  return {
    format: 1,
    hash: '0000000000000000',
    pools: Object.fromEntries(named),
    filters: Object.fromEntries(Object.entries(filters).map(([name, content]) => [name, aProfile(name, content)])),
    never: [],
    rules: [],
    whenStopped: 'remove',
    limits: { maxSessions: 9000, maxDeletesPerSweep: { share: 0.25 }, apiShare: 0.5 },
  };
}
