import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TargetId } from '../../../src/model/ids.ts';
import type { ZoneRule } from '../../../src/model/policy.ts';
import type { ActualTarget } from '../../../src/model/target.ts';
import { leastLoadedFinder } from '../../../src/plan/least-loaded.ts';
import { type PlacementWish, place, targetToStayOn } from '../../../src/plan/place.ts';

// The same examples in every run; another seed finds others: SEED=7 npx vitest run tests/unit/plan/place.test.ts
fc.configureGlobal({ seed: Number(process.env.SEED ?? 2026) });

function anEniTarget(id: TargetId, zone?: string, more: Partial<ActualTarget> = {}): ActualTarget {
  return { id, type: 'network-interface', tags: {}, ...(zone === undefined ? {} : { zone }), ...more };
}

function aWish(members: readonly ActualTarget[], rule: ZoneRule = 'prefer', zone: string | undefined = 'a'): PlacementWish {
  return { pool: { name: 'default', zone: rule, members: [] }, members, instanceId: 'i-source', zone };
}

describe('place', () => {
  const near = anEniTarget('tmt-1', 'a');
  const far = anEniTarget('tmt-2', 'b');
  const own = anEniTarget('tmt-3', 'a', { instanceId: 'i-source' });
  const balancer: ActualTarget = { id: 'tmt-4', type: 'network-load-balancer', tags: {} };

  it('tells what was made of every member', () => {
    const placement = place(aWish([near, far, own, balancer], 'require'), new Map([['tmt-1', 10]]));
    expect(placement).toMatchObject({ placed: true, target: balancer });
    expect(placement.candidates.map(({ target, verdict, load, capacity }) => [target.id, verdict, load, capacity])).toEqual([
      ['tmt-1', 'full', 10, 10],
      ['tmt-2', 'other-zone', 0, 10],
      ['tmt-3', 'own-instance', 0, 10],
      ['tmt-4', 'chosen', 0, Number.POSITIVE_INFINITY],
    ]);
  });

  it.each([
    { name: 'an empty pool', members: [], loads: [], reason: 'pool-empty' },
    { name: 'a pool whose only member is on the own instance', members: [own], loads: [], reason: 'pool-empty' },
    { name: 'a pool in another zone', members: [far, own], loads: [], reason: 'pool-zone' },
    { name: 'a pool that is full in the zone', members: [far, near], loads: [['tmt-1', 10]] as const, reason: 'pool-full' },
  ])('refuses $name with $reason', ({ members, loads, reason }) => {
    expect(place(aWish(members, 'require'), new Map(loads))).toMatchObject({ placed: false, reason });
  });

  it.each([
    { rule: 'require', zone: 'a', id: 'tmt-1', stays: true },
    { rule: 'require', zone: 'a', id: 'tmt-2', stays: false },
    { rule: 'prefer', zone: 'a', id: 'tmt-2', stays: true },
    { rule: 'ignore', zone: undefined, id: 'tmt-2', stays: true },
    { rule: 'require', zone: undefined, id: 'tmt-1', stays: false },
    { rule: 'require', zone: undefined, id: 'tmt-4', stays: true },
    { rule: 'prefer', zone: 'a', id: 'tmt-3', stays: false },
    { rule: 'prefer', zone: 'a', id: 'tmt-9', stays: false },
  ] as const)('under $rule a source in zone $zone on $id: stays $stays', ({ rule, zone, id, stays }) => {
    expect(targetToStayOn({ ...aWish([near, far, own, balancer], rule), zone }, id) !== undefined).toBe(stays);
  });
});

describe('leastLoadedFinder', () => {
  const aTarget = fc.record({
    type: fc.constantFrom<ActualTarget['type']>('network-interface', 'network-interface', 'network-load-balancer'),
    zone: fc.constantFrom('a', 'b', undefined),
    isOwn: fc.integer({ min: 0, max: 5 }).map((drawn) => drawn === 0),
    load: fc.integer({ min: 5, max: 10 }),
  });

  it('finds for one source after another what place finds by looking at every member', () => {
    fc.assert(
      fc.property(
        fc.array(aTarget, { maxLength: 8 }),
        fc.array(
          fc.record({
            rule: fc.constantFrom<ZoneRule>('prefer', 'require', 'ignore'),
            zone: fc.constantFrom('a', 'b', 'c', undefined),
            isOwner: fc.boolean(),
            also: fc.nat(8),
          }),
          { maxLength: 40 },
        ),
        (drawn, sources) => {
          const members = drawn.map(
            ({ type, zone, isOwn }, index): ActualTarget => ({
              id: `tmt-${index}`,
              type,
              tags: {},
              ...(zone === undefined ? {} : { zone }),
              ...(isOwn ? { instanceId: 'i-owner' as const } : {}),
            }),
          );
          const loads = new Map(drawn.map(({ load }, index): [TargetId, number] => [`tmt-${index}`, load]));
          const find = leastLoadedFinder(loads);
          for (const { rule, zone, isOwner, also } of sources) {
            const wish: PlacementWish = { ...aWish(members, rule), zone, instanceId: isOwner ? 'i-owner' : 'i-other' };
            const placement = place(wish, loads);
            const found = find(wish);
            expect(found?.id).toBe(placement.placed ? placement.target.id : undefined);
            if (found !== undefined) loads.set(found.id, (loads.get(found.id) ?? 0) + 1);
            // Another pool that shares a target fills it meanwhile.
            loads.set(`tmt-${also}`, (loads.get(`tmt-${also}`) ?? 0) + 1);
          }
        },
      ),
    );
  });
});
