import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPlan } from '../../src/plan/plan.ts';
import type { PlanInput } from '../../src/plan/world.ts';
import { PaperEc2 } from '../support/plan/ec2.ts';
import { planInput } from '../support/plan/notation.ts';
import { owner } from '../support/plan/policy.ts';

fc.configureGlobal({ seed: Number(process.env.SEED ?? 2026) });

const members = fc.integer({ min: 1, max: 6 });
const ids = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

/** Sources of each member once the plan is carried out. */
function loadsAfter(input: PlanInput): readonly number[] {
  const ec2 = new PaperEc2(input.world, owner);
  ec2.applyAll(buildPlan(input));
  return input.world.targets.map(({ id }) => ec2.world.sessions.filter(({ targetId }) => targetId === id).length);
}

const unevenness = (loads: readonly number[]) => Math.max(...loads) - Math.min(...loads);

/** Equal members of one pool, sources that all go there, and where their sessions are; `undefined` for a source without one. */
function world(count: number, places: readonly (number | undefined)[]) {
  return {
    pools: { default: 'ignore' as const },
    targets: ids(count, 'tmt').map((id) => `${id} eni type=m5.24xlarge pool=default`),
    decisions: places.map((_, index) => `i-${index} wants eni-${index}/0 default all-traffic #10`),
    sessions: places.flatMap((place, index) =>
      place === undefined ? [] : `tms-${index} eni-${index} tmt-${place % count} tmf-all #10 ours=i-${index}/0`,
    ),
  };
}

describe('the spread over equal members of a pool', () => {
  it('is within one source of even for new sources, however many', () => {
    fc.assert(
      fc.property(members, fc.integer({ min: 0, max: 60 }), (count, sources) => {
        const loads = loadsAfter(
          planInput(
            world(
              count,
              Array.from({ length: sources }, () => undefined),
            ),
          ),
        );
        expect(unevenness(loads)).toBeLessThanOrEqual(1);
        expect(loads.reduce((sum, load) => sum + load, 0)).toBe(sources);
      }),
    );
  });

  it('is within one source of even when a person asks for it, wherever the sessions are', () => {
    fc.assert(
      fc.property(members, fc.array(fc.option(fc.nat(5), { nil: undefined, freq: 5 }), { maxLength: 60 }), (count, places) => {
        const loads = loadsAfter(planInput({ ...world(count, places), rebalance: true }));
        expect(unevenness(loads)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is made even by the fewest moves', () => {
    fc.assert(
      fc.property(members, fc.array(fc.nat(5), { maxLength: 40 }), (count, places) => {
        const input = planInput({ ...world(count, places), rebalance: true });
        const moves = buildPlan(input).actions.filter(({ kind }) => kind === 'session.modify').length;
        const before = ids(count, 'tmt').map((_, target) => places.filter((place) => place % count === target).length);
        const share = Math.floor(places.length / count);
        const more = places.length % count;
        const sorted = [...before].sort((a, b) => b - a);
        const fewest = sorted.reduce((sum, load, index) => sum + Math.max(0, load - share - (index < more ? 1 : 0)), 0);
        expect(moves).toBe(fewest);
      }),
    );
  });

  it('never moves a session that nobody asked to move', () => {
    fc.assert(
      fc.property(members, fc.array(fc.nat(5), { maxLength: 40 }), (count, places) => {
        const { actions } = buildPlan(planInput(world(count, places)));
        expect(actions.filter(({ kind }) => kind !== 'session.keep')).toEqual([]);
      }),
    );
  });
});
