/** All objects of one emulated account and Region. */
import type { Host } from '../core.ts';
import type { TakenAddresses } from './addresses.ts';
import { Collection } from './collection.ts';
import type { Ec2Options } from './options.ts';
import type {
  AclAssociationRecord,
  FilterRecord,
  FilterRuleRecord,
  InstanceRecord,
  NetworkAclRecord,
  NetworkInterfaceRecord,
  PeeringRecord,
  PrefixListRecord,
  RouteTableRecord,
  SecurityGroupRecord,
  SessionRecord,
  SubnetRecord,
  TagSet,
  TargetRecord,
  TransitGatewayAttachmentRecord,
  TransitGatewayRecord,
  TransitGatewayRouteTableRecord,
  VpcEndpointRecord,
  VpcRecord,
} from './records.ts';

export type SessionIndex = 'source' | 'target' | 'filter' | 'owner' | 'vni';

export interface World {
  readonly instances: Collection<InstanceRecord>;
  readonly networkInterfaces: Collection<NetworkInterfaceRecord, 'subnet'>;
  readonly vpcs: Collection<VpcRecord>;
  readonly subnets: Collection<SubnetRecord, 'vpc'>;
  readonly securityGroups: Collection<SecurityGroupRecord, 'vpc'>;
  readonly routeTables: Collection<RouteTableRecord>;
  readonly networkAcls: Collection<NetworkAclRecord>;
  /** By id of the association. */
  readonly aclAssociations: Collection<AclAssociationRecord, 'acl' | 'subnet'>;
  readonly peerings: Collection<PeeringRecord>;
  readonly transitGateways: Collection<TransitGatewayRecord>;
  readonly transitGatewayAttachments: Collection<TransitGatewayAttachmentRecord, 'gateway' | 'resource'>;
  readonly transitGatewayRouteTables: Collection<TransitGatewayRouteTableRecord>;
  readonly prefixLists: Collection<PrefixListRecord>;
  readonly vpcEndpoints: Collection<VpcEndpointRecord>;
  readonly sessions: Collection<SessionRecord, SessionIndex>;
  readonly targets: Collection<TargetRecord, 'owner' | 'destination'>;
  readonly filters: Collection<FilterRecord>;
  readonly filterRules: Collection<FilterRuleRecord, 'filter'>;
  /** Tags by resource id; an untagged resource has no record. */
  readonly tags: Collection<TagSet>;
  /** How often the tags of a resource changed. */
  readonly tagVersions: Map<string, number>;
  /** By subnet. */
  readonly addresses: Map<string, TakenAddresses>;
}

/** What a target points at, as one comparable text. */
export function destinationKey(target: TargetRecord): string {
  switch (target.destination.type) {
    case 'network-interface':
      return target.destination.networkInterfaceId;
    case 'network-load-balancer':
      return target.destination.networkLoadBalancerArn;
    case 'gateway-load-balancer-endpoint':
      return target.destination.gatewayLoadBalancerEndpointId;
    default:
      return target.destination satisfies never;
  }
}

/** An empty world; lags are read from the settings at each change. */
export function createWorld(host: Host, options: Ec2Options): World {
  const { clock } = host;
  const lagMs = (kind: 'create' | 'modify' | 'delete'): number => options[`${kind}LagMs`];
  return {
    instances: new Collection(clock, lagMs, {}),
    networkInterfaces: new Collection(clock, lagMs, { subnet: (eni) => eni.subnetId }),
    vpcs: new Collection(clock, lagMs, {}),
    subnets: new Collection(clock, lagMs, { vpc: (subnet) => subnet.vpcId }),
    securityGroups: new Collection(clock, lagMs, { vpc: (group) => group.vpcId }),
    routeTables: new Collection(clock, lagMs, {}),
    networkAcls: new Collection(clock, lagMs, {}),
    aclAssociations: new Collection(clock, lagMs, {
      acl: (association) => association.networkAclId,
      subnet: (association) => association.subnetId,
    }),
    peerings: new Collection(clock, lagMs, {}),
    transitGateways: new Collection(clock, lagMs, {}),
    transitGatewayAttachments: new Collection(clock, lagMs, {
      gateway: (attachment) => attachment.transitGatewayId,
      resource: (attachment) => attachment.resourceId,
    }),
    transitGatewayRouteTables: new Collection(clock, lagMs, {}),
    prefixLists: new Collection(clock, lagMs, {}),
    vpcEndpoints: new Collection(clock, lagMs, {}),
    sessions: new Collection(clock, lagMs, {
      source: (session) => session.networkInterfaceId,
      target: (session) => session.trafficMirrorTargetId,
      filter: (session) => session.trafficMirrorFilterId,
      owner: (session) => session.ownerId,
      vni: (session) => String(session.virtualNetworkId),
    }),
    targets: new Collection(clock, lagMs, { owner: (target) => target.ownerId, destination: destinationKey }),
    filters: new Collection(clock, lagMs, {}),
    filterRules: new Collection(clock, lagMs, { filter: (rule) => rule.trafficMirrorFilterId }),
    // Tags never disappear from sight before the resource they are on.
    tags: new Collection(
      clock,
      (kind) => (kind === 'delete' ? Math.max(options.tagLagMs, options.deleteLagMs) : options.tagLagMs),
      {},
    ),
    tagVersions: new Map(),
    addresses: new Map(),
  };
}
