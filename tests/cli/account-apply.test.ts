import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

describe('automirror apply', () => {
  beforeEach(async () => {
    await bench.stackRule();
  });

  it('shows the plan, asks, and asks the service when told yes; it changes nothing itself', async () => {
    await bench.sensor();
    await bench.instance(tagged);
    bench.emulator.ec2.calls.reset();
    const { code, out, asked } = await bench.type(['apply', '--wait', '0s'], { answer: 'y' });
    expect(code).toBe(0);
    expect(asked).toEqual(['Ask the service to do this? [y/N] ']);
    expect(out).toMatch(/Plan: 1 to create.*\nSweep requested of automirror-dev\.\n$/s);
    expect(bench.commands()).toEqual([{ 'detail-type': 'Sweep Requested', detail: { owner: 'automirror-dev' } }]);
    expect(bench.changes()).toEqual([]);
  });

  it.each(['', 'n', 'yup'])('does nothing on the answer "%s" and ends with 1', async (answer) => {
    await bench.sensor();
    await bench.instance(tagged);
    const { code, err } = await bench.type(['apply'], { answer });
    expect([code, err]).toEqual([1, 'Nothing was changed.\n']);
    expect(bench.commands()).toEqual([]);
  });

  it('refuses without a terminal to ask on, and does with --yes', async () => {
    await bench.sensor();
    await bench.instance(tagged);
    const refused = await bench.type(['apply']);
    expect(refused.code).toBe(1);
    expect(refused.err).toBe('There is no terminal to ask on: give --yes to go on without being asked.\n');
    expect(bench.commands()).toEqual([]);
    expect(await bench.type(['apply', '--yes', '--allow-deletes', '--rebalance', '--wait', '0s'])).toMatchObject({
      code: 0,
      asked: [],
    });
    expect(bench.commands()).toEqual([
      { 'detail-type': 'Sweep Requested', detail: { owner: 'automirror-dev', allowDeletes: true, rebalance: true } },
    ]);
  });

  it('asks nobody where there is nothing to change', async () => {
    await bench.sensor();
    const { code, out, asked } = await bench.type(['apply'], { answer: 'y' });
    expect([code, asked]).toEqual([0, []]);
    expect(out).toContain('Nothing to change');
    expect(bench.commands()).toEqual([]);
  });

  it('asks for one instance alone, and plans it alone', async () => {
    await bench.sensor();
    const web = await bench.instance(tagged);
    await bench.instance({ ...tagged, Name: 'other' });
    const { code, out } = await bench.type(['apply', '--only', web.id, '--yes', '--wait', '0s']);
    expect(code).toBe(0);
    expect(out).toContain('Plan: 1 to create, ');
    expect(out).toContain(`A look at ${web.id} requested of automirror-dev.\n`);
    expect(bench.commands()).toEqual([
      { 'detail-type': 'Reconcile Requested', detail: { owner: 'automirror-dev', instanceIds: [web.id] } },
    ]);
  });

  it('ends with 1 when the trail does not tell of its end in time', async () => {
    await bench.sensor();
    await bench.instance(tagged);
    bench.emulator.logs.createLogGroup('/automirror/automirror-dev/audit');
    const { code, err } = await bench.type(['apply', '--yes', '--wait', '1s']);
    expect([code, err]).toEqual([
      1,
      'Not known: after 1 s the trail does not tell of its end; automirror plan tells what is left.\n',
    ]);
  });

  it.each([
    [['--json'], 'With --json nobody can be asked: give --yes too.\n'],
    [['--only', 'web'], 'web is no id of an instance (i-…).\n'],
    [['--yes', '--direct'], 'The stack automirror-dev is deployed here and would work at the same time: leave --direct out.\n'],
    [
      ['--yes', '--owner', 'nobody'],
      'No stack nobody is deployed here that could do this. Name the deployment with --owner and --stack, or do it with your own credentials: --direct.\n',
    ],
  ])('refuses %j in words, and changes nothing', async (options, message) => {
    await bench.sensor();
    await bench.instance(tagged);
    bench.emulator.ec2.calls.reset();
    const { code, err } = await bench.type(['apply', ...options]);
    expect([code, err]).toEqual([1, message]);
    expect([bench.changes(), bench.commands()]).toEqual([[], []]);
  });

  it('takes --only with neither of the options of a sweep', async () => {
    const { code, err } = await bench.type(['apply', '--only', 'i-0123456789abcdef0', '--allow-deletes']);
    expect(code).toBe(1);
    expect(err).toContain("cannot be used with option '--allow-deletes'");
  });
});

describe('automirror apply --direct, where no stack is deployed', () => {
  it('does what the plan says with the caller’s credentials, and writes a record of each change', async () => {
    await bench.sensor();
    await bench.instance(tagged);
    const { code, out, err } = await bench.type(['apply', '--direct', '--yes', '--json']);
    expect([code, err]).toEqual([0, '']);
    const objects = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(objects.map(({ action, outcome }) => action ?? outcome)).toEqual([
      undefined,
      'filter.create',
      'session.create',
      'sweep.complete',
      'done',
    ]);
    expect(objects[2]).toMatchObject({ audit: 1, trigger: 'command-line', outcome: 'done', reason: 'session-missing' });
    const [session] = await bench.user.sessions();
    expect(objects[2].sessionId).toBe(session?.TrafficMirrorSessionId);
    expect((await bench.type(['plan'])).code).toBe(0);
    expect(bench.commands()).toEqual([]);
  });

  it('asks first, and tells a person each record as a line', async () => {
    await bench.sensor();
    const web = await bench.instance(tagged);
    const declined = await bench.type(['apply', '--direct'], { answer: 'n' });
    expect(declined).toMatchObject({
      code: 1,
      err: 'Nothing was changed.\n',
      asked: ['Do this with your own credentials? [y/N] '],
    });
    const { code, out } = await bench.type(['apply', '--direct', '--only', web.id], { answer: 'y' });
    expect(code).toBe(0);
    expect(out).toContain(`+ session.create  web (${web.id})`);
    expect(out).not.toContain('sweep.complete');
    expect(out).toMatch(/\nDone: .*1 created.*\n$/);
  });

  it('ends with 1 when a change fails', async () => {
    await bench.sensor();
    await bench.instance(tagged);
    bench.emulator.ec2.controls.fail({
      action: 'CreateTrafficMirrorSession',
      times: 99,
      error: { code: 'TrafficMirrorSessionLimitExceeded', message: 'Enough.', status: 400 },
    });
    const { code, out, err } = await bench.type(['apply', '--direct', '--yes']);
    expect(code).toBe(1);
    expect(out).toContain('x session.create');
    expect(err).toMatch(/^Not all of it was done: 1 changes failed, /);
  });

  it('passes the gates as a sweep does, unless deletions are allowed', async () => {
    const target = await bench.sensor();
    bench.emulator.ec2.controls.settings.sourcesCountedAs = 'interfaces';
    const stale = await bench.user.launch(6, 'eu-west-1a', 'm5.large', {});
    for (const one of stale)
      for (const number of [1, 2])
        await bench.user.foreignSession(one.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? '', target, number, {
          'automirror:owner': 'automirror-dev',
        });
    const held = await bench.type(['apply', '--direct', '--yes']);
    expect(held.code).toBe(1);
    expect(held.err).toContain('1 times a gate held changes back');
    expect(await bench.user.sessions()).toHaveLength(12);
    expect((await bench.type(['apply', '--direct', '--yes', '--allow-deletes'])).code).toBe(0);
    expect(await bench.user.sessions()).toEqual([]);
  });

  it('is refused where it cannot be told whether a stack is deployed', async () => {
    await bench.sensor();
    await bench.instance(tagged);
    bench.emulator.setAuthorizer({
      deny: (_caller, { action }) => (action === 'events:ListRuleNamesByTarget' ? 'not you' : undefined),
    });
    const { code, err } = await bench.type(['apply', '--direct', '--yes']);
    expect(code).toBe(1);
    expect(err).toMatch(/^It cannot be told whether the stack automirror-dev is deployed here, so --direct is refused/);
    expect(await bench.user.sessions()).toEqual([]);
  });
});
