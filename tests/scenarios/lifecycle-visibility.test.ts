import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../src/demo/user.ts';
import type { Ec2Options } from '../../src/emulator/ec2/options.ts';
import { addSensor, launchOne, mirrored, type Source, sessionsOn } from '../support/scenario/fleet.ts';
import { reasonsOf, recorded, run, tagsOf } from '../support/scenario/lifecycle.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

/** Long enough that the events of a launch are served before what they tell of can be seen. */
const lagMs = 1_000;

let service: RunningService;

beforeAll(async () => {
  service = await runService();
  await addSensor(service);
});

afterAll(() => service.stop());

/** Launches under these settings; later changes are as lively as ever. */
async function launchUnder(settings: Partial<Ec2Options>): Promise<Source> {
  const inForce = service.emulator.ec2.controls.settings;
  const before = { ...inForce };
  Object.assign(inForce, settings);
  try {
    return await run(service, { mirror: 'true' });
  } finally {
    Object.assign(inForce, before);
  }
}

async function tagsAreSeen(source: Source): Promise<void> {
  await until(`the tags of ${source.id} are seen`, async () =>
    (await tagsOf(service, source)).mirror === 'true' ? true : undefined,
  );
}

test('mirrors a launch whose tags are seen only after it runs, by the tag event that comes then', async () => {
  const source = await launchUnder({ tagLagMs: lagMs, tagEventLatencyMs: lagMs + 200 });
  await recorded(service, source, 'instance.skip', 'no-rule-matched');
  await mirrored(service, source.eni);
  await service.quiet();
  expect(service.trail()).toContainEqual(
    expect.objectContaining({ action: 'session.create', instanceId: source.id, trigger: 'tag-change' }),
  );
});

test('mirrors a launch whose tags are seen only after every event, by the sweep', async () => {
  const source = await launchUnder({ tagLagMs: lagMs });
  await recorded(service, source, 'instance.skip', 'no-rule-matched');
  await tagsAreSeen(source);
  await service.sweep();
  expect(await sessionsOn(service, source.eni)).toHaveLength(1);
});

test('mirrors a launch that is not seen at all until after its events, by the sweep', async () => {
  const source = await launchUnder({ createLagMs: lagMs });
  await service.quiet();
  await tagsAreSeen(source);
  await service.sweep();
  expect(await sessionsOn(service, source.eni)).toHaveLength(1);
  expect(reasonsOf(service, source, 'instance.refuse')).toEqual([]);
  expect(service.trail().filter((line) => line.outcome === 'failed')).toEqual([]);
});

test('mirrors once although the session that it made is not seen for a while', async () => {
  const { settings } = service.emulator.ec2.controls;
  const source = await launchOne(service, {});
  settings.createLagMs = lagMs;
  await service.user.tag(source.id, { mirror: 'true' });
  await recorded(service, source, 'session.create', 'session-missing');
  await service.sweep();
  await service.sweep();
  settings.createLagMs = 0;
  await mirrored(service, source.eni);
  await service.sweep();
  const made = service.emulator.ec2.world.sessions().filter((session) => session.networkInterfaceId === source.eni);
  expect(made).toHaveLength(1);
  expect(await service.user.filters()).toHaveLength(1);
});
