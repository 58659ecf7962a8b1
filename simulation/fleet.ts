/** Launches instances, and gives and takes their interfaces. */
import { choose, type DeedOf, type Hand, idsIn } from './hand.ts';

export async function launch(hand: Hand, { count, type, subnet, tags, interfaces }: DeedOf<'launch'>): Promise<string> {
  const SubnetId = hand.subnet(subnet);
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const output = await hand.answer('RunInstances', {
    ImageId: 'ami-0123456789abcdef0',
    InstanceType: type,
    MinCount: count,
    MaxCount: count,
    NetworkInterfaces: Array.from({ length: interfaces }, (_, DeviceIndex) => ({ DeviceIndex, SubnetId })),
    ...(Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: 'instance', Tags }] }),
  });
  return idsIn(output, /\bi-[0-9a-f]{17}\b/g);
}

export async function attachNew(hand: Hand, instance: number): Promise<string> {
  const home = hand.emulator.ec2.world.instances().find(({ instanceId }) => instanceId === hand.instance(instance));
  if (home === undefined) return 'nothing to do it to';
  const made = await hand.answer('CreateNetworkInterface', { SubnetId: home.subnetId });
  return attach(hand, /eni-[0-9a-f]{17}/.exec(JSON.stringify(made))?.[0], home.instanceId);
}

export function attach(hand: Hand, eni: string | undefined, instanceId: string | undefined): Promise<string> {
  const used = hand.emulator.ec2.world
    .networkInterfaces()
    .flatMap(({ attachment }) => (attachment?.instanceId === instanceId ? [attachment?.deviceIndex] : []));
  const DeviceIndex = [1, 2, 3, 4].find((index) => !used.includes(index)) ?? 5;
  return hand.call('AttachNetworkInterface', { NetworkInterfaceId: eni, InstanceId: instanceId, DeviceIndex });
}

export function detach(hand: Hand, eni: string | undefined): Promise<string> {
  const found = hand.emulator.ec2.world.networkInterfaces().find(({ networkInterfaceId }) => networkInterfaceId === eni);
  return hand.call('DetachNetworkInterface', { AttachmentId: found?.attachment?.attachmentId });
}

/** Off one instance, and on another as soon as it is free. */
export async function move(hand: Hand, { interface: which, instance }: DeedOf<'move'>): Promise<string> {
  const eni = choose(hand.secondary(), which);
  const detached = await detach(hand, eni);
  const to = hand.instance(instance);
  const { host, ec2 } = hand.emulator;
  host.clock.after(ec2.controls.settings.detachMs + 1, () => void attach(hand, eni, to).catch(() => undefined));
  return `${detached}, then to ${to ?? 'nowhere'}`;
}
