import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AccountBench } from './account-bench.ts';

let bench: AccountBench;
beforeEach(async () => {
  bench = await AccountBench.start();
  writeFileSync(join(bench.folder, 'policy.yml'), '');
});
afterEach(async () => {
  await bench.stop();
});

const tagged = { Name: 'web', mirror: 'true' };

describe('automirror plan', () => {
  it('says that there is nothing to change, and ends with 0', async () => {
    await bench.sensor();
    await bench.instance({ Name: 'db' });
    const { code, out, err } = await bench.type(['plan']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(
      'Nothing to change: every session is as the policy wants it.\nPlan: 0 to create, 0 to modify, 0 to delete, 0 as wanted, 0 refused, 2 left alone.\n' +
        'Cost: about USD 0.00 a month, at 0.015 a session-hour.\nQuota: 0 of 10,000 sessions.\n',
    );
  });

  it('shows each change with its reason, changes nothing, and ends with 2', async () => {
    const target = await bench.sensor();
    const web = await bench.instance(tagged);
    bench.emulator.ec2.calls.reset();
    const { code, out, err } = await bench.type(['plan']);

    expect([code, err]).toEqual([2, '']);
    expect(out).toMatch(/^ {2}\+ filter all-traffic \([0-9a-f]{16}\), 4 rules\n {6}filter-missing: /);
    expect(out).toContain(
      `  + session on ${web.eni} of ${web.id} (web)\n      to ${target}, filter all-traffic, number 10, whole packets; rule opt-in, slot 0\n      session-missing: `,
    );
    expect(out).toMatch(/\nPlan: 1 to create, 0 to modify, 0 to delete, 0 as wanted, 0 refused, 1 left alone\.\n/);
    expect(out).toMatch(
      /\nCost: about USD 0\.00 a month now, 10\.95 after it, at 0\.015 a session-hour\.\nQuota: 0 of 10,000 sessions now, 1 after it\.\n$/,
    );
    expect(bench.emulator.ec2.calls.count()).toBeGreaterThan(0);
    expect(bench.changes()).toEqual([]);
    expect(bench.commands()).toEqual([]);
  });

  it('gives programs one object with --json', async () => {
    await bench.sensor();
    const web = await bench.instance(tagged);
    const old = await bench.user.launch(1, 'eu-west-1a', 't2.micro', tagged);
    const { code, out } = await bench.type(['plan', '--json', '--price', '0.02']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      plan: 1,
      changes: [
        { kind: 'filter.create', profile: { name: 'all-traffic' } },
        { kind: 'session.create', instanceId: web.id, eniId: web.eni, reason: { code: 'session-missing' } },
      ],
      refused: [{ kind: 'instance.refuse', instanceId: old[0]?.InstanceId, reason: { code: 'instance-type-unsupported' } }],
      blocked: [],
      kept: 0,
      skipped: 1,
      cost: { currency: 'USD', pricePerSessionHour: 0.02, perMonth: { now: 0, after: 14.6 } },
      quotas: [
        { name: 'sessions', used: 0, after: 1, limit: 10_000 },
        { name: 'targets', used: 1, after: 1, limit: 10_000 },
        { name: 'filters', used: 0, after: 1, limit: 10_000 },
        { name: 'limits.maxSessions', used: 0, after: 1, limit: 9_000 },
      ],
    });
  });

  it('writes no colours where there is no terminal', async () => {
    await bench.sensor();
    await bench.instance(tagged);
    const escapeCharacter = String.fromCharCode(27);
    expect((await bench.type(['plan'])).out).not.toContain(escapeCharacter);
  });

  it('leaves another tool’s session alone and counts around it', async () => {
    const target = await bench.sensor();
    const web = await bench.instance(tagged);
    await bench.user.foreignSession(web.eni, target, 10);
    const { out } = await bench.type(['plan']);
    expect(out).toContain(', number 11, ');
    expect(out).toContain('1 to create, 0 to modify, 0 to delete');
  });

  it('takes another policy file, and tells what is wrong in one', async () => {
    writeFileSync(join(bench.folder, 'other.yml'), 'never: [{ tag: { Name: web } }]\n');
    writeFileSync(join(bench.folder, 'wrong.yml'), 'rule: []\n');
    await bench.sensor();
    await bench.instance(tagged);
    expect((await bench.type(['plan', '--policy', 'other.yml'])).code).toBe(0);
    const wrong = await bench.type(['plan', '--policy', 'wrong.yml']);
    expect(wrong).toMatchObject({ code: 1, out: '', err: expect.stringContaining('wrong.yml:1:1: rule: unknown key') });
    const missing = await bench.type(['plan', '--policy', 'none.yml']);
    expect(missing).toMatchObject({ code: 1, out: '', err: 'none.yml: no such file\n' });
  });

  it('plans nothing from half an answer: a describe that fails ends it with 1 and without a stack', async () => {
    await bench.sensor();
    bench.emulator.ec2.controls.fail({
      action: 'DescribeTrafficMirrorSessions',
      times: 99,
      error: { code: 'UnauthorizedOperation', message: 'You are not authorized.', status: 403 },
    });
    const { code, out, err } = await bench.type(['plan']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe('EC2 could not be read: UnauthorizedOperation: You are not authorized.\n');
  });
});

describe('automirror sweep', () => {
  it('puts a request for the owner’s deployment on the bus', async () => {
    const { code, out } = await bench.type(['sweep', '--owner', 'team-a']);
    expect([code, out]).toEqual([0, 'Sweep requested of team-a.\n']);
    expect(bench.commands()).toEqual([{ 'detail-type': 'Sweep Requested', detail: { owner: 'team-a' } }]);
    expect(bench.changes()).toEqual([]);
  });

  it('may allow more deletions this once, and answers programs with one object', async () => {
    const { code, out } = await bench.type(['sweep', '--allow-deletes', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ sweep: 1, owner: 'automirror-dev', allowDeletes: true });
    expect(bench.commands()).toEqual([
      { 'detail-type': 'Sweep Requested', detail: { owner: 'automirror-dev', allowDeletes: true } },
    ]);
  });

  it('may ask for an even load', async () => {
    const { out } = await bench.type(['sweep', '--rebalance']);
    expect(out).toBe('Sweep requested of automirror-dev, with the load spread evenly.\n');
    expect(bench.commands()).toMatchObject([{ detail: { owner: 'automirror-dev', rebalance: true } }]);
  });

  it('takes the owner from AUTOMIRROR_OWNER', async () => {
    vi.stubEnv('AUTOMIRROR_OWNER', 'team-b');
    expect((await bench.type(['sweep'])).out).toBe('Sweep requested of team-b.\n');
  });
});
