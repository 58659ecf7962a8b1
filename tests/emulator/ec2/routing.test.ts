import {
  AcceptVpcPeeringConnectionCommand,
  AssociateRouteTableCommand,
  CreateManagedPrefixListCommand,
  CreateNetworkAclCommand,
  CreateNetworkAclEntryCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  CreateVpcPeeringConnectionCommand,
  DeleteNetworkAclEntryCommand,
  DeleteRouteCommand,
  DeleteVpcPeeringConnectionCommand,
  DescribeManagedPrefixListsCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcPeeringConnectionsCommand,
  DisassociateRouteTableCommand,
  GetManagedPrefixListEntriesCommand,
  ReplaceNetworkAclAssociationCommand,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StartNetwork } from '../../../src/emulator/ec2/service.ts';
import { type Bench, createBench, refusal } from './in-process-client.ts';
import { present } from './world-setup.ts';

let bench: Bench;
let network: StartNetwork;

beforeEach(() => {
  bench = createBench();
  network = present(bench.ec2.network);
});

async function tableOf(subnetId: string) {
  const Filters = [{ Name: 'association.subnet-id', Values: [subnetId] }];
  return (await bench.client.send(new DescribeRouteTablesCommand({ Filters }))).RouteTables?.[0];
}

async function aclOf(subnetId: string) {
  const Filters = [{ Name: 'association.subnet-id', Values: [subnetId] }];
  return present((await bench.client.send(new DescribeNetworkAclsCommand({ Filters }))).NetworkAcls?.[0]);
}

async function peer(): Promise<{ readonly pcx: string; readonly vpcId: string }> {
  const { Vpc } = await bench.client.send(new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
  const vpcId = present(Vpc?.VpcId);
  const { VpcPeeringConnection } = await bench.client.send(
    new CreateVpcPeeringConnectionCommand({ VpcId: network.vpcId, PeerVpcId: vpcId }),
  );
  return { pcx: present(VpcPeeringConnection?.VpcPeeringConnectionId), vpcId };
}

describe('route tables', () => {
  it('begin with the local route, serve a subnet once associated, and leave it to the main table again', async () => {
    const [subnet] = network.subnetIds;
    const { RouteTable } = await bench.client.send(new CreateRouteTableCommand({ VpcId: network.vpcId }));
    const RouteTableId = present(RouteTable?.RouteTableId);
    expect(RouteTable).toMatchObject({
      Associations: [],
      Routes: [{ DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local' }],
    });
    const { AssociationId } = await bench.client.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId: subnet }));
    expect(await tableOf(subnet)).toMatchObject({ RouteTableId, Associations: [{ Main: false, SubnetId: subnet }] });
    const again = await refusal(bench.client.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId: subnet })));
    expect(again.code).toBe('Resource.AlreadyAssociated');
    await bench.client.send(new DisassociateRouteTableCommand({ AssociationId }));
    expect(await tableOf(subnet)).toBeUndefined();
  });

  it('take a route once, let it go, and keep the local one', async () => {
    const { RouteTable } = await bench.client.send(new CreateRouteTableCommand({ VpcId: network.vpcId }));
    const RouteTableId = present(RouteTable?.RouteTableId);
    const route = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-0123456789abcdef0' };
    await bench.client.send(new CreateRouteCommand(route));
    expect((await refusal(bench.client.send(new CreateRouteCommand(route)))).code).toBe('RouteAlreadyExists');
    const { RouteTables } = await bench.client.send(new DescribeRouteTablesCommand({ RouteTableIds: [RouteTableId] }));
    expect(RouteTables?.[0]?.Routes).toMatchObject([
      { GatewayId: 'local', Origin: 'CreateRouteTable' },
      { NatGatewayId: 'nat-0123456789abcdef0', State: 'active', Origin: 'CreateRoute' },
    ]);
    await bench.client.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0' }));
    const local = new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock: '10.0.0.0/16' });
    expect((await refusal(bench.client.send(local))).code).toBe('InvalidParameterValue');
    const two = { ...route, TransitGatewayId: 'tgw-0123456789abcdef0' };
    expect((await refusal(bench.client.send(new CreateRouteCommand(two)))).code).toBe('InvalidParameterCombination');
  });

  it('lead nowhere through a peering that is not accepted, or is deleted', async () => {
    const { pcx, vpcId } = await peer();
    const { RouteTable } = await bench.client.send(new CreateRouteTableCommand({ VpcId: network.vpcId }));
    const RouteTableId = present(RouteTable?.RouteTableId);
    await bench.client.send(
      new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '10.1.0.0/16', VpcPeeringConnectionId: pcx }),
    );
    const state = async () => {
      const { RouteTables } = await bench.client.send(new DescribeRouteTablesCommand({ RouteTableIds: [RouteTableId] }));
      return RouteTables?.[0]?.Routes?.find(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId === pcx)?.State;
    };
    expect(await state()).toBe('blackhole');
    await bench.client.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: pcx }));
    expect(await state()).toBe('active');
    const { VpcPeeringConnections } = await bench.client.send(new DescribeVpcPeeringConnectionsCommand({}));
    expect(VpcPeeringConnections).toMatchObject([
      { Status: { Code: 'active' }, RequesterVpcInfo: { VpcId: network.vpcId }, AccepterVpcInfo: { VpcId: vpcId } },
    ]);
    await bench.client.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: pcx }));
    expect(await state()).toBe('blackhole');
  });

  it('refuse a peering of overlapping VPCs, and a second acceptance', async () => {
    const { Vpc } = await bench.client.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/24' }));
    const overlapping = new CreateVpcPeeringConnectionCommand({ VpcId: network.vpcId, PeerVpcId: Vpc?.VpcId });
    expect((await refusal(bench.client.send(overlapping))).code).toBe('OperationNotPermitted');
    const { pcx } = await peer();
    await bench.client.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: pcx }));
    const again = await refusal(bench.client.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: pcx })));
    expect(again.code).toBe('InvalidStateTransition');
  });
});

describe('network ACLs', () => {
  it('refuse everything when new, take entries by number, and end in the final refusal', async () => {
    const { NetworkAcl } = await bench.client.send(new CreateNetworkAclCommand({ VpcId: network.vpcId }));
    const NetworkAclId = present(NetworkAcl?.NetworkAclId);
    expect(NetworkAcl).toMatchObject({ IsDefault: false, Associations: [] });
    const entry = { NetworkAclId, Egress: false, Protocol: '17', CidrBlock: '10.0.0.0/8', PortRange: { From: 4789, To: 4789 } };
    await bench.client.send(new CreateNetworkAclEntryCommand({ ...entry, RuleNumber: 200, RuleAction: 'allow' }));
    await bench.client.send(new CreateNetworkAclEntryCommand({ ...entry, RuleNumber: 100, RuleAction: 'deny' }));
    const twice = new CreateNetworkAclEntryCommand({ ...entry, RuleNumber: 100, RuleAction: 'allow' });
    expect((await refusal(bench.client.send(twice))).code).toBe('NetworkAclEntryAlreadyExists');
    const { NetworkAcls } = await bench.client.send(new DescribeNetworkAclsCommand({ NetworkAclIds: [NetworkAclId] }));
    expect(NetworkAcls?.[0]?.Entries?.map((one) => [one.Egress, one.RuleNumber, one.RuleAction])).toEqual([
      [false, 100, 'deny'],
      [false, 200, 'allow'],
      [false, 32_767, 'deny'],
      [true, 32_767, 'deny'],
    ]);
    await bench.client.send(new DeleteNetworkAclEntryCommand({ NetworkAclId, RuleNumber: 100, Egress: false }));
    const gone = new DeleteNetworkAclEntryCommand({ NetworkAclId, RuleNumber: 100, Egress: false });
    expect((await refusal(bench.client.send(gone))).code).toBe('InvalidNetworkAclEntry.NotFound');
  });

  it('take a subnet over from another ACL', async () => {
    const [a, b] = network.subnetIds;
    const before = await aclOf(a);
    const { NetworkAcl } = await bench.client.send(new CreateNetworkAclCommand({ VpcId: network.vpcId }));
    const AssociationId = before.Associations?.find(({ SubnetId }) => SubnetId === a)?.NetworkAclAssociationId;
    await bench.client.send(new ReplaceNetworkAclAssociationCommand({ AssociationId, NetworkAclId: NetworkAcl?.NetworkAclId }));
    expect((await aclOf(a)).NetworkAclId).toBe(NetworkAcl?.NetworkAclId);
    expect((await aclOf(b)).NetworkAclId).toBe(before.NetworkAclId);
    expect((await aclOf(b)).Associations).toHaveLength(2);
  });

  it('refuse an entry without ports for UDP, with two blocks, or with a number that is taken by the end', async () => {
    const { NetworkAclId } = await aclOf(network.subnetIds[0]);
    const entry = { NetworkAclId, Egress: true, RuleNumber: 1, RuleAction: 'deny' as const, CidrBlock: '0.0.0.0/0' };
    const code = async (input: object) =>
      (await refusal(bench.client.send(new CreateNetworkAclEntryCommand({ ...entry, Protocol: '-1', ...input })))).code;
    expect(await code({ Protocol: '17' })).toBe('MissingParameter');
    expect(await code({ Ipv6CidrBlock: '::/0' })).toBe('InvalidParameterCombination');
    expect(await code({ RuleNumber: 32_767 })).toBe('InvalidParameterValue');
  });
});

describe('prefix lists', () => {
  it('tell their entries page by page', async () => {
    const Entries = ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24'].map((Cidr) => ({ Cidr }));
    const { PrefixList } = await bench.client.send(
      new CreateManagedPrefixListCommand({ PrefixListName: 'sources', AddressFamily: 'IPv4', MaxEntries: 5, Entries }),
    );
    const PrefixListId = present(PrefixList?.PrefixListId);
    const first = await bench.client.send(new GetManagedPrefixListEntriesCommand({ PrefixListId, MaxResults: 2 }));
    const second = await bench.client.send(
      new GetManagedPrefixListEntriesCommand({ PrefixListId, MaxResults: 2, NextToken: first.NextToken }),
    );
    expect([...(first.Entries ?? []), ...(second.Entries ?? [])].map(({ Cidr }) => Cidr)).toEqual(
      Entries.map(({ Cidr }) => Cidr),
    );
    const { PrefixLists } = await bench.client.send(new DescribeManagedPrefixListsCommand({ PrefixListIds: [PrefixListId] }));
    expect(PrefixLists).toMatchObject([{ PrefixListName: 'sources', AddressFamily: 'IPv4', State: 'create-complete' }]);
  });

  it('refuse entries of the other family and more of them than they hold', async () => {
    const list = { PrefixListName: 'x', AddressFamily: 'IPv4', MaxEntries: 1 };
    const code = async (Entries: { Cidr: string }[]) =>
      (await refusal(bench.client.send(new CreateManagedPrefixListCommand({ ...list, Entries })))).code;
    expect(await code([{ Cidr: '2001:db8::/32' }])).toBe('InvalidParameterValue');
    expect(await code([{ Cidr: '10.0.0.0/8' }, { Cidr: '11.0.0.0/8' }])).toBe('PrefixListMaxEntriesExceeded');
  });
});

describe('a Gateway Load Balancer endpoint', () => {
  it('shows the state that its service gives it', async () => {
    const { VpcEndpoint } = await bench.client.send(
      new CreateVpcEndpointCommand({
        VpcId: network.vpcId,
        SubnetIds: [network.subnetIds[0]],
        VpcEndpointType: 'GatewayLoadBalancer',
        ServiceName: 'com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0',
      }),
    );
    const id = present(VpcEndpoint?.VpcEndpointId);
    expect(VpcEndpoint?.State).toBe('Available');
    bench.ec2.controls.setVpcEndpointState(id, 'rejected');
    const Filters = [{ Name: 'vpc-endpoint-state', Values: ['rejected'] }];
    const { VpcEndpoints } = await bench.client.send(new DescribeVpcEndpointsCommand({ Filters }));
    expect(VpcEndpoints).toMatchObject([{ VpcEndpointId: id, State: 'Rejected' }]);
  });
});
