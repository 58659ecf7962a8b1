import { describe, expect, it } from 'vitest';
import type { ActualFilter, FilterContent, FilterRule } from '../../../src/model/filter.ts';
import { filterHash } from '../../../src/model/filter-hash.ts';
import { ownerTag, specTag } from '../../../src/model/ownership.ts';
import { findIntactFilters } from '../../../src/plan/filters.ts';
import { chooseFilter } from '../../../src/plan/wish.ts';

const rule: FilterRule = {
  direction: 'ingress',
  number: 10,
  action: 'accept',
  protocol: 6,
  sourceCidr: '0.0.0.0/0',
  destinationCidr: '10.0.0.0/8',
  sourcePorts: { from: 1, to: 2 },
  destinationPorts: { from: 80, to: 443 },
};
const other: FilterRule = { ...rule, direction: 'egress', number: 9 };
const content: FilterContent = { networkServices: ['amazon-dns', 'other'], rules: [rule, other] };

describe('filterHash', () => {
  it('is 16 hex digits', () => {
    expect(filterHash(content)).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each<[string, FilterContent]>([
    ['the order of rules', { ...content, rules: [other, rule] }],
    ['the order of services', { ...content, networkServices: ['other', 'amazon-dns'] }],
    ['a service named twice', { ...content, networkServices: ['amazon-dns', 'other', 'other'] }],
    ['descriptions', { ...content, rules: [{ ...rule, description: 'web' }, other] }],
  ])('does not depend on %s', (_, same) => {
    expect(filterHash(same)).toBe(filterHash(content));
  });

  const { protocol: _protocol, ...anyProtocol } = rule;
  const { sourcePorts: _sourcePorts, ...anySource } = rule;
  const { destinationPorts: _destinationPorts, ...anyDestination } = rule;
  it.each<[string, Partial<FilterRule>, FilterRule?]>([
    ['direction', { direction: 'egress' }],
    ['number', { number: 11 }],
    ['action', { action: 'reject' }],
    ['protocol', { protocol: 17 }],
    ['protocol left out', {}, anyProtocol],
    ['source', { sourceCidr: '10.0.0.0/8' }],
    ['destination', { destinationCidr: '0.0.0.0/0' }],
    ['source and destination the other way round', { sourceCidr: '10.0.0.0/8', destinationCidr: '0.0.0.0/0' }],
    ['source ports', { sourcePorts: { from: 1, to: 3 } }],
    ['source ports left out', {}, anySource],
    ['destination ports', { destinationPorts: { from: 81, to: 443 } }],
    ['destination ports left out', {}, anyDestination],
    ['ports the other way round', { sourcePorts: { from: 80, to: 443 }, destinationPorts: { from: 1, to: 2 } }],
  ])('depends on %s', (_, change, replaced) => {
    expect(filterHash({ ...content, rules: [replaced ?? { ...rule, ...change }, other] })).not.toBe(filterHash(content));
  });

  it('depends on the services and on every rule', () => {
    const hashes = [content, { ...content, networkServices: [] }, { ...content, rules: [rule] }, { ...content, rules: [] }].map(
      filterHash,
    );
    expect(new Set(hashes).size).toBe(4);
  });
});

describe('findIntactFilters', () => {
  const hash = filterHash(content);
  const aFilter = (id: ActualFilter['id'], tags: ActualFilter['tags'], held = content): ActualFilter => ({
    id,
    content: held,
    ruleIds: [],
    tags,
  });
  const ours = { [ownerTag]: 'us', [specTag]: hash };
  const intact = findIntactFilters('us', [
    aFilter('tmf-3', ours),
    aFilter('tmf-2', ours),
    aFilter('tmf-1', ours, { ...content, rules: [rule] }),
    aFilter('tmf-4', { ...ours, [ownerTag]: 'US' }),
    aFilter('tmf-5', { [ownerTag]: 'us' }),
    aFilter('tmf-6', { [specTag]: hash }),
    aFilter('tmf-7', { ...ours, [specTag]: 'feedfeedfeedfeed' }),
  ]);

  it('knows ours with the right hash alone, the lowest id first', () => {
    expect([...intact].map(([key, filters]) => [key, filters.map(({ id }) => id)])).toEqual([[hash, ['tmf-2', 'tmf-3']]]);
  });

  it.each([
    { current: 'tmf-3', chosen: 'tmf-3' },
    { current: 'tmf-1', chosen: 'tmf-2' },
    { current: undefined, chosen: 'tmf-2' },
  ] as const)('chooses $chosen for a session that has $current', ({ current, chosen }) => {
    const ids = (intact.get(hash) ?? []).map(({ id }) => id);
    expect(chooseFilter({ hash, ids }, current)).toEqual({ id: chosen });
    expect(chooseFilter({ hash, ids: [] }, current)).toEqual({ hash });
  });
});
