import { describe, expect, it } from 'vitest';
import { ec2Error } from '../../support/shell/fake-ec2.ts';
import { commandEvent, ServiceRun, scheduleEvent, stateEvent } from '../../support/shell/service-run.ts';
import {
  aFilter,
  aFilterId,
  anEniId,
  anInstance,
  anInstanceId,
  anInterface,
  aPolicy,
  aSession,
  owner,
} from '../../support/shell/things.ts';

function aService(instances: readonly number[] = [], policy = aPolicy()): ServiceRun {
  const service = new ServiceRun(policy);
  for (const n of instances) service.ec2.addInstance(anInstance(n));
  return service;
}

/** Moves time past any deadline once that many sessions were made. */
function runOutOfTimeAfter(service: ServiceRun, creations: number): void {
  let made = 0;
  service.ec2.onCall = (call) => {
    if (call !== 'createSession') return;
    made += 1;
    if (made === creations) service.clock.set(service.clock.now() + 60_000);
  };
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

describe('a batch', () => {
  it('mirrors a tagged instance and audits each change once, in the log and on the bus', async () => {
    const service = aService([1]);
    await expect(service.serve([stateEvent(anInstanceId(1))])).resolves.toBe('served');

    expect(service.story).toEqual(['filter.create done filter-missing', 'session.create done session-missing']);
    expect(service.events.map(({ detailType }) => detailType)).toEqual(['Mirror Filter Changed', 'Mirror Session Created']);
    const { level: _level, ...logged } = service.records[1] ?? { level: 'info' };
    expect(service.events[1]?.detail).toEqual(logged);
    expect(logged).toMatchObject({ trigger: 'instance-state', eventId: `state-${anInstanceId(1)}`, runId: 'run-1', owner });
  });

  it('tells what it is about to do before EC2 is asked to do it, so that a process which dies over it leaves a trace', async () => {
    const service = aService([1]);
    const toldBy = new Map<string, readonly unknown[]>();
    service.ec2.onCall = (call) => {
      const intents = service.lines.filter(({ intent }) => intent === 1);
      if (!toldBy.has(call))
        toldBy.set(
          call,
          intents.flatMap(({ changes }) => changes),
        );
    };
    await service.serve([stateEvent(anInstanceId(1))]);

    expect(toldBy.get('createFilter')).toEqual([{ action: 'filter.create', name: expect.stringMatching(/^[0-9a-f]{16}$/) }]);
    expect(toldBy.get('createSession')).toContainEqual({ action: 'session.create', eniId: anEniId(1), slot: 0 });
    expect(service.lines.find(({ intent }) => intent === 1)).toMatchObject({ level: 'info', runId: 'run-1', owner });
    expect(service.events.some(({ detail }) => 'intent' in detail)).toBe(false);
  });

  it('of a poison message, an instance and a sweep serves all three in one pass, and tells each by its own trigger', async () => {
    const service = aService([1, 2]);
    await service.serve(['poison', stateEvent(anInstanceId(1)), scheduleEvent()]);

    expect(service.ec2.calls.filter((call) => call === 'instances')).toHaveLength(1);
    expect(service.records.map(({ action, trigger, instanceId }) => [action, trigger, instanceId])).toEqual([
      ['event.drop', 'unknown', undefined],
      ['filter.create', 'schedule', undefined],
      ['session.create', 'instance-state', anInstanceId(1)],
      ['session.create', 'schedule', anInstanceId(2)],
      ['sweep.complete', 'schedule', undefined],
    ]);
    expect(service.records.at(-1)).toMatchObject({
      outcome: 'done',
      reason: 'sweep-done',
      after: { instances: 2, sessions: 0, ownSessions: 0, created: 2, filtersCreated: 1 },
    });
  });

  it('names the request of a person in the record of a sweep that the schedule asked for too', async () => {
    const service = aService([1]);
    await service.serve([scheduleEvent(), commandEvent('Sweep Requested', { owner })]);
    expect(service.records.at(-1)).toMatchObject({ action: 'sweep.complete', trigger: 'sweep-requested' });
  });

  it('of nothing but poison touches nothing, is served, and says what it dropped', async () => {
    const service = aService([1]);
    await expect(service.serve(['', '{}', 'null', '[]', commandEvent('Sweep Requested', { owner: 'other' })])).resolves.toBe(
      'served',
    );
    expect(service.ec2.calls).toEqual([]);
    expect(service.story).toEqual([
      ...Array.from({ length: 4 }, () => 'event.drop done event-malformed'),
      'event.drop done event-unknown',
    ]);
    expect(service.events).toEqual([]);
  });

  it('of duplicates does the work once', async () => {
    const service = aService([1]);
    await service.serve([
      stateEvent(anInstanceId(1)),
      stateEvent(anInstanceId(1)),
      stateEvent(anInstanceId(1), 'pending', 'other'),
    ]);
    expect(service.ec2.calls.filter((call) => call === 'createSession')).toHaveLength(1);

    await service.serveAnew([stateEvent(anInstanceId(1))]);
    expect(service.story).toEqual(['session.keep done session-current']);
  });

  it('tells everything about an instance that an event names, and of a sweep only what changed', async () => {
    const service = aService([1]);
    service.ec2.addInstance(anInstance(2, { tags: {} }));
    await service.serve([scheduleEvent()]);
    await service.serveAnew([scheduleEvent()]);
    expect(service.story).toEqual(['sweep.complete done sweep-done']);
    await service.serveAnew([scheduleEvent(), stateEvent(anInstanceId(1)), stateEvent(anInstanceId(2))]);
    expect(service.story).toEqual([
      'instance.skip done no-rule-matched',
      'session.keep done session-current',
      'sweep.complete done sweep-done',
    ]);
  });

  it('has no session of ours left once the instance is terminated, though its interface lives on', async () => {
    const service = aService([1]);
    await service.serve([stateEvent(anInstanceId(1))]);
    service.ec2.instancesById.set(anInstanceId(1), anInstance(1, { state: 'terminated', networkInterfaces: [], tags: {} }));
    service.ec2.interfacesById.set(anEniId(1), { id: anEniId(1), tags: {} });
    await service.serveAnew([stateEvent(anInstanceId(1), 'terminated')]);
    expect(service.ec2.sessionsById.size).toBe(0);
    expect(service.story).toContain('session.delete done instance-terminated');
  });
});

describe('a batch that cannot be read', () => {
  it.each([
    ['an answer of EC2', ec2Error('denied', 'UnauthorizedOperation', 'not allowed'), /^UnauthorizedOperation: not allowed/],
    ['a lost connection', ec2Error('unsettled', 'ECONNREFUSED'), /^ECONNREFUSED/],
    [
      'an error that nobody has classified',
      new TypeError('x is undefined'),
      /error of the service itself: TypeError: x is undefined/,
    ],
    ['something thrown that is no error', 'nonsense', /error of the service itself: nonsense/],
  ])('for %s comes back, says why, and has changed nothing', async (_what, error, detail) => {
    const service = aService([1]);
    service.ec2.fail('sessions', error);
    await expect(service.serve([stateEvent(anInstanceId(1)), scheduleEvent()])).resolves.toBe('retry');

    expect(service.records).toMatchObject([
      { outcome: 'failed', reason: 'read-failed', detail: expect.stringMatching(detail) as string },
    ]);
    expect(service.events).toHaveLength(1);
    expect(service.ec2.sessionsById.size).toBe(0);
  });

  it('for a bug leaves the stack in the log', async () => {
    const service = aService([1]);
    service.ec2.fail('sessions', new TypeError('x is undefined'));
    await service.serve([scheduleEvent()]);
    expect(service.lines).toContainEqual({
      level: 'error',
      message: 'an error of the service itself',
      error: expect.stringMatching(/^TypeError: x is undefined\n\s+at /) as string,
    });
  });

  it('because its time was up before it began says so', async () => {
    const service = aService([1]);
    service.ec2.fail('instances', ec2Error('deadline', 'Deadline', 'the time of this run is up'));
    await expect(service.serve([scheduleEvent()], -1)).resolves.toBe('retry');
    expect(service.records).toMatchObject([{ reason: 'read-failed', detail: 'Deadline: the time of this run is up' }]);
  });
});

describe('a bug in one change', () => {
  it('fails that instance with its stack in the log, and serves the others', async () => {
    const service = aService([1, 2, 3]);
    service.ec2.fail('createSession', new TypeError('x is undefined'), { about: anEniId(2) });
    await expect(service.serve([scheduleEvent()])).resolves.toBe('served');

    expect(service.ec2.sessionsById.size).toBe(2);
    const failed = service.records.filter(({ outcome }) => outcome === 'failed');
    expect(failed).toMatchObject([{ instanceId: anInstanceId(2), errorCode: 'TypeError' }]);
    const onBus = service.events.filter(({ detailType }) => detailType === 'Mirror Change Failed');
    expect(onBus).toHaveLength(1);
    expect(service.lines.filter(({ message }) => message === 'an error of the service itself')).toHaveLength(1);
  });
});

describe('time that is up', () => {
  it('in a sweep ends the slice after ten seconds and asks for another sweep', async () => {
    const service = aService(numbers(30));
    let made = 0;
    service.ec2.onCall = (call) => {
      if (call !== 'createSession') return;
      made += 1;
      if (made === 16) service.clock.set(service.clock.now() + 10_000);
    };
    await service.serve([scheduleEvent()]);
    expect(service.ec2.sessionsById.size).toBe(16);
    expect(service.commands).toEqual([{ detailType: 'Sweep Requested', detail: { owner } }]);
    expect(service.records.at(-1)).toMatchObject({ action: 'sweep.complete', reason: 'sweep-unfinished' });

    service.ec2.onCall = () => undefined;
    await service.serveAnew([commandEvent('Sweep Requested', { owner })]);
    expect(service.ec2.sessionsById.size).toBe(30);
    expect(service.commands).toEqual([]);
  });

  it('is not used up by reading: a sweep has its ten seconds once it knows what to do', async () => {
    const service = aService(numbers(3));
    service.ec2.onCall = (call) => {
      if (call === 'networkInterfaces') service.clock.set(service.clock.now() + 30_000);
    };
    await service.serve([scheduleEvent()]);
    expect(service.ec2.sessionsById.size).toBe(3);
    expect(service.records.at(-1)).toMatchObject({ reason: 'sweep-done' });
  });

  it('in a sweep that may delete goes on as one that may', async () => {
    const service = aService(numbers(20));
    runOutOfTimeAfter(service, 8);
    await service.serve([commandEvent('Sweep Requested', { owner, allowDeletes: true })]);
    expect(service.commands).toEqual([{ detailType: 'Sweep Requested', detail: { owner, allowDeletes: true } }]);
  });

  it('before a sweep could do anything asks for nothing: the schedule goes on', async () => {
    const service = aService(numbers(3));
    service.ec2.onCall = (call) => {
      if (call === 'networkInterfaces') service.clock.set(service.clock.now() + 60_000);
    };
    await service.serve([scheduleEvent()]);
    expect(service.commands).toEqual([]);
    expect(service.ec2.calls).not.toContain('createSession');
    expect(service.records.at(-1)).toMatchObject({ reason: 'sweep-unfinished' });
  });

  it('in a batch of instances asks for those that are left', async () => {
    const service = aService(numbers(20));
    runOutOfTimeAfter(service, 8);
    await service.serve(numbers(20).map((n) => stateEvent(anInstanceId(n))));
    expect(service.ec2.sessionsById.size).toBe(8);
    expect(service.commands).toEqual([
      { detailType: 'Reconcile Requested', detail: { owner, instanceIds: numbers(20).slice(8).map(anInstanceId) } },
    ]);
  });

  it('before a batch of instances could do anything asks for nothing, so that no run calls itself for ever', async () => {
    const service = aService([1]);
    const events = [commandEvent('Reconcile Requested', { owner, instanceIds: [anInstanceId(1)] })];
    await expect(service.serve(events, -1)).resolves.toBe('served');
    expect(service.commands).toEqual([]);
    expect(service.ec2.sessionsById.size).toBe(0);
  });
});

describe('follow-ups', () => {
  it('name instances that a source has moved to, a hundred at a time', async () => {
    const service = aService();
    for (const n of numbers(250)) {
      service.ec2.interfacesById.set(anEniId(n), {
        id: anEniId(n),
        tags: {},
        attachment: { instanceId: anInstanceId(1000 + n), status: 'attached' },
      });
      service.ec2.addSession(aSession(n));
    }
    await service.serve([scheduleEvent()]);
    const asked = service.commands.map(({ detail }) => detail.instanceIds as string[]);
    expect(asked.map((ids) => ids.length)).toEqual([100, 100, 50]);
    expect(asked.flat()).toEqual(numbers(250).map((n) => anInstanceId(1000 + n)));
    expect(service.ec2.sessionsById.size).toBe(250);
  });

  it('end: the run over such an instance asks for no other', async () => {
    const service = aService();
    service.ec2.addInstance(anInstance(1, { networkInterfaces: [] }));
    service.ec2.addInstance(anInstance(2, { networkInterfaces: [anInterface(1)], tags: {} }));
    service.ec2.addSession(aSession(1));
    let events: object[] = [stateEvent(anInstanceId(1))];
    let runs = 0;
    while (events.length > 0 && runs < 10) {
      await service.serveAnew(events);
      events = service.commands.map(({ detailType, detail }) => commandEvent(detailType, detail));
      runs += 1;
    }
    expect(runs).toBe(2);
    expect(service.ec2.sessionsById.size).toBe(0);
  });

  it('that the bus does not take are told in the log', async () => {
    const service = aService(numbers(20));
    service.refuse = ({ detailType }) => (detailType === 'Sweep Requested' ? 'ThrottlingException: slow' : undefined);
    runOutOfTimeAfter(service, 8);
    await expect(service.serve([scheduleEvent()])).resolves.toBe('served');
    expect(service.lines).toContainEqual(expect.objectContaining({ level: 'error', error: 'ThrottlingException: slow' }));
  });
});

describe('the trail', () => {
  it('tells a refusal in every event, and in sweeps once an hour', async () => {
    const service = aService([1]);
    service.ec2.targetList.length = 0;
    const isTold = async (event: object) => {
      await service.serveAnew([event]);
      return service.story.includes('instance.refuse blocked pool-empty');
    };
    expect(await isTold(scheduleEvent())).toBe(true);
    expect(await isTold(scheduleEvent())).toBe(false);
    expect(await isTold(stateEvent(anInstanceId(1)))).toBe(true);
    service.clock.set(service.clock.now() + 3_600_001);
    expect(await isTold(scheduleEvent())).toBe(true);
  });

  it('stands in the log when the bus refuses it, and the work is done all the same', async () => {
    const service = aService([1]);
    service.refuse = () => 'InternalFailure: ';
    await expect(service.serve([stateEvent(anInstanceId(1))])).resolves.toBe('served');
    expect(service.ec2.sessionsById.size).toBe(1);
    const refused = service.lines.filter(({ record }) => record !== undefined);
    expect(refused.map(({ record }) => (record as { action: string }).action)).toEqual(['filter.create', 'session.create']);
  });

  it('has one record for each change that EC2 saw, whatever fails on the way', async () => {
    const service = aService(numbers(12));
    service.ec2.filtersById.set(aFilterId(77), aFilter(77, { tags: { 'automirror:owner': owner } }));
    service.ec2.fail('createSession', ec2Error('unsettled', 'InternalError'), { after: true, times: 2 });
    service.ec2.fail('createSession', ec2Error('quota', 'TrafficMirrorSessionLimitExceeded'), { times: 1 });
    service.ec2.fail('sessionsOf', ec2Error('deadline', 'Deadline'), { times: 1 });
    await service.serve([scheduleEvent()]);

    const created = service.records.filter(({ action }) => action === 'session.create');
    expect(created).toHaveLength(12);
    expect(new Set(created.map(({ instanceId }) => instanceId)).size).toBe(12);
    expect(service.ec2.sessionsById.size).toBe(11);
    expect(created.filter(({ outcome }) => outcome === 'done')).toHaveLength(10);
    expect(service.records.filter(({ action }) => action === 'filter.delete')).toHaveLength(1);
  });
});
