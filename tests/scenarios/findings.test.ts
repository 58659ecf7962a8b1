import { CreateTagsCommand } from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Tags, until } from '../../src/demo/user.ts';
import { type FindingShape, findingDetail, findingEvent } from '../support/finding.ts';
import { addSensor, launchOne, mirrored, notMirrored, type Source, sessionsOn, tagOf } from '../support/scenario/fleet.ts';
import { reasonsOf, recorded, tagsOf } from '../support/scenario/lifecycle.ts';
import { type AuditLine, type RunningService, runService } from '../support/scenario/service.ts';

const policy = `
targets: { default: {}, forensics: {} }
rules: [{ name: opt-in, match: { tag: { mirror: "true" } }, tagOverrides: [target, until] }]
onFinding: { minSeverity: 7, for: 5m, target: forensics, types: ["Backdoor:EC2/*", "*!DNS"] }
`;
const fiveMinutesMs = 300_000;
const seconds = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z/, 'Z');
const ended = (time: number) => until('the end of the mirroring', async () => (Date.now() > time ? true : undefined));

describe('under a policy with onFinding', () => {
  let service: RunningService;
  let forensics: string;

  beforeAll(async () => {
    service = await runService({ policy });
    await addSensor(service);
    forensics = await addSensor(service, 'forensics');
  }, 60_000);

  afterAll(() => service.stop());
  afterEach(() => service.quiet());

  /** GuardDuty tells of a finding, now or in an event of a time ago. */
  function find({ id }: { readonly id: string }, more: FindingShape = {}, agoMs = 0): void {
    const time = seconds(Date.now() - agoMs);
    const { version: _version, ...event } = findingEvent(id, more, { id: service.emulator.host.newUuid(), time });
    service.emulator.events.put({ version: '0', ...event });
  }

  const told = ({ id }: { readonly id: string }): readonly AuditLine[] =>
    service.records().filter((line) => line.instanceId === id && line.action === 'instance.tag');

  async function foundOn(tags: Tags, more: FindingShape = {}): Promise<Source> {
    const source = await launchOne(service, tags);
    await service.quiet();
    find(source, more);
    await until(`a record of the finding on ${source.id}`, async () => told(source)[0]);
    await service.quiet();
    return source;
  }

  test('a finding has its instance mirrored to where the policy says, and the trail tells from the finding to the session', async () => {
    const source = await foundOn({ Name: 'web' });
    const session = await mirrored(service, source.eni);
    expect(session.TrafficMirrorTargetId).toBe(forensics);
    expect(tagOf(session, 'automirror:rule')).toBe('opt-in');
    const tags = await tagsOf(service, source);
    expect(tags).toMatchObject({ Name: 'web', mirror: 'true', 'mirror-target': 'forensics' });
    expect(tags['mirror-reason']).toBe(
      `GuardDuty finding Backdoor:EC2/C_CActivity.B_DNS severity=8 id=16afba5c5c43e07c9e3e5e2e544e95df until=${tags['mirror-until']}`,
    );
    const trail = service.trail().filter(({ instanceId }) => instanceId === source.id);
    expect(trail.map(({ action, reason, trigger }) => [action, reason, trigger])).toEqual([
      ['instance.tag', 'finding-received', 'finding'],
      ['session.create', 'session-missing', 'tag-change'],
    ]);
  });

  test('and the mirroring ends when its time has passed', { timeout: 30_000 }, async () => {
    const source = await launchOne(service, {});
    await service.quiet();
    // Five seconds of the five minutes are left.
    find(source, {}, fiveMinutesMs - 5_000);
    await mirrored(service, source.eni);
    await ended(Date.parse((await tagsOf(service, source))['mirror-until'] ?? ''));
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([]);
    expect(reasonsOf(service, source, 'session.delete')).toEqual(['until-passed']);
    find(source);
    await mirrored(service, source.eni);
    expect(told(source).map(({ reason }) => reason)).toEqual(['finding-received', 'finding-extended']);
  });

  test('a later finding extends, an earlier one and a repetition do not, and the session stays as it is', async () => {
    const source = await launchOne(service, {});
    await service.quiet();
    find(source, { id: 'first' }, 120_000);
    const session = await mirrored(service, source.eni);
    await service.quiet();
    const before = await tagsOf(service, source);
    find(source, { id: 'later' }, 60_000);
    await recorded(service, source, 'instance.tag', 'finding-extended');
    await service.quiet();
    const after = await tagsOf(service, source);
    expect(Date.parse(after['mirror-until'] ?? '') - Date.parse(before['mirror-until'] ?? '')).toBeGreaterThanOrEqual(59_000);
    expect(after['mirror-reason']).toContain('id=later');
    find(source, { id: 'earlier' }, 180_000);
    await recorded(service, source, 'instance.tag', 'finding-current');
    await service.quiet();
    expect(await tagsOf(service, source)).toEqual(after);
    expect(await mirrored(service, source.eni)).toEqual(session);
  });

  test.each<[string, Tags]>([
    ['no', { mirror: 'false' }],
    ['no in another spelling', { Mirror: 'No' }],
    ['yes', { mirror: 'yes', 'mirror-target': 'default' }],
    ['when it is to end', { 'mirror-until': '2099-01-01' }],
  ])('a person who has said %s has the last word', async (_what, tags) => {
    const source = await foundOn(tags);
    expect(told(source)).toMatchObject([{ outcome: 'blocked', reason: 'finding-left-alone' }]);
    expect(await tagsOf(service, source)).toEqual(tags);
  });

  test('a person ends it by taking the tag away', async () => {
    const source = await foundOn({});
    await mirrored(service, source.eni);
    await service.user.untag(source.id, 'mirror');
    await notMirrored(service, source.eni);
  });

  test('what is less severe, of another type, of another account, archived or on something else wakes nobody', async () => {
    const source = await launchOne(service, {});
    await service.quiet();
    const before = service.records().length;
    find(source, { severity: 6.9 });
    find(source, { type: 'Recon:EC2/Portscan' });
    find(source, { accountId: '999988887777' });
    find(source, { archived: true });
    find(source, { resourceType: 'AccessKey' });
    await service.quiet();
    expect(service.records()).toHaveLength(before);
    find(source, { type: 'backdoor:ec2/spambot' });
    await mirrored(service, source.eni);
  });

  test('a sample finding on an instance that is none is told of, and its neighbour is served', async () => {
    const source = await launchOne(service, {});
    find({ id: 'i-99999999' });
    find(source);
    await mirrored(service, source.eni);
    expect(told({ id: 'i-99999999' })).toMatchObject([{ outcome: 'blocked', reason: 'instance-gone' }]);
    expect(service.queue('dead-letters.fifo').counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  test('the same finding delivered three times at once leads to one tagging and one session', async () => {
    const source = await launchOne(service, {});
    await service.quiet();
    const event = findingEvent(source.id, {}, { id: service.emulator.host.newUuid(), time: seconds(Date.now()) });
    for (const _ of [1, 2, 3]) service.emulator.events.put({ ...event, version: '0' });
    await mirrored(service, source.eni);
    await service.quiet();
    const trail = service.trail().filter(({ instanceId }) => instanceId === source.id);
    expect(trail.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(['instance.tag done', 'session.create done']);
  });

  describe('the function’s role', () => {
    const reason = 'GuardDuty finding x severity=8 id=y until=z';
    const full: Tags = { mirror: 'true', 'mirror-until': 'z', 'mirror-reason': reason };

    async function attempt(before: Tags, set: Tags): Promise<string> {
      const { id } = await launchOne(service, before);
      const list = Object.entries(set).map(([Key, Value]) => ({ Key, Value }));
      const error: unknown = await service
        .clientOfRole()
        .send(new CreateTagsCommand({ Resources: [id], Tags: list }))
        .then(
          () => undefined,
          (refusal: unknown) => refusal,
        );
      return error === undefined ? 'done' : error instanceof Error ? error.name : 'unknown';
    }

    test.each<[string, Tags, Tags]>([
      ['all tags on an instance without', { Name: 'web' }, { ...full, 'mirror-target': 'forensics' }],
      ['a later end and reason over its own', full, { 'mirror-until': 'zz', 'mirror-reason': reason }],
      ['all tags where a person has taken mirror away', { 'mirror-until': 'z', 'mirror-reason': reason }, full],
    ])('may set %s', async (_what, before, set) => {
      expect(await attempt(before, set)).toBe('done');
    });

    test.each<[string, Tags, Tags]>([
      ['mirror without an end', {}, { mirror: 'true', 'mirror-reason': reason }],
      ['mirror without a reason', {}, { mirror: 'true', 'mirror-until': 'z' }],
      ['a no', {}, { ...full, mirror: 'false' }],
      ['a reason that names no finding', {}, { ...full, 'mirror-reason': 'because' }],
      ['another target than the policy names', {}, { ...full, 'mirror-target': 'default' }],
      ['a filter where the policy names none', {}, { ...full, 'mirror-filter': 'all-traffic' }],
      ['another tag', {}, { ...full, Name: 'x' }],
      ['another spelling', {}, { ...full, Mirror: 'true' }],
      ['anything on an instance that a person has opted out', { mirror: 'false' }, full],
      ['anything on one that a person has opted out in another spelling', { MIRROR: 'no' }, full],
      ['anything on one that a person has opted in', { mirror: 'true' }, { 'mirror-until': 'z', 'mirror-reason': reason }],
      ['mirror over its own', full, full],
      [
        'a later end where a person has said no since',
        { ...full, mirror: 'false' },
        { 'mirror-until': 'zz', 'mirror-reason': reason },
      ],
    ])('may not set %s', async (_what, before, set) => {
      expect(await attempt(before, set)).toBe('UnauthorizedOperation');
    });
  });
});

describe('under a policy without', () => {
  test('the stack has neither rule nor permission, and a finding wakes nobody', async () => {
    const service = await runService();
    try {
      const source = await launchOne(service, {});
      await service.quiet();
      expect(service.stack.resources().filter(({ logicalId }) => logicalId.startsWith('Finding'))).toEqual([]);
      const before = service.records().length;
      service.emit('aws.guardduty', 'GuardDuty Finding', findingDetail(source.id));
      await service.quiet();
      expect(service.records()).toHaveLength(before);
      const tagging = service
        .clientOfRole()
        .send(new CreateTagsCommand({ Resources: [source.id], Tags: [{ Key: 'mirror', Value: 'true' }] }));
      await expect(tagging).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
    } finally {
      await service.stop();
    }
  });
});
