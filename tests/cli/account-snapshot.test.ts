import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sh } from '../newcomer/shell.ts';
import { AccountBench, stubAwsEnvironment, type } from './account-bench.ts';
import { stopInstance } from './stop-instance.ts';

let bench: AccountBench;
beforeEach(async () => {
  bench = await AccountBench.start();
  writeFileSync(join(bench.folder, 'policy.yml'), '');
});
afterEach(async () => {
  await bench.stop();
});

/** A bit of everything: sources to create, keep, change, delete and refuse, others' sessions, interfaces without an instance. */
async function someAccount(): Promise<void> {
  const target = await bench.sensor();
  const owned = { 'automirror:owner': 'automirror-dev' };
  const web = await bench.instance({ Name: 'web', mirror: 'true' });
  await bench.user.addInterface(web.id, 'eu-west-1a');
  await bench.user.foreignSession(web.eni, target, 10);
  const drifted = await bench.instance({ Name: 'drifted', mirror: 'true', 'mirror-packet-length': '128' });
  await bench.user.foreignSession(drifted.eni, target, 7, {
    ...owned,
    'automirror:slot': '0',
    'automirror:instance': drifted.id,
  });
  const stale = await bench.instance({ Name: 'stale' });
  await bench.user.foreignSession(stale.eni, target, 3, { ...owned, 'automirror:slot': '0', 'automirror:instance': stale.id });
  await bench.user.launch(2, 'eu-west-1b', 't2.micro', { mirror: 'true' });
  const stopped = await bench.instance({ Name: 'stopped', mirror: 'true' });
  await stopInstance(bench.ec2, stopped.id);
}

/** Types at the saved account alone: no credentials, no Region, no address. */
async function offline(args: readonly string[]) {
  stubAwsEnvironment(false);
  try {
    return await type(args, bench.folder);
  } finally {
    stubAwsEnvironment();
  }
}

describe('automirror plan --from', () => {
  it('is what plan is in the account, after automirror snapshot', async () => {
    await someAccount();
    const saved = await bench.type(['snapshot', '--out', 'saved']);
    expect(saved).toMatchObject({ code: 0, err: '' });
    expect(saved.out).toContain('instances.json: 6 items\n');
    expect(saved.out).toMatch(/Saved in saved\. .*: automirror plan --from saved\n$/);
    for (const form of [[], ['--json']]) {
      const there = await bench.type(['plan', ...form]);
      expect(there.code).toBe(2);
      expect(await offline(['plan', '--from', 'saved', ...form])).toEqual(there);
    }
    expect((await offline(['plan', '--from', 'saved'])).out).toMatch(
      /Plan: 2 to create, 1 to modify, 1 to delete, 0 as wanted, 2 refused, /,
    );
  });

  it('is what plan is in the account, after the AWS CLI', { timeout: 60_000 }, async () => {
    await someAccount();
    const folder = join(bench.folder, 'cli');
    mkdirSync(folder);
    const env = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_DEFAULT_REGION: 'eu-west-1', AWS_PAGER: '' };
    const lines = [
      'aws ec2 describe-instances > instances.json',
      'aws ec2 describe-network-interfaces > network-interfaces.json',
      'aws ec2 describe-traffic-mirror-sessions > traffic-mirror-sessions.json',
      'aws ec2 describe-traffic-mirror-targets > traffic-mirror-targets.json',
      'aws ec2 describe-traffic-mirror-filters > traffic-mirror-filters.json',
      'aws sts get-caller-identity > caller-identity.json',
    ];
    for (const line of lines) {
      const { code, output } = await sh(line.replace('aws ', `aws --endpoint-url ${bench.emulator.endpoint} `), {
        cwd: folder,
        env,
      });
      expect(code, output).toBe(0);
    }
    const there = await bench.type(['plan', '--json']);
    expect(await offline(['plan', '--from', 'cli', '--json'])).toEqual(there);
    // Instances tell whose account it is, too.
    rmSync(join(folder, 'caller-identity.json'));
    expect(await offline(['plan', '--from', 'cli', '--json'])).toEqual(there);
  });

  it('shows what another policy would change, and explain explains it', async () => {
    await bench.sensor();
    const db = await bench.instance({ Name: 'db' });
    await bench.type(['snapshot', '--out', 'saved']);
    expect((await offline(['plan', '--from', 'saved'])).code).toBe(0);
    writeFileSync(
      join(bench.folder, 'next.yml'),
      'rules: [{ name: all-db, match: { tag: { Name: db } }, sessions: [{ target: default, filter: all-traffic }] }]',
    );
    const next = await offline(['plan', '--from', 'saved', '--policy', 'next.yml']);
    expect(next.code).toBe(2);
    expect(next.out).toContain('Plan: 1 to create, ');
    expect(next.out).toContain('Cost: about USD 0.00 a month now, 10.95 after it');
    const explained = await offline(['explain', db.id, '--from', 'saved', '--policy', 'next.yml']);
    expect(explained.out).toContain('all-db: matches: tag name is "db"');
  });

  it('decides as at the time of the snapshot', async () => {
    await bench.sensor();
    await bench.instance({ mirror: 'true', 'mirror-until': '2020-06-01' });
    await bench.type(['snapshot', '--out', 'saved']);
    expect((await offline(['plan', '--from', 'saved'])).code).toBe(0);
    const about = join(bench.folder, 'saved', 'snapshot.json');
    writeFileSync(about, readFileSync(about, 'utf8').replace(/"takenAt": "[^"]+"/, '"takenAt": "2020-05-31T00:00:00Z"'));
    expect((await offline(['plan', '--from', 'saved'])).out).toContain('Plan: 1 to create');
  });

  it('takes what PowerShell redirects: UTF-16, or a byte order mark', async () => {
    await bench.sensor();
    await bench.instance({ mirror: 'true' });
    await bench.type(['snapshot', '--out', 'saved']);
    const expected = await offline(['plan', '--from', 'saved']);
    for (const [file, encoding] of [
      ['instances.json', 'utf16le'],
      ['traffic-mirror-targets.json', 'utf8'],
    ] as const) {
      const path = join(bench.folder, 'saved', file);
      writeFileSync(path, Buffer.from(`\uFEFF${readFileSync(path, 'utf8')}`, encoding));
    }
    expect(await offline(['plan', '--from', 'saved'])).toEqual(expected);
  });
});

describe('a snapshot that a plan cannot trust is refused in words:', () => {
  const file = (name: string) => join(bench.folder, 'saved', name);
  beforeEach(async () => {
    await bench.sensor();
    await bench.instance({ mirror: 'true' });
    await bench.type(['snapshot', '--out', 'saved']);
  });

  it.each(['instances', 'network-interfaces', 'traffic-mirror-sessions', 'traffic-mirror-targets', 'traffic-mirror-filters'])(
    '%s.json is missing',
    async (name) => {
      rmSync(file(`${name}.json`));
      expect(await offline(['plan', '--from', 'saved'])).toMatchObject({
        code: 1,
        out: '',
        err: `saved/${name}.json: no such file. Save it with: aws ec2 describe-${name} > saved/${name}.json\n`,
      });
    },
  );

  it.each([
    ['{"Reservations": [], "NextToken": "eyJ"}', 'saved/instances.json is cut short: it has a NextToken. '],
    ['{"Reservations": [', 'saved/instances.json is no JSON: '],
    ['[]', 'saved/instances.json holds no JSON object.'],
    ['{"Instances": []}', 'saved/instances.json has no list "Reservations". Save it with: aws ec2 describe-instances > '],
    [
      '{"Reservations": [{"OwnerId": "1", "Instances": [{}]}]}',
      'item 1 of "Reservations" is not as AWS writes it: EC2 answered without the instance id',
    ],
    ['{"Reservations": [{"Instances": 7}]}', 'item 1 of "Reservations" is not as AWS writes it: '],
  ])('instances.json holds %s', async (text, message) => {
    writeFileSync(file('instances.json'), text);
    const { code, out, err } = await offline(['plan', '--from', 'saved']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(message);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it('nothing tells whose account it is', async () => {
    rmSync(file('caller-identity.json'));
    writeFileSync(file('instances.json'), '{"Reservations": []}');
    const { code, err } = await offline(['plan', '--from', 'saved']);
    expect([code, err]).toEqual([
      1,
      'Whose account saved is of cannot be told. Save it with: aws sts get-caller-identity > saved/caller-identity.json\n',
    ]);
  });
});

describe('automirror snapshot', () => {
  it('leaves an earlier snapshot as it was when EC2 cannot be read to the end', async () => {
    await bench.sensor();
    await bench.type(['snapshot', '--out', 'saved']);
    const folder = join(bench.folder, 'saved');
    const before = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
    await bench.instance({ mirror: 'true' });
    bench.emulator.ec2.controls.fail({
      action: 'DescribeTrafficMirrorFilters',
      times: 99,
      error: { code: 'UnauthorizedOperation', message: 'No.', status: 403 },
    });
    expect(await bench.type(['snapshot', '--out', 'saved'])).toMatchObject({
      code: 1,
      out: '',
      err: 'Nothing was saved: UnauthorizedOperation: No.\n',
    });
    expect(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')])).toEqual(before);
  });

  it('reads to the last page, and answers programs with the counts', async () => {
    await bench.user.launch(3, 'eu-west-1a', 'm5.large', {});
    Object.assign(bench.emulator.ec2.controls.settings, { largestPageSize: 2, emptyPage: 2 });
    for (let index = 0; index < 6; index += 1) await bench.instance({});
    const { code, out } = await bench.type(['snapshot', '--out', 'saved', '--json']);
    expect(code).toBe(0);
    const { Reservations } = JSON.parse(readFileSync(join(bench.folder, 'saved', 'instances.json'), 'utf8'));
    // A page may end within a reservation.
    expect(Reservations.flatMap(({ Instances }: { Instances: unknown[] }) => Instances)).toHaveLength(9);
    expect(JSON.parse(out)).toMatchObject({
      snapshot: 1,
      folder: 'saved',
      files: { 'instances.json': Reservations.length, 'network-interfaces.json': 9 },
    });
  });

  it('says in one line that a folder cannot be made', async () => {
    writeFileSync(join(bench.folder, 'file'), '');
    const { code, err } = await bench.type(['snapshot', '--out', 'file/saved']);
    expect(code).toBe(1);
    expect(err).toMatch(/^file\/saved: .*\n$/);
  });
});
