import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { durationMs, sinceWhen } from '../../src/cli/duration.ts';
import { tagChange } from '../../src/cli/instance-tags.ts';
import { AccountBench } from './account-bench.ts';
import { stopInstance } from './stop-instance.ts';

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

const tagsOf = (id: string) => bench.emulator.ec2.world.tags(id);

describe('automirror start, where no service is deployed', () => {
  it('tags and ends at once with --wait 0s', async () => {
    await bench.sensor();
    const web = await bench.instance({ Name: 'web' });
    const { code, out, err } = await bench.type([
      'start',
      web.id,
      '--wait',
      '0s',
      '--filter',
      'all-traffic',
      '--reason',
      'INC-1: beacon',
    ]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(`${web.id}: set mirror=true, mirror-filter=all-traffic, mirror-reason=INC-1: beacon\n`);
    expect(tagsOf(web.id)).toEqual({
      Name: 'web',
      mirror: 'true',
      'mirror-filter': 'all-traffic',
      'mirror-reason': 'INC-1: beacon',
    });
  });

  it('sets the end by the time that it is to last', async () => {
    await bench.sensor();
    const web = await bench.instance({});
    const before = Date.now();
    await bench.type(['start', web.id, '--wait', '0s', '--for', '2h']);
    const until = Date.parse(tagsOf(web.id)['mirror-until'] ?? '');
    expect(until).toBeGreaterThan(before + 7_199_000 - 1_000);
    expect(until).toBeLessThanOrEqual(Date.now() + 7_200_000);
  });

  it('takes away an end that has passed, and leaves one to come', async () => {
    await bench.sensor();
    const over = await bench.instance({ 'Mirror-Until': '2020-01-01' });
    const ahead = await bench.instance({ 'mirror-until': '2099-01-01' });
    expect((await bench.type(['start', over.id, '--wait', '0s'])).out).toBe(
      `${over.id}: set mirror=true; took away Mirror-Until\n`,
    );
    await bench.type(['start', ahead.id, '--wait', '0s']);
    expect(tagsOf(ahead.id)).toEqual({ mirror: 'true', 'mirror-until': '2099-01-01' });
  });

  it('ends with 1, and says what to look at, when nothing has happened in time', async () => {
    await bench.sensor();
    const web = await bench.instance({});
    const { code, out, err } = await bench.type(['start', web.id, '--wait', '1s']);
    expect([code, out]).toEqual([1, `${web.id}: set mirror=true\n`]);
    expect(err).toMatch(
      /^unsettled: deadline: after 1 s the service has not done it\. .* The audit trail could not be read: ResourceNotFound/,
    );
    expect(err).toContain(`The tags stay; automirror stop ${web.id} takes them away.\n`);
  });

  it.each([
    ['a filter that the policy does not have', ['--filter', 'nosuch'], {}, 'refused: filter-unknown: '],
    ['a pool that the policy does not have', ['--target', 'nosuch'], {}, 'refused: target-unknown: '],
    ['a length that is none', ['--packet-length', 'long'], {}, 'refused: tag-invalid: '],
    ['an instance that is never mirrored', [], { pci: 'yes' }, 'skipped: never-mirrored: '],
  ])('tags nothing for %s', async (_what, options, tags, message) => {
    await bench.sensor();
    policy('never: [{ tag: { pci: "*" } }]');
    const web = await bench.instance(tags);
    const { code, out, err } = await bench.type(['start', web.id, ...options]);
    expect([code, out]).toEqual([1, '']);
    expect(err.startsWith(message)).toBe(true);
    expect(err.endsWith('Nothing was tagged.\n')).toBe(true);
    expect(tagsOf(web.id)).toEqual(tags);
  });

  it('tags nothing for a stopped instance, an unsupported type, and where no target is', async () => {
    const stopped = await bench.instance({});
    await stopInstance(bench.ec2, stopped.id);
    expect((await bench.type(['start', stopped.id])).err).toMatch(/^skipped: instance-stopped: /);
    const web = await bench.instance({});
    expect((await bench.type(['start', web.id])).err).toMatch(/^refused: pool-empty: /);
    const [old] = await bench.user.launch(1, 'eu-west-1a', 't2.micro', {});
    expect((await bench.type(['start', old?.InstanceId ?? ''])).err).toMatch(/^refused: instance-type-unsupported: /);
    expect([tagsOf(stopped.id), tagsOf(web.id)]).toEqual([{}, {}]);
  });

  it('answers programs with one object', async () => {
    await bench.sensor();
    const web = await bench.instance({ Mirror: 'no' });
    const { out } = await bench.type(['start', web.id, '--wait', '0s', '--json']);
    expect(JSON.parse(out)).toEqual({
      start: 1,
      instanceId: web.id,
      set: { Mirror: 'true' },
      removed: [],
      outcome: 'tagged',
      sessions: [],
    });
    const refused = await bench.type(['start', web.id, '--filter', 'nosuch', '--json']);
    expect(refused).toMatchObject({ code: 1, err: '' });
    expect(JSON.parse(refused.out)).toMatchObject({ start: 1, set: {}, outcome: 'refused', reason: { code: 'filter-unknown' } });
  });

  it.each(['start', 'stop'])('%s tells in one line what is no instance, is unknown, or may not be tagged', async (verb) => {
    await bench.sensor();
    const web = await bench.instance({ 'mirror-reason': 'x' });
    expect((await bench.type([verb, 'web-1'])).err).toBe('web-1 is no id of an instance (i-…).\n');
    expect((await bench.type([verb, 'i-0123456789abcdef0'])).err).toBe(
      'EC2 lists no instance i-0123456789abcdef0 in this account and Region.\n',
    );
    for (const action of ['CreateTags', 'DeleteTags'])
      bench.emulator.ec2.controls.fail({
        action,
        times: 9,
        error: { code: 'UnauthorizedOperation', message: 'No.', status: 403 },
      });
    const denied = await bench.type([verb, web.id]);
    expect(denied.code).toBe(1);
    expect(denied.err).toMatch(/^The tags could not be (set|taken away): UnauthorizedOperation: No\.\n$/);
  });
});

describe('automirror stop, where no service is deployed', () => {
  it('takes away every tag that asks for mirroring, in whatever spelling, and nothing else', async () => {
    const web = await bench.instance({
      Name: 'web',
      MIRROR: 'true',
      'mirror-filter': 'all-traffic',
      'Mirror-Until': '2099-01-01',
      mirrored: 'x',
    });
    const { code, out } = await bench.type(['stop', web.id]);
    expect(code).toBe(0);
    expect(out).toBe(`${web.id}: took away MIRROR, mirror-filter, Mirror-Until\n`);
    expect(tagsOf(web.id)).toEqual({ Name: 'web', mirrored: 'x' });
    expect((await bench.type(['stop', web.id])).out).toBe(`${web.id}: has no tag that asks for mirroring\n`);
  });

  it('ends with 1 and the rule, where the policy selects the instance without a tag', async () => {
    policy('rules: [{ name: all-db, match: { tag: { Name: db } }, sessions: [{ target: default, filter: all-traffic }] }]');
    await bench.sensor();
    const db = await bench.instance({ Name: 'db', mirror: 'true' });
    const { code, err } = await bench.type(['stop', db.id]);
    expect(code).toBe(1);
    expect(err).toMatch(/^still-mirrored: rule-matched: rule "all-db": /);
    expect(tagsOf(db.id)).toEqual({ Name: 'db' });
  });

  it('ends with 1 and the sessions that are left, when they are not gone in time', async () => {
    const target = await bench.sensor();
    const web = await bench.instance({ mirror: 'true' });
    const session = await bench.user.foreignSession(web.eni, target, 5, { 'automirror:owner': 'automirror-dev' });
    const { code, out, err } = await bench.type(['stop', web.id, '--wait', '1s', '--json']);
    expect([code, err]).toEqual([1, '']);
    expect(JSON.parse(out)).toMatchObject({ stop: 1, removed: ['mirror'], outcome: 'unsettled', sessions: [{ id: session }] });
  });
});

describe('the change of tags', () => {
  it('keeps the spelling that is there, and takes away a second one', () => {
    expect(tagChange({ Mirror: 'no', mirror: 'no', other: 'x' }, { mirror: 'true', 'mirror-until': null })).toEqual({
      set: { Mirror: 'true' },
      remove: ['mirror'],
    });
  });
});

describe('a duration', () => {
  it.each([
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['1.5h', 5_400_000],
    ['3d', 259_200_000],
    ['2 hours', 7_200_000],
  ])('of %s is read', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
    expect(sinceWhen(text)).toEqual({ agoMs: ms });
  });

  it.each(['', '5', 'h', '-2h', '2x', '1h30m', '1.2.3h'])('of "%s" is refused', (text) => {
    expect(() => durationMs(text)).toThrow('A duration is a number with a unit');
  });

  it('may be a time, where a beginning is asked for', () => {
    expect(sinceWhen('2026-11-24T10:00Z')).toEqual({ at: Date.UTC(2026, 10, 24, 10) });
    expect(() => sinceWhen('yesterday')).toThrow('Give how long ago');
  });
});
