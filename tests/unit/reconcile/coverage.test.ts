import { describe, expect, it } from 'vitest';
import { Backlog, Coverage } from '../../../src/reconcile/coverage.ts';
import type { Run } from '../../../src/reconcile/reconcile.ts';
import { startOfTest as t0 } from '../../support/shell/clock.ts';
import { accountId, anInstance, anInstanceId, anInterface } from '../../support/shell/things.ts';

/** A pass over everything that has read these instances; Coverage looks at nothing else of it. */
function aRun(instances: Run['reading']['instances']): Run {
  const world = { accountId, sessions: [], targets: [], filters: [], attachments: new Map(), declaredInterfaces: new Map() };
  return {
    plan: { actions: [], followUp: [], ownSessions: 0, tightTargets: [] },
    reading: { instances, interfaces: new Map(), decisions: [], world },
    unfinished: [],
    isUnfinished: false,
    followUp: [],
    done: 0,
    defects: [],
  };
}

const nobody = new Set<never>();

describe('Coverage', () => {
  const passedAt = (readAt: number, isSettled = true) => {
    const coverage = new Coverage();
    coverage.passed(readAt, aRun([anInstance(1), anInstance(2)]), isSettled);
    return coverage;
  };

  it.each([
    ['the same moment', 0, false],
    ['a lag of EC2 before', 10_000, false],
    ['a lag of EC2 and almost the second of its time before', 10_999, false],
    ['a lag of EC2 and the second of its time before', 11_000, true],
    ['an hour before', 3_600_000, true],
    ['a second after', -1_000, false],
    ['no time', Number.NaN, false],
  ])('of a pass that began to read at some time, for an event of %s: %#', (_what, before, covered) => {
    expect(passedAt(t0).covers([anInstanceId(1)], t0 - before, t0 + 1, nobody)).toBe(covered);
  });

  it('ends a minute after the reading began', () => {
    const coverage = passedAt(t0);
    expect(coverage.covers([anInstanceId(1)], t0 - 20_000, t0 + 60_000, nobody)).toBe(true);
    expect(coverage.covers([anInstanceId(1)], t0 - 20_000, t0 + 60_001, nobody)).toBe(false);
  });

  it('is of instances that were listed, all of those that an event names', () => {
    const coverage = passedAt(t0);
    const covers = (...ids: number[]) => coverage.covers(ids.map(anInstanceId), t0 - 20_000, t0, nobody);
    expect([covers(1), covers(1, 2), covers(1, 3), covers(3)]).toEqual([true, true, false, false]);
  });

  it('leaves out an instance in trouble, and no other', () => {
    const covers = (n: number) => passedAt(t0).covers([anInstanceId(n)], t0 - 20_000, t0, new Set([anInstanceId(1)]));
    expect([covers(1), covers(2)]).toEqual([false, true]);
  });

  it.each(['attaching', 'detaching', 'detached'] as const)(
    'leaves out an instance with an interface that is %s',
    (attachmentStatus) => {
      const coverage = new Coverage();
      const moving = anInstance(1, { networkInterfaces: [anInterface(1), anInterface(11, { attachmentStatus })] });
      coverage.passed(t0, aRun([moving, anInstance(2)]), true);
      expect(coverage.covers([anInstanceId(1)], t0 - 20_000, t0, nobody)).toBe(false);
      expect(coverage.covers([anInstanceId(2)], t0 - 20_000, t0, nobody)).toBe(true);
    },
  );

  it('is nothing before the first pass, and nothing again after one that settled nothing', () => {
    expect(new Coverage().covers([anInstanceId(1)], t0 - 20_000, t0, nobody)).toBe(false);
    const coverage = passedAt(t0);
    coverage.passed(t0 + 1, aRun([anInstance(1)]), false);
    expect(coverage.covers([anInstanceId(1)], t0 - 20_000, t0 + 1, nobody)).toBe(false);
  });
});

describe('Backlog', () => {
  const after = (...batches: number[]) => {
    const backlog = new Backlog();
    for (const messages of batches) backlog.met(messages);
    return backlog;
  };

  it.each([
    [[10, 10], false],
    [[10, 10, 10], true],
    [[10, 10, 9, 10], false],
    [[10, 10, 9, 10, 10, 10], true],
  ])('after batches of %j is deep: %j', (batches, isDeep) => {
    expect(after(...batches).isDeep(t0, new Coverage())).toBe(isDeep);
  });

  it('asks for no pass that could cover no more than the last one', () => {
    const coverage = new Coverage();
    coverage.passed(t0, aRun([]), false);
    const backlog = after(10, 10, 10);
    expect(backlog.isDeep(t0 + 9_999, coverage)).toBe(false);
    expect(backlog.isDeep(t0 + 10_000, coverage)).toBe(true);
  });

  it('asks for none in an account whose lists are long', () => {
    const ofSize = (count: number) => {
      const coverage = new Coverage();
      coverage.passed(t0 - 60_000, aRun(Array.from({ length: count }, (_, n) => anInstance(n))), true);
      return after(10, 10, 10).isDeep(t0, coverage);
    };
    expect([ofSize(10_000), ofSize(10_001)]).toEqual([true, false]);
  });

  it('rests for five minutes after a pass that was of no use', () => {
    const backlog = after(10, 10, 10);
    backlog.rest(t0);
    expect(backlog.isDeep(t0 + 299_999, new Coverage())).toBe(false);
    expect(backlog.isDeep(t0 + 300_000, new Coverage())).toBe(true);
  });
});
