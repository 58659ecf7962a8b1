import type {
  Instance as Ec2Instance,
  NetworkInterface as Ec2NetworkInterface,
  InstanceNetworkInterface,
  Tag,
  TagDescription,
  TrafficMirrorFilter,
  TrafficMirrorFilterRule,
  TrafficMirrorSession,
  TrafficMirrorTarget,
} from '@aws-sdk/client-ec2';
import type { ActualFilter, FilterRule, PortRange } from '../model/filter.ts';
import type { EniId, FilterId, FilterRuleId, InstanceId, SessionId, TargetId } from '../model/ids.ts';
import type { AttachmentStatus, Instance, InstanceState, NetworkInterface } from '../model/instance.ts';
import type { ActualSession } from '../model/session.ts';
import type { Tags } from '../model/tags.ts';
import type { ActualTarget, TargetType } from '../model/target.ts';
import type { InterfaceFacts } from '../reconcile/ports.ts';

/** EC2 left out what it always tells; nothing may be concluded from such an answer. */
export class IncompleteAnswerError extends Error {
  override readonly name = 'IncompleteAnswerError';
}

// EC2's ids have these prefixes by contract, so a present id is taken as one of its kind.
const asInstanceId = (id: string | undefined) => required(id, 'instance id') as InstanceId;
const asEniId = (id: string | undefined) => required(id, 'network interface id') as EniId;
const asTargetId = (id: string | undefined) => required(id, 'target id') as TargetId;
const asFilterId = (id: string | undefined) => required(id, 'filter id') as FilterId;
const asSessionId = (id: string | undefined) => required(id, 'session id') as SessionId;

/** @param accountId owner of the reservation that the instance came in */
export function toInstance(from: Ec2Instance, accountId: string | undefined): Instance {
  return {
    id: asInstanceId(from.InstanceId),
    accountId: required(accountId, 'owner of a reservation'),
    type: required(from.InstanceType, 'instance type'),
    state: required(from.State?.Name, 'instance state') satisfies InstanceState,
    tags: toTags(from.Tags),
    networkInterfaces: (from.NetworkInterfaces ?? []).map(toNetworkInterface).sort((a, b) => a.deviceIndex - b.deviceIndex),
    ...given('zone', from.Placement?.AvailabilityZone),
    ...given('vpcId', from.VpcId),
    ...given('subnetId', from.SubnetId),
    ...given('launchTime', from.LaunchTime?.getTime()),
    ...given('platform', from.Platform?.toLowerCase()),
    ...given('platformDetails', from.PlatformDetails),
    ...given('iamInstanceProfile', from.IamInstanceProfile?.Arn),
  };
}

function toNetworkInterface(from: InstanceNetworkInterface): NetworkInterface {
  return {
    id: asEniId(from.NetworkInterfaceId),
    deviceIndex: from.Attachment?.DeviceIndex ?? 0,
    interfaceType: from.InterfaceType ?? 'interface',
    attachmentStatus: from.Attachment?.Status ?? 'attached',
    securityGroups: (from.Groups ?? []).map(({ GroupId, GroupName }) => ({
      id: required(GroupId, 'id of a security group'),
      ...given('name', GroupName),
    })),
    // Each private address may have a public one; that of the first is told of the interface too.
    hasPublicIp: [from, ...(from.PrivateIpAddresses ?? [])].map(({ Association }) => Association?.PublicIp).some(Boolean),
    ...given('subnetId', from.SubnetId),
    ...given('vpcId', from.VpcId),
    ...given('ownerId', from.OwnerId),
  };
}

export function toInterfaceFacts(from: Ec2NetworkInterface): InterfaceFacts {
  const attachment = from.Attachment;
  return {
    id: asEniId(from.NetworkInterfaceId),
    tags: toTags(from.TagSet),
    ...(attachment === undefined
      ? {}
      : {
          attachment: {
            status: (attachment.Status ?? 'attached') satisfies AttachmentStatus,
            ...given('instanceId', attachment.InstanceId as InstanceId | undefined),
          },
        }),
    ...given('zone', from.AvailabilityZone),
    ...given('requesterManaged', from.RequesterManaged),
    ...given('ipv6Native', from.Ipv6Native),
  };
}

export function toSession(from: TrafficMirrorSession): ActualSession {
  return {
    id: asSessionId(from.TrafficMirrorSessionId),
    eniId: asEniId(from.NetworkInterfaceId),
    targetId: asTargetId(from.TrafficMirrorTargetId),
    filterId: asFilterId(from.TrafficMirrorFilterId),
    sessionNumber: required(from.SessionNumber, 'session number'),
    tags: toTags(from.Tags),
    ...given('packetLength', from.PacketLength),
    ...given('vni', from.VirtualNetworkId),
    ...given('description', from.Description),
    ...given('accountId', from.OwnerId),
  };
}

export function toTarget(from: TrafficMirrorTarget): ActualTarget {
  return {
    id: asTargetId(from.TrafficMirrorTargetId),
    type: from.Type ?? typeByDestination(from),
    tags: toTags(from.Tags),
    ...given('networkInterfaceId', from.NetworkInterfaceId as EniId | undefined),
    ...given('networkLoadBalancerArn', from.NetworkLoadBalancerArn),
    ...given('gatewayLoadBalancerEndpointId', from.GatewayLoadBalancerEndpointId),
    ...given('accountId', from.OwnerId),
  };
}

export function toFilter(from: TrafficMirrorFilter): ActualFilter {
  const rules = [...(from.IngressFilterRules ?? []), ...(from.EgressFilterRules ?? [])];
  return {
    id: asFilterId(from.TrafficMirrorFilterId),
    content: { networkServices: [...(from.NetworkServices ?? [])].sort(), rules: rules.map(toRule) },
    ruleIds: rules.flatMap((rule) =>
      rule.TrafficMirrorFilterRuleId === undefined ? [] : [rule.TrafficMirrorFilterRuleId as FilterRuleId],
    ),
    tags: toTags(from.Tags),
  };
}

/** One tag of a VPC or subnet; its id is made of the network's and the key, of which EC2 tells one tag. */
export interface TagOfNetwork {
  readonly id: string;
  readonly networkId: string;
  readonly tag: Tags;
}

export function toTagOfNetwork({ ResourceId, Key, Value }: TagDescription): TagOfNetwork {
  const networkId = required(ResourceId, 'resource of a tag');
  return { id: `${networkId} ${required(Key, 'key of a tag')}`, networkId, tag: toTags([{ Key, Value }]) };
}

function toRule(from: TrafficMirrorFilterRule): FilterRule {
  return {
    direction: required(from.TrafficDirection, 'direction of a filter rule'),
    number: required(from.RuleNumber, 'number of a filter rule'),
    action: required(from.RuleAction, 'action of a filter rule'),
    sourceCidr: required(from.SourceCidrBlock, 'source of a filter rule'),
    destinationCidr: required(from.DestinationCidrBlock, 'destination of a filter rule'),
    ...given('protocol', from.Protocol),
    ...given('sourcePorts', toPorts(from.SourcePortRange)),
    ...given('destinationPorts', toPorts(from.DestinationPortRange)),
    ...given('description', from.Description || undefined),
  };
}

function toPorts(range: { FromPort?: number | undefined; ToPort?: number | undefined } | undefined): PortRange | undefined {
  if (range?.FromPort === undefined && range?.ToPort === undefined) return undefined;
  return {
    from: required(range.FromPort, 'first port of a filter rule'),
    to: required(range.ToPort, 'last port of a filter rule'),
  };
}

function typeByDestination(from: TrafficMirrorTarget): TargetType {
  if (from.NetworkLoadBalancerArn) return 'network-load-balancer';
  return from.GatewayLoadBalancerEndpointId ? 'gateway-load-balancer-endpoint' : 'network-interface';
}

function toTags(tags: readonly Tag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])));
}

/** `{ [key]: value }`, or nothing when there is no value: the model has no undefined members. */
function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return (value === undefined || value === '' ? {} : { [key]: value }) as { readonly [P in K]?: V };
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined || value === '')
    throw new IncompleteAnswerError(`EC2 answered without the ${what}; nothing is concluded from such an answer`);
  return value;
}
