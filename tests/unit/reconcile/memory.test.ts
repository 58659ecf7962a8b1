import { describe, expect, it } from 'vitest';
import type { LeaveSource } from '../../../src/plan/action.ts';
import { Memory } from '../../../src/reconcile/memory.ts';
import { startOfTest as t0 } from '../../support/shell/clock.ts';
import { anEniId, anInstanceId } from '../../support/shell/things.ts';

const minute = 60_000;

function refusal(more: Partial<LeaveSource> = {}): LeaveSource {
  return {
    kind: 'instance.refuse',
    instanceId: anInstanceId(1),
    reason: { code: 'pool-empty', detail: 'pool "default" has no member' },
    ...more,
  };
}

describe('Memory', () => {
  it('holds an instance type refused for an hour, whatever its spelling', () => {
    const memory = new Memory();
    memory.refuseType('T2.Micro', t0);
    expect([...memory.refusedTypes(t0 + 60 * minute).keys()]).toEqual(['t2.micro']);
    expect([...memory.refusedTypes(t0 + 60 * minute + 1).keys()]).toEqual([]);
  });

  it('puts an instance last for ten minutes after a failure, and not after a success', () => {
    const memory = new Memory();
    memory.failed(anInstanceId(1), t0);
    memory.failed(anInstanceId(2), t0);
    memory.succeeded(anInstanceId(2));
    expect([...memory.failedLately(t0 + 10 * minute)]).toEqual([anInstanceId(1)]);
    expect([...memory.failedLately(t0 + 10 * minute + 1)]).toEqual([]);
  });

  it('calls a refusal news once an hour', () => {
    const memory = new Memory();
    const told = [0, 1, 60, 61, 62].map((minutes) => memory.isNews(refusal(), t0 + minutes * minute));
    expect(told).toEqual([true, false, false, true, false]);
  });

  it.each([
    ['instance', { instanceId: anInstanceId(2) }],
    ['interface', { eniId: anEniId(1) }],
    ['slot', { slot: 1 }],
    ['reason', { reason: { code: 'pool-full', detail: 'pool "default" has no member' } }],
    ['detail', { reason: { code: 'pool-empty', detail: 'pool "forensics" has no member' } }],
  ] as const)('calls a refusal of another %s news', (_what, more) => {
    const memory = new Memory();
    memory.isNews(refusal(), t0);
    expect(memory.isNews(refusal(more), t0)).toBe(true);
  });

  it('salts client tokens equally within a minute, and anew after a change or a minute', () => {
    const memory = new Memory();
    const first = memory.tokenSalt(t0);
    expect(memory.tokenSalt(t0 + minute - 1)).toBe(first);
    expect(memory.tokenSalt(t0 + minute)).not.toBe(first);
    memory.changed();
    expect(memory.tokenSalt(t0)).not.toBe(first);
  });
});
