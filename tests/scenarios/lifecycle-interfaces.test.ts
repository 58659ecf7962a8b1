import { DeleteNetworkInterfaceCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addSensor, launchOne, mirrored, notMirrored, sessionsOn, tagOf } from '../support/scenario/fleet.ts';
import { outlive, reach, reasonsOf, run, tagsOf, unheard } from '../support/scenario/lifecycle.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

let service: RunningService;

describe('under the default policy', () => {
  beforeAll(async () => {
    service = await runService();
    await addSensor(service);
  });

  afterAll(() => service.stop());

  test('mirrors a relaunch from an image on its new interface, and forgets the old one', async () => {
    const old = await launchOne(service, { Name: 'web-1', mirror: 'true' });
    await mirrored(service, old.eni);
    const relaunched = await run(service, await tagsOf(service, old), { imageId: 'ami-0fedcba9876543210' });
    const session = await mirrored(service, relaunched.eni);
    expect(relaunched.eni).not.toBe(old.eni);
    await service.user.terminate([old.id]);
    await reach(service, old, 'terminated');
    await service.sweep();
    expect(await sessionsOn(service, old.eni)).toEqual([]);
    expect(await sessionsOn(service, relaunched.eni)).toEqual([session]);
    expect(tagOf(session, 'automirror:instance')).toBe(relaunched.id);
  });

  test('does not mirror a relaunch that did not take the tags along', async () => {
    const old = await launchOne(service, { mirror: 'true' });
    await mirrored(service, old.eni);
    const relaunched = await run(service, { Name: 'from an image' });
    await reach(service, relaunched, 'running');
    await service.sweep();
    expect(await sessionsOn(service, relaunched.eni)).toEqual([]);
    expect(await sessionsOn(service, old.eni)).toHaveLength(1);
  });

  test('mirrors an interface that outlived its instance again in the next instance', async () => {
    const first = await launchOne(service, { mirror: 'true' });
    await outlive(service, first.eni);
    const before = await mirrored(service, first.eni);
    await service.user.terminate([first.id]);
    await notMirrored(service, first.eni);
    await reach(service, first, 'terminated');
    const next = await run(service, { mirror: 'true' }, { eni: first.eni });
    const session = await mirrored(service, first.eni);
    expect(tagOf(session, 'automirror:instance')).toBe(next.id);
    expect(session.TrafficMirrorSessionId).not.toBe(before.TrafficMirrorSessionId);
  });

  test('gives the session of an outliving interface to the next instance where no event told of either', async () => {
    const { delivery } = service.emulator.events;
    const first = await launchOne(service, { mirror: 'true' });
    await outlive(service, first.eni);
    const before = await mirrored(service, first.eni);
    await service.quiet();
    delivery.lossShare = 1;
    await service.user.terminate([first.id]);
    await reach(service, first, 'terminated');
    const next = await run(service, { mirror: 'true' }, { eni: first.eni });
    await reach(service, next, 'running');
    delivery.lossShare = 0;
    await service.sweep();
    const [session] = await sessionsOn(service, first.eni);
    expect(session?.TrafficMirrorSessionId).toBe(before.TrafficMirrorSessionId);
    expect(session === undefined ? undefined : tagOf(session, 'automirror:instance')).toBe(next.id);
  });

  test('ends the mirroring of an interface that is detached, found by the sweep where CloudTrail is off', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    const second = await service.user.addInterface(source.id, 'eu-west-1a');
    const before = await mirrored(service, second);
    await service.quiet();
    await unheard(service, () => service.user.detach(second));
    await service.quiet();
    expect(await sessionsOn(service, second)).toEqual([before]);
    await service.sweep();
    expect(await sessionsOn(service, second)).toEqual([]);
    expect(await sessionsOn(service, source.eni)).toHaveLength(1);
  });

  test('takes it for done when EC2 has deleted the session with its interface', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    const second = await service.user.addInterface(source.id, 'eu-west-1a');
    await mirrored(service, second);
    await service.quiet();
    await unheard(service, async () => {
      await service.user.detach(second);
      await service.ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: second }));
    });
    await service.sweep();
    expect(await sessionsOn(service, second)).toEqual([]);
    expect(reasonsOf(service, source, 'session.delete')).toEqual([]);
    expect(service.trail().filter((line) => line.outcome === 'failed')).toEqual([]);
  });

  test('asks nothing for a terminated instance that is still listed with its tags and no interface', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    await mirrored(service, source.eni);
    await service.user.terminate([source.id]);
    await reach(service, source, 'terminated');
    await notMirrored(service, source.eni);
    await service.sweep();
    expect(await tagsOf(service, source)).toMatchObject({ mirror: 'true' });
    service.emulator.ec2.calls.reset();
    await service.sweep();
    expect(service.calls().filter(({ action }) => !action.startsWith('Describe'))).toEqual([]);
    expect(reasonsOf(service, source, 'instance.refuse')).toEqual([]);
  });
});
