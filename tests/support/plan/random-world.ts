import fc from 'fast-check';
import type { ZoneRule } from '../../../src/model/policy.ts';
import type { DesiredSession } from '../../../src/model/session.ts';
import type { TargetType } from '../../../src/model/target.ts';
import type { PlanInput } from '../../../src/plan/world.ts';
import { assemble } from './assemble-world.ts';

const zoneNames = ['a', 'b', undefined] as const;

const rarely = fc.integer({ min: 0, max: 7 }).map((number) => number === 7);
const mostly = rarely.map((is) => !is);
function mostlyNot<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}
const number = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 5 }) }, fc.integer({ min: 32_764, max: 32_766 }));
const zone = fc.constantFrom(...zoneNames);
const length = fc.constantFrom(undefined, undefined, 96, 8500);

const aSession = fc.record({
  kind: fc.constantFrom('ours', 'ours', 'ours', 'foreign', 'other-account'),
  slot: fc.constantFrom('0', '0', '0', '1', '1', '1', '2', '2', '3', '?', undefined),
  target: fc.nat(5),
  filter: fc.nat(4),
  number,
  length,
  vni: fc.constantFrom(7, 8),
  isAsAsked: fc.boolean(),
  isAsWanted: fc.boolean(),
  isOfOther: rarely,
  other: fc.nat(5),
});
export type RawSession = typeof aSession extends fc.Arbitrary<infer T> ? T : never;

const aTemplate = fc.record({
  pool: fc.nat(3),
  pinnedTarget: mostlyNot(fc.nat(4)),
  filter: fc.constantFrom('all-traffic', 'all-traffic', 'all-traffic', 'web', 'web', 'web', 'people', 'people-id', 'nowhere'),
  pinnedFilter: mostlyNot(fc.nat(4)),
  number,
  length,
  vni: fc.constantFrom<DesiredSession['vni']>(undefined, undefined, 7, { base: 7, count: 3 }, { base: 100, count: 200 }),
});

const rawWorld = fc.record({
  pools: fc.array(
    fc.record({
      zone: fc.constantFrom<ZoneRule>('prefer', 'require', 'ignore'),
      listed: mostlyNot(fc.nat(4)),
      declared: mostlyNot(
        fc.constantFrom('free', 'free-b', 'source', 'other-source', 'missing', 'of-target', 'balancer', 'endpoint'),
      ),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  targets: fc.array(
    fc.record({
      type: fc.constantFrom<TargetType>(
        'network-interface',
        'network-interface',
        'network-interface',
        'network-load-balancer',
        'gateway-load-balancer-endpoint',
      ),
      zone,
      pool: fc.constantFrom(0, 0, 1, 1, 2, 3),
      isLarge: rarely,
      fill: fc.oneof(fc.nat(10), fc.constantFrom(9, 10)),
      host: mostlyNot(fc.nat(4)),
      isOnSourceInterface: rarely,
      isShared: rarely,
      isUnattached: rarely,
      isOurs: rarely,
    }),
    { minLength: 1, maxLength: 6 },
  ),
  filters: fc.array(fc.record({ content: fc.constantFrom(0, 0, 1, 2), isOurs: mostly, isIntact: mostly, isNamed: rarely }), {
    maxLength: 5,
  }),
  instances: fc.array(
    fc.record({
      outcome: fc.constantFrom('mirror', 'mirror', 'mirror', 'mirror', 'mirror', 'mirror', 'skip', 'refuse'),
      isInScope: mostly,
      onlyIfPresent: rarely,
      enis: fc.array(fc.record({ zone, isWanted: mostly, isInTransit: rarely, sessions: fc.array(aSession, { maxLength: 4 }) }), {
        minLength: 1,
        maxLength: 4,
      }),
      templates: fc.array(aTemplate, { minLength: 1, maxLength: 3 }),
    }),
    { maxLength: 5 },
  ),
  strays: fc.array(
    fc.record({
      where: fc.constantFrom('none', 'in-transit', 'unread', 'elsewhere'),
      sessions: fc.array(aSession, { maxLength: 3 }),
    }),
    { maxLength: 3 },
  ),
  isEverything: fc.boolean(),
  isMassOptOut: rarely,
  isRebalance: rarely,
  refusesShadows: rarely,
});
export type RawWorld = typeof rawWorld extends fc.Arbitrary<infer T> ? T : never;

/**
 * Random inputs of planning that EC2 could hold: instances with one to four ENIs, sessions of ours (right, stale, changed by hand, doubled, mislabelled), of others
 * and of other accounts, targets of every kind up to exactly full, declared and not there yet, attached to nothing, several pools, filters intact and not, ENIs adrift;
 * a scope of everything or of some; now and then a person who asks for the load to be spread evenly.
 */
export const randomInput: fc.Arbitrary<PlanInput> = rawWorld.map(assemble);
