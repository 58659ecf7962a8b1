import type {
  DescribeNetworkAclsRequest,
  DescribeNetworkAclsResult,
  DescribeRouteTablesRequest,
  DescribeRouteTablesResult,
  NetworkAclEntry,
} from '@aws-sdk/client-ec2';
import { type Account, operation } from '../account.ts';
import { checkDescribe, describePage } from '../describing.ts';
import type { FilterFields } from '../filtering.ts';
import type { NetworkAclRecord, RouteTableRecord } from '../records.ts';
import { renderTags, seenTags } from '../tags.ts';

const ROUTE_TABLE_BOUNDS = [5, 100] as const;
const ACL_BOUNDS = [5, 1000] as const;

const vpcCidr = (account: Account, vpcId: string): string | undefined => account.world.vpcs.seen(vpcId)?.cidrBlock;

const routeTableFields = (account: Account): FilterFields<RouteTableRecord> => ({
  'association.main': () => true,
  'association.route-table-association-id': (table) => table.associationId,
  'association.route-table-id': (table) => table.routeTableId,
  // A main table has no subnet of its own: this filter finds nothing, as on AWS.
  'association.subnet-id': () => undefined,
  'association.gateway-id': () => undefined,
  'owner-id': (table) => table.ownerId,
  'route-table-id': (table) => table.routeTableId,
  'route.destination-cidr-block': (table) => vpcCidr(account, table.vpcId),
  'route.gateway-id': () => 'local',
  'route.state': () => 'active',
  'vpc-id': (table) => table.vpcId,
});

export const describeRouteTables = operation<DescribeRouteTablesRequest, DescribeRouteTablesResult>({
  name: 'DescribeRouteTables',
  mutating: false,
  check: (input) => checkDescribe('route-table', 'RouteTableId', ROUTE_TABLE_BOUNDS, input.RouteTableIds, input),
  perform(input, call) {
    const page = describePage(
      {
        action: 'DescribeRouteTables',
        type: 'route-table',
        idsParameter: 'RouteTableId',
        maxResultsBounds: ROUTE_TABLE_BOUNDS,
        collection: call.world.routeTables,
        idOf: (table) => table.routeTableId,
        fields: routeTableFields(call),
        tags: (table) => seenTags(call, table.routeTableId),
      },
      input.RouteTableIds,
      input,
      call,
    );
    const RouteTables = page.items.map((table) => ({
      RouteTableId: table.routeTableId,
      VpcId: table.vpcId,
      OwnerId: table.ownerId,
      Associations: [
        {
          Main: true,
          RouteTableAssociationId: table.associationId,
          RouteTableId: table.routeTableId,
          AssociationState: { State: 'associated' as const },
        },
      ],
      PropagatingVgws: [],
      Routes: [
        {
          DestinationCidrBlock: vpcCidr(call, table.vpcId),
          GatewayId: 'local',
          State: 'active' as const,
          Origin: 'CreateRouteTable' as const,
        },
      ],
      Tags: renderTags(seenTags(call, table.routeTableId)),
    }));
    return { RouteTables, NextToken: page.nextToken };
  },
});

/** The default ACL lets everything through; 32767 is the final refusal that every ACL ends in. */
const ENTRIES: NetworkAclEntry[] = [false, true].flatMap((Egress) => [
  { RuleNumber: 100, Protocol: '-1', RuleAction: 'allow' as const, Egress, CidrBlock: '0.0.0.0/0' },
  { RuleNumber: 32_767, Protocol: '-1', RuleAction: 'deny' as const, Egress, CidrBlock: '0.0.0.0/0' },
]);

const aclFields = (account: Account): FilterFields<NetworkAclRecord> => ({
  'association.network-acl-id': (acl) => acl.networkAclId,
  'association.subnet-id': (acl) => account.world.subnets.by('vpc', acl.vpcId).map((subnet) => subnet.subnetId),
  default: () => true,
  'entry.cidr': () => ENTRIES.map((entry) => entry.CidrBlock),
  'entry.egress': () => ENTRIES.map((entry) => entry.Egress),
  'entry.protocol': () => ENTRIES.map((entry) => entry.Protocol),
  'entry.rule-action': () => ENTRIES.map((entry) => entry.RuleAction),
  'entry.rule-number': () => ENTRIES.map((entry) => entry.RuleNumber),
  'network-acl-id': (acl) => acl.networkAclId,
  'owner-id': (acl) => acl.ownerId,
  'vpc-id': (acl) => acl.vpcId,
});

export const describeNetworkAcls = operation<DescribeNetworkAclsRequest, DescribeNetworkAclsResult>({
  name: 'DescribeNetworkAcls',
  mutating: false,
  check: (input) => checkDescribe('network-acl', 'NetworkAclId', ACL_BOUNDS, input.NetworkAclIds, input),
  perform(input, call) {
    const page = describePage(
      {
        action: 'DescribeNetworkAcls',
        type: 'network-acl',
        idsParameter: 'NetworkAclId',
        maxResultsBounds: ACL_BOUNDS,
        collection: call.world.networkAcls,
        idOf: (acl) => acl.networkAclId,
        fields: aclFields(call),
        tags: (acl) => seenTags(call, acl.networkAclId),
      },
      input.NetworkAclIds,
      input,
      call,
    );
    const NetworkAcls = page.items.map((acl) => ({
      NetworkAclId: acl.networkAclId,
      VpcId: acl.vpcId,
      OwnerId: acl.ownerId,
      IsDefault: true,
      Associations: call.world.subnets.by('vpc', acl.vpcId).map(({ subnetId }) => ({
        NetworkAclAssociationId: subnetId.replace(/^subnet-/, 'aclassoc-'),
        NetworkAclId: acl.networkAclId,
        SubnetId: subnetId,
      })),
      Entries: ENTRIES,
      Tags: renderTags(seenTags(call, acl.networkAclId)),
    }));
    return { NetworkAcls, NextToken: page.nextToken };
  },
});
