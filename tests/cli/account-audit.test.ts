import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccountBench } from './account-bench.ts';

const group = '/automirror/automirror-dev/audit';
const hourMs = 3_600_000;

let bench: AccountBench;
beforeEach(async () => {
  bench = await AccountBench.start();
  bench.emulator.logs.createLogGroup(group, { retentionDays: 400 });
});
afterEach(async () => {
  await bench.stop();
});

/** Puts a record into the trail, as the stack's rule would. */
function recorded(action: string, agoMs: number, more: Readonly<Record<string, unknown>> = {}): void {
  const at = bench.emulator.host.clock.now() - agoMs;
  const detail = { audit: 1, time: new Date(at).toISOString(), action, outcome: 'done', reason: 'session-missing', ...more };
  bench.emulator.logs.append(group, 'stream', [{ timestamp: at, message: JSON.stringify({ source: 'automirror', detail }) }]);
}

describe('automirror audit', () => {
  it('tells the last day, oldest first, with the names that instances have, and passes over what is no record', async () => {
    const web = await bench.instance({ Name: 'web' });
    recorded('session.create', 30 * hourMs, { instanceId: web.id, eniId: 'eni-old' });
    recorded('filter.create', 2 * hourMs, { after: { name: 'all-traffic', hash: 'feed', rules: 4 } });
    recorded('session.create', hourMs, { instanceId: web.id, eniId: web.eni, targetId: 'tmt-1', after: { sessionNumber: 10 } });
    recorded('session.modify', 1_000, {
      instanceId: 'i-0123456789abcdef0',
      eniId: 'eni-2',
      before: { filter: 'tmf-1' },
      after: { filter: 'new:feed' },
    });
    bench.emulator.logs.append(group, 'stream', [{ timestamp: Date.now(), message: 'no record' }]);
    const { code, out, err } = await bench.type(['audit']);
    expect([code, err]).toEqual([0, '']);
    const lines = out
      .replace(/\n {20,}/g, ' ')
      .trim()
      .split('\n');
    expect(lines.map((line) => line.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}/, '').replace(/ +/g, ' '))).toEqual([
      '+ filter.create "all-traffic", 4 rules session-missing',
      `+ session.create web (${web.id}) ${web.eni} -> tmt-1, number 10 session-missing`,
      '~ session.modify i-0123456789abcdef0 eni-2: filter tmf-1 -> all-traffic session-missing',
    ]);
  });

  it('tells of one instance, one action or one kind, since when it is asked', async () => {
    recorded('session.create', 3 * hourMs, { instanceId: 'i-0123456789abcdef0', sessionId: 'tms-1' });
    recorded('session.delete', 2 * hourMs, { instanceId: 'i-0123456789abcdef0', sessionId: 'tms-2' });
    recorded('instance.refuse', hourMs, { instanceId: 'i-0123456789abcdef0', outcome: 'blocked' });
    recorded('session.create', hourMs, { instanceId: 'i-0fedcba9876543210', sessionId: 'tms-3' });
    const told = async (...options: string[]) => {
      const { code, out } = await bench.type(['audit', '--json', ...options]);
      expect(code).toBe(0);
      return out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
        .map(({ action, sessionId }) => sessionId ?? action);
    };
    expect(await told('--instance', 'i-0123456789abcdef0')).toEqual(['tms-1', 'tms-2', 'instance.refuse']);
    expect(await told('--action', 'session.create')).toEqual(['tms-1', 'tms-3']);
    expect(await told('--action', 'session', '--since', '150m')).toEqual(['tms-2', 'tms-3']);
    expect(await told('--action', 'session.*', '--instance', 'i-0fedcba9876543210')).toEqual(['tms-3']);
    expect(await told('--since', new Date(Date.now() - 1.5 * hourMs).toISOString())).toEqual(['instance.refuse', 'tms-3']);
  });

  it('says that there is nothing, and how far back it looked', async () => {
    const { code, out } = await bench.type(['audit', '--since', '2026-01-01']);
    expect([code, out]).toEqual([0, `${group} has no such record since 2026-01-01 00:00:00Z.\n`]);
    expect((await bench.type(['audit', '--json'])).out).toBe('');
  });

  it('follows the trail until it is interrupted, and tells each record once', async () => {
    recorded('session.create', 1_000, { sessionId: 'tms-1', instanceId: 'i-0123456789abcdef0', eniId: 'eni-1' });
    const person = new AbortController();
    const { out } = await bench.type(['audit', '--follow'], {
      interrupted: person.signal,
      onOutput: (text) => {
        const records = text.split('\n').filter((line) => line.startsWith('2')).length;
        if (records === 1)
          recorded('session.delete', 0, { sessionId: 'tms-1', instanceId: 'i-0123456789abcdef0', eniId: 'eni-1' });
        if (records === 2) person.abort();
      },
    });
    expect(out.match(/session\.(create|delete)/g)).toEqual(['session.create', 'session.delete']);
  });

  it('tells names for convenience only: who may not describe instances reads ids', async () => {
    const web = await bench.instance({ Name: 'web' });
    recorded('session.delete', 1_000, { instanceId: web.id, eniId: 'eni-1' });
    bench.emulator.setAuthorizer({ deny: (_caller, { action }) => (action === 'ec2:DescribeInstances' ? 'not you' : undefined) });
    expect((await bench.type(['audit'])).out).toContain(`- session.delete  ${web.id} eni-1`);
  });

  it.each([
    [['--action', 'session create'], 'session create is no action such as session.create, or session for all of that kind.\n'],
    [['--action', 'a" || $.x = "'], 'a" || $.x = " is no action such as session.create, or session for all of that kind.\n'],
    [['--instance', 'web'], 'web is no id of an instance (i-…).\n'],
    [
      ['--owner', 'nobody'],
      'The audit trail could not be read: ResourceNotFoundException: The specified log group does not exist.\n',
    ],
  ])('refuses %j in one line', async (options, message) => {
    expect(await bench.type(['audit', ...options])).toEqual({ code: 1, out: '', err: message, asked: [] });
  });

  it('refuses a beginning that is none', async () => {
    const { code, err } = await bench.type(['audit', '--since', 'yesterday']);
    expect(code).toBe(1);
    expect(err).toContain('Give how long ago');
  });
});

describe('automirror audit verify', () => {
  const owned = { 'automirror:owner': 'automirror-dev' };
  const verified = async () => {
    const { code, out, err } = await bench.type(['audit', 'verify', '--json']);
    expect(err).toBe('');
    return { code, ...JSON.parse(out) };
  };

  it('accounts for every session, others’ aside, and ends with 0', async () => {
    const target = await bench.sensor();
    const [one, two] = [await bench.instance({}), await bench.instance({})];
    const session = await bench.user.foreignSession(one.eni, target, 10, owned);
    await bench.user.foreignSession(two.eni, target, 10);
    recorded('session.create', 3_000, { sessionId: session, eniId: one.eni, slot: 0 });
    recorded('session.create', 2_000, { sessionId: 'tms-gone', eniId: two.eni, slot: 0 });
    recorded('session.delete', 1_000, { sessionId: 'tms-gone', eniId: two.eni, slot: 0 });
    expect(await verified()).toMatchObject({
      code: 0,
      verify: 1,
      equal: true,
      trail: { group, records: 3, retentionDays: 400 },
      sessions: { byTrail: 1, inEc2: 1 },
      missing: [],
      extra: [],
    });
    expect((await bench.type(['audit', 'verify'])).out).toMatch(/Every session is accounted for\.\n$/);
  });

  it('looks again after five seconds before it tells of a difference: a record travels for a moment', async () => {
    const one = await bench.instance({});
    const sessionId = await bench.user.foreignSession(one.eni, await bench.sensor(), 10, owned);
    const waits: number[] = [];
    const onWait = (ms: number) => {
      waits.push(ms);
      recorded('session.create', ms, { sessionId, eniId: one.eni, slot: 0 });
    };
    expect((await bench.type(['audit', 'verify'], { onWait })).code).toBe(0);
    expect(waits).toEqual([5_000]);
    expect((await bench.type(['audit', 'verify'], { onWait })).code).toBe(0);
    expect(waits).toHaveLength(1);
  });

  it('tells what is missing and what is extra, why that may be, and ends with 1', async () => {
    const target = await bench.sensor();
    const [one, two] = [await bench.instance({}), await bench.instance({})];
    const extra = await bench.user.foreignSession(one.eni, target, 10, owned);
    recorded('session.create', 4_000, { sessionId: 'tms-lost', eniId: two.eni, slot: 0, instanceId: two.id });
    recorded('session.create', 3_000, { sessionId: 'tms-replaced', eniId: two.eni, slot: 1 });
    recorded('session.create', 2_000, { sessionId: 'tms-with-interface', eniId: 'eni-0123456789abcdef0', slot: 0 });
    const put = await bench.user.foreignSession(two.eni, target, 11, owned);
    recorded('session.create', 1_000, { sessionId: put, eniId: two.eni, slot: 1 });
    const result = await verified();
    expect(result).toMatchObject({ code: 1, equal: false, sessions: { byTrail: 2, inEc2: 2 } });
    expect(result.missing.map(({ sessionId, why }: { sessionId: string; why: string }) => [sessionId, why])).toEqual([
      ['tms-lost', 'unrecorded'],
      ['tms-with-interface', 'interface-gone'],
      ['tms-replaced', 'replaced'],
    ]);
    expect(result.extra).toMatchObject([
      { sessionId: extra, why: 'unrecorded', detail: expect.stringContaining('keeps records for 400 days') },
    ]);

    const { code, out } = await bench.type(['audit', 'verify']);
    expect(code).toBe(1);
    expect(out).toContain('\nEnded without a deletion of ours: 1 with their interface, 1 by somebody else and put back.\n');
    expect(out).toContain(`\n  - missing in EC2: tms-lost on ${two.eni} of ${two.id}\n      there at `);
    expect(out).toContain(`\n  + not in the trail: ${extra} on ${one.eni}\n      no record tells of it: the trail begins at `);
    expect(out).toMatch(/The trail and EC2 differ\.\n$/);
  });

  describe('of a run that died before it could tell', () => {
    const functionLog = '/aws/lambda/automirror-dev-reconcile';
    const logged = (line: Readonly<Record<string, unknown>>) =>
      bench.emulator.logs.append(functionLog, 'stream', [
        { timestamp: bench.emulator.host.clock.now(), message: JSON.stringify({ level: 'INFO', ...line }) },
      ]);
    const intended = (...changes: readonly object[]) =>
      logged({ intent: 1, time: '2026-11-25T10:00:00.000Z', owner: 'automirror-dev', runId: 'run-7', changes });

    it('accounts for what it has made and deleted by the line that it wrote before', async () => {
      bench.emulator.logs.createLogGroup(functionLog);
      const target = await bench.sensor();
      const [one, two] = [await bench.instance({}), await bench.instance({})];
      const made = await bench.user.foreignSession(one.eni, target, 10, { ...owned, 'automirror:slot': '0' });
      recorded('session.create', 3_000, { sessionId: 'tms-deleted', eniId: two.eni, slot: 0, runId: 'run-6' });
      intended(
        { action: 'session.create', eniId: one.eni, slot: 0 },
        { action: 'session.delete', sessionId: 'tms-deleted', eniId: two.eni, slot: 0 },
      );
      const detail = expect.stringContaining('by run run-7, which told at 2026-11-25T10:00:00.000Z');
      expect(await verified()).toMatchObject({
        code: 0,
        equal: true,
        functionLog: { group: functionLog },
        missing: [{ sessionId: 'tms-deleted', why: 'interrupted', detail }],
        extra: [{ sessionId: made, why: 'interrupted', detail }],
      });
      const { code, out } = await bench.type(['audit', 'verify']);
      expect(code).toBe(0);
      expect(out).toContain(`\n  - deleted, and not told of: tms-deleted on ${two.eni}\n      to be deleted by run run-7`);
      expect(out).toContain(`\n  + made, and not told of: ${made} on ${one.eni}\n      to be made by run run-7`);
      expect(out).toMatch(/Every session is accounted for\.\n$/);
    });

    it('takes records that the bus did not take from the function’s log, in their order', async () => {
      bench.emulator.logs.createLogGroup(functionLog);
      const target = await bench.sensor();
      const one = await bench.instance({});
      const session = await bench.user.foreignSession(one.eni, target, 10, owned);
      const record = (action: string, sessionId: string, agoMs: number) => ({
        audit: 1,
        time: new Date(Date.now() - agoMs).toISOString(),
        action,
        outcome: 'done',
        sessionId,
        eniId: one.eni,
        slot: 0,
      });
      const message = 'the event bus did not take an audit record; it stands here';
      recorded('session.create', 9_000, { sessionId: 'tms-old', eniId: one.eni, slot: 0 });
      recorded('session.create', 7_000, { sessionId: 'tms-young', eniId: one.eni, slot: 0 });
      logged({ message, record: record('session.delete', 'tms-old', 8_000) });
      logged({ message, record: record('session.delete', 'tms-young', 6_000) });
      logged({ message, record: record('session.create', session, 5_000) });
      expect(await verified()).toMatchObject({ code: 0, equal: true, trail: { records: 2 }, missing: [], extra: [] });
    });

    it('says that the function’s log may tell more, where it cannot be read', async () => {
      const target = await bench.sensor();
      const one = await bench.instance({});
      await bench.user.foreignSession(one.eni, target, 10, owned);
      expect(await verified()).toMatchObject({
        code: 1,
        functionLog: { group: functionLog, error: expect.stringContaining('ResourceNotFoundException') },
      });
      const { out } = await bench.type(['audit', 'verify', '--stack', 'prod']);
      expect(out).toContain(
        "The function's log /aws/lambda/prod-reconcile may tell more, and could not be read: ResourceNotFoundException",
      );
    });
  });

  it('takes its own options, although audit has them too', async () => {
    expect(await bench.type(['audit', 'verify', '--owner', 'nobody'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('The audit trail could not be read: ResourceNotFoundException'),
    });
  });
});
