import { ModifyInstanceAttributeCommand, ModifyNetworkInterfaceAttributeCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../src/demo/user.ts';
import {
  addSensor,
  launchOne,
  mirrored,
  notMirrored,
  refusalOf,
  type Source,
  sessionsOn,
  tagOf,
} from '../support/scenario/fleet.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

let service: RunningService;

/** Waits until EC2 itself has an instance in a state. */
async function reach({ id }: Source, state: string): Promise<void> {
  await until(`${id} is ${state}`, async () =>
    service.emulator.ec2.world.instances().find(({ instanceId }) => instanceId === id)?.state === state ? true : undefined,
  );
}

async function outlive(eni: string): Promise<void> {
  const attachment = service.emulator.ec2.world.networkInterfaces().find((one) => one.networkInterfaceId === eni)?.attachment;
  await service.ec2.send(
    new ModifyNetworkInterfaceAttributeCommand({
      NetworkInterfaceId: eni,
      Attachment: { AttachmentId: attachment?.attachmentId, DeleteOnTermination: false },
    }),
  );
}

async function changeType({ id }: Source, type: string): Promise<void> {
  await service.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, InstanceType: { Value: type } }));
}

function lost<T>(run: () => Promise<T>): Promise<T> {
  const { settings } = service.emulator.ec2.controls;
  settings.cloudTrail = false;
  return run().finally(() => {
    settings.cloudTrail = true;
  });
}

describe('under the default policy', () => {
  beforeAll(async () => {
    service = await runService();
    await addSensor(service);
  });

  afterAll(() => service.stop());

  test('ends the mirroring when the instance stops, and begins again when it starts', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    const before = await mirrored(service, source.eni);
    await service.user.stop(source.id);
    await notMirrored(service, source.eni);
    await reach(source, 'stopped');
    await service.quiet();
    expect(service.trail()).toContainEqual(
      expect.objectContaining({
        action: 'session.delete',
        outcome: 'done',
        reason: 'instance-stopped',
        trigger: 'instance-state',
        sessionId: before.TrafficMirrorSessionId,
      }),
    );
    await service.user.start(source.id);
    const after = await mirrored(service, source.eni);
    expect(after.TrafficMirrorSessionId).not.toBe(before.TrafficMirrorSessionId);
  });

  test('ends the mirroring of a terminated instance', async () => {
    const { id, eni } = await launchOne(service, { mirror: 'true' });
    await mirrored(service, eni);
    await service.user.terminate([id]);
    await notMirrored(service, eni);
    await service.quiet();
    expect(service.trail().filter((line) => line.instanceId === id && line.outcome === 'failed')).toEqual([]);
  });

  test('ends the mirroring of a terminated instance also on the interfaces that outlive it', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    await outlive(source.eni);
    const second = await service.user.addInterface(source.id, 'eu-west-1a');
    await mirrored(service, source.eni);
    await mirrored(service, second);
    await service.user.terminate([source.id]);
    await notMirrored(service, source.eni);
    await notMirrored(service, second);
    const survivors = service.emulator.ec2.world.networkInterfaces().map(({ networkInterfaceId }) => networkInterfaceId);
    expect(survivors).toEqual(expect.arrayContaining([source.eni, second]));
    await service.quiet();
    const deleted = service.trail().filter((line) => line.action === 'session.delete' && line.instanceId === source.id);
    expect(
      deleted.map(({ reason, eniId }) => ({ reason, eniId })).sort((a, b) => (a.eniId ?? '').localeCompare(b.eniId ?? '')),
    ).toEqual([source.eni, second].sort().map((eniId) => ({ reason: 'instance-terminated', eniId })));
  });

  test('deletes the session of an instance that EC2 no longer knows, on the interface that outlived it', async () => {
    const { ec2, events } = service.emulator;
    const source = await launchOne(service, { mirror: 'true' });
    await outlive(source.eni);
    await mirrored(service, source.eni);
    await service.quiet();
    const { terminatedVisibleMs } = ec2.controls.settings;
    ec2.controls.settings.terminatedVisibleMs = 0;
    events.delivery.lossShare = 1;
    await service.user.terminate([source.id]);
    await until('EC2 has forgotten it', async () =>
      ec2.world.instances().some(({ instanceId }) => instanceId === source.id) ? undefined : true,
    );
    ec2.controls.settings.terminatedVisibleMs = terminatedVisibleMs;
    events.delivery.lossShare = 0;
    expect(await sessionsOn(service, source.eni)).toHaveLength(1);
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([]);
    expect(service.trail()).toContainEqual(
      expect.objectContaining({ action: 'session.delete', reason: 'instance-gone', instanceId: source.id }),
    );
  });

  test('mirrors an interface that is attached later, told by CloudTrail', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    await mirrored(service, source.eni);
    const second = await service.user.addInterface(source.id, 'eu-west-1a');
    await mirrored(service, second);
    await service.quiet();
    expect(service.trail()).toContainEqual(
      expect.objectContaining({ action: 'session.create', eniId: second, instanceId: source.id, trigger: 'api-call' }),
    );
  });

  test('mirrors an interface that is attached later, found by the sweep where CloudTrail is off', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    await mirrored(service, source.eni);
    const second = await lost(() => service.user.addInterface(source.id, 'eu-west-1a'));
    await service.quiet();
    expect(await sessionsOn(service, second)).toEqual([]);
    await service.sweep();
    expect(await sessionsOn(service, second)).toHaveLength(1);
  });

  test('ends the mirroring of an interface that is detached, and mirrors it again when it comes back', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    const second = await service.user.addInterface(source.id, 'eu-west-1a');
    await mirrored(service, second);
    await service.user.detach(second);
    await notMirrored(service, second);
    expect(await sessionsOn(service, source.eni)).toHaveLength(1);
    await service.user.attach(second, source.id, 1);
    await mirrored(service, second);
  });

  test('keeps the session of an interface that moves from one mirrored instance to another, and gives it to the other', async () => {
    const from = await launchOne(service, { mirror: 'true' });
    const to = await launchOne(service, { mirror: 'true' });
    const moving = await service.user.addInterface(from.id, 'eu-west-1a');
    const before = await mirrored(service, moving);
    await service.quiet();
    await lost(async () => {
      await service.user.detach(moving);
      await service.user.attach(moving, to.id, 1);
    });
    await service.sweep();
    const after = await mirrored(service, moving);
    expect(after.TrafficMirrorSessionId).toBe(before.TrafficMirrorSessionId);
    expect(tagOf(after, 'automirror:instance')).toBe(to.id);
  });

  test('follows an interface that moves between instances by the events alone', async () => {
    const from = await launchOne(service, { mirror: 'true' });
    const to = await launchOne(service, { mirror: 'true' });
    const plain = await launchOne(service, {});
    const moving = await service.user.addInterface(from.id, 'eu-west-1a');
    await mirrored(service, moving);
    await service.user.detach(moving);
    await service.user.attach(moving, to.id, 1);
    await until('a session of the other instance', async () => {
      const [session] = await sessionsOn(service, moving);
      return session !== undefined && tagOf(session, 'automirror:instance') === to.id ? session : undefined;
    });
    await service.user.detach(moving);
    await service.user.attach(moving, plain.id, 1);
    await notMirrored(service, moving);
    await service.quiet();
    expect(await sessionsOn(service, from.eni)).toHaveLength(1);
    expect(await sessionsOn(service, to.eni)).toHaveLength(1);
    expect(await sessionsOn(service, plain.eni)).toEqual([]);
  });

  test('mirrors the interfaces that mirror-interfaces names', async () => {
    const source = await launchOne(service, { mirror: 'true', 'mirror-interfaces': 'primary' });
    const second = await service.user.addInterface(source.id, 'eu-west-1a');
    await mirrored(service, source.eni);
    await service.quiet();
    expect(await sessionsOn(service, second)).toEqual([]);
    await service.user.tag(source.id, { 'mirror-interfaces': '0,1' });
    await mirrored(service, second);
    await service.user.tag(source.id, { 'mirror-interfaces': '1' });
    await notMirrored(service, source.eni);
    expect(await sessionsOn(service, second)).toHaveLength(1);
    await service.user.tag(source.id, { 'mirror-interfaces': 'first' });
    await service.quiet();
    expect(refusalOf(service, source.id)).toBe('tag-invalid');
  });

  test('refuses an instance that comes back with a type that cannot be mirrored', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    await mirrored(service, source.eni);
    await service.user.stop(source.id);
    await notMirrored(service, source.eni);
    await reach(source, 'stopped');
    await changeType(source, 't2.micro');
    await service.user.start(source.id);
    await reach(source, 'running');
    await until('a refusal', async () => (refusalOf(service, source.id) === 'instance-type-unsupported' ? true : undefined));
    expect(await sessionsOn(service, source.eni)).toEqual([]);
  });
});

describe('where the policy keeps the sessions of stopped instances', () => {
  beforeAll(async () => {
    service = await runService({ policy: 'version: 1\nwhenStopped: keep\n' });
    await addSensor(service);
  });

  afterAll(() => service.stop());

  test('keeps the session while the instance stops and starts', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    const before = await mirrored(service, source.eni);
    await service.user.stop(source.id);
    await reach(source, 'stopped');
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([before]);
    await service.user.start(source.id);
    await reach(source, 'running');
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([before]);
  });

  test('makes no session for an instance that is tagged while it is stopped, until it starts', async () => {
    const source = await launchOne(service, {});
    await service.user.stop(source.id);
    await reach(source, 'stopped');
    await service.user.tag(source.id, { mirror: 'true' });
    await service.sweep();
    expect(await sessionsOn(service, source.eni)).toEqual([]);
    await service.user.start(source.id);
    await mirrored(service, source.eni);
  });

  test('deletes the kept session of an instance that comes back with a type that cannot be mirrored', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    await mirrored(service, source.eni);
    await service.user.stop(source.id);
    await reach(source, 'stopped');
    await changeType(source, 't2.micro');
    await service.user.start(source.id);
    await notMirrored(service, source.eni);
    await service.quiet();
    expect(service.trail()).toContainEqual(
      expect.objectContaining({ action: 'session.delete', instanceId: source.id, reason: 'instance-type-unsupported' }),
    );
  });

  test('ends the mirroring when the instance is terminated', async () => {
    const { id, eni } = await launchOne(service, { mirror: 'true' });
    await mirrored(service, eni);
    await service.user.terminate([id]);
    await notMirrored(service, eni);
  });
});
