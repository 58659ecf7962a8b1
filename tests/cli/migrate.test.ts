import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccountBench } from './account-bench.ts';

let bench: AccountBench;
beforeEach(async () => {
  bench = await AccountBench.start();
  await writeFile(join(bench.folder, 'policy.yml'), '');
});
afterEach(async () => {
  await bench.stop();
});

const sample = `tags:
- tagList: [{ Key: env, Value: prod }]
  filterId: tmf-0123456789abcdef0
  targetId: tmt-0123456789abcdef0
`;

describe('automirror migrate convert', () => {
  beforeEach(() => writeFile(join(bench.folder, 'eu-west-1.yaml'), sample));
  const convert = (...options: string[]) => bench.typeAway(['migrate', 'convert', ...options]);

  it('prints a policy that is valid, and beside it what is to be seen to', async () => {
    const { code, out, err } = await convert('eu-west-1.yaml');
    expect(code).toBe(0);
    expect(out).toContain('  # eu-west-1.yaml:2\n  - name: tags-1\n    match: { tag: { env: prod } }\n');
    expect(err).toMatch(/^To see to:\n {2}eu-west-1\.yaml: the sample mirrors the first interface/);
    await writeFile(join(bench.folder, 'converted.yml'), out);
    expect(await bench.typeAway(['policy', 'check', 'converted.yml'])).toMatchObject({ code: 0 });
  });

  it('writes a new file, and never over one that is there', async () => {
    expect(await convert('eu-west-1.yaml', '--out', 'new.yml')).toMatchObject({ code: 0, out: '' });
    expect(await readFile(join(bench.folder, 'new.yml'), 'utf8')).toContain('name: tags-1');
    expect(await convert('eu-west-1.yaml', '--out', 'policy.yml')).toMatchObject({
      code: 1,
      err: 'policy.yml is there already, and is left as it is\n',
    });
    expect(await readFile(join(bench.folder, 'policy.yml'), 'utf8')).toBe('');
  });

  it('tells every issue of a file that is none, as text and as JSON, and converts nothing', async () => {
    await writeFile(join(bench.folder, 'bad.yaml'), 'tags:\n- tagList: []\n');
    const { code, out, err } = await convert('bad.yaml', '--json');
    expect(code).toBe(1);
    expect(err).toBe(
      'bad.yaml:2:3: tags[0].filterId: is missing; expected a filter id such as tmf-0123456789abcdef0\nbad.yaml:2:12: tags[0].tagList: expected at least one tag, found an empty list\n',
    );
    expect(JSON.parse(out)).toMatchObject({ convert: 1, file: 'bad.yaml', issues: [{ line: 2 }, { line: 2 }] });
    expect(await convert('none.yaml')).toMatchObject({ code: 1, err: 'none.yaml: no such file\n' });
  });

  it('is one object with --json', async () => {
    const { out } = await convert('eu-west-1.yaml', '--json');
    expect(JSON.parse(out)).toMatchObject({ convert: 1, policy: expect.stringContaining('tags-1'), toDo: [expect.any(String)] });
  });
});

describe('automirror migrate adopt', () => {
  const adopt = (...options: string[]) => bench.type(['migrate', 'adopt', ...options]);
  /** An instance that is to be mirrored, with a session that another tool has made. */
  async function mirroredByOthers(tags: Readonly<Record<string, string>> = {}) {
    const target = await bench.sensor();
    const web = await bench.instance({ mirror: 'true', Name: 'web' });
    const session = await bench.user.foreignSession(web.eni, target, 100, tags);
    bench.emulator.ec2.calls.reset();
    return { ...web, session };
  }
  const tagsOf = (id: string) => bench.emulator.ec2.world.tags(id);

  it('shows what it would take over and what then becomes of it, asks, and changes nothing when declined', async () => {
    const { id, eni, session } = await mirroredByOthers();
    const { code, out, err, asked } = await bench.type(['migrate', 'adopt'], { answer: 'n' });
    expect(code).toBe(1);
    expect(asked).toEqual(['Tag 1 session as ours? [y/N] ']);
    expect(out).toContain(`  + session ${session} on ${eni} of ${id}: rule opt-in, slot 0\n`);
    expect(out).toContain('\nWhat the next sweep then does with them:\n  + filter all-traffic');
    expect(out).toContain(`\n  ~ session ${session} on ${eni} of ${id}\n`);
    expect(out).toContain('sessionNumber: 100 -> 10');
    expect(err).toBe('Nothing was changed.\n');
    expect(bench.changes()).toEqual([]);
  });

  it('makes it ours in one call, tells the trail, and the next plan changes it in place', async () => {
    const { id, session } = await mirroredByOthers();
    const { code, out } = await adopt('--yes');
    expect(code).toBe(0);
    expect(out).toContain(
      '1 session adopted. The next sweep makes of them what the policy wants; now: automirror sweep --owner automirror-dev\n',
    );
    expect(bench.changes()).toEqual(['CreateTags']);
    expect(tagsOf(session)).toEqual({
      'automirror:owner': 'automirror-dev',
      'automirror:instance': id,
      'automirror:rule': 'opt-in',
      'automirror:slot': '0',
    });
    expect(bench.commands()).toMatchObject([
      {
        'detail-type': 'Mirror Session Modified',
        detail: {
          audit: 1,
          action: 'session.modify',
          outcome: 'done',
          reason: 'adopted',
          trigger: 'command-line',
          principal: expect.stringMatching(/^arn:aws:/),
          sessionId: session,
          instanceId: id,
          slot: 0,
        },
      },
    ]);
    const plan = await bench.type(['plan', '--json']);
    expect(
      JSON.parse(plan.out)
        .changes.map(({ kind }: { kind: string }) => kind)
        .sort(),
    ).toEqual(['filter.create', 'session.modify']);
  });

  it('leaves alone what belongs to another deployment, and says so', async () => {
    const { session, eni } = await mirroredByOthers({ 'automirror:owner': 'automirror-test' });
    const { code, out, asked } = await adopt();
    expect([code, asked]).toEqual([0, []]);
    expect(out).toBe(
      `  = session ${session} on ${eni}: it belongs to the deployment automirror-test\nNothing to adopt: no session that nobody owns is where the policy wants one.\n`,
    );
    expect(bench.changes()).toEqual([]);
  });

  it('takes only what is named', async () => {
    const one = await mirroredByOthers();
    const two = await bench.instance({ mirror: 'true' });
    const other = await bench.user.foreignSession(two.eni, bench.emulator.ec2.world.targets()[0]?.trafficMirrorTargetId ?? '', 1);
    expect((await adopt('--yes', '--only', two.id)).code).toBe(0);
    expect([tagsOf(one.session)['automirror:owner'], tagsOf(other)['automirror:owner']]).toEqual([undefined, 'automirror-dev']);
    expect((await adopt('--yes', '--only', one.session)).out).toContain('1 session adopted');
    expect((await adopt('--yes', '--only', one.eni)).out).toContain('Nothing to adopt');
  });

  it('tells which session could not be tagged, goes on with the others, and ends with 1', async () => {
    const one = await mirroredByOthers();
    const two = await bench.instance({ mirror: 'true' });
    const other = await bench.user.foreignSession(two.eni, bench.emulator.ec2.world.targets()[0]?.trafficMirrorTargetId ?? '', 1);
    const [first = '', second = ''] = [
      { eni: one.eni, session: one.session },
      { eni: two.eni, session: other },
    ]
      .sort((a, b) => (a.eni < b.eni ? -1 : 1))
      .map(({ session }) => session);
    bench.emulator.ec2.controls.fail({ action: 'CreateTags', error: { code: 'UnauthorizedOperation', status: 403 }, times: 1 });
    const { code, out } = await adopt('--yes', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      adopt: 1,
      sessions: [
        { sessionId: first, outcome: 'failed', detail: expect.stringContaining('UnauthorizedOperation') },
        { sessionId: second, outcome: 'done' },
      ],
      leftAlone: [],
    });
    expect(bench.commands().map((event) => event['detail-type'])).toEqual(['Mirror Change Failed', 'Mirror Session Modified']);
  });

  it('gives the record to the person where the bus does not take it', async () => {
    const { session } = await mirroredByOthers();
    bench.emulator.setAuthorizer({ deny: (_caller, { action }) => (action === 'events:PutEvents' ? 'not you' : undefined) });
    const { code, err } = await adopt('--yes');
    expect(code).toBe(1);
    expect(JSON.parse(err)).toMatchObject({
      message: 'the event bus did not take an audit record; it stands here',
      record: { action: 'session.modify', sessionId: session, reason: 'adopted' },
    });
    expect(tagsOf(session)['automirror:owner']).toBe('automirror-dev');
  });

  it.each([
    [['--json'], 'With --json nobody can be asked: give --yes too.\n'],
    [['--only', 'web'], 'web is no id of an instance (i-…), an interface (eni-…) or a session (tms-…).\n'],
  ])('refuses %j in one line', async (options, message) => {
    expect(await adopt(...options)).toMatchObject({ code: 1, out: '', err: message });
  });

  it('is refused beside a service with another policy, or one that nobody knows: it would delete what it does not want', async () => {
    const { session } = await mirroredByOthers();
    await bench.stackRule();
    expect(await adopt('--yes')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(
        /^The stack automirror-dev is deployed here, and nobody can tell by which policy, so nothing is adopted/,
      ),
    });
    const sweptWith = (policyHash: string) => {
      const at = bench.emulator.host.clock.now() - 1_000;
      const detail = { audit: 1, time: new Date(at).toISOString(), action: 'sweep.complete', reason: 'sweep-done', policyHash };
      bench.emulator.logs.append(group, 'stream', [{ timestamp: at, message: JSON.stringify({ detail }) }]);
    };
    const group = '/automirror/automirror-dev/audit';
    bench.emulator.logs.createLogGroup(group);
    sweptWith('0123456789abcdef');
    expect((await adopt('--yes')).err).toMatch(
      /^The stack automirror-dev is deployed here with another policy \(0123456789abcdef\) than policy\.yml/,
    );
    expect(bench.changes()).toEqual([]);
    const { policyHash } = JSON.parse((await bench.type(['status', '--json'])).out);
    sweptWith(policyHash);
    expect((await adopt('--yes')).code).toBe(0);
    expect(tagsOf(session)['automirror:owner']).toBe('automirror-dev');
  });

  it('asks nobody where nobody is', async () => {
    await mirroredByOthers();
    expect(await adopt()).toMatchObject({ code: 1, err: expect.stringContaining('There is no terminal to ask on') });
    expect(bench.changes()).toEqual([]);
  });
});
