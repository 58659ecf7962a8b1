/** The life of network interfaces: created, attached, detached, deleted, and what goes with them. */
import { AwsError } from '../core.ts';
import type { Account } from './account.ts';
import { newIpv6Address, newMacAddress, releaseAddress, takeAddress } from './addresses.ts';
import { instanceTypeFacts } from './instance-types.ts';
import type { InstanceRecord, NetworkInterfaceRecord, SubnetRecord, TagSet } from './records.ts';
import { invalidValue } from './refusals.ts';
import { replaceTags } from './tags.ts';

export interface NewInterface {
  readonly subnet: SubnetRecord;
  readonly groupIds: readonly string[];
  readonly description?: string | undefined;
  readonly interfaceType?: string | undefined;
  readonly requesterId?: string | undefined;
  readonly requesterManaged?: boolean;
  readonly privateIpAddress?: string | undefined;
  readonly secondaryPrivateIpAddressCount?: number | undefined;
  readonly ipv6AddressCount?: number | undefined;
  readonly tags?: TagSet | undefined;
}

export function createInterface(account: Account, wanted: NewInterface): NetworkInterfaceRecord {
  const { host, world } = account;
  const { subnet } = wanted;
  const hasIpv4 = !subnet.ipv6Native;
  const privateIpAddress = hasIpv4 ? takeAddress(world, subnet, wanted.privateIpAddress) : '';
  const secondaryCount = hasIpv4 ? (wanted.secondaryPrivateIpAddressCount ?? 0) : 0;
  const ipv6Count = wanted.ipv6AddressCount ?? (subnet.ipv6Native ? 1 : 0);
  const { ipv6CidrBlock } = subnet;
  const record: NetworkInterfaceRecord = {
    networkInterfaceId: host.newId('eni'),
    ownerId: host.accountId,
    subnetId: subnet.subnetId,
    vpcId: subnet.vpcId,
    availabilityZone: subnet.availabilityZone,
    description: wanted.description ?? '',
    interfaceType: wanted.interfaceType ?? 'interface',
    requesterId: wanted.requesterId,
    requesterManaged: wanted.requesterManaged ?? false,
    macAddress: newMacAddress(host),
    privateIpAddress,
    secondaryPrivateIpAddresses: Array.from({ length: secondaryCount }, () => takeAddress(world, subnet)),
    ipv6Addresses:
      ipv6CidrBlock === undefined ? [] : Array.from({ length: ipv6Count }, () => newIpv6Address(host, ipv6CidrBlock)),
    ipv6Native: subnet.ipv6Native,
    sourceDestCheck: true,
    groupIds: wanted.groupIds,
    attachment: undefined,
  };
  world.networkInterfaces.put(record.networkInterfaceId, record);
  if (wanted.tags !== undefined) replaceTags(account, record.networkInterfaceId, wanted.tags, true);
  return record;
}

export interface NewAttachment {
  readonly deviceIndex: number;
  readonly networkCardIndex: number;
  readonly deleteOnTermination: boolean;
}

/** Attaches a free interface to a device index of the instance; throws where EC2 refuses. Answers the attachment id. */
export function attachInterface(
  account: Account,
  eni: NetworkInterfaceRecord,
  instance: InstanceRecord,
  wanted: NewAttachment,
): string {
  const { host, options, world } = account;
  const { networkInterfaceId } = eni;
  if (eni.attachment !== undefined)
    throw new AwsError('InvalidNetworkInterface.InUse', `Interface: [${networkInterfaceId}] in use.`);
  if (eni.availabilityZone !== instance.availabilityZone) {
    throw invalidValue(
      'NetworkInterfaceId',
      networkInterfaceId,
      `The interface is in ${eni.availabilityZone}, the instance in ${instance.availabilityZone}.`,
    );
  }
  const attached = instance.networkInterfaceIds.flatMap((id) => world.networkInterfaces.get(id) ?? []);
  if (attached.some((other) => other.attachment?.deviceIndex === wanted.deviceIndex)) {
    throw invalidValue(
      'DeviceIndex',
      wanted.deviceIndex,
      `Instance '${instance.instanceId}' already has an interface attached at device index '${wanted.deviceIndex}'.`,
    );
  }
  const limit = instanceTypeFacts(instance.instanceType)?.maximumNetworkInterfaces ?? 15;
  if (attached.length >= limit) {
    throw new AwsError(
      'AttachmentLimitExceeded',
      `Interface count ${attached.length + 1} exceeds the limit for ${instance.instanceType}`,
    );
  }
  const attachmentId = host.newId('eni-attach');
  const attachment = {
    ...wanted,
    attachmentId,
    instanceId: instance.instanceId,
    status: 'attaching',
    attachedAt: host.clock.now(),
  } as const;
  world.networkInterfaces.patch(networkInterfaceId, { attachment });
  const order = (id: string): number => world.networkInterfaces.get(id)?.attachment?.deviceIndex ?? 0;
  world.instances.patch(instance.instanceId, {
    networkInterfaceIds: [...instance.networkInterfaceIds, networkInterfaceId].sort((a, b) => order(a) - order(b)),
  });
  host.clock.after(options.attachMs, () => {
    const now = world.networkInterfaces.get(networkInterfaceId)?.attachment;
    if (now?.attachmentId === attachmentId && now.status === 'attaching') {
      world.networkInterfaces.patch(networkInterfaceId, { attachment: { ...now, status: 'attached' } });
    }
  });
  return attachmentId;
}

/** Begins to detach; the interface is free after the set delay. */
export function detachInterface(account: Account, eni: NetworkInterfaceRecord): void {
  const { attachment, networkInterfaceId } = eni;
  if (attachment === undefined || attachment.status === 'detaching') return;
  account.world.networkInterfaces.patch(networkInterfaceId, { attachment: { ...attachment, status: 'detaching' } });
  account.host.clock.after(account.options.detachMs, () => {
    const now = account.world.networkInterfaces.get(networkInterfaceId)?.attachment;
    if (now?.attachmentId === attachment.attachmentId) freeInterface(account, networkInterfaceId);
  });
}

/** Takes an interface off its instance at once. */
export function freeInterface(account: Account, networkInterfaceId: string): void {
  const { instances, networkInterfaces } = account.world;
  const instanceId = networkInterfaces.get(networkInterfaceId)?.attachment?.instanceId;
  if (instanceId === undefined) return;
  networkInterfaces.patch(networkInterfaceId, { attachment: undefined });
  const left = instances.get(instanceId)?.networkInterfaceIds.filter((id) => id !== networkInterfaceId);
  if (left !== undefined) instances.patch(instanceId, { networkInterfaceIds: left });
}

/** Deletes an interface; its mirror sessions go with it, a target that points at it stays. */
export function deleteInterface(account: Account, networkInterfaceId: string): void {
  const { world } = account;
  const eni = world.networkInterfaces.get(networkInterfaceId);
  if (eni === undefined) return;
  freeInterface(account, networkInterfaceId);
  for (const session of world.sessions.by('source', networkInterfaceId)) deleteSession(account, session.trafficMirrorSessionId);
  for (const address of [eni.privateIpAddress, ...eni.secondaryPrivateIpAddresses]) releaseAddress(world, eni.subnetId, address);
  world.networkInterfaces.remove(networkInterfaceId);
  world.tags.remove(networkInterfaceId);
}

export function deleteSession(account: Account, trafficMirrorSessionId: string): void {
  account.world.sessions.remove(trafficMirrorSessionId);
  account.world.tags.remove(trafficMirrorSessionId);
}
