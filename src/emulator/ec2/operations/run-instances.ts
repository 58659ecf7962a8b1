import type { InstanceNetworkInterfaceSpecification, Reservation, RunInstancesRequest } from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { type Call, operation } from '../account.ts';
import { authorization, created, existing } from '../authorization.ts';
import { checkId, checkIds, need } from '../ids.ts';
import { instanceTypeFacts } from '../instance-types.ts';
import { attachInterface, createInterface } from '../interfaces.ts';
import { begin } from '../lifecycle.ts';
import { defaultGroup, defaultSubnet } from '../network.ts';
import type { InstanceRecord, SubnetRecord } from '../records.ts';
import { badCombination, invalidValue, missing, required } from '../refusals.ts';
import { renderReservations } from '../render/instance.ts';
import { readTagSpecifications, replaceTags } from '../tags.ts';
import { generalRequest } from '../trail-shapes.ts';
import { currentView } from '../view.ts';

const DEFAULT_TYPE = 'm1.small';
const TAGGABLE = ['instance', 'network-interface', 'volume', 'spot-instances-request'] as const;
/** Parameters whose effect a caller could not do without, and that are not emulated. */
const UNSUPPORTED = [
  'LaunchTemplate',
  'InstanceMarketOptions',
  'Ipv6Addresses',
  'SecondaryInterfaces',
  'SecurityGroups',
] as const;

const interfacesIn = (input: RunInstancesRequest): readonly InstanceNetworkInterfaceSpecification[] =>
  input.NetworkInterfaces ?? [];

/** The subnet that decides the zone: given, of the first interface, or the default one. */
function subnetOf(input: RunInstancesRequest, call: Call): SubnetRecord {
  const primary = interfacesIn(input).find((spec) => (spec.DeviceIndex ?? 0) === 0);
  const existingId = primary?.NetworkInterfaceId;
  const subnetId =
    input.SubnetId ??
    primary?.SubnetId ??
    (existingId === undefined ? undefined : call.world.networkInterfaces.get(existingId)?.subnetId);
  const zone = input.Placement?.AvailabilityZone;
  if (subnetId === undefined) return defaultSubnet(call, zone);
  const subnet = need(call.world.subnets, 'subnet', subnetId, call);
  if (zone !== undefined && zone !== subnet.availabilityZone) {
    throw invalidValue('Placement.AvailabilityZone', zone, `Subnet ${subnetId} is in ${subnet.availabilityZone}.`);
  }
  return subnet;
}

function check(input: RunInstancesRequest): void {
  required('ImageId', input.ImageId);
  const { MinCount: low = 0, MaxCount: high = 0 } = input;
  if (low < 1) throw invalidValue('MinCount', low, 'Expected at least 1.');
  if (high < low) throw invalidValue('MaxCount', high, `Expected at least MinCount (${low}).`);
  if (high > 1000) throw invalidValue('MaxCount', high, 'Expected at most 1000.');
  const used = UNSUPPORTED.filter((parameter) => input[parameter] !== undefined);
  if (used.length > 0) throw new AwsError('UnsupportedOperation', `The emulated RunInstances does not take ${used.join(', ')}`);
  const type = input.InstanceType ?? DEFAULT_TYPE;
  if (instanceTypeFacts(type) === undefined)
    throw new AwsError('InvalidParameterValue', `Invalid value '${type}' for InstanceType.`);
  const specifications = interfacesIn(input);
  if (
    specifications.length > 0 &&
    (input.SubnetId !== undefined || input.SecurityGroupIds !== undefined || input.PrivateIpAddress !== undefined)
  ) {
    throw badCombination(
      'Network interfaces and an instance-level subnet ID, security groups or private IP address may not be specified on the same request',
    );
  }
  if (input.SubnetId !== undefined) checkId('subnet', input.SubnetId);
  checkIds('security-group', input.SecurityGroupIds);
  const indexes = specifications.map((spec) => {
    if (spec.DeviceIndex === undefined) throw missing('NetworkInterface.DeviceIndex');
    if (spec.NetworkInterfaceId !== undefined) checkId('network-interface', spec.NetworkInterfaceId);
    if (spec.NetworkInterfaceId !== undefined && high > 1)
      throw badCombination('An existing network interface can only be used with a single instance');
    if (spec.SubnetId !== undefined) checkId('subnet', spec.SubnetId);
    checkIds('security-group', spec.Groups);
    return spec.DeviceIndex;
  });
  if (new Set(indexes).size < indexes.length)
    throw invalidValue('NetworkInterface.DeviceIndex', indexes.join(', '), 'Each device index may be used once.');
  if (indexes.length > 0 && !indexes.includes(0))
    throw invalidValue('NetworkInterface.DeviceIndex', indexes.join(', '), 'One interface must have device index 0.');
  readTagSpecifications(input.TagSpecifications, TAGGABLE);
}

function launchOne(
  input: RunInstancesRequest,
  subnet: SubnetRecord,
  reservationId: string,
  launchIndex: number,
  call: Call,
): string {
  const { host, world } = call;
  const tags = readTagSpecifications(input.TagSpecifications, TAGGABLE);
  const instance: InstanceRecord = {
    instanceId: host.newId('i'),
    reservationId,
    ownerId: host.accountId,
    imageId: required('ImageId', input.ImageId),
    instanceType: input.InstanceType ?? DEFAULT_TYPE,
    keyName: input.KeyName,
    launchedAt: host.clock.now(),
    launchIndex,
    state: 'pending',
    stateReason: undefined,
    reason: '',
    subnetId: subnet.subnetId,
    vpcId: subnet.vpcId,
    availabilityZone: subnet.availabilityZone,
    networkInterfaceIds: [],
    disableApiTermination: input.DisableApiTermination ?? false,
    shutdownBehavior: input.InstanceInitiatedShutdownBehavior ?? 'stop',
    clientToken: input.ClientToken,
  };
  const { instanceId } = instance;
  world.instances.put(instanceId, instance);
  const whole: InstanceNetworkInterfaceSpecification = {
    DeviceIndex: 0,
    SubnetId: subnet.subnetId,
    Groups: input.SecurityGroupIds,
    PrivateIpAddress: input.PrivateIpAddress,
    Ipv6AddressCount: input.Ipv6AddressCount,
  };
  const specifications = interfacesIn(input).length > 0 ? interfacesIn(input) : [whole];
  for (const spec of specifications) {
    const own = spec.SubnetId === undefined ? subnet : need(world.subnets, 'subnet', spec.SubnetId, call);
    const eni =
      spec.NetworkInterfaceId === undefined
        ? createInterface(call, {
            subnet: own,
            groupIds: spec.Groups ?? [defaultGroup(call, own.vpcId)],
            description: spec.Description,
            interfaceType: spec.InterfaceType,
            privateIpAddress: spec.PrivateIpAddress,
            secondaryPrivateIpAddressCount: spec.SecondaryPrivateIpAddressCount,
            ipv6AddressCount: spec.Ipv6AddressCount,
            tags: tags['network-interface'],
          })
        : need(world.networkInterfaces, 'network-interface', spec.NetworkInterfaceId, call);
    attachInterface(call, eni, world.instances.get(instanceId) ?? instance, {
      deviceIndex: spec.DeviceIndex ?? 0,
      networkCardIndex: spec.NetworkCardIndex ?? 0,
      // Interfaces made with the instance go with it; existing ones stay.
      deleteOnTermination: spec.DeleteOnTermination ?? spec.NetworkInterfaceId === undefined,
    });
  }
  begin(call, instanceId);
  replaceTags(call, instanceId, tags.instance ?? {}, true);
  return instanceId;
}

/** Everything that could fail halfway is refused first: a launch makes all its instances or none. */
function checkLaunch(input: RunInstancesRequest, subnet: SubnetRecord, call: Call): void {
  const { world } = call;
  const limit = instanceTypeFacts(input.InstanceType ?? DEFAULT_TYPE)?.maximumNetworkInterfaces ?? 0;
  if (interfacesIn(input).length > limit) {
    throw new AwsError(
      'AttachmentLimitExceeded',
      `Interface count ${interfacesIn(input).length} exceeds the limit for ${input.InstanceType ?? DEFAULT_TYPE}`,
    );
  }
  for (const groupId of input.SecurityGroupIds ?? []) need(world.securityGroups, 'security-group', groupId, call);
  for (const spec of interfacesIn(input)) {
    for (const groupId of spec.Groups ?? []) need(world.securityGroups, 'security-group', groupId, call);
    const own = spec.SubnetId === undefined ? subnet : need(world.subnets, 'subnet', spec.SubnetId, call);
    const eni =
      spec.NetworkInterfaceId === undefined
        ? undefined
        : need(world.networkInterfaces, 'network-interface', spec.NetworkInterfaceId, call);
    if (eni?.attachment !== undefined)
      throw new AwsError('InvalidNetworkInterface.InUse', `Interface: [${eni.networkInterfaceId}] in use.`);
    if ((eni ?? own).availabilityZone !== subnet.availabilityZone) {
      throw invalidValue(
        'NetworkInterface.SubnetId',
        own.subnetId,
        `All interfaces of an instance must be in one zone, ${subnet.availabilityZone}.`,
      );
    }
  }
}

export const runInstances = operation<RunInstancesRequest, Reservation>({
  name: 'RunInstances',
  mutating: true,
  check,
  authorize(input, call) {
    const tags = readTagSpecifications(input.TagSpecifications, TAGGABLE);
    const subnetId = input.SubnetId ?? interfacesIn(input)[0]?.SubnetId;
    return authorization(call, 'RunInstances', [
      created(call, 'instance', tags.instance),
      created(call, 'network-interface', tags['network-interface']),
      ...(subnetId === undefined ? [] : [existing(call, 'subnet', subnetId)]),
      ...(input.SecurityGroupIds ?? []).map((id) => existing(call, 'security-group', id)),
    ]);
  },
  resourceTokens: (input) => input.MaxCount ?? 1,
  perform(input, call) {
    const subnet = subnetOf(input, call);
    checkLaunch(input, subnet, call);
    const reservationId = call.host.newId('r');
    const ids = Array.from({ length: input.MaxCount ?? 1 }, (_, index) => launchOne(input, subnet, reservationId, index, call));
    return { ...reservationOf(ids, call), ReservationId: reservationId };
  },
  repeat(output, call) {
    const ids = (output.Instances ?? []).flatMap((instance) => instance.InstanceId ?? []);
    return ids.some((id) => call.world.instances.get(id) === undefined) ? undefined : reservationOf(ids, call);
  },
  trail(input) {
    const { ImageId: imageId, MinCount: minCount, MaxCount: maxCount, KeyName: keyName, ...rest } = input;
    return {
      instancesSet: { items: [{ imageId, minCount, maxCount, ...(keyName === undefined ? {} : { keyName }) }] },
      ...generalRequest('RunInstances', rest),
    };
  },
});

function reservationOf(ids: readonly string[], call: Call): Reservation {
  const [reservation] = renderReservations(
    currentView(call),
    ids.flatMap((id) => call.world.instances.get(id) ?? []),
  );
  return reservation ?? {};
}
