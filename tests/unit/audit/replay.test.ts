import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IntendedChange, Intent } from '../../../src/audit/intent.ts';
import type { AuditRecord } from '../../../src/audit/record.ts';
import { Replay } from '../../../src/audit/replay.ts';

// The same histories in every run; another seed finds others: SEED=7 npx vitest run tests/unit/audit/replay.test.ts
fc.configureGlobal({ seed: Number(process.env.SEED ?? 2026) });

let second = 0;
function aRecord(action: AuditRecord['action'], sessionId: string | undefined, more: Partial<AuditRecord> = {}): AuditRecord {
  second += 1;
  return {
    audit: 1,
    time: new Date(Date.UTC(2026, 10, 25) + second * 1_000).toISOString(),
    owner: 'o',
    runId: 'r',
    trigger: 'schedule',
    action,
    outcome: 'done',
    reason: 'session-missing',
    policyHash: 'h',
    ...(sessionId === undefined ? {} : { sessionId }),
    ...more,
  };
}

function replayed(...records: readonly AuditRecord[]) {
  const replay = new Replay();
  for (const record of records) replay.tell(record);
  return { held: [...replay.held.keys()], replaced: [...replay.replaced.keys()], replay };
}

const at = (eniId: string, slot = 0) => ({ eniId, slot });

describe('the trail, replayed', () => {
  it('holds what was made and not deleted', () => {
    const { held, replay } = replayed(
      aRecord('sweep.complete', undefined),
      aRecord('session.create', 'tms-1', at('eni-1')),
      aRecord('session.create', 'tms-2', at('eni-2')),
      aRecord('session.delete', 'tms-1', at('eni-1')),
    );
    expect(held).toEqual(['tms-2']);
    expect(replay.records).toBe(4);
    expect(replay.begins).toMatch(/^2026-11-25T/);
  });

  it('believes only what was done', () => {
    const failed = { outcome: 'failed' } as const;
    expect(
      replayed(
        aRecord('session.create', undefined, { ...failed, ...at('eni-1') }),
        aRecord('session.create', 'tms-1', at('eni-1')),
        aRecord('session.delete', 'tms-1', { ...failed, ...at('eni-1') }),
        aRecord('session.delete', 'tms-1', { outcome: 'dry-run', ...at('eni-1') }),
      ).held,
    ).toEqual(['tms-1']);
  });

  it('learns of a session older than itself when that is changed', () => {
    const { held } = replayed(aRecord('session.modify', 'tms-1', at('eni-1')));
    expect(held).toEqual(['tms-1']);
  });

  it('takes a session for replaced when another is made for its slot, until it is told of again', () => {
    const first = [aRecord('session.create', 'tms-1', at('eni-1')), aRecord('session.create', 'tms-2', at('eni-1', 1))];
    const again = aRecord('session.create', 'tms-3', at('eni-1'));
    expect(replayed(...first, again)).toMatchObject({ held: ['tms-2', 'tms-3'], replaced: ['tms-1'] });
    expect(replayed(...first, again, aRecord('session.delete', 'tms-1', at('eni-1')))).toMatchObject({
      held: ['tms-2', 'tms-3'],
      replaced: [],
    });
    expect(replayed(...first, again, aRecord('session.modify', 'tms-1', at('eni-1'))).held).toContain('tms-1');
  });

  it('follows a session into another slot', () => {
    expect(
      replayed(
        aRecord('session.create', 'tms-1', at('eni-1')),
        aRecord('session.modify', 'tms-1', at('eni-1', 1)),
        aRecord('session.create', 'tms-2', at('eni-1')),
      ),
    ).toMatchObject({ held: ['tms-1', 'tms-2'], replaced: [] });
  });

  it('holds what EC2 holds, after any history that the service alone has made', () => {
    const step = fc.record({ kind: fc.constantFrom('create', 'delete', 'modify'), seat: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const bySeat = new Map<number, string>();
        const replay = new Replay();
        for (const [index, { kind, seat }] of steps.entries()) {
          const standing = bySeat.get(seat);
          const where = at(`eni-${seat % 3}`, Math.floor(seat / 3));
          if (kind === 'create' && standing === undefined) {
            bySeat.set(seat, `tms-${index}`);
            replay.tell(aRecord('session.create', `tms-${index}`, where));
          } else if (kind === 'delete' && standing !== undefined) {
            bySeat.delete(seat);
            replay.tell(aRecord('session.delete', standing, where));
          } else if (kind === 'modify' && standing !== undefined) replay.tell(aRecord('session.modify', standing, where));
        }
        expect([...replay.held.keys()].sort()).toEqual([...bySeat.values()].sort());
        expect(replay.replaced.size).toBe(0);
      }),
    );
  });
});

function anIntent(runId: string, ...changes: readonly IntendedChange[]): Intent {
  second += 1;
  const time = new Date(Date.UTC(2026, 10, 25) + second * 1_000).toISOString();
  return { intent: 1, time, owner: 'o', runId, policyHash: 'h', changes };
}

describe('what was begun and not told of', () => {
  const create = { action: 'session.create', ...at('eni-1') } as const;
  const remove = { action: 'session.delete', sessionId: 'tms-1', ...at('eni-1') } as const;

  it('is an attempt: on a slot of an interface to make a session, on a session to delete it', () => {
    const { replay } = replayed();
    replay.intend(anIntent('r1', create, { action: 'filter.create', name: 'hash' }));
    replay.intend(anIntent('r2', remove));
    expect(replay.attempt({ sessionId: 'tms-9', ...at('eni-1') }, 'session.create')).toMatchObject({ runId: 'r1' });
    expect(replay.attempt({ sessionId: 'tms-1', ...at('eni-7') }, 'session.delete')).toMatchObject({ runId: 'r2' });
    expect(replay.attempt(at('eni-1', 1), 'session.create')).toBeUndefined();
    expect(replay.attempt({ sessionId: 'tms-2', ...at('eni-1') }, 'session.delete')).toBeUndefined();
  });

  it.each(['before', 'after'])('is none where a record of the same run tells that it was done, %s it', (when) => {
    const record = aRecord('session.create', 'tms-1', { ...at('eni-1'), runId: 'r1' });
    const { replay } = replayed(...(when === 'before' ? [record] : []));
    replay.intend(anIntent('r1', create));
    if (when === 'after') replay.tell(record);
    expect(replay.attempt(at('eni-1'), 'session.create')).toBeUndefined();
    replay.intend(anIntent('r2', create));
    expect(replay.attempt(at('eni-1'), 'session.create')).toMatchObject({ runId: 'r2' });
  });

  it('is the latest of several', () => {
    const { replay } = replayed();
    const [early, late] = [anIntent('r1', create), anIntent('r2', create)];
    replay.intend(late);
    replay.intend(early);
    expect(replay.attempt(at('eni-1'), 'session.create')).toEqual({ runId: 'r2', time: late.time });
  });

  it.each([
    ['api-error', true],
    ['throttled', true],
    ['deadline', true],
    ['denied', false],
    ['quota', false],
  ] as const)('is an attempt too where EC2’s answer was %s: %s', (reason, isAttempt) => {
    const failed = { outcome: 'failed', reason, runId: 'r1', ...at('eni-1') } as const;
    const { replay } = replayed(aRecord('session.create', undefined, failed), aRecord('session.delete', 'tms-1', failed));
    expect(replay.attempt(at('eni-1'), 'session.create') !== undefined).toBe(isAttempt);
    expect(replay.attempt({ sessionId: 'tms-1' }, 'session.delete') !== undefined).toBe(isAttempt);
  });
});
