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

/** The calls that one walk of every list takes. */
function walk(pageSize: number) {
  const { ec2 } = service.emulator;
  const pages = (items: readonly unknown[]) => Math.max(1, Math.ceil(items.length / pageSize));
  return {
    DescribeInstances: pages(ec2.world.instances()),
    DescribeNetworkInterfaces: pages(ec2.world.networkInterfaces()),
    DescribeTrafficMirrorSessions: pages(ec2.world.sessions()),
    DescribeTrafficMirrorTargets: pages(ec2.world.targets()),
    DescribeTrafficMirrorFilters: pages(ec2.world.filters()),
  };
}

test('asks only for instances, sessions and filters where nothing is to be mirrored', async () => {
  await launchOne(service, { env: 'prod' });
  const { DescribeInstances, DescribeTrafficMirrorSessions, DescribeTrafficMirrorFilters } = walk(1_000);
  expect(await callsOfSweep()).toEqual({ DescribeInstances, DescribeTrafficMirrorSessions, DescribeTrafficMirrorFilters });
});

test('walks each list exactly once and changes nothing, whatever the length of a page', async () => {
  const sources = await launch(service, 12, { mirror: 'true' });
  await launch(service, 7, {});
  for (const { eni } of await launch(service, 6, { Name: 'spare' })) {
    await service.user.target(eni, { Name: 'spare' });
    await service.user.foreignFilter();
  }
  const settled = await service.user.expectSessions('all sessions', (sessions) => sessions.length === sources.length);
  expect(await callsOfSweep()).toEqual(walk(1_000));

  const { settings } = service.emulator.ec2.controls;
  for (const pageSize of [100, 7, 5]) {
    settings.largestPageSize = pageSize;
    expect(await callsOfSweep()).toEqual(walk(pageSize));
  }
  expect(Math.min(...Object.values(walk(settings.largestPageSize)))).toBeGreaterThan(1);
  // And with a page that comes empty, which costs one call more of each list.
  settings.emptyPage = 2;
  const calls = await callsOfSweep();
  expect(calls).toEqual(Object.fromEntries(Object.entries(walk(5)).map(([action, count]) => [action, count + 1])));
  settings.emptyPage = 0;
  settings.largestPageSize = 0;

  expect(await service.user.sessions()).toEqual(settled);
  const last = service.trail().at(-1);
  expect(last).toMatchObject({ action: 'sweep.complete', outcome: 'done', after: { ownSessions: 12, kept: 12 } });
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
