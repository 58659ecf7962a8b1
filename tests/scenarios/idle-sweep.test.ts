import { afterAll, beforeAll, expect, test } from 'vitest';
import { addSensor, launch, launchOne } from '../support/scenario/fleet.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

let service: RunningService;

beforeAll(async () => {
  service = await runService();
  await addSensor(service);
});

afterAll(() => service.stop());

/** What the function asked of EC2 in one sweep, by action. */
async function callsOfSweep() {
  await service.quiet();
  service.emulator.ec2.calls.reset();
  await service.sweep();
  return service.emulator.ec2.calls.byAction({ callerKind: 'role' });
}

/**
 * The calls that one walk of every list takes: of instances those that may be wanted, and by their ids the sensors; of interfaces those that are
 * asked for. Each list has one page more where one of its pages comes empty.
 */
function walk(pageSize: number, { candidates, sensors }: { candidates: number; sensors: number }, emptyPages = 0) {
  const { ec2 } = service.emulator;
  const pages = (count: number) => Math.max(1, Math.ceil(count / pageSize)) + emptyPages;
  return {
    DescribeInstances: pages(candidates) + (sensors === 0 ? 0 : pages(sensors)),
    DescribeNetworkInterfaces: pages(candidates + sensors),
    DescribeTrafficMirrorSessions: pages(ec2.world.sessions().length),
    DescribeTrafficMirrorTargets: pages(ec2.world.targets().length),
    DescribeTrafficMirrorFilters: pages(ec2.world.filters().length),
  };
}

test('asks for no interface where nothing is to be mirrored', async () => {
  await launchOne(service, { env: 'prod' });
  const { DescribeNetworkInterfaces: _none, ...others } = walk(1_000, { candidates: 0, sensors: 0 });
  expect(await callsOfSweep()).toEqual(others);
});

test('walks each list exactly once and changes nothing, whatever the length of a page', async () => {
  const sources = await launch(service, 12, { mirror: 'true' });
  await launch(service, 7, {});
  for (const { eni } of await launch(service, 6, { Name: 'spare' })) {
    await service.user.target(eni, { Name: 'spare' });
    await service.user.foreignFilter();
  }
  const settled = await service.user.expectSessions('all sessions', (sessions) => sessions.length === sources.length);
  const found = { candidates: 12, sensors: 7 };
  expect(await callsOfSweep()).toEqual(walk(1_000, found));

  const { settings } = service.emulator.ec2.controls;
  for (const pageSize of [100, 7, 5]) {
    settings.largestPageSize = pageSize;
    expect(await callsOfSweep()).toEqual(walk(pageSize, found));
  }
  expect(Math.min(...Object.values(walk(settings.largestPageSize, found)))).toBeGreaterThan(1);
  // And with a page that comes empty, which costs one call more of each list.
  settings.emptyPage = 2;
  expect(await callsOfSweep()).toEqual(walk(5, found, 1));
  settings.emptyPage = 0;
  settings.largestPageSize = 0;

  expect(await service.user.sessions()).toEqual(settled);
  const last = service.trail().at(-1);
  expect(last).toMatchObject({ action: 'sweep.complete', outcome: 'done', after: { instances: 12, ownSessions: 12, kept: 12 } });
});

test('reads no page more for forty instances that nobody tagged, and finds a spelling that nobody expects', async () => {
  const { settings } = service.emulator.ec2.controls;
  await launch(service, 40, { Name: 'web' });
  const odd = await launchOne(service, { mIrRoR: 'yEs' });
  await service.user.expectSessions('its own too', (sessions) => sessions.length === 13);
  settings.largestPageSize = 5;
  expect(await callsOfSweep()).toEqual(walk(5, { candidates: 13, sensors: 7 }));
  settings.largestPageSize = 0;
  await service.user.untag(odd.id, 'mIrRoR');
  await service.user.expectSessions('its own no more', (sessions) => sessions.length === 12);
});

test('mirrors what an event names though it takes many pages to see it', async () => {
  const { settings } = service.emulator.ec2.controls;
  settings.largestPageSize = 5;
  const before = (await service.user.sessions()).length;
  const sources = await launch(service, 6, { mirror: 'true' });
  await service.user.expectSessions('theirs', (sessions) => sessions.length === before + sources.length);
  for (const { id } of sources) await service.user.untag(id, 'mirror');
  await service.user.expectSessions('the rest', (sessions) => sessions.length === before);
  settings.largestPageSize = 0;
});
