import { describe, expect, it } from 'vitest';
import { auditDetailTypes, detailTypeOf } from '../../../src/audit/detail-type.ts';
import { createJsonLog } from '../../../src/audit/json-log.ts';
import { toDropRecord, toRecord, toSweepRecord } from '../../../src/audit/record.ts';
import { instanceTag, ruleTag, slotTag } from '../../../src/model/ownership.ts';
import type { Result } from '../../../src/reconcile/result.ts';
import { startOfTest } from '../../support/shell/clock.ts';
import {
  aFilter,
  aFilterId,
  anEniId,
  anInstanceId,
  aSession,
  aSessionId,
  aSpec,
  aTargetId,
  createAction,
  createFilterAction,
  deleteAction,
  modifyAction,
  owner,
} from '../../support/shell/things.ts';

const run = { owner, runId: 'run-1', policyHash: '0123456789abcdef' };
const trigger = { what: 'tag-change', eventId: 'event-1' } as const;
const time = new Date(startOfTest);
const frame = { audit: 1, time: '2026-11-23T02:40:00.000Z', ...run, trigger: 'tag-change', eventId: 'event-1' };

const record = (action: Result['action'], more: Partial<Result> = {}) =>
  toRecord({ action, outcome: 'done', reason: action.reason, ...more }, trigger, run, time);

const subject = { instanceId: anInstanceId(1), eniId: anEniId(1), slot: 0, rule: 'opt-in' };

describe('the record of', () => {
  it('a created session', () => {
    const spec = aSpec({ packetLength: 96, vni: 7 });
    expect(record(createAction(1, { spec }), { sessionId: aSessionId(1), requestId: 'r-1' })).toEqual({
      ...frame,
      ...subject,
      action: 'session.create',
      outcome: 'done',
      reason: 'session-missing',
      detail: 'the rule wants it',
      sessionId: aSessionId(1),
      targetId: aTargetId(1),
      filterId: aFilterId(1),
      after: { target: aTargetId(1), filter: aFilterId(1), sessionNumber: 1, packetLength: 96, vni: 7 },
      requestId: 'r-1',
    });
  });

  it('a session that was not created, and whose filter does not exist yet', () => {
    const failed = record(createAction(1, { spec: aSpec({ filter: { hash: 'abc' } }) }), {
      outcome: 'failed',
      reason: { code: 'quota', detail: 'too many' },
      errorCode: 'TrafficMirrorSessionLimitExceeded',
    });
    expect(failed).toEqual({
      ...frame,
      ...subject,
      action: 'session.create',
      outcome: 'failed',
      reason: 'quota',
      detail: 'too many',
      targetId: aTargetId(1),
      after: { target: aTargetId(1), filter: 'new:abc', sessionNumber: 1 },
      errorCode: 'TrafficMirrorSessionLimitExceeded',
    });
  });

  it('a modified session, with the fields that changed and no others', () => {
    const changes = [
      { field: 'sessionNumber', before: '7', after: '1' },
      { field: 'packetLength', before: '96' },
      { field: 'tags', after: 'Name=web-1' },
    ] as const;
    expect(record(modifyAction(1, { changes }))).toEqual({
      ...frame,
      ...subject,
      action: 'session.modify',
      outcome: 'done',
      reason: 'drift',
      detail: 'somebody changed it',
      sessionId: aSessionId(1),
      targetId: aTargetId(1),
      filterId: aFilterId(1),
      before: { sessionNumber: '7', packetLength: '96' },
      after: { sessionNumber: '1', tags: 'Name=web-1' },
    });
  });

  it('a deleted session, with all that it was', () => {
    const session = aSession(1, { packetLength: 96 });
    expect(record(deleteAction(1, { session }), { sessionId: session.id })).toEqual({
      ...frame,
      ...subject,
      action: 'session.delete',
      outcome: 'done',
      reason: 'instance-terminated',
      detail: 'it is terminated',
      sessionId: aSessionId(1),
      targetId: aTargetId(1),
      filterId: aFilterId(1),
      before: { target: aTargetId(1), filter: aFilterId(1), sessionNumber: 1, packetLength: 96, vni: 1001 },
    });
  });

  it('a session of ours that lost its labels, without inventing them', () => {
    const bare = record(deleteAction(1, { session: aSession(1, { tags: { [slotTag]: 'first' } }) }));
    expect(bare).not.toHaveProperty('instanceId');
    expect(bare).not.toHaveProperty('slot');
    expect(bare).not.toHaveProperty('rule');
  });

  it('a kept session', () => {
    const keep = { ...deleteAction(1), kind: 'session.keep', reason: { code: 'session-current', detail: 'as wanted' } } as const;
    expect(record(keep)).toEqual({
      ...frame,
      ...subject,
      action: 'session.keep',
      outcome: 'done',
      reason: 'session-current',
      detail: 'as wanted',
      sessionId: aSessionId(1),
      targetId: aTargetId(1),
      filterId: aFilterId(1),
    });
  });

  it('a created filter, finished or not', () => {
    const made = {
      ...frame,
      action: 'filter.create',
      outcome: 'done',
      reason: 'filter-missing',
      detail: 'no such filter',
      filterId: aFilterId(5),
      after: { name: 'all-traffic', hash: 'abc', rules: 2 },
    };
    expect(record(createFilterAction('abc'), { filterId: aFilterId(5) })).toEqual(made);
    expect(record(createFilterAction('abc'), { filterId: aFilterId(5), outcome: 'failed' })).toEqual({
      ...made,
      outcome: 'failed',
    });
  });

  it('a deleted filter', () => {
    const action = { kind: 'filter.delete', filter: aFilter(5), reason: { code: 'filter-unused', detail: 'nobody' } } as const;
    expect(record(action)).toEqual({
      ...frame,
      action: 'filter.delete',
      outcome: 'done',
      reason: 'filter-unused',
      detail: 'nobody',
      filterId: aFilterId(5),
      before: { rules: 2 },
    });
  });

  it.each(['instance.skip', 'instance.refuse'] as const)('an %s, of an instance or of one slot of it', (kind) => {
    const reason = { code: 'pool-full', detail: 'no room' } as const;
    const common = {
      ...frame,
      action: kind,
      outcome: 'blocked',
      reason: 'pool-full',
      detail: 'no room',
      instanceId: anInstanceId(1),
    };
    expect(record({ kind, instanceId: anInstanceId(1), reason }, { outcome: 'blocked' })).toEqual(common);
    const slot = { kind, instanceId: anInstanceId(1), eniId: anEniId(1), slot: 2, rule: 'dmz', reason };
    expect(record(slot, { outcome: 'blocked' })).toEqual({ ...common, eniId: anEniId(1), slot: 2, rule: 'dmz' });
  });

  it('an instance that a finding tags, with the tags', () => {
    const reason = { code: 'finding-received', detail: 'found' } as const;
    const common = { ...frame, action: 'instance.tag', reason: 'finding-received', detail: 'found', instanceId: anInstanceId(1) };
    const tagged = { kind: 'instance.tag', instanceId: anInstanceId(1), tags: { mirror: 'true' }, reason } as const;
    expect(record(tagged)).toEqual({ ...common, outcome: 'done', after: { mirror: 'true' } });
  });

  it('an instance that a finding leaves as it is, which the bus is not told of unless it was refused', () => {
    const left = { kind: 'instance.tag', instanceId: anInstanceId(1), reason: { code: 'finding-current', detail: '' } } as const;
    expect(record(left)).not.toHaveProperty('after');
    expect(detailTypeOf(record(left))).toBeUndefined();
    expect(detailTypeOf(record(left, { outcome: 'blocked' }))).toBe('Mirror Source Refused');
  });

  it('a gate, with what it held back', () => {
    const reason = { code: 'max-deletes', detail: 'too many' } as const;
    const blocked = [deleteAction(1), deleteAction(2), createAction(1), modifyAction(3)];
    expect(record({ kind: 'gate.block', gate: 'maxDeletesPerSweep', reason, blocked }, { outcome: 'blocked' })).toEqual({
      ...frame,
      action: 'gate.block',
      outcome: 'blocked',
      reason: 'max-deletes',
      detail: 'too many',
      after: { gate: 'maxDeletesPerSweep', deletions: 2, modifications: 1, creations: 1 },
    });
  });

  it('a dropped message, and a sweep that ended well or not', () => {
    expect(toDropRecord({ code: 'event-malformed', detail: 'no JSON' }, { what: 'unknown' }, run, time)).toEqual({
      audit: 1,
      time: frame.time,
      ...run,
      trigger: 'unknown',
      action: 'event.drop',
      outcome: 'done',
      reason: 'event-malformed',
      detail: 'no JSON',
    });
    const sweep = (code: 'sweep-done' | 'read-failed') =>
      toSweepRecord({ code, detail: 'd' }, { instances: 3 }, trigger, run, time);
    expect(sweep('sweep-done')).toEqual({
      ...frame,
      action: 'sweep.complete',
      outcome: 'done',
      reason: 'sweep-done',
      detail: 'd',
      after: { instances: 3 },
    });
    expect(sweep('read-failed')).toMatchObject({ outcome: 'failed', reason: 'read-failed' });
  });
});

/** A result of every kind of action, as one that ended well. */
const actions: readonly Result['action'][] = [
  createAction(1),
  modifyAction(1),
  deleteAction(1),
  { ...deleteAction(1), kind: 'session.keep' },
  createFilterAction('abc'),
  { kind: 'filter.delete', filter: aFilter(5), reason: { code: 'filter-unused', detail: '' } },
  { kind: 'instance.skip', instanceId: anInstanceId(1), reason: { code: 'opted-out', detail: '' } },
  { kind: 'instance.refuse', instanceId: anInstanceId(1), reason: { code: 'pool-full', detail: '' } },
  {
    kind: 'instance.tag',
    instanceId: anInstanceId(1),
    tags: { mirror: 'true' },
    reason: { code: 'finding-received', detail: '' },
  },
  { kind: 'gate.block', gate: 'maxSessions', blocked: [], reason: { code: 'max-sessions', detail: '' } },
];
const outcomes = ['done', 'failed', 'blocked', 'dry-run'] as const;

describe('every record', () => {
  it.each(actions.flatMap((action) => outcomes.map((outcome) => [action, outcome] as const)))(
    'is flat: $0.kind $1',
    (action, outcome) => {
      const { before = {}, after = {}, ...rest } = record(action, { outcome });
      const values = [...Object.values(rest), ...Object.values(before), ...Object.values(after)];
      for (const value of values) expect(['string', 'number']).toContain(typeof value);
      expect(rest).toMatchObject({ audit: 1, action: action.kind, outcome, policyHash: run.policyHash });
    },
  );

  it.each([
    ['session.create', 'Mirror Session Created'],
    ['session.modify', 'Mirror Session Modified'],
    ['session.delete', 'Mirror Session Deleted'],
    ['filter.create', 'Mirror Filter Changed'],
    ['filter.delete', 'Mirror Filter Changed'],
    ['instance.tag', 'Mirror Source Tagged'],
    ['session.keep', undefined],
    ['instance.skip', undefined],
  ])('of a %s that is done goes on the bus as %s', (kind, detailType) => {
    const [action] = actions.filter((one) => one.kind === kind);
    expect(action && detailTypeOf(record(action))).toBe(detailType);
  });

  it('of what failed, was refused or was held back goes on the bus, of a dry run never', () => {
    for (const action of actions) {
      const isGate = action.kind === 'gate.block';
      const type = (outcome: Result['outcome']) => detailTypeOf(record(action, { outcome }));
      expect(type('failed')).toBe(isGate ? 'Mirror Change Blocked' : 'Mirror Change Failed');
      expect(type('blocked')).toBe(isGate ? 'Mirror Change Blocked' : 'Mirror Source Refused');
      if (!isGate) expect(type('dry-run')).toBeUndefined();
    }
  });

  it('of a dropped message stays in the log, and of a sweep goes on the bus', () => {
    expect(detailTypeOf(toDropRecord({ code: 'event-unknown', detail: '' }, trigger, run, time))).toBeUndefined();
    expect(detailTypeOf(toSweepRecord({ code: 'sweep-done', detail: '' }, {}, trigger, run, time))).toBe(
      'Mirror Sweep Completed',
    );
  });

  it('of a sweep that could not read EC2 is one of a failure', () => {
    expect(detailTypeOf(toSweepRecord({ code: 'read-failed', detail: '' }, {}, trigger, run, time))).toBe('Mirror Change Failed');
  });

  it('of a modified session tells the instance and rule it serves from now on', () => {
    const moved = modifyAction(1, {
      session: aSession(1, { tags: { [instanceTag]: 'i-before', [ruleTag]: 'before' } }),
      rule: 'after',
    });
    expect(record(moved, { outcome: 'done' })).toMatchObject({ instanceId: moved.instanceId, rule: 'after' });
  });

  it('that goes on the bus has a detail-type of the closed list', () => {
    for (const action of actions) {
      for (const outcome of outcomes) {
        const type = detailTypeOf(record(action, { outcome }));
        if (type !== undefined) expect(auditDetailTypes).toContain(type);
      }
    }
  });
});

const forged = 'x"}\n{"audit":1,"action":"session.delete"}\r\n\u0000\u001b[2J\u007f\u009b31m\u2028\u2029\u0085';

/** A record in which everybody who can has written `text` wherever he can. */
function hostile(text: string) {
  const tags = { [instanceTag]: text, [ruleTag]: text, [slotTag]: '0', Name: text };
  return toRecord(
    {
      action: modifyAction(1, {
        session: aSession(1, { tags, description: text }),
        rule: text,
        changes: (['target', 'filter', 'sessionNumber', 'packetLength', 'vni', 'tags'] as const).map((field) => ({
          field,
          before: text,
          after: text,
        })),
      }),
      outcome: 'failed',
      reason: { code: 'api-error', detail: text },
      errorCode: text,
      requestId: text,
    },
    { what: 'api-call', eventId: text.slice(0, 128), principal: text.slice(0, 512) },
    run,
    time,
  );
}

describe('what others write into a record', () => {
  it('stays on one line, inside its field, and free of what a terminal obeys', () => {
    const lines: string[] = [];
    const log = createJsonLog(
      (line) => lines.push(line),
      () => time,
      'info',
    );
    log('error', { ...hostile(forged) });

    expect(lines).toHaveLength(1);
    const [line = ''] = lines;
    expect(line.endsWith('}\n')).toBe(true);
    expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(line)).toMatchObject({ action: 'session.modify', rule: forged, detail: forged });
  });

  it('is cut to 512 characters, whatever the field', () => {
    const { before = {}, after = {}, ...rest } = hostile('y'.repeat(100_000));
    const texts = [...Object.values(rest), ...Object.values(before), ...Object.values(after)].filter(
      (value) => typeof value === 'string',
    );
    expect(Math.max(...texts.map((text) => text.length))).toBe(512);
    expect(rest.detail).toBe(`${'y'.repeat(511)}…`);
  });

  it('is never cut in the middle of a character', () => {
    expect(hostile('😀'.repeat(400)).detail).toBe(`${'😀'.repeat(255)}…`);
    expect(hostile(`y${'😀'.repeat(400)}`).detail).toBe(`y${'😀'.repeat(255)}…`);
  });

  it.each(['y', '→', '\u0000', '"', '😀'])('keeps an event below 256 KB, were it all %j', (character) => {
    const detail = JSON.stringify(hostile(character.repeat(100_000)));
    expect(Buffer.byteLength(detail)).toBeLessThan(256 * 1024);
  });
});

describe('the JSON log', () => {
  it('writes lines of its level and above, and audit records, what goes before them and metrics always', () => {
    const lines: string[] = [];
    const log = createJsonLog(
      (line) => lines.push(line),
      () => time,
      'warn',
    );
    log('debug', { message: 'a' });
    log('info', { message: 'b' });
    log('warn', { message: 'c' });
    log('info', { audit: 1, message: 'd' });
    log('info', { _aws: {}, message: 'e' });
    log('info', { intent: 1, message: 'f' });
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      { timestamp: frame.time, level: 'WARN', message: 'c' },
      { timestamp: frame.time, level: 'INFO', audit: 1, message: 'd' },
      { timestamp: frame.time, level: 'INFO', _aws: {}, message: 'e' },
      { timestamp: frame.time, level: 'INFO', intent: 1, message: 'f' },
    ]);
  });
});
