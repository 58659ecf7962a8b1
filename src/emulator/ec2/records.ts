/** What the emulated EC2 keeps about each object. Records are immutable; times are epoch milliseconds. */

export type InstanceStateName = 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';

export interface InstanceRecord {
  readonly instanceId: string;
  readonly reservationId: string;
  readonly ownerId: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly keyName: string | undefined;
  readonly launchedAt: number;
  readonly launchIndex: number;
  readonly state: InstanceStateName;
  readonly stateReason: { readonly code: string; readonly message: string } | undefined;
  /** The old-style reason text with its time, empty while none. */
  readonly reason: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  /** Attached interfaces by device index. */
  readonly networkInterfaceIds: readonly string[];
  readonly disableApiTermination: boolean;
  /** What a shutdown from within the operating system does. */
  readonly shutdownBehavior: 'stop' | 'terminate';
  readonly clientToken: string | undefined;
}

export interface AttachmentRecord {
  readonly attachmentId: string;
  readonly instanceId: string;
  readonly deviceIndex: number;
  readonly networkCardIndex: number;
  readonly status: 'attaching' | 'attached' | 'detaching';
  readonly attachedAt: number;
  readonly deleteOnTermination: boolean;
}

export interface NetworkInterfaceRecord {
  readonly networkInterfaceId: string;
  readonly ownerId: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly description: string;
  readonly interfaceType: string;
  readonly requesterId: string | undefined;
  readonly requesterManaged: boolean;
  readonly macAddress: string;
  /** Empty in an IPv6-only subnet. */
  readonly privateIpAddress: string;
  readonly secondaryPrivateIpAddresses: readonly string[];
  readonly ipv6Addresses: readonly string[];
  readonly ipv6Native: boolean;
  readonly sourceDestCheck: boolean;
  readonly groupIds: readonly string[];
  readonly attachment: AttachmentRecord | undefined;
}

export interface VpcRecord {
  readonly vpcId: string;
  readonly ownerId: string;
  readonly cidrBlock: string;
  readonly ipv6CidrBlock: string | undefined;
  readonly isDefault: boolean;
}

export interface SubnetRecord {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly ownerId: string;
  readonly availabilityZone: string;
  /** Empty in an IPv6-only subnet. */
  readonly cidrBlock: string;
  readonly ipv6CidrBlock: string | undefined;
  readonly ipv6Native: boolean;
  readonly defaultForAz: boolean;
}

/** One rule: a protocol, ports and one peer. */
export interface PermissionRecord {
  readonly ipProtocol: string;
  readonly fromPort: number | undefined;
  readonly toPort: number | undefined;
  readonly peerKind: 'cidr' | 'cidrIpv6' | 'group' | 'prefixList';
  readonly peer: string;
  readonly description: string | undefined;
}

export interface SecurityGroupRecord {
  readonly groupId: string;
  readonly groupName: string;
  readonly description: string;
  readonly vpcId: string;
  readonly ownerId: string;
  readonly ingress: readonly PermissionRecord[];
  readonly egress: readonly PermissionRecord[];
}

/** What a route leads to, and where to: one destination and one way. */
export interface RouteRecord {
  readonly destinationKind: 'cidr' | 'cidrIpv6' | 'prefixList';
  readonly destination: string;
  readonly via:
    | 'GatewayId'
    | 'NatGatewayId'
    | 'TransitGatewayId'
    | 'VpcPeeringConnectionId'
    | 'NetworkInterfaceId'
    | 'EgressOnlyInternetGatewayId'
    | 'VpcEndpointId';
  readonly id: string;
  readonly origin: 'CreateRouteTable' | 'CreateRoute';
}

export interface RouteTableRecord {
  readonly routeTableId: string;
  readonly vpcId: string;
  readonly ownerId: string;
  /** The main table's association has no subnet. */
  readonly associations: readonly { readonly associationId: string; readonly subnetId: string | undefined }[];
  readonly routes: readonly RouteRecord[];
}

export interface AclEntryRecord {
  readonly ruleNumber: number;
  readonly egress: boolean;
  readonly ruleAction: 'allow' | 'deny';
  /** `-1` or a number as text. */
  readonly protocol: string;
  readonly cidrBlock: string | undefined;
  readonly ipv6CidrBlock: string | undefined;
  readonly portRange: PortRangeRecord | undefined;
}

export interface NetworkAclRecord {
  readonly networkAclId: string;
  readonly vpcId: string;
  readonly ownerId: string;
  readonly isDefault: boolean;
  readonly entries: readonly AclEntryRecord[];
}

/** Each subnet has one. */
export interface AclAssociationRecord {
  readonly associationId: string;
  readonly networkAclId: string;
  readonly subnetId: string;
}

export interface PeeringRecord {
  readonly vpcPeeringConnectionId: string;
  readonly requesterVpcId: string;
  readonly accepterVpcId: string;
  readonly status: 'pending-acceptance' | 'active' | 'deleted';
}

export interface TransitGatewayRecord {
  readonly transitGatewayId: string;
  readonly ownerId: string;
  readonly description: string;
  readonly createdAt: number;
  /** Where new attachments are associated, and propagate to; undefined: nowhere by themselves. */
  readonly associationTableId: string | undefined;
  readonly propagationTableId: string | undefined;
}

/** AWS's words. A deleted attachment is still described. */
export type TransitGatewayAttachmentState =
  | 'available'
  | 'pendingAcceptance'
  | 'pending'
  | 'modifying'
  | 'rollingBack'
  | 'rejected'
  | 'failed'
  | 'deleting'
  | 'deleted';

export interface TransitGatewayAttachmentRecord {
  readonly transitGatewayAttachmentId: string;
  readonly transitGatewayId: string;
  readonly resourceType: 'vpc' | 'vpn' | 'direct-connect-gateway' | 'connect' | 'peering';
  readonly resourceId: string;
  readonly resourceOwnerId: string;
  /** A VPC's: one in each zone that it serves. */
  readonly subnetIds: readonly string[];
  readonly applianceMode: boolean;
  readonly state: TransitGatewayAttachmentState;
  readonly createdAt: number;
  /** The one table that routes what comes from the attachment. */
  readonly associatedTableId: string | undefined;
}

export interface TransitGatewayRouteTableRecord {
  readonly transitGatewayRouteTableId: string;
  readonly transitGatewayId: string;
  readonly createdAt: number;
  /** Attachments whose blocks become routes to them, in the order in which it was asked for. */
  readonly propagatingAttachmentIds: readonly string[];
  /** Without an attachment: drops what it matches. */
  readonly staticRoutes: readonly { readonly destination: string; readonly attachmentId: string | undefined }[];
}

export interface PrefixListRecord {
  readonly prefixListId: string;
  readonly prefixListName: string;
  readonly addressFamily: 'IPv4' | 'IPv6';
  readonly maxEntries: number;
  readonly ownerId: string;
  readonly entries: readonly { readonly cidr: string; readonly description: string | undefined }[];
}

export interface VpcEndpointRecord {
  readonly vpcEndpointId: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly serviceName: string;
  readonly networkInterfaceId: string;
  readonly ownerId: string;
  readonly createdAt: number;
  readonly state: VpcEndpointState;
}

/** AWS's words, as DescribeVpcEndpoints filters by them. */
export type VpcEndpointState = 'available' | 'pendingAcceptance' | 'rejected' | 'failed';

export interface SessionRecord {
  readonly trafficMirrorSessionId: string;
  readonly trafficMirrorTargetId: string;
  readonly trafficMirrorFilterId: string;
  readonly networkInterfaceId: string;
  readonly ownerId: string;
  readonly sessionNumber: number;
  /** Undefined: the whole packet. */
  readonly packetLength: number | undefined;
  readonly virtualNetworkId: number;
  readonly description: string | undefined;
}

export type TargetDestination =
  | { readonly type: 'network-interface'; readonly networkInterfaceId: string }
  | { readonly type: 'network-load-balancer'; readonly networkLoadBalancerArn: string }
  | { readonly type: 'gateway-load-balancer-endpoint'; readonly gatewayLoadBalancerEndpointId: string };

export interface TargetRecord {
  readonly trafficMirrorTargetId: string;
  readonly ownerId: string;
  readonly destination: TargetDestination;
  readonly description: string | undefined;
}

export interface FilterRecord {
  readonly trafficMirrorFilterId: string;
  readonly description: string | undefined;
  readonly networkServices: readonly 'amazon-dns'[];
}

export interface PortRangeRecord {
  readonly fromPort: number;
  readonly toPort: number;
}

export interface FilterRuleRecord {
  readonly trafficMirrorFilterRuleId: string;
  readonly trafficMirrorFilterId: string;
  readonly trafficDirection: 'ingress' | 'egress';
  readonly ruleNumber: number;
  readonly ruleAction: 'accept' | 'reject';
  readonly protocol: number | undefined;
  readonly sourcePortRange: PortRangeRecord | undefined;
  readonly destinationPortRange: PortRangeRecord | undefined;
  readonly sourceCidrBlock: string;
  readonly destinationCidrBlock: string;
  readonly description: string | undefined;
}

export type TagSet = Readonly<Record<string, string>>;
