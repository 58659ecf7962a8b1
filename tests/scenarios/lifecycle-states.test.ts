import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../src/demo/user.ts';
import { addSensor, launchOne, mirrored, notMirrored, sessionsOn } from '../support/scenario/fleet.ts';
import { changeType, onShutdown, reach, reasonsOf, reboot, recorded, started, stopped } from '../support/scenario/lifecycle.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

let service: RunningService;

const shortNoticeMs = 10;
const longNoticeMs = 3_600_000;

async function passed(time: number): Promise<void> {
  await until('the time of mirror-until', async () => (Date.now() > time ? true : undefined));
}

const inMs = (ms: number): number => Date.now() + ms;
const iso = (time: number): string => new Date(time).toISOString();

describe('under the default policy', () => {
  beforeAll(async () => {
    service = await runService({ ec2: { spotNoticeMs: shortNoticeMs } });
    await addSensor(service);
  });

  afterAll(() => service.stop());

  test('ends the mirroring when the instance hibernates, and begins again when it resumes', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    await mirrored(service, source.eni);
    await stopped(service, source, 'hibernate');
    await notMirrored(service, source.eni);
    await service.quiet();
    expect(reasonsOf(service, source, 'session.delete')).toEqual(['instance-stopped']);
    await started(service, source);
    await mirrored(service, source.eni);
  });

  test('asks nothing of EC2 for a reboot, and the sweep finds the session as it was', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    const before = await mirrored(service, source.eni);
    await service.quiet();
    service.emulator.ec2.calls.reset();
    await reboot(service, source);
    await service.quiet();
    expect(service.calls()).toEqual([]);
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([before]);
  });

  test('mirrors again when an instance is given back a type that can be mirrored', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    await mirrored(service, source.eni);
    await stopped(service, source);
    await changeType(service, source, 't2.micro');
    await started(service, source);
    await recorded(service, source, 'instance.refuse', 'instance-type-unsupported');
    await stopped(service, source);
    await changeType(service, source, 'm5.xlarge');
    expect(await sessionsOn(service, source.eni)).toEqual([]);
    await started(service, source);
    await mirrored(service, source.eni);
  });

  test('does nothing at a Spot warning', async () => {
    const { controls, calls } = service.emulator.ec2;
    const source = await launchOne(service, { mirror: 'true' });
    const before = await mirrored(service, source.eni);
    await service.quiet();
    calls.reset();
    controls.settings.spotNoticeMs = longNoticeMs;
    controls.interruptSpot(source.id, 'terminate');
    controls.settings.spotNoticeMs = shortNoticeMs;
    await service.quiet();
    expect(service.calls()).toEqual([]);
    expect(await sessionsOn(service, source.eni)).toEqual([before]);
  });

  test.each([
    ['stop', 'stopped'],
    ['hibernate', 'stopped'],
    ['terminate', 'terminated'],
  ] as const)('ends the mirroring when AWS takes a Spot Instance back: %s', async (action, state) => {
    const source = await launchOne(service, { mirror: 'true' });
    await mirrored(service, source.eni);
    service.emulator.ec2.controls.interruptSpot(source.id, action);
    await reach(service, source, state);
    await notMirrored(service, source.eni);
  });

  test.each([
    ['stop', 'stopped'],
    ['terminate', 'terminated'],
  ] as const)('ends the mirroring when the operating system shuts down: %s', async (behavior, state) => {
    const source = await launchOne(service, { mirror: 'true' });
    await mirrored(service, source.eni);
    await onShutdown(service, source, behavior);
    service.emulator.ec2.controls.shutDownFromInside(source.id);
    await reach(service, source, state);
    await notMirrored(service, source.eni);
    await service.quiet();
    expect(service.trail().filter((line) => line.instanceId === source.id && line.outcome === 'failed')).toEqual([]);
  });

  test('does not begin again when mirror-until has passed while the instance was stopped', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    await mirrored(service, source.eni);
    await stopped(service, source);
    await notMirrored(service, source.eni);
    const end = inMs(200);
    await service.user.tag(source.id, { 'mirror-until': iso(end) });
    await passed(end);
    await started(service, source);
    await recorded(service, source, 'instance.skip', 'until-passed');
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([]);
  });

  test('forgets an instance that is terminated while it is stopped', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    await mirrored(service, source.eni);
    await stopped(service, source);
    await notMirrored(service, source.eni);
    await service.user.terminate([source.id]);
    await reach(service, source, 'terminated');
    await service.sweep();
    expect(service.trail().filter((line) => line.instanceId === source.id && line.outcome !== 'done')).toEqual([]);
  });
});

describe('where the policy keeps the sessions of stopped instances', () => {
  beforeAll(async () => {
    service = await runService({ policy: 'version: 1\nwhenStopped: keep\n', ec2: { spotNoticeMs: shortNoticeMs } });
    await addSensor(service);
  });

  afterAll(() => service.stop());

  test('keeps the session while the instance hibernates and resumes', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    const before = await mirrored(service, source.eni);
    await stopped(service, source, 'hibernate');
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([before]);
    await started(service, source);
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([before]);
  });

  test('keeps the session of a Spot Instance that AWS stops', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    const before = await mirrored(service, source.eni);
    service.emulator.ec2.controls.interruptSpot(source.id, 'stop');
    await reach(service, source, 'stopped');
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([before]);
  });

  test('keeps the session of an instance whose operating system shuts it down', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    const before = await mirrored(service, source.eni);
    service.emulator.ec2.controls.shutDownFromInside(source.id);
    await reach(service, source, 'stopped');
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([before]);
  });

  test('deletes the kept session in the first sweep after the type cannot be mirrored any more', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    const before = await mirrored(service, source.eni);
    await stopped(service, source);
    await service.quiet();
    await changeType(service, source, 't2.micro');
    expect(await sessionsOn(service, source.eni)).toEqual([before]);
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([]);
    await changeType(service, source, 'm5.large');
    await started(service, source);
    await mirrored(service, source.eni);
  });

  test('deletes the kept session when mirror-until passes', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    const before = await mirrored(service, source.eni);
    await stopped(service, source);
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([before]);
    const end = inMs(200);
    await service.user.tag(source.id, { 'mirror-until': iso(end) });
    await passed(end);
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([]);
    expect(reasonsOf(service, source, 'session.delete')).toEqual(['until-passed']);
  });

  test('deletes the kept session when the tag is taken away', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    await mirrored(service, source.eni);
    await stopped(service, source);
    await service.user.untag(source.id, 'mirror');
    await notMirrored(service, source.eni);
  });
});
