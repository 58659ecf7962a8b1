import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addSensor, mirrored, notMirrored, type Source, sessionsOn, tagOf } from '../support/scenario/fleet.ts';
import { reach, runInGroup, started, stopped } from '../support/scenario/lifecycle.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

const policy = `version: 1
rules:
  - name: web-group
    match: { autoScalingGroup: web }
    sessions: [{ target: default, filter: all-traffic }]
`;

let service: RunningService;

/** The group's own call: nobody but the service in whose name it is made knows of it in advance. */
async function scaleIn(source: Source): Promise<void> {
  await service.user.terminate([source.id]);
  await reach(service, source, 'terminated');
}

describe('where the policy mirrors an Auto Scaling group', () => {
  beforeAll(async () => {
    service = await runService({ policy });
    await addSensor(service);
  });

  afterAll(() => service.stop());

  test('mirrors what the group launches and nothing of another group', async () => {
    const other = await runInGroup(service, 'web-canary', { Name: 'web' });
    const sources = [await runInGroup(service, 'web'), await runInGroup(service, 'web', { Name: 'web-canary' })];
    for (const { eni } of sources) await mirrored(service, eni);
    await service.sweep();
    expect(await sessionsOn(service, other.eni)).toEqual([]);
  });

  test('ends the mirroring of what the group terminates', async () => {
    const source = await runInGroup(service, 'web');
    const staying = await runInGroup(service, 'web');
    await mirrored(service, source.eni);
    const before = await mirrored(service, staying.eni);
    await scaleIn(source);
    await notMirrored(service, source.eni);
    expect(await sessionsOn(service, staying.eni)).toEqual([before]);
  });

  test('mirrors the replacement of an instance, although both bear one Name', async () => {
    const name = { Name: 'web-1' };
    const unhealthy = await runInGroup(service, 'web', name);
    await mirrored(service, unhealthy.eni);
    const replacement = await runInGroup(service, 'web', name);
    const session = await mirrored(service, replacement.eni);
    expect(await sessionsOn(service, unhealthy.eni)).toHaveLength(1);
    await scaleIn(unhealthy);
    await service.sweep();
    expect(await sessionsOn(service, replacement.eni)).toEqual([session]);
    const named = (await service.user.sessions()).filter((one) => tagOf(one, 'Name') === 'web-1');
    expect(named.map((one) => tagOf(one, 'automirror:instance'))).toEqual([replacement.id]);
  });

  test('follows an instance into the warm pool, out of it, and back into it', async () => {
    const source = await runInGroup(service, 'web');
    await mirrored(service, source.eni);
    await stopped(service, source);
    await notMirrored(service, source.eni);
    await started(service, source);
    await mirrored(service, source.eni);
    await stopped(service, source, 'hibernate');
    await notMirrored(service, source.eni);
    await scaleIn(source);
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([]);
  });

  test('leaves no session on instances that went into the warm pool before anybody looked', async () => {
    const { delivery } = service.emulator.events;
    delivery.lossShare = 1;
    const source = await runInGroup(service, 'web');
    await stopped(service, source);
    delivery.lossShare = 0;
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([]);
    await started(service, source);
    await mirrored(service, source.eni);
  });

  test('ends the mirroring of an instance that another group takes over, by the sweep where no event tells of its tag', async () => {
    const { delivery } = service.emulator.events;
    const source = await runInGroup(service, 'web');
    await mirrored(service, source.eni);
    await service.quiet();
    delivery.lossShare = 1;
    service.emulator.ec2.controls.setReservedTags(source.id, { 'aws:autoscaling:groupName': 'web-canary' });
    await service.quiet();
    delivery.lossShare = 0;
    expect(await sessionsOn(service, source.eni)).toHaveLength(1);
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([]);
  });
});

describe('where the policy keeps the sessions of stopped instances', () => {
  beforeAll(async () => {
    service = await runService({ policy: `${policy}whenStopped: keep\n` });
    await addSensor(service);
  });

  afterAll(() => service.stop());

  test('keeps the session of an instance in the warm pool, and ends it when the group terminates it there', async () => {
    const source = await runInGroup(service, 'web');
    const before = await mirrored(service, source.eni);
    await stopped(service, source);
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([before]);
    await scaleIn(source);
    await notMirrored(service, source.eni);
  });

  test('makes no session in the warm pool', async () => {
    const { delivery } = service.emulator.events;
    delivery.lossShare = 1;
    const source = await runInGroup(service, 'web');
    await stopped(service, source);
    delivery.lossShare = 0;
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([]);
    await started(service, source);
    await mirrored(service, source.eni);
  });
});
