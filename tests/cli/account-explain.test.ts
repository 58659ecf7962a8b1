import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { instanceId, primaryInterface } from '../../src/demo/user.ts';
import { AccountBench } from './account-bench.ts';

let bench: AccountBench;
beforeEach(async () => {
  bench = await AccountBench.start();
  policy('');
});
afterEach(async () => {
  await bench.stop();
});

function policy(text: string): void {
  writeFileSync(join(bench.folder, 'policy.yml'), text);
}

const tagged = { Name: 'web', mirror: 'true' };
const explained = async (id: string) => {
  const { code, out, err } = await bench.type(['explain', id, '--json']);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out);
};

describe('automirror explain, for a person', () => {
  it('tells of an instance that no rule selects what was looked at, and that nothing would change', async () => {
    const db = await bench.instance({ Name: 'db' });
    const { code, out } = await bench.type(['explain', db.id]);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^${db.id} \\(db\\): left alone\n {2}no-rule-matched: `));
    expect(out).toContain('\nRules of the policy\n  opt-in: does not match: tag mirror is absent\n');
    expect(out).toContain(`\n  ${db.eni}: device index 0, attached, `);
    expect(out).toMatch(/\nEC2 holds\n {2}no session\n\nPlan\n {2}nothing to do\n$/);
  });

  it('tells of a source its rule, the target with every candidate, the filter with its rules, and what would be done', async () => {
    const near = await bench.sensor();
    const [far] = await bench.user.launch(1, 'eu-west-1b', 'c5.large', { Name: 'far' });
    const farTarget = await bench.user.target(far === undefined ? '' : primaryInterface(far), { 'automirror:target': 'default' });
    policy(
      'rules:\n  - { name: first, match: { tag: { mirror: "true" } }, sessions: [{ target: default, filter: all-traffic }] }\n  - { name: later, match: { vpc: "*" }, sessions: [{ target: default, filter: all-traffic }] }\n',
    );
    const web = await bench.instance(tagged);
    const { out } = await bench.type(['explain', web.id]);
    expect(out).toContain(`${web.id} (web): to be mirrored\n  rule-matched: `);
    expect(out).toContain('\n  not looked at: later\n');
    expect(out).toContain(`\n      ${near}: chosen (eu-west-1a, 0 of 10 sources)\n`);
    expect(out).toContain(`\n      ${farTarget}: has room; another one comes first (eu-west-1b, 0 of 10 sources)\n`);
    expect(out).toContain('\n      ingress 1 accept all 0.0.0.0/0 -> 0.0.0.0/0\n');
    expect(out).toContain('\n      network services: amazon-dns\n');
    expect(out).toMatch(/\nPlan\n {2}\+ filter all-traffic .*\n.*\n {2}\+ session on eni-/);
  });

  it('tells a refusal with the pool’s candidates: full, in another zone, and the source’s own', async () => {
    const target = await bench.sensor();
    policy('targets: { default: { zone: require } }');
    await bench.user.launch(10, 'eu-west-1a', 'm5.large', tagged);
    const late = await bench.user.launch(1, 'eu-west-1a', 'm5.large', { ...tagged, Name: 'zz' });
    const [far] = await bench.user.launch(1, 'eu-west-1b', 'm5.large', { ...tagged, Name: 'far' });
    const texts = await Promise.all(
      [...late, far].map(async (one) => (await bench.type(['explain', one === undefined ? '' : instanceId(one)])).out),
    );
    expect(texts[1]).toContain(`${target}: in another zone, which the pool does not allow (eu-west-1a, `);
    expect(texts[1]).toMatch(/\n {6}none: pool-zone\n/);
    expect(texts[1]).toMatch(/ refused\n {6}pool-zone: no target of pool "default" is in eu-west-1b/);
    // One of the eleven finds the target full; which one is the plan's business.
    const plan = JSON.parse((await bench.type(['plan', '--json'])).out);
    const full = plan.refused.find((action: { reason: { code: string } }) => action.reason.code === 'pool-full');
    const { out } = await bench.type(['explain', full.instanceId]);
    expect(out).toContain(`${target}: full (eu-west-1a, 10 of 10 sources)`);
    expect(out).toMatch(/\n {6}none: pool-full\n/);
  });

  it('tells the VNI that a rule asks for, one or a range', async () => {
    await bench.sensor();
    const web = await bench.instance(tagged);
    const rule = (vni: string) =>
      policy(`rules: [{ name: r, match: { vpc: "*" }, sessions: [{ target: default, filter: all-traffic, vni: ${vni} }] }]`);
    rule('7000');
    expect((await bench.type(['explain', web.id])).out).toContain(', whole packets, VNI 7000\n');
    rule('{ base: 7000, count: 100 }');
    expect((await bench.type(['explain', web.id])).out).toContain(', whole packets, a VNI of 7000 to 7099\n');
  });

  it('tells which interfaces are left out, and notes', async () => {
    await bench.sensor();
    const web = await bench.instance({ ...tagged, 'mirror-interfaces': '0,3' });
    const second = await bench.user.addInterface(web.id, 'eu-west-1a');
    const { out } = await bench.type(['explain', web.id]);
    expect(out).toContain(`\nLeft out\n  ${second}: interface-not-selected: `);
    expect(out).toContain('\nNotes\n  the tag mirror-interfaces asks for device index 3');
  });
});

describe('automirror explain --json', () => {
  it('has for all instances together exactly what the plan has', async () => {
    const target = await bench.sensor();
    const web = await bench.instance(tagged);
    await bench.instance({ Name: 'db' });
    const old = await bench.user.launch(1, 'eu-west-1a', 't2.micro', tagged);
    const stale = await bench.instance({ Name: 'stale' });
    await bench.user.foreignSession(web.eni, target, 10);
    await bench.user.foreignSession(stale.eni, target, 3, {
      'automirror:owner': 'automirror-dev',
      'automirror:instance': stale.id,
      'automirror:slot': '0',
    });
    const plan = JSON.parse((await bench.type(['plan', '--json'])).out);
    const ids = [web.id, stale.id, ...old.map(instanceId)];
    const each = await Promise.all(ids.map(async (id) => (await explained(id)).actions));
    const sorted = (actions: readonly unknown[]) => [...new Set(actions.map((action) => JSON.stringify(action)))].sort();
    expect(plan.changes.map(({ kind }: { kind: string }) => kind)).toEqual(['filter.create', 'session.delete', 'session.create']);
    const told = each.flat().filter(({ kind }) => kind !== 'instance.skip');
    expect(sorted(told)).toEqual(sorted([...plan.changes, ...plan.refused]));
    const created = plan.changes.find(({ kind }: { kind: string }) => kind === 'session.create');
    expect((await explained(web.id)).wanted[0].placement.candidates).toEqual([
      {
        targetId: created.spec.target.id,
        type: 'network-interface',
        zone: 'eu-west-1a',
        verdict: 'chosen',
        load: 1,
        capacity: 10,
      },
    ]);
  });

  it('tells what a gate holds back of the instance', async () => {
    const target = await bench.sensor();
    const stale = await bench.user.launch(12, 'eu-west-1a', 'm5.large', { Name: 'stale' });
    const [other] = await bench.user.launch(1, 'eu-west-1b', 'm5.24xlarge', { Name: 'other' });
    const big = await bench.user.target(other === undefined ? '' : primaryInterface(other), { Name: 'big' });
    for (const [index, one] of stale.entries())
      await bench.user.foreignSession(primaryInterface(one), index < 5 ? target : big, 3, {
        'automirror:owner': 'automirror-dev',
      });
    const { actions } = await explained(stale[0] === undefined ? '' : instanceId(stale[0]));
    expect(actions).toMatchObject([
      { kind: 'instance.skip' },
      { kind: 'gate.block', gate: 'maxDeletesPerSweep', blocked: [{ kind: 'session.delete' }] },
    ]);
    expect(actions[1].blocked).toHaveLength(1);
  });

  it('takes an interface or a session, and tells of that interface alone', async () => {
    const target = await bench.sensor();
    const web = await bench.instance(tagged);
    const second = await bench.user.addInterface(web.id, 'eu-west-1a');
    const foreign = await bench.user.foreignSession(second, target, 4);
    const whole = await explained(web.id);
    expect(whole.wanted.map(({ eniId }: { eniId: string }) => eniId)).toEqual([web.eni, second]);
    for (const id of [second, foreign]) {
      const part = await explained(id);
      expect(part).toMatchObject({ explain: 1, subject: id, instance: { id: web.id }, owner: 'automirror-dev' });
      expect(part.wanted).toMatchObject([{ eniId: second }]);
      expect(part.sessions).toMatchObject([{ id: foreign, ours: false, eniId: second }]);
      expect(part.actions.map(({ kind }: { kind: string }) => kind)).toEqual(['filter.create', 'session.create']);
    }
  });

  it('tells of an instance that EC2 has forgotten what its sessions tell', async () => {
    const target = await bench.sensor();
    const web = await bench.instance({ Name: 'web' });
    const gone = 'i-0123456789abcdef0';
    const session = await bench.user.foreignSession(web.eni, target, 4, {
      'automirror:owner': 'automirror-dev',
      'automirror:instance': gone,
    });
    const { out } = await bench.type(['explain', gone]);
    expect(out).toContain(`${gone}: EC2 lists no such instance`);
    expect(out).toContain(`  - session ${session} on ${web.eni} of ${gone}\n`);
  });
});

describe('automirror explain refuses', () => {
  it.each([
    ['web-1', 'web-1 is no id of an instance (i-…), a network interface (eni-…) or a session (tms-…).\n'],
    ['i-0123456789abcdef0', 'EC2 lists no instance i-0123456789abcdef0 in this account and Region, and no session of one.\n'],
    ['eni-0123456789abcdef0', 'eni-0123456789abcdef0 is on no instance of this account and Region, and has no session.\n'],
    ['tms-0123456789abcdef0', 'EC2 lists no session tms-0123456789abcdef0 in this account and Region.\n'],
  ])('%s', async (id, message) => {
    expect(await bench.type(['explain', id])).toEqual({ code: 1, out: '', err: message, asked: [] });
  });
});
