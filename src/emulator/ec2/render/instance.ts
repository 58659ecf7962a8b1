/** Instances as describes show them. */
import type {
  Instance,
  InstanceState,
  InstanceStateChange,
  _InstanceType as InstanceType,
  Reservation,
} from '@aws-sdk/client-ec2';
import { privateDnsName } from '../addresses.ts';
import { STATE_CODES } from '../lifecycle.ts';
import type { InstanceRecord, InstanceStateName, NetworkInterfaceRecord } from '../records.ts';
import { renderTags, seenTags } from '../tags.ts';
import type { View } from '../view.ts';
import { zoneId } from '../zones.ts';
import { renderGroups, renderInstanceInterface } from './network-interface.ts';

export const renderState = (state: InstanceStateName): InstanceState => ({ Code: STATE_CODES[state], Name: state });

/** The interfaces that describes show on an instance. */
export function seenInterfaces(view: View, instance: InstanceRecord): NetworkInterfaceRecord[] {
  return instance.networkInterfaceIds.flatMap((id) => {
    const eni = view.world.networkInterfaces.seen(id);
    return eni?.attachment?.instanceId === instance.instanceId ? [eni] : [];
  });
}

/** Names were checked against the catalogue at launch, which is wider than the model's list. */
const asType = (text: string): InstanceType => text as InstanceType;

export function renderInstance(view: View, instance: InstanceRecord): Instance {
  const interfaces = seenInterfaces(view, instance);
  const primary = interfaces.find((eni) => eni.attachment?.deviceIndex === 0);
  return {
    InstanceId: instance.instanceId,
    ImageId: instance.imageId,
    InstanceType: asType(instance.instanceType),
    KeyName: instance.keyName,
    State: renderState(instance.state),
    StateTransitionReason: instance.reason,
    StateReason:
      instance.stateReason === undefined ? undefined : { Code: instance.stateReason.code, Message: instance.stateReason.message },
    AmiLaunchIndex: instance.launchIndex,
    LaunchTime: new Date(instance.launchedAt),
    Placement: {
      AvailabilityZone: instance.availabilityZone,
      AvailabilityZoneId: zoneId(instance.availabilityZone),
      GroupName: '',
      Tenancy: 'default',
    },
    Monitoring: { State: 'disabled' },
    Architecture: 'x86_64',
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    PlatformDetails: 'Linux/UNIX',
    RootDeviceType: 'ebs',
    RootDeviceName: '/dev/xvda',
    BlockDeviceMappings: [],
    ProductCodes: [],
    EnaSupport: true,
    EbsOptimized: false,
    ClientToken: instance.clientToken ?? '',
    PrivateDnsName: primary === undefined ? '' : privateDnsName(view.host, primary.privateIpAddress),
    PublicDnsName: '',
    SecurityGroups: primary === undefined ? [] : renderGroups(view, primary.groupIds),
    NetworkInterfaces: interfaces.map((eni) => renderInstanceInterface(view, eni)),
    Tags: renderTags(seenTags(view, instance.instanceId)),
    ...(primary === undefined
      ? {}
      : {
          SubnetId: instance.subnetId,
          VpcId: instance.vpcId,
          SourceDestCheck: primary.sourceDestCheck,
          ...(primary.privateIpAddress === '' ? {} : { PrivateIpAddress: primary.privateIpAddress }),
          ...(primary.ipv6Addresses[0] === undefined ? {} : { Ipv6Address: primary.ipv6Addresses[0] }),
        }),
  };
}

/** Groups instances by the call that launched them, in the order given. */
export function renderReservations(view: View, instances: readonly InstanceRecord[]): Reservation[] {
  const byReservation = new Map<string, InstanceRecord[]>();
  for (const instance of instances) {
    const group = byReservation.get(instance.reservationId);
    if (group === undefined) byReservation.set(instance.reservationId, [instance]);
    else group.push(instance);
  }
  return [...byReservation].map(([ReservationId, members]) => ({
    ReservationId,
    OwnerId: view.host.accountId,
    Groups: [],
    Instances: members.map((instance) => renderInstance(view, instance)),
  }));
}

export const renderStateChange = (
  instanceId: string,
  before: InstanceStateName,
  now: InstanceStateName,
): InstanceStateChange => ({
  InstanceId: instanceId,
  CurrentState: renderState(now),
  PreviousState: renderState(before),
});
