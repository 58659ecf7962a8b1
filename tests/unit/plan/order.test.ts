import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActualSession } from '../../../src/model/session.ts';
import type { Action, ModifySession } from '../../../src/plan/action.ts';
import { inPlanOrder, orderNumberChanges } from '../../../src/plan/order.ts';
import { sessionChanges } from '../../../src/plan/spec.ts';

// The same examples in every run; another seed finds others: SEED=7 npx vitest run tests/unit/plan/order.test.ts
fc.configureGlobal({ seed: Number(process.env.SEED ?? 2026) });

const reason = { code: 'drift', detail: 'a test' } as const;

function aSession(id: number, sessionNumber: number): ActualSession {
  return { id: `tms-${id}`, eniId: 'eni-1', targetId: 'tmt-1', filterId: 'tmf-1', sessionNumber, tags: {} };
}

function aMove(id: number, from: number, to: number, packetLength?: number): ModifySession {
  const session = aSession(id, from);
  const spec = {
    target: { id: session.targetId },
    filter: { id: session.filterId },
    sessionNumber: to,
    tags: {},
    ...(packetLength === undefined ? {} : { packetLength }),
  };
  return {
    kind: 'session.modify',
    eniId: 'eni-1',
    instanceId: 'i-1',
    slot: id,
    rule: 'opt-in',
    reason,
    session,
    spec,
    changes: sessionChanges(session, spec),
  };
}

const steps = (moves: readonly ModifySession[]) =>
  moves.map(({ session, spec, step }) => `${step}: ${session.id} ${session.sessionNumber}>${spec.sessionNumber}`);

describe('orderNumberChanges', () => {
  it('leaves an order that is good as it is', () => {
    expect(steps(orderNumberChanges([aMove(1, 1, 9), aMove(2, 2, 2)], new Set([3])))).toEqual(['0: tms-1 1>9', '1: tms-2 2>2']);
  });

  it('vacates a number before it is taken', () => {
    expect(steps(orderNumberChanges([aMove(1, 1, 2), aMove(2, 2, 3)], new Set()))).toEqual(['0: tms-2 2>3', '1: tms-1 1>2']);
  });

  it('opens a ring of two at a free number, past one that is occupied', () => {
    expect(steps(orderNumberChanges([aMove(1, 1, 2), aMove(2, 2, 1)], new Set([3])))).toEqual([
      '0: tms-1 1>4',
      '1: tms-2 2>1',
      '2: tms-1 4>2',
    ]);
  });

  it('changes on the detour the number alone, and the rest with the last step', () => {
    const [detour, , last] = orderNumberChanges([aMove(1, 1, 2, 96), aMove(2, 2, 1)], new Set());
    expect(detour?.changes).toEqual([{ field: 'sessionNumber', before: '1', after: '3' }]);
    expect(last?.changes).toEqual([
      { field: 'sessionNumber', before: '3', after: '2' },
      { field: 'packetLength', after: '96' },
    ]);
  });

  it('leaves on the detour the target, the filter and the packet length as they are', () => {
    const move = aMove(1, 1, 2);
    const cut = { ...move, session: { ...move.session, packetLength: 96 } };
    const kept = { target: { id: 'tmt-1' }, filter: { id: 'tmf-1' }, sessionNumber: 3, tags: {} };
    expect(orderNumberChanges([move, aMove(2, 2, 1)], new Set())[0]?.spec).toEqual(kept);
    expect(orderNumberChanges([cut, aMove(2, 2, 1)], new Set())[0]?.spec).toEqual({ ...kept, packetLength: 96 });
  });

  it('never lets two sessions hold one number, and brings each where it is to be', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5]), fc.shuffledSubarray([1, 2, 3, 4, 5]), (from, to) => {
        const count = Math.min(from.length, to.length, 4);
        const moves = from.slice(0, count).map((number, index) => aMove(index, number, to[index] ?? 0));
        const numbers = new Map(moves.map(({ session }) => [session.id, session.sessionNumber]));
        for (const { session, spec } of orderNumberChanges(moves, new Set([6]))) {
          expect(numbers.get(session.id)).toBe(session.sessionNumber);
          numbers.set(session.id, spec.sessionNumber);
          expect(new Set([...numbers.values(), 6]).size).toBe(count + 1);
        }
        expect([...numbers.values()]).toEqual(to.slice(0, count));
      }),
    );
  });
});

describe('inPlanOrder', () => {
  const content = { networkServices: [], rules: [] };
  const session = aSession(1, 1);
  const subject = { eniId: 'eni-1', instanceId: 'i-1', slot: 0, rule: 'opt-in', reason } as const;
  const spec = { target: { id: 'tmt-1' }, filter: { id: 'tmf-1' }, sessionNumber: 1, tags: {} } as const;
  const inOrder: readonly Action[] = [
    { kind: 'filter.create', profile: { name: 'a', content, hash: 'a' }, tags: {}, reason },
    { kind: 'filter.create', profile: { name: 'b', content, hash: 'b' }, tags: {}, reason },
    { kind: 'session.delete', ...subject, session },
    { kind: 'session.delete', ...subject, instanceId: undefined, session: aSession(2, 2) },
    { kind: 'target.create', destination: { networkInterfaceId: 'eni-8' }, tags: {}, reason },
    { kind: 'target.create', destination: { networkInterfaceId: 'eni-9' }, tags: {}, reason },
    { ...aMove(1, 1, 2), step: 2 },
    { ...aMove(1, 1, 2), step: 10 },
    { kind: 'session.create', ...subject, spec },
    { kind: 'session.create', ...subject, slot: 1, spec },
    { kind: 'session.create', ...subject, eniId: 'eni-2', spec },
    { kind: 'session.create', ...subject, instanceId: 'i-2', spec },
    { kind: 'filter.delete', filter: { id: 'tmf-1', content, ruleIds: [], tags: {} }, reason },
    { kind: 'filter.delete', filter: { id: 'tmf-2', content, ruleIds: [], tags: {} }, reason },
    { kind: 'target.delete', target: { id: 'tmt-1', type: 'network-interface', tags: {} }, reason },
    { kind: 'target.delete', target: { id: 'tmt-2', type: 'network-interface', tags: {} }, reason },
    { kind: 'gate.block', gate: 'maxDeletesPerSweep', reason, blocked: [] },
    { kind: 'gate.block', gate: 'maxSessions', reason, blocked: [] },
    { kind: 'target.refuse', destination: { networkInterfaceId: 'eni-8' }, reason },
    { kind: 'target.refuse', destination: { networkInterfaceId: 'eni-9' }, reason },
    { kind: 'instance.refuse', instanceId: 'i-1', reason },
    { kind: 'instance.refuse', instanceId: 'i-1', eniId: 'eni-1', slot: 0, reason },
    { kind: 'instance.skip', instanceId: 'i-1', reason },
    { kind: 'session.shadow', ...subject, reason: { code: 'shadowed', detail: 'a' } },
    { kind: 'session.shadow', ...subject, reason: { code: 'shadowed', detail: 'b' } },
    { kind: 'session.shadow', ...subject, sessionId: 'tms-1', reason: { code: 'shadowed', detail: 'b' } },
    { kind: 'session.shadow', ...subject, sessionId: 'tms-2', reason: { code: 'shadowed', detail: 'a' } },
    { kind: 'session.keep', ...subject, session },
  ];

  it('puts filters first, then deletions, modifications, creations, unused filters, and what changes nothing', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...inOrder], { minLength: inOrder.length }), (shuffled) => {
        expect(inPlanOrder(shuffled)).toEqual(inOrder);
      }),
    );
  });

  it('puts the instances that are waited for first and those that failed last, but never before an earlier phase', () => {
    const creates = ['i-1', 'i-2', 'i-3'].map(
      (id): Action => ({ ...subject, kind: 'session.create', instanceId: `i-${id.slice(2)}`, spec }),
    );
    const remove: Action = { kind: 'session.delete', ...subject, session };
    const ordered = inPlanOrder([...creates, remove], new Set(['i-3']), new Set(['i-1']));
    expect(ordered.map((action) => `${action.kind} ${'instanceId' in action ? action.instanceId : ''}`)).toEqual([
      'session.delete i-1',
      'session.create i-3',
      'session.create i-2',
      'session.create i-1',
    ]);
  });
});
