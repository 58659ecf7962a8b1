/** docs/migrating.md: its policies are what the page says of the other tools' settings. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readCases } from '../../src/policy/cases/read-cases.ts';
import { runCase } from '../../src/policy/cases/run-case.ts';
import { parsePolicy } from '../../src/policy/source/parse.ts';
import { AccountBench } from '../cli/account-bench.ts';
import { readMarkdown } from './markdown.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/migrating.md'), 'utf8');
const policies = new Map(
  [...page.matchAll(/<!-- policy: (\S+) -->\n```yaml\n([\s\S]*?)```/g)].map(([, name = '', yaml = '']) => [name, yaml]),
);

/** What an instance gets by a policy of the page, compared with what is expected. */
function differences(name: string, one: { readonly instance: object; readonly facts?: object; readonly expect: object }) {
  const parsed = parsePolicy(policies.get(name) ?? 'missing', 'migrating.md');
  if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues));
  const read = readCases(JSON.stringify({ name, ...one }), 'migrating.md');
  if ('issues' in read) throw new Error(JSON.stringify(read.issues));
  return read.cases.flatMap((each) => runCase(each, parsed.policy).differences);
}

const vpc = 'vpc-0123456789abcdef0';
const subnet = 'subnet-0123456789abcdef0';
const otherSubnet = 'subnet-0123456789abcdef9';
const interfaces = [{ deviceIndex: 0 }, { deviceIndex: 1 }];
const mirrored = (rule: string, ...sessions: readonly object[]) => ({ outcome: 'mirror', rule, sessions });

it('every policy of the page is tried', () => {
  expect([...policies.keys()]).toEqual(['3coresec', 'sample', 'vectra']);
  const yaml = readMarkdown(page).blocks.filter(({ language }) => language === 'yaml');
  expect(yaml.map(({ text }) => text)).toEqual([...policies.values()]);
});

describe('AutoMirror’s tags', () => {
  const gets = (tags: object, expected: object, more: object = {}) =>
    expect(differences('3coresec', { instance: { tags, ...more }, expect: expected })).toEqual([]);

  it('Mirror=True is the tag', () => {
    gets({ Mirror: 'True' }, mirrored('opt-in', { target: 'default', filter: 'existing' }));
    gets({ Mirror: 'False' }, { outcome: 'skip' });
    gets({}, { outcome: 'skip' });
  });

  it('Mirror-Target and Mirror-Filter may be ids; whether they are the policy’s shows in the account: tests/scenarios/tags.test.ts', () => {
    const ids = { 'Mirror-Target': 'tmt-0cf51cb49550a6001', 'Mirror-Filter': 'tmf-037045da20bff1511' };
    gets({ Mirror: 'True', ...ids }, mirrored('opt-in', { target: ids['Mirror-Target'], filter: ids['Mirror-Filter'] }));
    gets({ Mirror: 'True', 'Mirror-Filter': 'everything' }, { outcome: 'refuse', reason: 'filter-unknown' });
  });

  it('the tags of its first version are not read', () => {
    gets({ Mirror: 'True', mirrorTarget: 'tmt-0cf51cb49550a6009' }, mirrored('opt-in', { target: 'default' }));
  });

  it('the first interface only takes another tag', () => {
    gets({ Mirror: 'True' }, mirrored('opt-in', { deviceIndex: 0 }, { deviceIndex: 1 }), { networkInterfaces: interfaces });
    const primary = { Mirror: 'True', 'mirror-interfaces': 'primary' };
    gets(primary, mirrored('opt-in', { deviceIndex: 0 }), { networkInterfaces: interfaces });
  });
});

describe('the AWS sample’s file', () => {
  const gets = (instance: object, expected: object) => expect(differences('sample', { instance, expect: expected })).toEqual([]);

  it('is read in its order: tags, one of which is enough, then subnets, then VPCs', () => {
    const everything = { tags: { team: 'payments' }, subnetId: subnet, vpcId: vpc };
    gets(everything, mirrored('tags', { target: 'tagged', filter: 'first', sessionNumber: 100 }));
    gets({ ...everything, tags: { env: 'prod' } }, mirrored('tags', { target: 'tagged' }));
    gets({ subnetId: subnet, vpcId: vpc }, mirrored('subnets', { target: 'subnet', filter: 'second', sessionNumber: 100 }));
    gets({ vpcId: vpc, subnetId: otherSubnet }, mirrored('vpcs', { target: 'fleet', filter: 'first', sessionNumber: 100 }));
    gets(
      { tags: { env: 'test' }, vpcId: 'vpc-0123456789abcdef9', subnetId: otherSubnet },
      { outcome: 'skip', reason: 'no-rule-matched' },
    );
  });

  it('has its filters and targets in the policy', () => {
    const shown = readMarkdown(page).blocks.find(({ language }) => language === 'yaml sample')?.text ?? '';
    const entries: { readonly filterId: string; readonly targetId?: string }[] = Object.values<[]>(parse(shown)).flat();
    expect(entries).toHaveLength(3);
    const { filters, targets } = parse(policies.get('sample') ?? '');
    const ids = JSON.stringify([filters, targets]);
    for (const { filterId, targetId = filterId } of entries) {
      expect(ids).toContain(filterId);
      expect(ids).toContain(targetId);
    }
  });

  it('spares the sensors of the fleet', () => {
    gets({ vpcId: vpc, tags: { mirror: 'false' } }, { outcome: 'skip', reason: 'never-mirrored' });
  });
});

describe('Vectra’s tags', () => {
  const target = { 'Vectra:session_mirroring_target': 'tmt-0123456789abcdef0' };
  const gets = (vpcTags: object, tags: object, expected: object) =>
    expect(
      differences('vectra', { instance: { vpcId: vpc, tags }, facts: { networkTags: { [vpc]: vpcTags } }, expect: expected }),
    ).toEqual([]);

  it('a VPC with a target enrols its instances, but for those on the blacklist', () => {
    gets(target, {}, mirrored('enrolled', { target: 'sensors' }));
    gets({ ...target, 'Vectra:session_mirroring_enrollment': 'auto' }, {}, mirrored('enrolled', { target: 'sensors' }));
    gets(target, { 'Vectra:session_mirroring_blacklist': 'True' }, { outcome: 'skip', reason: 'never-mirrored' });
    gets({}, {}, { outcome: 'skip', reason: 'no-rule-matched' });
  });

  it('a VPC with a whitelist enrols those on it', () => {
    const listed = { ...target, 'Vectra:session_mirroring_enrollment': 'whitelist' };
    gets(listed, {}, { outcome: 'skip', reason: 'no-rule-matched' });
    gets(listed, { 'Vectra:session_mirroring_whitelist': 'True' }, mirrored('listed', { target: 'sensors' }));
  });

  it('a target that the policy does not know enrols nobody', () => {
    gets({ 'Vectra:session_mirroring_target': 'tmt-0123456789abcdef9' }, {}, { outcome: 'skip', reason: 'no-rule-matched' });
  });
});

describe('the commands of the page', () => {
  const blocks = readMarkdown(page).blocks;
  /** What the page shows below a command, ids aside. */
  const shown = (command: string) => anonymous(blocks[blocks.findIndex(({ text }) => text.trim() === command) + 1]?.text ?? '');
  const anonymous = (text: string) => text.replaceAll(/\b(tms|tmt|tmf|eni|i)-[0-9a-f]{17}\b/g, '$1-…').trim();

  let bench: AccountBench;
  beforeEach(async () => {
    bench = await AccountBench.start();
    writeFileSync(join(bench.folder, 'policy.yml'), '');
  });
  afterEach(() => bench.stop());
  const typed = (line: string, answer = '') => {
    const args = line.split(' ').slice(2);
    return args[1] === 'convert' ? bench.typeAway(args) : bench.type(args, { answer });
  };

  it('migrate convert reads the sample’s file, and what it makes mirrors what the page’s own policy does', async () => {
    writeFileSync(join(bench.folder, 'eu-west-1.yaml'), blocks.find(({ language }) => language === 'yaml sample')?.text ?? '');
    const { code, out, err } = await typed('npx automirror migrate convert eu-west-1.yaml --out converted.yml');
    expect([code, out]).toEqual([0, '']);
    expect(anonymous(err)).toBe(shown('npx automirror migrate convert eu-west-1.yaml --out converted.yml'));
    const policyOf = (text: string) => {
      const parsed = parsePolicy(text, 'migrating.md');
      if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues));
      return parsed.policy;
    };
    const [converted, written] = [readFileSync(join(bench.folder, 'converted.yml'), 'utf8'), policies.get('sample') ?? ''].map(
      policyOf,
    );
    const matches = (policy: typeof converted) =>
      policy?.rules.map(({ match, sessions }) => [match, sessions.map((one) => one.sessionNumber)]);
    expect(matches(converted)).toEqual(matches(written));
    expect(Object.values(converted?.existingFilters ?? {})).toEqual(Object.values(written?.existingFilters ?? {}));
    expect(converted?.never).toEqual(written?.never);
  });

  it('migrate adopt shows what it takes over and what it leaves, and does it', async () => {
    const target = await bench.sensor();
    const ends = await Promise.all([1, 2].map(() => bench.instance({ mirror: 'true', Name: 'web' })));
    const [first, second] = ends.sort((a, b) => (a.eni < b.eni ? -1 : 1));
    await bench.user.foreignSession(first?.eni ?? '', target, 100);
    await bench.user.foreignSession(second?.eni ?? '', target, 100, { 'automirror:owner': 'automirror-test' });
    const { code, out, asked } = await typed('npx automirror migrate adopt', 'y');
    expect(code).toBe(0);
    const question = asked.join('');
    const [before = '', after = ''] = out.split(/(?=^1 session adopted)/m);
    expect(anonymous(`${before}${question}y\n${after}`)).toBe(shown('npx automirror migrate adopt'));
  });
});
