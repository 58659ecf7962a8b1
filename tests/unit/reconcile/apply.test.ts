import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/plan/action.ts';
import { type Applied, type ApplyContext, apply } from '../../../src/reconcile/apply.ts';
import type { Result } from '../../../src/reconcile/result.ts';
import { ManualClock, settled } from '../../support/shell/clock.ts';
import { ec2Error, FakeEc2 } from '../../support/shell/fake-ec2.ts';
import {
  aFilter,
  anEniId,
  aSession,
  aSessionId,
  aSpec,
  aTarget,
  aTargetId,
  createAction,
  createFilterAction,
  deleteAction,
  modifyAction,
  owner,
} from '../../support/shell/things.ts';

const hash = 'aaaaaaaaaaaaaaaa';

class ApplyRun {
  readonly ec2 = new FakeEc2();
  readonly clock = new ManualClock();
  readonly results: Result[] = [];

  run(actions: readonly Action[], more: Partial<ApplyContext> = {}): Promise<Applied> {
    return apply(actions, {
      inventory: this.ec2,
      mirroring: this.ec2,
      clock: this.clock,
      owner,
      until: this.clock.now() + 10_000,
      tokenSalt: 'salt',
      isDryRun: false,
      onResult: (result) => this.results.push(result),
      ...more,
    });
  }

  /** Each result in short: what, where, how, why. */
  get story(): readonly string[] {
    return this.results.map(({ action, outcome, reason }) => {
      const where = 'eniId' in action ? ` ${Number.parseInt(String(action.eniId).slice(4), 16)}` : '';
      return `${action.kind}${where} ${outcome} ${reason.code}`;
    });
  }
}

describe('apply', () => {
  it('does one phase after the other: a place is free before it is taken', async () => {
    const t = new ApplyRun();
    t.ec2.addSession(aSession(1));
    t.ec2.addSession(aSession(2));
    t.ec2.filtersById.set(aFilter(9).id, aFilter(9));
    const filterDelete: Action = { kind: 'filter.delete', filter: aFilter(9), reason: { code: 'filter-unused', detail: '' } };
    const create = createAction(3, { spec: aSpec({ filter: { hash } }) });
    const applied = await t.run([createFilterAction(hash), deleteAction(1), modifyAction(2), create, filterDelete]);

    expect(t.ec2.calls).toEqual([
      'createFilter',
      'createFilterRule',
      'createFilterRule',
      'addNetworkServices',
      'deleteSession',
      'modifySession',
      'createSession',
      'deleteFilter',
    ]);
    expect(applied).toMatchObject({ unfinished: [], done: 5 });
  });

  it('works on at most eight interfaces at a time, and on one interface one change after another', async () => {
    const t = new ApplyRun();
    const underWay = new Map<string, number>();
    let most = 0;
    t.ec2.onCall = async (_call, [session]) => {
      const eni = JSON.stringify(session).match(/eni-\w+/)?.[0] ?? '';
      underWay.set(eni, (underWay.get(eni) ?? 0) + 1);
      expect(underWay.get(eni)).toBe(1);
      most = Math.max(most, underWay.size);
      await settled();
      underWay.delete(eni);
    };
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    await t.run(numbers.flatMap((n) => [createAction(n), createAction(n, { slot: 1, spec: aSpec({ sessionNumber: 2 }) })]));

    expect(most).toBe(8);
    expect(t.results).toHaveLength(40);
  });

  it('tells one result of every action, changes or not', async () => {
    const t = new ApplyRun();
    t.ec2.addSession(aSession(1));
    await t.run([
      deleteAction(1),
      { ...deleteAction(2), kind: 'session.keep', reason: { code: 'session-current', detail: '' } },
      { kind: 'instance.skip', instanceId: 'i-00000003', reason: { code: 'opted-out', detail: '' } },
      { kind: 'instance.refuse', instanceId: 'i-00000004', reason: { code: 'pool-empty', detail: '' } },
      { kind: 'gate.block', gate: 'maxDeletesPerSweep', reason: { code: 'max-deletes', detail: '' }, blocked: [] },
    ]);
    expect([...t.story].sort()).toEqual([
      'gate.block blocked max-deletes',
      'instance.refuse blocked pool-empty',
      'instance.skip done opted-out',
      'session.delete 1 done instance-terminated',
      'session.keep 2 done session-current',
    ]);
  });

  it('touches nothing in a dry run, and says what it would do', async () => {
    const t = new ApplyRun();
    const actions = [
      createFilterAction(hash),
      deleteAction(1),
      modifyAction(2),
      createAction(3, { spec: aSpec({ filter: { hash } }) }),
    ];
    const applied = await t.run(actions, { isDryRun: true });

    expect(t.ec2.calls).toEqual([]);
    expect(t.results.map(({ outcome }) => outcome)).toEqual(['dry-run', 'dry-run', 'dry-run', 'dry-run']);
    expect(applied.done).toBe(0);
  });
});

describe('a failure', () => {
  it('stops the later changes of its own interface and of no other', async () => {
    const t = new ApplyRun();
    t.ec2.addSession(aSession(1));
    t.ec2.fail('deleteSession', ec2Error('invalid', 'InvalidParameterValue'), { about: aSessionId(1) });
    await t.run([deleteAction(1), createAction(1), createAction(2)]);

    expect(t.story).toEqual([
      'session.delete 1 failed api-error',
      'session.create 1 failed skipped',
      'session.create 2 done session-missing',
    ]);
  });

  it.each([
    ['gone', 'InvalidTrafficMirrorTargetId.NotFound', 'failed', 'not-found'],
    ['in-use', 'InterfaceInUseByTrafficMirrorTarget', 'failed', 'conflict'],
    ['unsupported', 'NetworkInterfaceNotSupported', 'blocked', 'instance-type-unsupported'],
    ['quota', 'TrafficMirrorSessionLimitExceeded', 'failed', 'quota'],
    ['denied', 'UnauthorizedOperation', 'failed', 'denied'],
    ['throttled', 'RequestLimitExceeded', 'failed', 'throttled'],
    ['invalid', 'InvalidParameterValue', 'failed', 'api-error'],
    ['unsettled', 'InternalError', 'failed', 'api-error'],
  ] as const)('of class %s (%s) ends a creation as %s, %s', async (errorClass, code, outcome, reason) => {
    const t = new ApplyRun();
    t.ec2.fail('createSession', ec2Error(errorClass, code, 'EC2 says so'));
    const applied = await t.run([createAction(1)]);

    expect(t.results).toEqual([
      {
        action: createAction(1),
        outcome,
        reason: { code: reason, detail: 'EC2 says so' },
        errorCode: code,
        requestId: 'request-of-the-error',
      },
    ]);
    expect(applied).toMatchObject({ unfinished: [], done: 0 });
  });

  it('to move or delete a session leaves what it uses alone: EC2 would refuse to delete it', async () => {
    const t = new ApplyRun();
    const reason = { code: 'target-unused', detail: '' } as const;
    const used = (n: number) => aSession(n, { targetId: aTargetId(n), filterId: aFilter(n).id });
    const changes = [1, 2, 3].flatMap((n): Action[] => [
      { kind: 'filter.delete', filter: aFilter(n), reason },
      { kind: 'target.delete', target: aTarget(n), reason },
    ]);
    for (const n of [1, 2, 3]) {
      t.ec2.addSession(used(n));
      t.ec2.filtersById.set(aFilter(n).id, aFilter(n));
    }
    t.ec2.fail('modifySession', ec2Error('in-use', 'IncorrectState'), { about: aSessionId(1) });
    t.ec2.fail('deleteSession', ec2Error('denied', 'UnauthorizedOperation'), { about: aSessionId(2) });
    await t.run([
      deleteAction(2, { session: used(2) }),
      modifyAction(1, { session: used(1) }),
      modifyAction(3, { session: used(3) }),
      ...changes,
    ]);

    expect(t.ec2.calls.filter((call) => /^delete(Filter|Target)$/.test(call))).toEqual(['deleteFilter', 'deleteTarget']);
    expect(t.results.filter(({ reason: { code } }) => code === 'skipped')).toMatchObject([
      {
        action: { filter: { id: aFilter(1).id } },
        reason: { detail: `${aSessionId(1)} uses it still, for an earlier change was not made` },
      },
      { action: { filter: { id: aFilter(2).id } } },
      { action: { target: { id: aTargetId(1) } } },
      { action: { target: { id: aTargetId(2) } } },
    ]);
  });

  it('that IAM denies stops no change of another kind', async () => {
    const t = new ApplyRun();
    t.ec2.addSession(aSession(11));
    t.ec2.fail('modifySession', ec2Error('denied', 'UnauthorizedOperation'));
    await t.run([modifyAction(11), createAction(13)]);

    expect(t.story).toContain('session.modify 11 failed denied');
    expect(t.story).toContain('session.create 13 done session-missing');
  });

  it('that IAM denies time and again is not asked for any more', async () => {
    const t = new ApplyRun();
    t.ec2.fail('createSession', ec2Error('denied', 'UnauthorizedOperation'));
    const actions = Array.from({ length: 100 }, (_, n) => createAction(n));
    await t.run(actions);

    expect(t.ec2.calls.length).toBeLessThan(28);
    expect(t.results.map(({ reason }) => reason.code)).toEqual(actions.map(() => 'denied'));
  });

  it('never comes from a new filter: the result tells the id that it was given', async () => {
    const t = new ApplyRun();
    t.ec2.addSession(aSession(2));
    const changes = [{ field: 'filter', before: aFilter(9).id, after: `new:${hash}` }] as const;
    const modify = modifyAction(2, { spec: aSpec({ filter: { hash } }), changes });
    await t.run([createFilterAction(hash), modify, createAction(1, { spec: aSpec({ filter: { hash } }) })]);

    const [made] = [...t.ec2.filtersById.keys()];
    const [, modified, created] = t.results;
    expect(modified?.action).toMatchObject({
      kind: 'session.modify',
      spec: { filter: { id: made } },
      changes: [{ after: made }],
    });
    expect(created?.action).toMatchObject({ kind: 'session.create', spec: { filter: { id: made } } });
  });

  it('to make a filter skips the sessions that need it, and no others', async () => {
    const t = new ApplyRun();
    t.ec2.fail('createFilter', ec2Error('quota', 'TrafficMirrorFilterLimitExceeded'));
    await t.run([createFilterAction(hash), createAction(1, { spec: aSpec({ filter: { hash } }) }), createAction(2)]);

    expect(t.story).toEqual([
      'filter.create failed quota',
      'session.create 1 failed skipped',
      'session.create 2 done session-missing',
    ]);
  });

  it('to give a filter its rules is told with the id of the filter that was made, and the filter is not used', async () => {
    const t = new ApplyRun();
    t.ec2.fail('createFilterRule', ec2Error('quota', 'TrafficMirrorFilterRuleLimitExceeded'));
    await t.run([createFilterAction(hash), createAction(1, { spec: aSpec({ filter: { hash } }) })]);

    const [made] = t.ec2.filtersById.keys();
    expect(t.results[0]).toMatchObject({ outcome: 'failed', filterId: made, errorCode: 'TrafficMirrorFilterRuleLimitExceeded' });
    expect(t.story).toEqual(['filter.create failed quota', 'session.create 1 failed skipped']);
  });

  it('of the tags of a changed session is told, and says that the session was changed', async () => {
    const t = new ApplyRun();
    t.ec2.addSession(aSession(1, { sessionNumber: 7 }));
    t.ec2.fail('tagSession', ec2Error('throttled', 'RequestLimitExceeded', 'slow down'));
    const changes = [{ field: 'sessionNumber', before: '7', after: '1' } as const, { field: 'tags', after: 'x' } as const];
    await t.run([modifyAction(1, { changes })]);

    expect(t.ec2.sessionsById.get(aSessionId(1))?.sessionNumber).toBe(1);
    expect(t.results[0]).toMatchObject({
      outcome: 'failed',
      sessionId: aSessionId(1),
      reason: { code: 'throttled', detail: expect.stringMatching(/session was changed.*slow down/) as string },
    });
  });
});

describe('time that is up', () => {
  it('before the first change leaves everything unfinished and untouched', async () => {
    const t = new ApplyRun();
    const actions = [createFilterAction(hash), deleteAction(1), createAction(2)];
    const applied = await t.run(actions, { until: t.clock.now() });

    expect(applied).toMatchObject({ unfinished: actions, done: 0 });
    expect(t.ec2.calls).toEqual([]);
    expect(t.results).toEqual([]);
  });

  it('half way finishes what is begun and leaves the rest', async () => {
    const t = new ApplyRun();
    let calls = 0;
    t.ec2.onCall = () => {
      calls += 1;
      if (calls === 8) t.clock.set(t.clock.now() + 60_000);
    };
    const actions = Array.from({ length: 30 }, (_, n) => createAction(n));
    const applied = await t.run(actions);

    expect(applied).toMatchObject({ done: 8 });
    expect(applied.unfinished).toHaveLength(22);
    expect(t.results).toHaveLength(8);
  });

  it('before a call is sent leaves the change, and what follows on its interface, unfinished without a failure', async () => {
    const t = new ApplyRun();
    t.ec2.addSession(aSession(1));
    t.ec2.fail('deleteSession', ec2Error('deadline', 'Deadline'));
    const actions = [deleteAction(1), createAction(1), createAction(2)];
    const applied = await t.run(actions);

    expect(applied.unfinished).toEqual([actions[0], actions[1]]);
    expect(t.story).toEqual(['session.create 2 done session-missing']);
  });

  it('before a filter is made leaves the sessions that need it unfinished, not failed', async () => {
    const t = new ApplyRun();
    t.ec2.fail('createFilter', ec2Error('deadline', 'Deadline'));
    const actions = [createFilterAction(hash), createAction(1, { spec: aSpec({ filter: { hash } }) })];
    const applied = await t.run(actions);

    expect(applied.unfinished).toEqual(actions);
    expect(t.results).toEqual([]);
  });

  it('between a filter and its rules is audited, for the filter is there, and unfinished too', async () => {
    const t = new ApplyRun();
    t.ec2.fail('createFilterRule', ec2Error('deadline', 'Deadline'));
    const actions = [createFilterAction(hash), createAction(1, { spec: aSpec({ filter: { hash } }) })];
    const applied = await t.run(actions);

    const [made] = t.ec2.filtersById.keys();
    expect(t.results).toMatchObject([{ outcome: 'failed', filterId: made, reason: { code: 'deadline' } }]);
    expect(applied.unfinished).toEqual(actions);
  });

  it('between a change of a session and its tags is audited, for the session is changed, and unfinished too', async () => {
    const t = new ApplyRun();
    t.ec2.addSession(aSession(1, { sessionNumber: 7 }));
    t.ec2.fail('tagSession', ec2Error('deadline', 'Deadline'));
    const changes = [{ field: 'sessionNumber', before: '7', after: '1' } as const, { field: 'tags', after: 'x' } as const];
    const applied = await t.run([modifyAction(1, { changes })]);

    expect(t.results).toMatchObject([{ outcome: 'failed', sessionId: aSessionId(1), reason: { code: 'deadline' } }]);
    expect(applied.unfinished).toHaveLength(1);
  });

  it('before the tags of a session that needs no other change is unfinished only: nothing was changed', async () => {
    const t = new ApplyRun();
    t.ec2.addSession(aSession(1));
    t.ec2.fail('tagSession', ec2Error('deadline', 'Deadline'));
    const applied = await t.run([modifyAction(1, { changes: [{ field: 'tags', after: 'x' }] })]);

    expect(t.results).toEqual([]);
    expect(applied.unfinished).toHaveLength(1);
  });
});

describe('a lost answer', () => {
  it.each([
    ['unsettled', 'InternalError'],
    ['invalid', 'InvalidParameterValue'],
    ['throttled', 'RequestLimitExceeded'],
  ] as const)('to a creation (%s) is settled by describing: the session is there', async (errorClass, code) => {
    const t = new ApplyRun();
    t.ec2.fail('createSession', ec2Error(errorClass, code), { after: true });
    const applied = await t.run([createAction(1)]);

    const [made] = t.ec2.sessionsById.keys();
    expect(t.results).toMatchObject([{ outcome: 'done', sessionId: made, requestId: 'request-of-the-error' }]);
    expect(t.ec2.calls).toEqual(['createSession', 'sessionsOf']);
    expect(applied.done).toBe(1);
  });

  it("to a creation is not settled by somebody else's session of the same number", async () => {
    const t = new ApplyRun();
    t.ec2.addSession(aSession(1, { tags: {} }));
    t.ec2.fail('createSession', ec2Error('invalid', 'InvalidParameterValue', 'number 1 is taken'));
    await t.run([createAction(1)]);

    expect(t.results).toMatchObject([{ outcome: 'failed', reason: { code: 'api-error', detail: 'number 1 is taken' } }]);
  });

  it('to a change is settled both ways', async () => {
    const lost = ec2Error('unsettled', 'InternalError');
    const made = new ApplyRun();
    made.ec2.addSession(aSession(1, { sessionNumber: 7 }));
    made.ec2.fail('modifySession', lost, { after: true });
    await made.run([modifyAction(1)]);
    expect(made.story).toEqual(['session.modify 1 done drift']);

    const notMade = new ApplyRun();
    notMade.ec2.addSession(aSession(1, { sessionNumber: 7 }));
    notMade.ec2.fail('modifySession', lost);
    await notMade.run([modifyAction(1)]);
    expect(notMade.story).toEqual(['session.modify 1 failed api-error']);
  });

  it('to a deletion is settled both ways', async () => {
    const lost = ec2Error('unsettled', 'InternalError');
    const made = new ApplyRun();
    made.ec2.addSession(aSession(1));
    made.ec2.fail('deleteSession', lost, { after: true });
    await made.run([deleteAction(1)]);
    expect(made.story).toEqual(['session.delete 1 done instance-terminated']);

    const notMade = new ApplyRun();
    notMade.ec2.addSession(aSession(1));
    notMade.ec2.fail('deleteSession', lost);
    await notMade.run([deleteAction(1)]);
    expect(notMade.story).toEqual(['session.delete 1 failed api-error']);
  });

  it('is settled by an answer that the interface has no sessions, which EC2 may give as an error', async () => {
    const t = new ApplyRun();
    t.ec2.addSession(aSession(1));
    t.ec2.fail('deleteSession', ec2Error('unsettled', 'InternalError'), { after: true });
    t.ec2.fail('sessionsOf', ec2Error('gone', 'InvalidTrafficMirrorSessionId.NotFound'));
    await t.run([deleteAction(1)]);
    expect(t.story).toEqual(['session.delete 1 done instance-terminated']);
  });

  it('that cannot be settled is a failure with the first error, and says that the change may have happened', async () => {
    const t = new ApplyRun();
    t.ec2.fail('createSession', ec2Error('unsettled', 'AbortError', 'Request aborted'), { after: true });
    t.ec2.fail('sessionsOf', ec2Error('deadline', 'Deadline'));
    await t.run([createAction(1)]);

    expect(t.results).toMatchObject([
      {
        outcome: 'failed',
        errorCode: 'AbortError',
        reason: { code: 'api-error', detail: expect.stringMatching(/^Request aborted.*may have happened/) as string },
      },
    ]);
  });
});

describe('what is gone already', () => {
  it('counts as deleted, with the code that said so', async () => {
    const t = new ApplyRun();
    const filterDelete: Action = { kind: 'filter.delete', filter: aFilter(9), reason: { code: 'filter-unused', detail: '' } };
    const applied = await t.run([deleteAction(1), filterDelete]);

    expect(t.results).toMatchObject([
      { outcome: 'done', errorCode: 'InvalidTrafficMirrorSessionId.NotFound', sessionId: aSessionId(1) },
      { outcome: 'done', errorCode: 'InvalidTrafficMirrorFilterId.NotFound' },
    ]);
    expect(applied.done).toBe(2);
  });
});

describe('a change of a session', () => {
  it('sends only what differs, and lifts a packet length with null', async () => {
    const t = new ApplyRun();
    t.ec2.addSession(aSession(1, { packetLength: 96, targetId: aTargetId(2) }));
    const session = aSession(1, { packetLength: 96, targetId: aTargetId(2) });
    const changes = [
      { field: 'target', before: aTargetId(2), after: aTargetId(1) } as const,
      { field: 'packetLength', before: '96' } as const,
    ];
    await t.run([modifyAction(1, { session, changes })]);

    expect(t.ec2.log).toEqual([`modifySession ["${aSessionId(1)}",{"packetLength":null,"targetId":"${aTargetId(1)}"}]`]);
    expect(t.ec2.sessionsById.get(aSessionId(1))).not.toHaveProperty('packetLength');
  });

  it('of tags alone is one call, with the tags that differ', async () => {
    const t = new ApplyRun();
    t.ec2.addSession(aSession(1));
    const tags = { ...aSpec().tags, Name: 'web-1' };
    await t.run([
      modifyAction(1, { session: aSession(1), spec: aSpec({ tags }), changes: [{ field: 'tags', after: 'Name=web-1' }] }),
    ]);

    expect(t.ec2.log).toEqual([`tagSession ["${aSessionId(1)}",{"Name":"web-1"}]`]);
    expect(t.results).toMatchObject([{ outcome: 'done', requestId: 'request-1' }]);
  });
});

describe('a bug in one change', () => {
  it('fails that change, is handed on, and costs no other its result', async () => {
    const t = new ApplyRun();
    const bug = new TypeError('x is not a function');
    t.ec2.fail('createSession', bug, { about: anEniId(1) });
    t.ec2.onCall = async (_call, args) => {
      // The others are still under way when the bug strikes.
      if (!JSON.stringify(args).includes(anEniId(1))) await settled();
    };
    const applied = await t.run([createAction(1), createAction(2), createAction(3)]);

    expect(applied.defects).toEqual([bug]);
    expect([...t.story].sort()).toEqual([
      'session.create 1 failed api-error',
      'session.create 2 done session-missing',
      'session.create 3 done session-missing',
    ]);
    expect(t.results[0]).toMatchObject({ errorCode: 'TypeError' });
  });
});

describe('what is about to be done', () => {
  /** Intents and calls of EC2, in the order in which they came. */
  const watched = () => {
    const t = new ApplyRun();
    const came: string[] = [];
    t.ec2.onCall = (call) => void came.push(call);
    const onIntent: ApplyContext['onIntent'] = (changes) =>
      came.push(
        changes
          .map(({ kind }) => kind)
          .join(' ')
          .replace(/(session\.\w+)( \1)+/, (all, kind) => `${all.split(' ').length} ${kind}`),
      );
    return { t, came, onIntent };
  };

  it('is told before its phase is begun, as soon as that may be', async () => {
    const { t, came, onIntent } = watched();
    t.ec2.addSession(aSession(1));
    await t.run([createFilterAction(hash), deleteAction(1), createAction(3)], { onIntent });
    expect(came).toEqual([
      'filter.create',
      'createFilter',
      'createFilterRule',
      'createFilterRule',
      'addNetworkServices',
      'session.delete',
      'deleteSession',
      'session.create',
      'createSession',
    ]);
  });

  it('is told of fifty interfaces at once, and never after it was begun', async () => {
    const { t, came, onIntent } = watched();
    await t.run(
      Array.from({ length: 120 }, (_, n) => createAction(n + 1)),
      { onIntent },
    );
    const told = came.flatMap((text, index) => (text.endsWith('session.create') ? [[text, index]] : []));
    expect(told).toEqual([
      ['50 session.create', 0],
      ['50 session.create', 51],
      ['20 session.create', 102],
    ]);
  });

  it('is told of nothing in a dry run, nor when the time is up', async () => {
    const { t, came, onIntent } = watched();
    await t.run([createAction(1)], { onIntent, isDryRun: true });
    await t.run([createAction(1)], { onIntent, until: t.clock.now() });
    expect(came).toEqual([]);
  });
});
