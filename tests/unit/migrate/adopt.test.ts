import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findAdoptions } from '../../../src/migrate/adopt.ts';
import type { PlanInput } from '../../../src/plan/world.ts';
import { type PlanCase, planInput } from '../../support/plan/notation.ts';
import { owner } from '../../support/plan/policy.ts';

const cases: readonly PlanCase[] = JSON.parse(
  readFileSync(new URL('../../cases/adoption/adoption.json', import.meta.url), 'utf8'),
);

function told(input: PlanInput): readonly string[] {
  const { adoptions, leftAlone } = findAdoptions(input);
  return [
    ...adoptions.map(({ session, instanceId, slot }) => `adopt ${session.id} for ${instanceId} ${session.eniId}/${slot}`),
    ...leftAlone.map(({ session, why }) => `leave ${session.id}: ${why}`),
  ];
}

describe('adoption', () => {
  it.each(cases)('$name', (one) => {
    expect(told(planInput(one))).toEqual(one.expect);
  });

  const { decisions = [], targets = [], sessions = [] } = cases[0] ?? {};
  const input = planInput({ decisions, targets, sessions });
  const withTags = (tags: Readonly<Record<string, string>>): PlanInput => ({
    ...input,
    world: { ...input.world, sessions: input.world.sessions.map((session) => ({ ...session, tags })) },
  });

  it('never takes what carries an owner tag, whosever and however it is spelled in its value', () => {
    for (const tag of ['another-stack', owner.toUpperCase(), ''])
      expect(told(withTags({ 'automirror:owner': tag }))).toEqual([`leave tms-1: it belongs to the deployment ${tag}`]);
  });

  it('sets the tags that make a session ours, and no hash: what differs from the policy is then a changed wish, not drift', () => {
    const [adoption] = findAdoptions(withTags({ Name: 'by hand' })).adoptions;
    expect(adoption).toMatchObject({
      tags: {
        'automirror:owner': owner,
        'automirror:instance': 'i-a',
        'automirror:rule': expect.any(String),
        'automirror:slot': '0',
      },
    });
    expect(Object.keys(adoption?.tags ?? {})).toHaveLength(4);
  });
});
