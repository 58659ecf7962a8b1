import {
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcPeeringConnectionsCommand,
  type EC2Client,
  type Route as Ec2Route,
  type RouteTable as Ec2RouteTable,
  GetManagedPrefixListEntriesCommand,
  type IpPermission,
  type NetworkAclEntry,
  type NetworkInterface,
} from '@aws-sdk/client-ec2';
import { allPages, inChunks } from './attempt.ts';
import type { AclEntry, GroupRule, NetworkAcl, Peering, Place, Route, RouteTable, SecurityGroup, VpcEndpoint } from './facts.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html: filter values in one request. */
export const valuesPerRequest = 200;

/** Reads of the EC2 network that only the doctor makes: ids go in as filter values, so that an unknown one fails nothing. */
export class NetworkReader {
  readonly #ec2: EC2Client;

  constructor(ec2: EC2Client) {
    this.#ec2 = ec2;
  }

  places(eniIds: Iterable<string>): Promise<readonly Place[]> {
    return this.#interfaces('network-interface-id', eniIds);
  }

  /** Nodes of a Network Load Balancer: ELB writes whose they are into the description of the interfaces that it makes. */
  nodesOf(loadBalancerArn: string): Promise<readonly Place[]> {
    return this.#interfaces('description', [`ELB ${loadBalancerArn.split(':loadbalancer/')[1] ?? loadBalancerArn}`]);
  }

  routeTables(vpcIds: Iterable<string>): Promise<readonly RouteTable[]> {
    return inChunks(vpcIds, valuesPerRequest, (Values) =>
      allPages(async (NextToken) => {
        const page = await this.#ec2.send(
          new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values }], MaxResults: 100, NextToken }),
        );
        return [(page.RouteTables ?? []).map(toRouteTable), page.NextToken];
      }),
    );
  }

  networkAcls(subnetIds: Iterable<string>): Promise<readonly NetworkAcl[]> {
    return inChunks(subnetIds, valuesPerRequest, (Values) =>
      allPages(async (NextToken) => {
        const page = await this.#ec2.send(
          new DescribeNetworkAclsCommand({ Filters: [{ Name: 'association.subnet-id', Values }], MaxResults: 1_000, NextToken }),
        );
        const acls = (page.NetworkAcls ?? []).map(({ NetworkAclId = '', Associations = [], Entries = [] }) => ({
          id: NetworkAclId,
          subnetIds: Associations.flatMap(({ SubnetId }) => SubnetId ?? []),
          entries: Entries.flatMap(toAclEntry),
        }));
        return [acls, page.NextToken];
      }),
    );
  }

  securityGroups(groupIds: Iterable<string>): Promise<readonly SecurityGroup[]> {
    return inChunks(groupIds, valuesPerRequest, (Values) =>
      allPages(async (NextToken) => {
        const page = await this.#ec2.send(
          new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-id', Values }], MaxResults: 1_000, NextToken }),
        );
        const groups = (page.SecurityGroups ?? []).map(({ GroupId = '', VpcId = '', IpPermissions = [] }) => ({
          id: GroupId,
          vpcId: VpcId,
          ingress: IpPermissions.map(toGroupRule),
        }));
        return [groups, page.NextToken];
      }),
    );
  }

  prefixList(id: string): Promise<readonly string[]> {
    return allPages(async (NextToken) => {
      const page = await this.#ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId: id, MaxResults: 100, NextToken }));
      return [(page.Entries ?? []).flatMap(({ Cidr }) => Cidr ?? []), page.NextToken];
    });
  }

  peerings(): Promise<readonly Peering[]> {
    return allPages(async (NextToken) => {
      const page = await this.#ec2.send(new DescribeVpcPeeringConnectionsCommand({ MaxResults: 1_000, NextToken }));
      const peerings = (page.VpcPeeringConnections ?? []).map((one) => {
        const sides = [one.RequesterVpcInfo, one.AccepterVpcInfo];
        return {
          id: one.VpcPeeringConnectionId ?? '',
          status: one.Status?.Code ?? 'unknown',
          vpcIds: sides.flatMap((side) => side?.VpcId ?? []),
          regions: sides.flatMap((side) => side?.Region ?? []),
        };
      });
      return [peerings, page.NextToken];
    });
  }

  endpoints(ids: Iterable<string>): Promise<readonly VpcEndpoint[]> {
    return inChunks(ids, valuesPerRequest, (Values) =>
      allPages(async (NextToken) => {
        const page = await this.#ec2.send(
          new DescribeVpcEndpointsCommand({ Filters: [{ Name: 'vpc-endpoint-id', Values }], MaxResults: 1_000, NextToken }),
        );
        const endpoints = (page.VpcEndpoints ?? []).map((one) => ({
          id: one.VpcEndpointId ?? '',
          type: one.VpcEndpointType ?? 'unknown',
          state: one.State ?? 'unknown',
          vpcId: one.VpcId ?? '',
          eniIds: one.NetworkInterfaceIds ?? [],
        }));
        return [endpoints, page.NextToken];
      }),
    );
  }

  #interfaces(Name: string, values: Iterable<string>): Promise<readonly Place[]> {
    return inChunks(values, valuesPerRequest, (Values) =>
      allPages(async (NextToken) => {
        const page = await this.#ec2.send(
          new DescribeNetworkInterfacesCommand({
            Filters: [{ Name, Values }],
            MaxResults: 1_000,
            NextToken,
            IncludeManagedResources: true,
          }),
        );
        return [(page.NetworkInterfaces ?? []).map(toPlace), page.NextToken];
      }),
    );
  }
}

function toPlace(from: NetworkInterface): Place {
  const addresses = [...(from.PrivateIpAddresses ?? [])].sort((a, b) => Number(b.Primary ?? false) - Number(a.Primary ?? false));
  const ipv4 = addresses.flatMap(({ PrivateIpAddress }) => PrivateIpAddress || []);
  const instanceId = from.Attachment?.InstanceId;
  return {
    eniId: from.NetworkInterfaceId ?? '',
    subnetId: from.SubnetId ?? '',
    vpcId: from.VpcId ?? '',
    zone: from.AvailabilityZone ?? '',
    ipv4: ipv4.length > 0 ? ipv4 : [from.PrivateIpAddress].flatMap((address) => address || []),
    ipv6: (from.Ipv6Addresses ?? []).flatMap(({ Ipv6Address }) => Ipv6Address || []),
    groupIds: (from.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    ...(instanceId === undefined ? {} : { instanceId }),
  };
}

function toRouteTable({ RouteTableId = '', VpcId = '', Associations = [], Routes = [] }: Ec2RouteTable): RouteTable {
  return {
    id: RouteTableId,
    vpcId: VpcId,
    isMain: Associations.some(({ Main }) => Main === true),
    subnetIds: Associations.flatMap(({ SubnetId }) => SubnetId ?? []),
    routes: Routes.flatMap(toRoute),
  };
}

function toRoute(from: Ec2Route): readonly Route[] {
  const destination = from.DestinationCidrBlock ?? from.DestinationIpv6CidrBlock ?? from.DestinationPrefixListId;
  if (destination === undefined) return [];
  const to =
    from.VpcPeeringConnectionId ??
    from.TransitGatewayId ??
    from.NatGatewayId ??
    from.EgressOnlyInternetGatewayId ??
    from.LocalGatewayId ??
    from.CarrierGatewayId ??
    from.CoreNetworkArn ??
    from.GatewayId ??
    from.NetworkInterfaceId ??
    from.InstanceId ??
    'unknown';
  return [{ destination, to, isBlackhole: from.State === 'blackhole' }];
}

function toAclEntry(from: NetworkAclEntry): readonly AclEntry[] {
  const cidr = from.CidrBlock ?? from.Ipv6CidrBlock;
  if (cidr === undefined || from.RuleNumber === undefined) return [];
  const { From, To } = from.PortRange ?? {};
  return [
    {
      ruleNumber: from.RuleNumber,
      isEgress: from.Egress ?? false,
      action: from.RuleAction ?? 'deny',
      protocol: Number(from.Protocol ?? '-1'),
      cidr,
      ...(From === undefined || To === undefined ? {} : { ports: { from: From, to: To } }),
    },
  ];
}

function toGroupRule(from: IpPermission): GroupRule {
  const { FromPort, ToPort } = from;
  return {
    protocol: from.IpProtocol ?? '-1',
    ...(FromPort === undefined || ToPort === undefined ? {} : { ports: { from: FromPort, to: ToPort } }),
    cidrs: [
      ...(from.IpRanges ?? []).flatMap(({ CidrIp }) => CidrIp ?? []),
      ...(from.Ipv6Ranges ?? []).flatMap(({ CidrIpv6 }) => CidrIpv6 ?? []),
    ],
    groupIds: (from.UserIdGroupPairs ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    prefixListIds: (from.PrefixListIds ?? []).flatMap(({ PrefixListId }) => PrefixListId ?? []),
  };
}
