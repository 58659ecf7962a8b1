import { describe, expect, it } from 'vitest';
import type { EniId } from '../../../src/model/ids.ts';
import type { ActualSession } from '../../../src/model/session.ts';
import type { Action, Plan, SessionSpec } from '../../../src/plan/action.ts';
import { limitDeletes, limitSessions } from '../../../src/plan/gates.ts';
import { buildPlan } from '../../../src/plan/plan.ts';
import { planInput } from '../../support/plan/notation.ts';

const reason = { code: 'drift', detail: 'a test' } as const;

function aSession(eniId: EniId, targetId: ActualSession['targetId'] = 'tmt-1'): ActualSession {
  return { id: `tms-of-${eniId}`, eniId, targetId, filterId: 'tmf-1', sessionNumber: 10, tags: {} };
}

function aSpec(targetId: ActualSession['targetId']): SessionSpec {
  return { target: { id: targetId }, filter: { id: 'tmf-1' }, sessionNumber: 10, tags: {} };
}

const subject = (eniId: EniId) => ({ eniId, instanceId: 'i-1', slot: 0, rule: 'opt-in', reason }) as const;
const remove = (eniId: EniId): Action => ({ kind: 'session.delete', ...subject(eniId), session: aSession(eniId) });
const create = (eniId: EniId, target: ActualSession['targetId'] = 'tmt-1'): Action => ({
  kind: 'session.create',
  ...subject(eniId),
  spec: aSpec(target),
});
const move = (eniId: EniId, from: ActualSession['targetId'], to: ActualSession['targetId']): Action => ({
  kind: 'session.modify',
  ...subject(eniId),
  session: aSession(eniId, from),
  spec: aSpec(to),
  changes: [{ field: 'target', before: from, after: to }],
});
const removals = (count: number) => Array.from({ length: count }, (_, index) => remove(`eni-gone-${index}`));
const aPlan = (actions: readonly Action[], ownSessions: number, tightTargets: Plan['tightTargets'] = []): Plan => ({
  actions,
  ownSessions,
  followUp: [],
  tightTargets,
});
const kinds = (plan: Plan) => plan.actions.map((action) => `${action.kind}${'eniId' in action ? ` ${action.eniId}` : ''}`);

describe('buildPlan', () => {
  it.each([
    { others: 9, tight: ['tmt-1'] },
    { others: 8, tight: [] },
  ])('with $others others and one deleted, a new source makes tight: $tight', ({ others, tight }) => {
    const input = planInput({
      decisions: ['i-a wants eni-a/0 default all-traffic #10', 'i-b skip opted-out'],
      targets: ['tmt-1 eni pool=default', 'tmt-2 eni pool=elsewhere'],
      sessions: ['tms-1 eni-b tmt-1 tmf-all #10 ours=i-b/0', `${others} to tmt-1`, '10 to tmt-2'],
    });
    expect(buildPlan(input).tightTargets).toEqual(tight);
  });
});

describe('limitDeletes', () => {
  it.each([
    { limit: { share: 0.25 }, own: 100, deletes: 25, passes: true },
    { limit: { share: 0.25 }, own: 100, deletes: 26, passes: false },
    { limit: { share: 0.25 }, own: 103, deletes: 26, passes: false },
    { limit: { share: 0.25 }, own: 104, deletes: 26, passes: true },
    { limit: { count: 20 }, own: 1000, deletes: 20, passes: true },
    { limit: { count: 20 }, own: 1000, deletes: 21, passes: false },
    { limit: { share: 0 }, own: 10, deletes: 10, passes: true },
    { limit: { count: 0 }, own: 11, deletes: 11, passes: false },
    { limit: { share: 1 }, own: 500, deletes: 500, passes: true },
  ])('with $limit and $own sessions, $deletes deletions pass: $passes', ({ limit, own, deletes, passes }) => {
    const plan = aPlan(removals(deletes), own);
    const gated = limitDeletes(limit)(plan);
    if (passes) expect(gated).toBe(plan);
    else expect(kinds(gated)).toEqual(['gate.block']);
  });

  it.each([
    { deletes: 8, already: 2, passes: true },
    { deletes: 8, already: 3, passes: false },
    { deletes: 0, already: 30, passes: true },
  ])('counts what the sweep has deleted already: $deletes after $already pass: $passes', ({ deletes, already, passes }) => {
    const plan = aPlan(removals(deletes), 50);
    const gated = limitDeletes({ count: 0 }, new Set(), already)(plan);
    if (passes) expect(gated).toBe(plan);
    else expect(gated.actions.at(-1)?.reason.detail).toContain('would delete 11 of 50 sessions, more than the 10 that');
  });

  it('keeps the filters and targets that the held sessions use, makes no target on their interfaces, and lets those of others go', () => {
    const filter = (id: ActualSession['filterId']): Action => ({
      kind: 'filter.delete',
      filter: { id, content: { rules: [], networkServices: [] }, ruleIds: [], tags: {} },
      reason,
    });
    const target = (id: ActualSession['targetId']): Action => ({
      kind: 'target.delete',
      target: { id, type: 'network-interface', tags: {} },
      reason,
    });
    const made = (networkInterfaceId: EniId): Action => ({
      kind: 'target.create',
      destination: { networkInterfaceId },
      tags: {},
      reason,
    });
    const other = move('eni-b', 'tmt-8', 'tmt-2');
    const leaving: Action = 'session' in other ? { ...other, session: { ...other.session, filterId: 'tmf-8' } } : other;
    const actions = [
      ...removals(11),
      made('eni-gone-3'),
      made('eni-b'),
      leaving,
      filter('tmf-1'),
      filter('tmf-8'),
      target('tmt-1'),
      target('tmt-8'),
    ];
    const { actions: rest } = limitDeletes({ count: 0 })(aPlan(actions, 11));
    expect(rest.slice(0, -1)).toEqual([made('eni-b'), leaving, filter('tmf-8'), target('tmt-8')]);
  });

  it('holds back with the deletions the other changes of their interfaces, and lets the rest pass', () => {
    const keep: Action = { kind: 'session.keep', ...subject('eni-gone-2'), session: aSession('eni-gone-2') };
    const held = [...removals(11), move('eni-gone-0', 'tmt-1', 'tmt-2'), create('eni-gone-1')];
    const gated = limitDeletes({ count: 0 })(aPlan([...held, move('eni-b', 'tmt-1', 'tmt-2'), create('eni-c'), keep], 11));
    expect(kinds(gated)).toEqual(['session.modify eni-b', 'session.create eni-c', 'session.keep eni-gone-2', 'gate.block']);
    expect(gated.actions.at(-1)).toMatchObject({ gate: 'maxDeletesPerSweep', reason: { code: 'max-deletes' }, blocked: held });
  });

  it('says how many were to be deleted, of how many, and what to do', () => {
    const [block] = limitDeletes({ share: 0.1 })(aPlan(removals(30), 200)).actions;
    expect(block?.reason.detail).toMatch(/delete 30 of 200 sessions, more than the 20 .*--allow-deletes/);
  });

  it('holds back new sources of a target that has no room before the held deletions, and those that need their places in turn', () => {
    const actions = [
      ...removals(11),
      move('eni-a', 'tmt-2', 'tmt-1'),
      create('eni-b', 'tmt-2'),
      create('eni-c', 'tmt-3'),
      create('eni-d', 'tmt-4'),
    ];
    const gated = limitDeletes({ count: 0 })(aPlan(actions, 11, ['tmt-1', 'tmt-2', 'tmt-4']));
    expect(kinds(gated)).toEqual(['session.create eni-c', 'session.create eni-d', 'gate.block']);
  });

  it('drops the deletion of a filter that a held session uses', () => {
    const filters = (['tmf-1', 'tmf-2'] as const).map(
      (id): Action => ({
        kind: 'filter.delete',
        filter: { id, content: { networkServices: [], rules: [] }, ruleIds: [], tags: {} },
        reason,
      }),
    );
    const gated = limitDeletes({ count: 0 })(aPlan([...removals(11), ...filters], 11));
    expect(gated.actions.map((action) => (action.kind === 'filter.delete' ? action.filter.id : action.kind))).toEqual([
      'tmf-2',
      'gate.block',
    ]);
  });
});

describe('limitSessions', () => {
  const changes = [remove('eni-a'), create('eni-b'), create('eni-c')];
  const keep: Action = { kind: 'session.keep', ...subject('eni-k'), session: aSession('eni-k') };

  it.each([
    { most: 11, refused: [] },
    { most: 10, refused: ['eni-c'] },
    { most: 9, refused: ['eni-b', 'eni-c'] },
    { most: 0, refused: ['eni-b', 'eni-c'] },
  ])('with ten sessions and at most $most, one deleted and two created, refuses $refused', ({ most, refused }) => {
    const gated = limitSessions(most)(aPlan([...changes, keep], 10));
    const isRefused = (action: Action) => action.kind === 'instance.refuse' && action.reason.code === 'max-sessions';
    expect(gated.actions.filter(isRefused).map((action) => ('eniId' in action ? action.eniId : ''))).toEqual(refused);
    expect(gated.actions).toHaveLength(4);
  });

  it('puts what it refuses after the changes, and gives a plan within the limit back as it is', () => {
    const plan = aPlan([...changes, keep], 10);
    expect(kinds(limitSessions(10)(plan))).toEqual([
      'session.delete eni-a',
      'session.create eni-b',
      'instance.refuse eni-c',
      'session.keep eni-k',
    ]);
    expect(limitSessions(11)(plan)).toBe(plan);
  });
});
