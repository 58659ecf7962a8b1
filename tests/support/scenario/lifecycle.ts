import {
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  ModifyInstanceAttributeCommand,
  ModifyNetworkInterfaceAttributeCommand,
  RebootInstancesCommand,
  RunInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { instanceId, primaryInterface, type Tags, until } from '../../../src/demo/user.ts';
import type { Source } from './fleet.ts';
import type { RunningService } from './service.ts';

export type InstanceState = 'running' | 'stopped' | 'terminated';

/** Waits until EC2 itself has an instance in a state. */
export async function reach({ emulator }: RunningService, { id }: Source, state: InstanceState): Promise<void> {
  await until(`${id} is ${state}`, async () =>
    emulator.ec2.world.instances().find(({ instanceId }) => instanceId === id)?.state === state ? true : undefined,
  );
}

/** Stops an instance, or hibernates it, and waits until it has stopped. */
export async function stopped(service: RunningService, source: Source, how: 'stop' | 'hibernate' = 'stop'): Promise<void> {
  await service.ec2.send(new StopInstancesCommand({ InstanceIds: [source.id], Hibernate: how === 'hibernate' }));
  await reach(service, source, 'stopped');
}

export async function started(service: RunningService, source: Source): Promise<void> {
  await service.user.start(source.id);
  await reach(service, source, 'running');
}

export async function reboot({ ec2 }: RunningService, { id }: Source): Promise<void> {
  await ec2.send(new RebootInstancesCommand({ InstanceIds: [id] }));
}

/** Of a stopped instance. */
export async function changeType({ ec2 }: RunningService, { id }: Source, type: string): Promise<void> {
  await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, InstanceType: { Value: type } }));
}

/** What a shutdown from within its operating system does to the instance. */
export async function onShutdown({ ec2 }: RunningService, { id }: Source, behavior: 'stop' | 'terminate'): Promise<void> {
  await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, InstanceInitiatedShutdownBehavior: { Value: behavior } }));
}

/** Lets an interface outlive its instance. */
export async function outlive({ ec2 }: RunningService, eni: string): Promise<void> {
  const { NetworkInterfaces = [] } = await ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eni] }));
  const AttachmentId = NetworkInterfaces[0]?.Attachment?.AttachmentId;
  await ec2.send(
    new ModifyNetworkInterfaceAttributeCommand({
      NetworkInterfaceId: eni,
      Attachment: { AttachmentId, DeleteOnTermination: false },
    }),
  );
}

export interface NewInstance {
  readonly imageId?: string;
  /** An interface to be its first; a new one unless given. */
  readonly eni?: string;
}

/** Launches one instance with its tags in the call and does not wait for it to run, or to be seen. */
export async function run(service: RunningService, tags: Tags, { imageId, eni }: NewInstance = {}): Promise<Source> {
  const network =
    eni === undefined
      ? { SubnetId: await service.user.subnet('eu-west-1a') }
      : { NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: eni }] };
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const { Instances: [instance] = [] } = await service.ec2.send(
    new RunInstancesCommand({
      ImageId: imageId ?? 'ami-0123456789abcdef0',
      InstanceType: 'm5.large',
      MinCount: 1,
      MaxCount: 1,
      ...network,
      ...(list.length === 0 ? {} : { TagSpecifications: [{ ResourceType: 'instance', Tags: list }] }),
    }),
  );
  if (instance === undefined) throw new Error('no instance was launched');
  return { id: instanceId(instance), eni: eni ?? primaryInterface(instance) };
}

/** Launches one instance as an Auto Scaling group does: with the group's own tag. */
export async function runInGroup(service: RunningService, group: string, tags: Tags = {}): Promise<Source> {
  const source = await run(service, tags);
  service.emulator.ec2.controls.setReservedTags(source.id, { 'aws:autoscaling:groupName': group });
  await reach(service, source, 'running');
  return source;
}

/** The tags of an instance as describes show them. */
export async function tagsOf({ ec2 }: RunningService, { id }: Source): Promise<Tags> {
  const { Reservations = [] } = await ec2.send(
    new DescribeInstancesCommand({ Filters: [{ Name: 'instance-id', Values: [id] }] }),
  );
  const tags = Reservations[0]?.Instances?.[0]?.Tags ?? [];
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** Runs something while CloudTrail is silent. */
export async function unheard<T>({ emulator }: RunningService, act: () => Promise<T>): Promise<T> {
  const { settings } = emulator.ec2.controls;
  settings.cloudTrail = false;
  try {
    return await act();
  } finally {
    settings.cloudTrail = true;
  }
}

/** The reasons of a kind of audit records on an instance, oldest first. */
export function reasonsOf(service: RunningService, { id }: Source, action: string): readonly string[] {
  return service.records().flatMap((line) => (line.instanceId === id && line.action === action ? [line.reason] : []));
}

/** Waits for a record of an instance that its events are not to be without. */
export async function recorded(service: RunningService, source: Source, action: string, reason: string): Promise<void> {
  await until(`${action} of ${source.id} for ${reason}`, async () =>
    reasonsOf(service, source, action).includes(reason) ? true : undefined,
  );
}
