import { describe, expect, it } from 'vitest';
import { ec2Error } from '../../support/shell/fake-ec2.ts';
import { ServiceRun, scheduleEvent, stateEvent } from '../../support/shell/service-run.ts';
import {
  accountId,
  aFilterId,
  anEniId,
  anInstance,
  anInstanceId,
  aPolicy,
  aSession,
  aTarget,
  aTargetId,
} from '../../support/shell/things.ts';

const numbers = (count: number, from = 1) => Array.from({ length: count }, (_, n) => from + n);

function mirrored(service: ServiceRun): readonly string[] {
  return [...service.ec2.sessionsById.values()].map(({ eniId }) => eniId).sort();
}

describe('an instance type that EC2 refuses for one instance', () => {
  const unlisted = { type: 'x99.large' };

  async function refusedOnce(): Promise<ServiceRun> {
    const service = new ServiceRun();
    for (const n of numbers(3)) service.ec2.addInstance(anInstance(n, unlisted));
    await service.serve([scheduleEvent()]);
    service.ec2.addInstance(anInstance(4, unlisted));
    service.ec2.fail('createSession', ec2Error('unsupported', 'NetworkInterfaceNotSupported'), { about: anEniId(4) });
    await service.serveAnew([stateEvent(anInstanceId(4))]);
    expect(service.story).toContain('session.create blocked instance-type-unsupported');
    return service;
  }

  it('costs no session that stands: EC2 took those', async () => {
    const service = await refusedOnce();
    await service.serveAnew([scheduleEvent(), stateEvent(anInstanceId(2))]);
    expect(mirrored(service)).toEqual(numbers(3).map(anEniId));
    expect(service.ec2.calls).not.toContain('deleteSession');
  });

  it('is not asked for again within the hour where nothing stands', async () => {
    const service = await refusedOnce();
    service.ec2.addInstance(anInstance(5, unlisted));
    await service.serveAnew([scheduleEvent()]);
    expect(service.ec2.calls).not.toContain('createSession');
    expect(service.story).toContain('instance.refuse blocked instance-type-unsupported');
  });
});

describe('the gate of a sweep that shares its batch with events', () => {
  it('lets go what the events ask for, and holds the rest back', async () => {
    const service = new ServiceRun();
    for (const n of numbers(30)) service.ec2.addInstance(anInstance(n));
    await service.serve([scheduleEvent()]);
    for (const n of numbers(25)) service.ec2.addInstance(anInstance(n, { tags: {} }));

    await service.serveAnew([...numbers(9).map((n) => stateEvent(anInstanceId(n))), scheduleEvent()]);
    expect(mirrored(service)).toEqual(numbers(21, 10).map(anEniId));
    expect(service.story).toContain('gate.block blocked max-deletes');

    await service.serveAnew([...numbers(9, 10).map((n) => stateEvent(anInstanceId(n))), scheduleEvent()]);
    expect(mirrored(service)).toEqual(numbers(5, 26).map(anEniId));
  });
});

describe('an instance on which IAM denies a session', () => {
  it('keeps nobody else from being mirrored', async () => {
    const service = new ServiceRun();
    for (const n of numbers(40)) service.ec2.addInstance(anInstance(n));
    for (const n of numbers(3)) {
      service.ec2.fail('createSession', ec2Error('denied', 'UnauthorizedOperation'), { about: anEniId(n) });
    }
    await service.serve([scheduleEvent()]);
    expect(mirrored(service)).toEqual(numbers(37, 4).map(anEniId));
  });

  it('goes behind those that were not tried for its sake, so that many of them keep nobody waiting for ever', async () => {
    const service = new ServiceRun();
    for (const n of numbers(80)) service.ec2.addInstance(anInstance(n));
    for (const n of numbers(60)) {
      service.ec2.fail('createSession', ec2Error('denied', 'UnauthorizedOperation'), { about: anEniId(n) });
    }
    for (const n of numbers(3)) await service.serve([scheduleEvent(`schedule-${n}`)]);
    expect(mirrored(service)).toEqual(numbers(20, 61).map(anEniId));
  });
});

describe('a target that others have filled without our seeing it', () => {
  const targetsOf = (service: ServiceRun) => [...service.ec2.sessionsById.values()].map(({ targetId }) => targetId);

  async function full(): Promise<ServiceRun> {
    const service = new ServiceRun();
    service.ec2.addInstance(anInstance(1));
    const refusal = ec2Error('quota', 'TrafficMirrorSourcesPerTargetLimitExceeded');
    service.ec2.fail('createSession', refusal, { about: aTargetId(1), times: 1 });
    await service.serve([scheduleEvent()]);
    expect(service.story).toContain('instance.refuse blocked pool-full');
    return service;
  }

  it('is passed over for another of its pool', async () => {
    const service = await full();
    service.ec2.targetList.push(aTarget(2));
    await service.serve([scheduleEvent()]);
    expect(targetsOf(service)).toEqual([aTargetId(2)]);
  });

  it('gives way to the next of its pool in the same pass, and nobody is told of a failure', async () => {
    const service = new ServiceRun();
    for (const n of numbers(5)) service.ec2.addInstance(anInstance(n));
    service.ec2.targetList.push(aTarget(2), aTarget(3));
    const refusal = ec2Error('quota', 'TrafficMirrorSourcesPerTargetLimitExceeded');
    for (const n of [1, 2]) service.ec2.fail('createSession', refusal, { about: aTargetId(n) });
    await service.serve([scheduleEvent()]);
    expect(targetsOf(service)).toEqual(numbers(5).map(() => aTargetId(3)));
    expect(service.story.filter((line) => line.includes('failed'))).toEqual([]);
    expect(service.ec2.calls.filter((call) => call === 'instances')).toHaveLength(1);
  });

  it('leaves the other slot of the interface as it is, and counts that once', async () => {
    const service = new ServiceRun(aPolicy('rules: [{ name: opt-in, match: { tag: { mirror: "true" } }, sessions: [{}, {}] }]'));
    service.ec2.addInstance(anInstance(1));
    await service.serve([scheduleEvent()]);
    const [, second] = [...service.ec2.sessionsById.keys()];
    if (second === undefined) throw new Error('two sessions were to be made');
    service.ec2.sessionsById.delete(second);
    service.ec2.targetList.push(aTarget(2));
    const refusal = ec2Error('quota', 'TrafficMirrorSourcesPerTargetLimitExceeded');
    service.ec2.fail('createSession', refusal, { times: 1 });
    await service.serveAnew([scheduleEvent()]);
    const summary = service.records.find(({ action }) => action === 'sweep.complete');
    expect(summary?.after).toMatchObject({ created: 1, kept: 1 });
  });

  it('makes a session that had to leave its target go to the next but one', async () => {
    const service = new ServiceRun();
    service.ec2.addInstance(anInstance(1));
    service.ec2.addSession(aSession(1, { targetId: aTargetId(9) }));
    service.ec2.targetList.push(aTarget(2));
    service.ec2.fail('modifySession', ec2Error('quota', 'TrafficMirrorSessionsPerTargetLimitExceeded'), { about: aTargetId(1) });
    await service.serve([scheduleEvent()]);
    expect([...service.ec2.sessionsById.values()]).toMatchObject([{ id: aSession(1).id, targetId: aTargetId(2) }]);
  });

  it('leaves it at that when every target of the pool is full', async () => {
    const service = new ServiceRun();
    service.ec2.addInstance(anInstance(1));
    service.ec2.targetList.push(aTarget(2), aTarget(3));
    service.ec2.fail('createSession', ec2Error('quota', 'TrafficMirrorSourcesPerTargetLimitExceeded'));
    await service.serve([scheduleEvent()]);
    expect(service.ec2.calls.filter((call) => call === 'createSession')).toHaveLength(3);
    expect(service.story).toContain('instance.refuse blocked pool-full');
  });

  it('is asked again after ten minutes, or once a session of ours has left it', async () => {
    const waited = await full();
    await waited.serve([scheduleEvent()]);
    expect(waited.story).toContain('instance.refuse blocked pool-full');
    waited.clock.set(waited.clock.now() + 600_001);
    await waited.serve([scheduleEvent()]);
    expect(targetsOf(waited)).toEqual([aTargetId(1)]);

    const left = await full();
    left.ec2.addSession(aSession(9, { filterId: aFilterId(9) }));
    await left.serve([scheduleEvent()]);
    await left.serve([scheduleEvent()]);
    expect(targetsOf(left)).toEqual([aTargetId(1)]);
  });
});

describe('a target whose interface is gone', () => {
  const eniTarget = (n: number, more: Partial<ReturnType<typeof aTarget>> = {}) => {
    const { networkLoadBalancerArn: _arn, ...target } = aTarget(n, { accountId, ...more });
    return { ...target, type: 'network-interface' as const, networkInterfaceId: anEniId(90 + n) };
  };

  function withTwo(more: Partial<ReturnType<typeof aTarget>> = {}): ServiceRun {
    const service = new ServiceRun();
    service.ec2.targetList.splice(0, 1, eniTarget(1, more), eniTarget(2));
    service.ec2.addInstance(anInstance(1));
    for (const n of [91, 92]) {
      const attachment = { instanceId: anInstanceId(n), status: 'attached' } as const;
      service.ec2.interfacesById.set(anEniId(n), { id: anEniId(n), tags: {}, zone: 'eu-west-1a', attachment });
    }
    return service;
  }
  const targets = (service: ServiceRun) => [...service.ec2.sessionsById.values()].map(({ targetId }) => targetId);

  it('carries nothing: the session moves to another of the pool', async () => {
    const service = withTwo();
    await service.serve([scheduleEvent()]);
    expect(targets(service)).toEqual([aTargetId(1)]);
    service.ec2.interfacesById.delete(anEniId(91));
    await service.serve([scheduleEvent()]);
    expect(targets(service)).toEqual([aTargetId(2)]);
    expect(service.ec2.calls).not.toContain('deleteSession');
  });

  it('serves nobody while it is attached to nothing: the session moves to another of the pool, and stays where there is none', async () => {
    const service = withTwo();
    await service.serve([scheduleEvent()]);
    const detach = (n: number) => service.ec2.interfacesById.set(anEniId(n), { id: anEniId(n), tags: {}, zone: 'eu-west-1a' });
    detach(91);
    await service.serve([scheduleEvent()]);
    expect(targets(service)).toEqual([aTargetId(2)]);
    detach(92);
    await service.serve([scheduleEvent()]);
    expect(targets(service)).toEqual([aTargetId(2)]);
    service.ec2.addInstance(anInstance(2));
    await service.serve([scheduleEvent()]);
    expect(service.story).toContain('instance.refuse blocked pool-unattached');
    expect(service.ec2.calls).not.toContain('deleteSession');
  });

  it('is used all the same where another account shares it, for its interface is never seen', async () => {
    const service = withTwo({ accountId: '999988887777' });
    service.ec2.interfacesById.delete(anEniId(91));
    service.ec2.targetList.pop();
    await service.serve([stateEvent(anInstanceId(1))]);
    expect(targets(service)).toEqual([aTargetId(1)]);
  });
});
