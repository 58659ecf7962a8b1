import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../../src/audit/record.ts';
import { AuditTrail, type BusEvent, type EventBus } from '../../../src/audit/trail.ts';
import { settled } from '../../support/shell/clock.ts';

function aRecord(n: number, more: Partial<AuditRecord> = {}): AuditRecord {
  return {
    audit: 1,
    time: '2026-11-23T02:40:00.000Z',
    owner: 'o',
    runId: 'r',
    trigger: 'schedule',
    action: 'session.create',
    outcome: 'done',
    reason: 'session-missing',
    detail: String(n),
    policyHash: 'h',
    ...more,
  };
}

function aTrail(put: EventBus['put'] = () => Promise.resolve([])) {
  const lines: { level: string; [name: string]: unknown }[] = [];
  const batches: (readonly BusEvent[])[] = [];
  const trail = new AuditTrail((level, line) => lines.push({ level, ...line }), {
    put(events) {
      batches.push(events);
      return put(events);
    },
  });
  return { trail, lines, batches };
}

const numbers = Array.from({ length: 23 }, (_, n) => n);

describe('AuditTrail', () => {
  it('logs a record at once, at the level of its outcome', () => {
    const { trail, lines, batches } = aTrail();
    trail.write(aRecord(1));
    trail.write(aRecord(2, { outcome: 'failed' }));
    trail.write(aRecord(3, { outcome: 'blocked' }));
    expect(lines.map(({ level, detail }) => [level, detail])).toEqual([
      ['info', '1'],
      ['error', '2'],
      ['warn', '3'],
    ]);
    expect(batches).toEqual([]);
  });

  it('puts every record on the bus once, in order, ten at a time', async () => {
    const { trail, batches } = aTrail();
    for (const n of numbers) trail.write(aRecord(n));
    await trail.flush();
    expect(batches.map((batch) => batch.length)).toEqual([10, 10, 3]);
    expect(batches.flat().map(({ detail }) => detail.detail)).toEqual(numbers.map(String));
    expect(new Set(batches.flat().map(({ detailType }) => detailType))).toEqual(new Set(['Mirror Session Created']));
  });

  it('sends full batches while the run goes on, one after the other', async () => {
    const answers: (() => void)[] = [];
    const { trail, batches } = aTrail(
      () =>
        new Promise((resolve) => {
          answers.push(() => resolve([]));
        }),
    );
    for (const n of numbers) trail.write(aRecord(n));
    await settled();
    expect(batches).toHaveLength(1);
    answers[0]?.();
    await settled();
    expect(batches).toHaveLength(2);
  });

  it('flush waits until the bus has answered for all of it', async () => {
    const answers: (() => void)[] = [];
    const { trail } = aTrail(
      () =>
        new Promise((resolve) => {
          answers.push(() => resolve([]));
        }),
    );
    for (const n of numbers) trail.write(aRecord(n));
    let isFlushed = false;
    const flushed = trail.flush().then(() => {
      isFlushed = true;
    });
    for (let answered = 0; answered < 3; answered += 1) {
      await settled();
      expect(isFlushed).toBe(false);
      answers[answered]?.();
    }
    await flushed;
  });

  it('sends nothing when there is nothing to send', async () => {
    const { trail, batches } = aTrail();
    trail.write(aRecord(1, { action: 'session.keep' }));
    await trail.flush();
    expect(batches).toEqual([]);
  });

  it('logs a record that the bus refuses, whole, with the error, and goes on', async () => {
    const { trail, lines, batches } = aTrail((events) =>
      Promise.resolve(events.slice(0, 1).map((event) => ({ event, error: 'ThrottlingException: slow' }))),
    );
    for (const n of numbers) trail.write(aRecord(n));
    await trail.flush();
    expect(batches).toHaveLength(3);
    const told = lines.filter(({ message }) => message !== undefined);
    expect(told.map(({ level, error, record }) => ({ level, error, record }))).toEqual(
      [0, 10, 20].map((n) => ({ level: 'error', error: 'ThrottlingException: slow', record: aRecord(n) })),
    );
  });
});
