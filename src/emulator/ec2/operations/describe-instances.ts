import type {
  DescribeInstanceStatusRequest,
  DescribeInstanceStatusResult,
  DescribeInstancesRequest,
  DescribeInstancesResult,
  InstanceStatus,
} from '@aws-sdk/client-ec2';
import { type Account, operation } from '../account.ts';
import { checkDescribe, describePage } from '../describing.ts';
import type { FilterFields } from '../filtering.ts';
import { STATE_CODES } from '../lifecycle.ts';
import type { InstanceRecord, NetworkInterfaceRecord } from '../records.ts';
import { renderReservations, renderState, seenInterfaces } from '../render/instance.ts';
import { renderGroups, statusOf } from '../render/network-interface.ts';
import { seenTags } from '../tags.ts';
import { zoneId } from '../zones.ts';

/** DescribeInstances has no bound in today's model; a thousand is the most it ever took. */
const BOUNDS = [1, 1000] as const;

const INTERFACE_FIELDS: FilterFields<NetworkInterfaceRecord> = {
  'network-interface-id': (eni) => eni.networkInterfaceId,
  'subnet-id': (eni) => eni.subnetId,
  'vpc-id': (eni) => eni.vpcId,
  status: statusOf,
  'owner-id': (eni) => eni.ownerId,
  'group-id': (eni) => eni.groupIds,
  'private-ip-address': (eni) => eni.privateIpAddress,
  'mac-address': (eni) => eni.macAddress,
  'requester-id': (eni) => eni.requesterId,
  'requester-managed': (eni) => eni.requesterManaged,
  'ipv6-native': (eni) => eni.ipv6Native,
  description: (eni) => eni.description,
  'availability-zone': (eni) => eni.availabilityZone,
  'addresses.private-ip-address': (eni) => [eni.privateIpAddress, ...eni.secondaryPrivateIpAddresses],
  'ipv6-addresses.ipv6-address': (eni) => eni.ipv6Addresses,
  'attachment.attachment-id': (eni) => eni.attachment?.attachmentId,
  'attachment.instance-id': (eni) => eni.attachment?.instanceId,
  'attachment.device-index': (eni) => eni.attachment?.deviceIndex,
  'attachment.status': (eni) => eni.attachment?.status,
  'attachment.delete-on-termination': (eni) => eni.attachment?.deleteOnTermination,
};

function instanceFields(account: Account): FilterFields<InstanceRecord> {
  const primary = (instance: InstanceRecord): NetworkInterfaceRecord | undefined =>
    seenInterfaces(account, instance).find((eni) => eni.attachment?.deviceIndex === 0);
  const ofInterfaces = Object.entries(INTERFACE_FIELDS).map(
    ([name, read]) =>
      [
        `network-interface.${name}`,
        (instance: InstanceRecord) => seenInterfaces(account, instance).flatMap((eni) => read(eni)),
      ] as const,
  );
  const interfaceTags = (instance: InstanceRecord) =>
    seenInterfaces(account, instance).flatMap((eni) => Object.entries(seenTags(account, eni.networkInterfaceId)));
  return {
    'instance-id': (instance) => instance.instanceId,
    'instance-state-name': (instance) => instance.state,
    'instance-state-code': (instance) => STATE_CODES[instance.state],
    'instance-type': (instance) => instance.instanceType,
    'instance-lifecycle': () => undefined,
    'image-id': (instance) => instance.imageId,
    'key-name': (instance) => instance.keyName,
    'client-token': (instance) => instance.clientToken,
    'launch-index': (instance) => instance.launchIndex,
    'launch-time': (instance) => new Date(instance.launchedAt).toISOString(),
    'availability-zone': (instance) => instance.availabilityZone,
    'availability-zone-id': (instance) => zoneId(instance.availabilityZone),
    'owner-id': (instance) => instance.ownerId,
    'reservation-id': (instance) => instance.reservationId,
    'requester-id': () => undefined,
    architecture: () => 'x86_64',
    hypervisor: () => 'xen',
    tenancy: () => 'default',
    platform: () => undefined,
    'iam-instance-profile.arn': () => undefined,
    'ip-address': () => undefined,
    'operator.managed': () => false,
    'operator.principal': () => undefined,
    // Terminated instances have lost the rest with their interfaces.
    'vpc-id': (instance) => primary(instance)?.vpcId,
    'subnet-id': (instance) => primary(instance)?.subnetId,
    'private-ip-address': (instance) => primary(instance)?.privateIpAddress,
    'ipv6-address': (instance) => primary(instance)?.ipv6Addresses,
    'source-dest-check': (instance) => primary(instance)?.sourceDestCheck,
    'instance.group-id': (instance) => primary(instance)?.groupIds,
    'instance.group-name': (instance) => renderGroups(account, primary(instance)?.groupIds ?? []).map((group) => group.GroupName),
    ...Object.fromEntries(ofInterfaces),
    'network-interface.tag-key': (instance) => interfaceTags(instance).map(([key]) => key),
    'network-interface.tag-value': (instance) => interfaceTags(instance).map(([, value]) => value),
  };
}

export const describeInstances = operation<DescribeInstancesRequest, DescribeInstancesResult>({
  name: 'DescribeInstances',
  mutating: false,
  check: (input) => checkDescribe('instance', 'InstanceId', BOUNDS, input.InstanceIds, input),
  perform(input, call) {
    const page = describePage(
      {
        action: 'DescribeInstances',
        type: 'instance',
        idsParameter: 'InstanceId',
        maxResultsBounds: BOUNDS,
        collection: call.world.instances,
        idOf: (instance) => instance.instanceId,
        fields: instanceFields(call),
        tags: (instance) => seenTags(call, instance.instanceId),
      },
      input.InstanceIds,
      input,
      call,
    );
    return { Reservations: renderReservations(call, page.items), NextToken: page.nextToken };
  },
});

const STATUS_FIELDS: FilterFields<InstanceRecord> = {
  'availability-zone': (instance) => instance.availabilityZone,
  'instance-state-code': (instance) => STATE_CODES[instance.state],
  'instance-state-name': (instance) => instance.state,
  'instance-status.status': (instance) => summaryOf(instance),
  'system-status.status': (instance) => summaryOf(instance),
};

const summaryOf = (instance: InstanceRecord): 'ok' | 'initializing' | 'not-applicable' => {
  if (instance.state === 'running') return 'ok';
  return instance.state === 'pending' ? 'initializing' : 'not-applicable';
};

const renderStatus = (instance: InstanceRecord): InstanceStatus => ({
  InstanceId: instance.instanceId,
  AvailabilityZone: instance.availabilityZone,
  InstanceState: renderState(instance.state),
  InstanceStatus: { Status: summaryOf(instance), Details: [] },
  SystemStatus: { Status: summaryOf(instance), Details: [] },
  Events: [],
});

/** Only running instances are shown unless all are asked for. */
export const describeInstanceStatus = operation<DescribeInstanceStatusRequest, DescribeInstanceStatusResult>({
  name: 'DescribeInstanceStatus',
  mutating: false,
  check: (input) => checkDescribe('instance', 'InstanceId', BOUNDS, input.InstanceIds, input),
  perform(input, call) {
    const page = describePage(
      {
        action: 'DescribeInstanceStatus',
        type: 'instance',
        idsParameter: 'InstanceId',
        maxResultsBounds: BOUNDS,
        collection: call.world.instances,
        idOf: (instance) => instance.instanceId,
        fields: STATUS_FIELDS,
      },
      input.InstanceIds,
      input,
      call,
    );
    const shown = page.items.filter((instance) => input.IncludeAllInstances === true || instance.state === 'running');
    return { InstanceStatuses: shown.map(renderStatus), NextToken: page.nextToken };
  },
});
