import { describe, expect, it } from 'vitest';
import { Memory } from '../../../src/reconcile/memory.ts';
import { ec2Error } from '../../support/shell/fake-ec2.ts';
import { commandEvent, ServiceRun, scheduleEvent, stateEvent } from '../../support/shell/service-run.ts';
import { accountId, anEniId, anInstance, anInstanceId, aPolicy, aSession, owner } from '../../support/shell/things.ts';

const numbers = (count: number, from = 1) => Array.from({ length: count }, (_, n) => from + n);

function aService(instances: readonly number[], policy = aPolicy()): ServiceRun {
  const service = new ServiceRun(policy);
  for (const n of instances) service.ec2.addInstance(anInstance(n));
  return service;
}

/** As EventBridge tells it: cut to the second. */
const at = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

let told = 0;
const stateAt = (n: number, ms: number) => {
  told += 1;
  return { ...stateEvent(anInstanceId(n), 'running', `told-${told}`), time: at(ms) };
};
const tagAt = (n: number, ms: number, type = 'instance') => ({
  ...stateAt(n, ms),
  'detail-type': 'Tag Change on Resource',
  source: 'aws.tag',
  resources: [`arn:aws:ec2:eu-west-1:${accountId}:${type}/${anInstanceId(n)}`],
  detail: { 'changed-tag-keys': ['mirror'], service: 'ec2', 'resource-type': type, version: 1, tags: {} },
});
const attachAt = (n: number, ms: number) => ({
  ...stateAt(n, ms),
  'detail-type': 'AWS API Call via CloudTrail',
  detail: { eventName: 'AttachNetworkInterface', requestParameters: { instanceId: anInstanceId(n) } },
});

/** So many events about instances that exist, of the present moment. */
/** The first question of a pass over everything: for all that the built-in policy could want. */
const everything = /^instances \[\{"name":"tag-key"/;

const fullBatch = (service: ServiceRun, from = 1) => numbers(10, from).map((n) => stateAt(n, service.clock.now()));

describe('an event from before a sweep', () => {
  async function swept(service = aService([1, 2])): Promise<ServiceRun> {
    await service.serve([scheduleEvent()]);
    return service;
  }

  it('is acknowledged without a call or a record, and the log tells of it for whoever looks for it', async () => {
    const service = await swept();
    const before = service.clock.now() - 11_000;
    await expect(service.serveAnew([stateAt(1, before), tagAt(2, before)])).resolves.toBe('served');
    expect(service.ec2.calls).toEqual([]);
    expect(service.events).toEqual([]);
    expect(service.lines).toMatchObject([
      { level: 'debug', ids: [anInstanceId(1)], what: 'instance-state' },
      { level: 'debug', ids: [anInstanceId(2)], what: 'tag-change' },
    ]);
  });

  it.each([
    ['an event that EC2 may not have shown yet', (now: number) => stateAt(1, now - 10_000)],
    ['an event from after it', (now: number) => tagAt(1, now + 1_000)],
    ['an event without a time', (now: number) => ({ ...stateAt(1, now), time: undefined })],
    ['an API call', (now: number) => attachAt(1, now - 60_000)],
    ['a tag of something else', (now: number) => tagAt(1, now - 60_000, 'network-interface')],
    [
      'a command',
      (now: number) => ({
        ...commandEvent('Reconcile Requested', { owner, instanceIds: [anInstanceId(1)] }),
        time: at(now - 60_000),
      }),
    ],
    ['another sweep', (now: number) => ({ ...scheduleEvent(), time: at(now - 60_000) })],
    ['an instance that it did not find', (now: number) => stateAt(3, now - 60_000)],
  ])('does not stand for %s', async (_what, event) => {
    const service = await swept();
    await service.serveAnew([event(service.clock.now())]);
    expect(service.ec2.calls).toContain('instances');
  });

  it('leaves its neighbours of the batch to be served', async () => {
    const service = await swept();
    const now = service.clock.now();
    service.ec2.addInstance(anInstance(3));
    await service.serveAnew([stateAt(1, now - 60_000), stateAt(3, now)]);
    expect(service.ec2.log[0]).toBe(`instances [["${anInstanceId(3)}"]]`);
    expect(service.ec2.sessionsById.size).toBe(3);
  });

  it('is served after a cold start', async () => {
    const service = await swept();
    Object.assign(service.memory, new Memory());
    await service.serveAnew([stateAt(1, service.clock.now() - 60_000)]);
    expect(service.ec2.calls).toContain('instances');
  });

  it('is served when a gate held something back', async () => {
    const service = aService(numbers(12));
    await service.serve([scheduleEvent()]);
    for (const n of numbers(11)) service.ec2.addInstance(anInstance(n, { tags: {} }));
    await service.serve([scheduleEvent()]);
    expect(service.story).toContain('gate.block blocked max-deletes');
    await service.serveAnew([tagAt(1, service.clock.now() - 60_000)]);
    expect(service.story).toContain('session.delete done no-rule-matched');
  });

  it('is served when the change of its instance failed, and not for its neighbour', async () => {
    const service = aService([1, 2]);
    service.ec2.fail('createSession', ec2Error('quota', 'TrafficMirrorSessionLimitExceeded'), { about: anEniId(1), times: 1 });
    await swept(service);
    await service.serveAnew([stateAt(1, service.clock.now() - 60_000), stateAt(2, service.clock.now() - 60_000)]);
    expect(service.ec2.log[0]).toBe(`instances [["${anInstanceId(1)}"]]`);
    expect(service.ec2.sessionsById.size).toBe(2);
  });

  it('leaves a mirroring that ends in between to the next sweep', async () => {
    const service = aService([]);
    const now = service.clock.now();
    const until = new Date(now + 5_000).toISOString();
    service.ec2.addInstance(anInstance(1, { tags: { mirror: 'true', 'mirror-until': until } }));
    await swept(service);
    service.clock.set(now + 6_000);
    await service.serveAnew([tagAt(1, now - 20_000)]);
    expect(service.ec2.sessionsById.size).toBe(1);
    await service.serveAnew([scheduleEvent()]);
    expect(service.ec2.sessionsById.size).toBe(0);
  });
});

describe('a sweep that is not done in its time', () => {
  /** Makes each creation take a second, so that a slice ends after ten to twenty. */
  function slowly(service: ServiceRun): ServiceRun {
    service.ec2.onCall = (call) => {
      if (call === 'createSession') service.clock.set(service.clock.now() + 1_000);
    };
    return service;
  }

  it('stands for earlier events all the same while another is on its way', async () => {
    const service = slowly(aService(numbers(30)));
    const before = service.clock.now() - 20_000;
    await service.serve([scheduleEvent()]);
    expect(service.commands).toHaveLength(1);
    const made = service.ec2.sessionsById.size;
    expect(made).toBeLessThan(30);

    await service.serveAnew([stateAt(30, before)]);
    expect(service.ec2.calls).toEqual([]);
    await service.serveAnew([commandEvent('Sweep Requested', { owner })]);
    expect(service.ec2.sessionsById.size).toBeGreaterThan(made);
  });

  it('stands for nothing when the bus did not take the command to go on', async () => {
    const service = slowly(aService(numbers(30)));
    service.refuse = ({ detailType }) => (detailType === 'Sweep Requested' ? 'ThrottlingException: slow' : undefined);
    const before = service.clock.now() - 20_000;
    await service.serve([scheduleEvent()]);
    service.ec2.onCall = () => undefined;
    await service.serveAnew([stateAt(30, before)]);
    expect(service.ec2.calls).toContain('instances');
    expect(service.ec2.sessionsById.size).toBeLessThan(30);
  });
});

describe('a deep queue', () => {
  /** Two full batches of instances that exist and are mirrored, so that the next full one is the third. */
  async function filled(count: number): Promise<ServiceRun> {
    const service = aService(numbers(count));
    await service.serve(fullBatch(service));
    await service.serve(fullBatch(service));
    return service;
  }

  it('is met by one pass over everything that names its own reason, and what the batch names by its own events', async () => {
    const service = await filled(25);
    await service.serveAnew(fullBatch(service, 11));
    expect(service.ec2.log[0]).toMatch(everything);
    expect(service.ec2.sessionsById.size).toBe(25);
    const creations = service.records.filter(({ action }) => action === 'session.create');
    expect(creations.filter(({ trigger }) => trigger === 'instance-state')).toHaveLength(10);
    expect(creations.filter(({ trigger }) => trigger === 'backlog')).toHaveLength(5);
    expect(service.records.at(-1)).toMatchObject({ action: 'sweep.complete', trigger: 'backlog', reason: 'sweep-done' });
  });

  it('then costs no call for what waits from before that pass', async () => {
    const service = await filled(10);
    const before = service.clock.now() - 20_000;
    await service.serve(fullBatch(service));
    await service.serveAnew(numbers(10).map((n) => stateAt(n, before)));
    expect(service.ec2.calls).toEqual([]);
  });

  it('is met so at most every ten seconds, and by its own ids in between', async () => {
    const service = await filled(10);
    const asked = async () => {
      await service.serveAnew(fullBatch(service));
      return everything.test(service.ec2.log[0] ?? '');
    };
    expect(await asked()).toBe(true);
    expect(await asked()).toBe(false);
    service.clock.set(service.clock.now() + 10_000);
    expect(await asked()).toBe(true);
  });

  it('is deep still after full batches that cost no call', async () => {
    const service = await filled(10);
    await service.serve(fullBatch(service));
    service.clock.set(service.clock.now() + 10_000);
    await service.serveAnew(numbers(10).map((n) => stateAt(n, service.clock.now() - 25_000)));
    expect(service.ec2.calls).toEqual([]);
    await service.serveAnew(fullBatch(service));
    expect(service.ec2.log[0]).toMatch(everything);
  });

  it('does not hide what a sweep has to say that comes in a full batch', async () => {
    const service = await filled(10);
    for (const n of numbers(12, 20)) service.ec2.addSession(aSession(n));
    await service.serveAnew([...fullBatch(service).slice(1), scheduleEvent()]);
    expect(service.story).toContain('gate.block blocked max-deletes');
    expect(service.records.at(-1)).toMatchObject({ action: 'sweep.complete', trigger: 'schedule' });
  });

  it('is served ten at a time for five minutes once a gate has held something back', async () => {
    const service = await filled(10);
    for (const n of numbers(12, 20)) service.ec2.addSession(aSession(n));
    const asked = async () => {
      await service.serveAnew(fullBatch(service));
      return everything.test(service.ec2.log[0] ?? '');
    };
    expect(await asked()).toBe(true);
    expect(service.story).not.toContain('gate.block blocked max-deletes');
    service.clock.set(service.clock.now() + 299_999);
    expect(await asked()).toBe(false);
    service.clock.set(service.clock.now() + 1);
    expect(await asked()).toBe(true);
  });

  it('asks for one sweep to go on, not for one more with each pass', async () => {
    const service = await filled(120);
    service.ec2.onCall = (call) => {
      if (call === 'createSession') service.clock.set(service.clock.now() + 1_000);
    };
    await service.serveAnew(fullBatch(service));
    await service.serve(fullBatch(service));
    await service.serve(fullBatch(service));
    expect(service.records.filter(({ reason }) => reason === 'sweep-unfinished')).toHaveLength(3);
    expect(service.commands).toHaveLength(1);
    await service.serveAnew([commandEvent('Sweep Requested', { owner })]);
    expect(service.commands).toHaveLength(1);
  });

  it('of terminated instances has their sessions deleted, however many, without the alarm of a sweep', async () => {
    const service = await filled(60);
    for (const n of numbers(60)) service.ec2.addSession(aSession(n));
    for (const n of numbers(60)) {
      service.ec2.instancesById.set(anInstanceId(n), anInstance(n, { state: 'terminated', networkInterfaces: [], tags: {} }));
      service.ec2.interfacesById.set(anEniId(n), { id: anEniId(n), tags: {} });
    }
    service.lines.length = 0;
    for (const from of [1, 11, 21, 31, 41, 51]) {
      await service.serve(numbers(10, from).map((n) => ({ ...stateEvent(anInstanceId(n), 'terminated', `end-${n}`) })));
    }
    expect(service.ec2.sessionsById.size).toBe(0);
    expect(service.story).not.toContain('gate.block blocked max-deletes');
    expect(service.events.map(({ detailType }) => detailType)).not.toContain('Mirror Change Blocked');
  });

  it('is served ten at a time where everything cannot be read', async () => {
    const service = await filled(25);
    service.ec2.fail('instances', ec2Error('deadline', 'Deadline'), { about: '"tag-key"' });
    await expect(service.serveAnew(fullBatch(service, 11))).resolves.toBe('served');
    expect(service.ec2.sessionsById.size).toBe(20);
    expect(service.lines).toContainEqual({
      level: 'warn',
      message: expect.any(String) as string,
      error: expect.any(String) as string,
    });
    await service.serveAnew(fullBatch(service, 16));
    expect(service.ec2.log[0]).not.toMatch(everything);
  });

  it('comes back whole when nothing can be read', async () => {
    const service = await filled(10);
    service.ec2.fail('sessions', ec2Error('unsettled', 'ECONNREFUSED'));
    await expect(service.serveAnew(fullBatch(service))).resolves.toBe('retry');
  });
});

describe('a burst of launches', () => {
  it('costs few reads an instance, and leaves none behind', async () => {
    const count = 300;
    const service = aService(numbers(count));
    const began = service.clock.now();
    const queue: object[] = [];
    for (const n of numbers(count)) queue.push(tagAt(n, began + 60 * n), stateAt(n, began + 60 * n + 4_000));
    // EC2 grants five creations a second.
    service.ec2.onCall = (call) => {
      if (call === 'createSession') service.clock.set(service.clock.now() + 200);
    };
    service.clock.set(began + 30_000);
    while (queue.length > 0) {
      service.events.length = 0;
      await service.serve(queue.splice(0, 10));
      queue.push(...service.commands.map(({ detailType, detail }) => commandEvent(detailType, detail)));
    }
    expect(service.ec2.sessionsById.size).toBe(count);
    expect(service.ec2.calls.filter((call) => call === 'createSession')).toHaveLength(count);
    const reads = service.ec2.calls.filter((call) => /^(instances|sessions|targets|filters|networkInterfaces)$/.test(call));
    expect(reads.length / count).toBeLessThan(0.3);
  });
});
