/** Network interfaces as describes show them. */
import type {
  GroupIdentifier,
  InstanceNetworkInterface,
  NetworkInterface,
  NetworkInterfaceStatus,
  NetworkInterfaceType,
} from '@aws-sdk/client-ec2';
import { privateDnsName } from '../addresses.ts';
import type { NetworkInterfaceRecord } from '../records.ts';
import { renderTags, seenTags } from '../tags.ts';
import type { View } from '../view.ts';
import { zoneId } from '../zones.ts';

type Status = Extract<NetworkInterfaceStatus, string>;

export function statusOf(eni: NetworkInterfaceRecord): Status {
  if (eni.attachment === undefined) return 'available';
  if (eni.attachment.status === 'attached') return 'in-use';
  return eni.attachment.status;
}

export function renderGroups(view: View, groupIds: readonly string[]): GroupIdentifier[] {
  return groupIds.map((GroupId) => ({ GroupId, GroupName: view.world.securityGroups.seen(GroupId)?.groupName ?? '' }));
}

/** Types of records come from our own calls and controls, which take AWS's words; the model only lists them. */
const asType = (text: string): NetworkInterfaceType => text as NetworkInterfaceType;

const addressesOf = (view: View, eni: NetworkInterfaceRecord) =>
  [eni.privateIpAddress, ...eni.secondaryPrivateIpAddresses]
    .filter((address) => address !== '')
    .map((PrivateIpAddress, index) => ({
      PrivateIpAddress,
      Primary: index === 0,
      PrivateDnsName: privateDnsName(view.host, PrivateIpAddress),
    }));

/** What both describes show alike. */
function renderCommon(view: View, eni: NetworkInterfaceRecord) {
  return {
    NetworkInterfaceId: eni.networkInterfaceId,
    SubnetId: eni.subnetId,
    VpcId: eni.vpcId,
    OwnerId: eni.ownerId,
    Description: eni.description,
    MacAddress: eni.macAddress,
    SourceDestCheck: eni.sourceDestCheck,
    Groups: renderGroups(view, eni.groupIds),
    PrivateIpAddresses: addressesOf(view, eni),
    Ipv6Addresses: eni.ipv6Addresses.map((Ipv6Address) => ({ Ipv6Address })),
    ...(eni.privateIpAddress === ''
      ? {}
      : { PrivateIpAddress: eni.privateIpAddress, PrivateDnsName: privateDnsName(view.host, eni.privateIpAddress) }),
  };
}

const renderAttachment = (attachment: NonNullable<NetworkInterfaceRecord['attachment']>) => ({
  AttachmentId: attachment.attachmentId,
  AttachTime: new Date(attachment.attachedAt),
  DeleteOnTermination: attachment.deleteOnTermination,
  DeviceIndex: attachment.deviceIndex,
  NetworkCardIndex: attachment.networkCardIndex,
  Status: attachment.status,
});

/** As an element of DescribeNetworkInterfaces; a free interface has no attachment. */
export function renderNetworkInterface(view: View, eni: NetworkInterfaceRecord): NetworkInterface {
  return {
    ...renderCommon(view, eni),
    InterfaceType: asType(eni.interfaceType),
    Status: statusOf(eni),
    AvailabilityZone: eni.availabilityZone,
    AvailabilityZoneId: zoneId(eni.availabilityZone),
    RequesterId: eni.requesterId,
    RequesterManaged: eni.requesterManaged,
    Ipv6Native: eni.ipv6Native,
    TagSet: renderTags(seenTags(view, eni.networkInterfaceId)),
    Attachment:
      eni.attachment === undefined
        ? undefined
        : { ...renderAttachment(eni.attachment), InstanceId: eni.attachment.instanceId, InstanceOwnerId: view.host.accountId },
  };
}

/** As an element of an instance, where the tags are not shown. */
export function renderInstanceInterface(view: View, eni: NetworkInterfaceRecord): InstanceNetworkInterface {
  return {
    ...renderCommon(view, eni),
    InterfaceType: eni.interfaceType,
    Status: eni.attachment === undefined ? 'available' : 'in-use',
    Attachment: eni.attachment === undefined ? undefined : renderAttachment(eni.attachment),
  };
}
