import { afterEach, beforeEach, expect, test } from 'vitest';
import { instanceId, primaryInterface } from '../../src/demo/user.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

const policy = `
version: 1
targets:
  default: {}
  forensics: { zone: ignore }
filters:
  web:
    ingress: [{ accept: tcp, destinationPorts: 443 }]
`;

let service: RunningService;
let sensor: string;
let forensics: string;

beforeEach(async () => {
  service = await runService({ policy });
  const [a, b] = await service.user.launch(2, 'eu-west-1a', 'c5.large', { Name: 'sensor' });
  if (a === undefined || b === undefined) throw new Error('no sensors');
  sensor = await service.user.target(primaryInterface(a), { 'automirror:target': 'default' });
  forensics = await service.user.target(primaryInterface(b), { 'automirror:target': 'forensics' });
});

afterEach(() => service.stop());

async function launchOne(tags: Readonly<Record<string, string>>) {
  const [instance] = await service.user.launch(1, 'eu-west-1a', 'm5.large', tags);
  if (instance === undefined) throw new Error('no instance');
  return { id: instanceId(instance), eni: primaryInterface(instance) };
}

test.each([{ mirror: 'true' }, { Mirror: 'True' }, { MIRROR: 'TRUE' }, { mirror: 'yes' }, { mirror: 'on' }, { mirror: '1' }])(
  'mirrors an instance tagged %o',
  async (tags) => {
    const { eni } = await launchOne(tags);
    const [session] = await service.user.expectSessions('its session', (sessions) => sessions.length === 1);
    expect(session).toMatchObject({ NetworkInterfaceId: eni, TrafficMirrorTargetId: sensor, SessionNumber: 10 });
  },
);

test('mirrors within two seconds of the tag, and ends within two of its removal', async () => {
  const { id } = await launchOne({});
  const tagged = Date.now();
  await service.user.tag(id, { mirror: 'true' });
  await service.user.expectSessions('its session', (sessions) => sessions.length === 1);
  expect(Date.now() - tagged).toBeLessThan(2_000);
  const untagged = Date.now();
  await service.user.untag(id, 'mirror');
  await service.user.expectSessions('none', (sessions) => sessions.length === 0);
  expect(Date.now() - untagged).toBeLessThan(2_000);
});

test('does nothing for instances that nobody tagged, or tagged false', async () => {
  await launchOne({});
  await launchOne({ mirror: 'false', env: 'prod' });
  await service.quiet();
  expect(await service.user.sessions()).toEqual([]);
  expect(service.calls().filter((call) => call.mutating)).toEqual([]);
});

test('refuses an instance whose tags Mirror and mirror disagree, and mirrors its neighbour', async () => {
  const { id } = await launchOne({ Mirror: 'false', mirror: 'true' });
  const { eni } = await launchOne({ Mirror: 'TRUE', mirror: 'true' });
  const sessions = await service.user.expectSessions('one session', (found) => found.length === 1);
  expect(sessions[0]?.NetworkInterfaceId).toBe(eni);
  await service.quiet();
  expect(service.trail()).toContainEqual(
    expect.objectContaining({ action: 'instance.refuse', instanceId: id, reason: 'tag-conflict' }),
  );
});

test('lets tags choose pool, filter and packet length, and changes the session in place', async () => {
  const { id } = await launchOne({ mirror: 'true' });
  const [before] = await service.user.expectSessions('a session', (sessions) => sessions.length === 1);
  await service.user.tag(id, { 'mirror-target': 'Forensics', 'mirror-filter': 'web', 'mirror-packet-length': '128' });
  const [after] = await service.user.expectSessions(
    'the session changed',
    ([one]) => one?.TrafficMirrorTargetId === forensics && one.PacketLength === 128,
  );
  expect(after?.TrafficMirrorSessionId).toBe(before?.TrafficMirrorSessionId);
  expect(after?.TrafficMirrorFilterId).not.toBe(before?.TrafficMirrorFilterId);
  await service.user.untag(id, 'mirror-packet-length');
  await service.user.expectSessions('whole packets again', ([one]) => one !== undefined && one.PacketLength === undefined);
});

test('refuses an unknown pool and filter and raw ids with their reasons, and serves the neighbours', async () => {
  const unknown = await launchOne({ mirror: 'true', 'mirror-target': 'nowhere' });
  const filter = await launchOne({ mirror: 'true', 'mirror-filter': 'nothing' });
  const raw = await launchOne({ mirror: 'true', 'mirror-target': 'tmt-0123456789abcdef0' });
  const rawFilter = await launchOne({ mirror: 'true', 'mirror-filter': 'tmf-0123456789abcdef0' });
  const good = await launchOne({ mirror: 'true' });
  await service.user.expectSessions(
    'the neighbour',
    ([one, ...more]) => one?.NetworkInterfaceId === good.eni && more.length === 0,
  );
  await service.quiet();
  const reasons = new Map(
    service.trail().flatMap((line) => (line.action === 'instance.refuse' ? [[line.instanceId, line.reason]] : [])),
  );
  expect(Object.fromEntries(reasons)).toEqual({
    [unknown.id]: 'target-unknown',
    [filter.id]: 'filter-unknown',
    [raw.id]: 'target-not-allowed',
    [rawFilter.id]: 'filter-not-allowed',
  });
});

test('takes a raw target id that is a member of a pool', async () => {
  const { eni } = await launchOne({ mirror: 'true', 'mirror-target': forensics });
  const [session] = await service.user.expectSessions('a session', (sessions) => sessions.length === 1);
  expect(session).toMatchObject({ NetworkInterfaceId: eni, TrafficMirrorTargetId: forensics });
});

test('ends the mirroring when mirror-until has passed', async () => {
  const { id } = await launchOne({ mirror: 'true' });
  await service.user.expectSessions('a session', (sessions) => sessions.length === 1);
  await service.user.tag(id, { 'mirror-until': '2020-01-01T00:00Z' });
  await service.user.expectSessions('none', (sessions) => sessions.length === 0);
  await service.quiet();
  expect(service.trail()).toContainEqual(
    expect.objectContaining({ action: 'session.delete', instanceId: id, reason: 'until-passed' }),
  );
});
