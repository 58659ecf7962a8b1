import type { Decision } from '../model/decision.ts';
import type { ActualFilter } from '../model/filter.ts';
import type { Instance } from '../model/instance.ts';
import type { ActualSession } from '../model/session.ts';
import type { ActualTarget } from '../model/target.ts';

/** What was read, or why it could not be; nothing is concluded from what could not be read. */
export type Read<T> = { readonly value: T } | { readonly unread: string };

/** Things by their id. */
export type ById<T> = Readonly<Record<string, T>>;

/** Where one network interface is: what DescribeNetworkInterfaces tells of its network. */
export interface Place {
  readonly eniId: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly zone: string;
  /** The primary address first: it is the outer source of mirrored packets. */
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
  readonly groupIds: readonly string[];
  /** Absent when it is attached to no instance. */
  readonly instanceId?: string;
}

export interface Route {
  /** CIDR block, or id of a prefix list. */
  readonly destination: string;
  /** `local`, or the id of what the route leads to. */
  readonly to: string;
  readonly isBlackhole: boolean;
}

export interface RouteTable {
  readonly id: string;
  readonly vpcId: string;
  readonly isMain: boolean;
  readonly subnetIds: readonly string[];
  readonly routes: readonly Route[];
}

export interface AclEntry {
  readonly ruleNumber: number;
  readonly isEgress: boolean;
  readonly action: 'allow' | 'deny';
  /** IANA number, or -1 for all. */
  readonly protocol: number;
  readonly cidr: string;
  /** Absent: all. */
  readonly ports?: { readonly from: number; readonly to: number };
}

export interface NetworkAcl {
  readonly id: string;
  readonly subnetIds: readonly string[];
  readonly entries: readonly AclEntry[];
}

export interface GroupRule {
  /** `-1`, `udp`, `tcp`, `icmp` or a number, as EC2 writes it. */
  readonly protocol: string;
  readonly ports?: { readonly from: number; readonly to: number };
  readonly cidrs: readonly string[];
  readonly groupIds: readonly string[];
  readonly prefixListIds: readonly string[];
}

export interface SecurityGroup {
  readonly id: string;
  readonly vpcId: string;
  readonly ingress: readonly GroupRule[];
}

export interface Peering {
  readonly id: string;
  readonly status: string;
  readonly vpcIds: readonly string[];
  readonly regions: readonly string[];
}

export interface Subnet {
  readonly id: string;
  readonly zone: string;
  /** The account that owns the subnet, and so its VPC. */
  readonly ownerId: string;
}

/** One VPC's attachment to a transit gateway. */
export interface TransitAttachment {
  readonly id: string;
  readonly transitGatewayId: string;
  readonly vpcId: string;
  readonly state: string;
  /** One in each zone that it serves. */
  readonly subnetIds: readonly string[];
  /** Whether what arrives may come out in any of its zones, not that of the sender alone. */
  readonly isAppliance: boolean;
}

/** What routes the packets that come from an attachment: a table of its gateway. */
export interface TransitAssociation {
  /** Of the attachment. */
  readonly id: string;
  readonly gatewayOwnerId?: string;
  readonly tableId?: string;
  readonly policyTableId?: string;
  readonly state?: string;
}

/** A route of a transit gateway's table, to one attachment. */
export interface TransitRoute {
  readonly destination: string;
  /** `static` or `propagated`. */
  readonly type: string;
  /** `active` or `blackhole`; the others are passing. */
  readonly state: string;
  /** Absent in a route that drops what it matches. */
  readonly to?: {
    readonly attachmentId: string;
    /** `vpc`, `vpn`, `direct-connect-gateway`, `connect`, `peering`, … */
    readonly resourceType: string;
    readonly resourceId: string;
  };
}

export interface Listener {
  readonly protocol: string;
  readonly port: number;
  readonly targetGroupArns: readonly string[];
}

export interface RegisteredTarget {
  readonly id: string;
  readonly zone?: string;
  /** `healthy`, `unhealthy`, `initial`, `unused`, … */
  readonly state: string;
  readonly reason?: string;
}

/** A Network Load Balancer; its parts are read one by one, and each may be refused. */
export interface LoadBalancer {
  readonly arn: string;
  readonly state: string;
  readonly zones: readonly string[];
  readonly groupIds: readonly string[];
  readonly isCrossZone: Read<boolean>;
  readonly listeners: Read<readonly Listener[]>;
  /** By target group. */
  readonly targets: ById<Read<readonly RegisteredTarget[]>>;
  /** Its nodes' interfaces. */
  readonly eniIds: Read<readonly string[]>;
}

export interface VpcEndpoint {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly vpcId: string;
  readonly eniIds: readonly string[];
}

/** Sums over the last hour, in bytes; a metric without any data point is absent. */
export interface MirrorMetrics {
  readonly mirroredIn?: number;
  readonly mirroredOut?: number;
  readonly skippedIn?: number;
  readonly skippedOut?: number;
}

/** Everything that the checks look at, as plain values: what the account was like when it was read. */
export interface Facts {
  readonly owner: string;
  readonly accountId: string;
  readonly region: string;
  /** The instances examined, and those behind interface targets. */
  readonly instances: ById<Instance>;
  /** By instance. */
  readonly decisions: ById<Decision>;
  /** Every session that the account can see. */
  readonly sessions: readonly ActualSession[];
  readonly targets: ById<ActualTarget>;
  readonly filters: ById<ActualFilter>;
  readonly places: Read<ById<Place>>;
  readonly routeTables: Read<readonly RouteTable[]>;
  readonly networkAcls: Read<readonly NetworkAcl[]>;
  readonly securityGroups: Read<ById<SecurityGroup>>;
  /** CIDR blocks by prefix list. */
  readonly prefixLists: ById<Read<readonly string[]>>;
  readonly peerings: Read<readonly Peering[]>;
  /** Those that the sources and attachments of transit gateways are in; only read where a route leads to a transit gateway, as is all that follows. */
  readonly subnets: Read<ById<Subnet>>;
  readonly transitAttachments: Read<readonly TransitAttachment[]>;
  /** By attachment of a source's VPC. */
  readonly transitAssociations: Read<ById<TransitAssociation>>;
  /** By table, and by the address that was searched for. */
  readonly transitRoutes: Readonly<Record<string, ById<Read<readonly TransitRoute[]>>>>;
  /** Of the VPCs that transit gateways lead to. */
  readonly arrivalTables: Read<readonly RouteTable[]>;
  /** By ARN; `gone` where ELB does not know it. */
  readonly loadBalancers: ById<Read<LoadBalancer | 'gone'>>;
  readonly endpoints: Read<ById<VpcEndpoint>>;
  /** By instance. */
  readonly metrics: Read<ById<MirrorMetrics>>;
}
