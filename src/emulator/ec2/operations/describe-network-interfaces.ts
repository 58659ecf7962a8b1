import type { DescribeNetworkInterfacesRequest, DescribeNetworkInterfacesResult } from '@aws-sdk/client-ec2';
import { type Account, operation } from '../account.ts';
import { privateDnsName } from '../addresses.ts';
import { checkDescribe, describePage } from '../describing.ts';
import type { FilterFields } from '../filtering.ts';
import type { NetworkInterfaceRecord } from '../records.ts';
import { renderNetworkInterface, statusOf } from '../render/network-interface.ts';
import { seenTags } from '../tags.ts';
import { zoneId } from '../zones.ts';

const BOUNDS = [5, 1000] as const;

const fields = (account: Account): FilterFields<NetworkInterfaceRecord> => ({
  'addresses.private-ip-address': (eni) => [eni.privateIpAddress, ...eni.secondaryPrivateIpAddresses],
  'addresses.primary': (eni) => (eni.secondaryPrivateIpAddresses.length > 0 ? [true, false] : true),
  'association.public-ip': () => undefined,
  'attachment.attach-time': (eni) =>
    eni.attachment === undefined ? undefined : new Date(eni.attachment.attachedAt).toISOString(),
  'attachment.attachment-id': (eni) => eni.attachment?.attachmentId,
  'attachment.delete-on-termination': (eni) => eni.attachment?.deleteOnTermination,
  'attachment.device-index': (eni) => eni.attachment?.deviceIndex,
  'attachment.instance-id': (eni) => eni.attachment?.instanceId,
  'attachment.instance-owner-id': (eni) => (eni.attachment === undefined ? undefined : account.host.accountId),
  'attachment.status': (eni) => eni.attachment?.status,
  'availability-zone': (eni) => eni.availabilityZone,
  'availability-zone-id': (eni) => zoneId(eni.availabilityZone),
  description: (eni) => eni.description,
  'group-id': (eni) => eni.groupIds,
  'interface-type': (eni) => (eni.interfaceType === 'natGateway' ? 'nat_gateway' : eni.interfaceType),
  'ipv6-addresses.ipv6-address': (eni) => eni.ipv6Addresses,
  'mac-address': (eni) => eni.macAddress,
  'network-interface-id': (eni) => eni.networkInterfaceId,
  'operator.managed': () => false,
  'operator.principal': () => undefined,
  'owner-id': (eni) => eni.ownerId,
  'private-dns-name': (eni) => privateDnsName(account.host, eni.privateIpAddress),
  'private-ip-address': (eni) => eni.privateIpAddress,
  'requester-id': (eni) => eni.requesterId,
  'requester-managed': (eni) => eni.requesterManaged,
  'source-dest-check': (eni) => eni.sourceDestCheck,
  status: statusOf,
  'subnet-id': (eni) => eni.subnetId,
  'vpc-id': (eni) => eni.vpcId,
});

export const describeNetworkInterfaces = operation<DescribeNetworkInterfacesRequest, DescribeNetworkInterfacesResult>({
  name: 'DescribeNetworkInterfaces',
  mutating: false,
  check: (input) => checkDescribe('network-interface', 'NetworkInterfaceId', BOUNDS, input.NetworkInterfaceIds, input),
  perform(input, call) {
    const page = describePage(
      {
        action: 'DescribeNetworkInterfaces',
        type: 'network-interface',
        idsParameter: 'NetworkInterfaceId',
        maxResultsBounds: BOUNDS,
        collection: call.world.networkInterfaces,
        idOf: (eni) => eni.networkInterfaceId,
        fields: fields(call),
        tags: (eni) => seenTags(call, eni.networkInterfaceId),
      },
      input.NetworkInterfaceIds,
      input,
      call,
    );
    return { NetworkInterfaces: page.items.map((eni) => renderNetworkInterface(call, eni)), NextToken: page.nextToken };
  },
});
