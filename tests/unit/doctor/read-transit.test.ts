import {
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeTransitGatewayAttachmentsCommand,
  DescribeTransitGatewayVpcAttachmentsCommand,
  EC2Client,
  SearchTransitGatewayRoutesCommand,
} from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Place, RouteTable } from '../../../src/doctor/facts.ts';
import { NetworkReader } from '../../../src/doctor/read-network.ts';
import { readTransit } from '../../../src/doctor/read-transit.ts';

const ec2 = mockClient(EC2Client);
const client = new EC2Client({ region: 'eu-west-1' });
beforeEach(() => {
  ec2.reset();
});

const place = (vpcId: string, address: string): Place => ({
  eniId: `eni-${address}`,
  subnetId: `subnet-${vpcId}`,
  vpcId,
  zone: 'eu-west-1a',
  ipv4: [address, '10.99.0.1'],
  ipv6: [],
  groupIds: [],
});
const tableTo = (to: string): RouteTable => ({
  id: 'rtb-1',
  vpcId: 'vpc-1',
  isMain: true,
  subnetIds: [],
  routes: [{ destination: '10.0.0.0/8', to, isBlackhole: false }],
});
const read = (to: string, receivers: readonly Place[]) =>
  readTransit(client, new NetworkReader(client), [place('vpc-1', '10.1.0.1')], receivers, [tableTo(to)]);

const attachment = (VpcId: string, NextToken?: string) => ({
  TransitGatewayVpcAttachments: [
    {
      TransitGatewayAttachmentId: `tgw-attach-${VpcId}`,
      TransitGatewayId: 'tgw-1',
      VpcId,
      State: 'available' as const,
      SubnetIds: [`subnet-tgw-${VpcId}`],
      Options: { ApplianceModeSupport: 'enable' as const },
    },
  ],
  NextToken,
});
const attached = (vpcId: string) => ({
  id: `tgw-attach-${vpcId}`,
  transitGatewayId: 'tgw-1',
  vpcId,
  state: 'available',
  subnetIds: [`subnet-tgw-${vpcId}`],
  isAppliance: true,
});

function answerAll(): void {
  ec2
    .on(DescribeTransitGatewayVpcAttachmentsCommand)
    .resolvesOnce(attachment('vpc-1', 'more'))
    .resolvesOnce(attachment('vpc-2'))
    .resolvesOnce(attachment('vpc-3'));
  const Association = { TransitGatewayRouteTableId: 'tgw-rtb-1', State: 'associated' as const };
  ec2.on(DescribeTransitGatewayAttachmentsCommand).resolves({
    TransitGatewayAttachments: [
      { TransitGatewayAttachmentId: 'tgw-attach-vpc-1', TransitGatewayOwnerId: '111122223333', Association },
    ],
  });
  const to = (ResourceId: string) => ({
    TransitGatewayAttachmentId: `tgw-attach-${ResourceId}`,
    ResourceType: 'vpc' as const,
    ResourceId,
  });
  ec2.on(SearchTransitGatewayRoutesCommand).resolves({
    Routes: [
      { DestinationCidrBlock: '10.0.0.0/8', Type: 'static', State: 'active', TransitGatewayAttachments: [to('vpc-3')] },
      { DestinationCidrBlock: '10.2.9.0/24', Type: 'static', State: 'blackhole' },
    ],
  });
  ec2
    .on(DescribeSubnetsCommand)
    .resolves({ Subnets: [{ SubnetId: 'subnet-vpc-1', AvailabilityZone: 'eu-west-1a', OwnerId: '111122223333' }] });
  ec2.on(DescribeRouteTablesCommand).resolves({ RouteTables: [] });
}

describe('readTransit', () => {
  it('follows the gateway to the VPC that it leads to, though neither end is in it', async () => {
    answerAll();
    expect(await read('tgw-1', [place('vpc-2', '10.2.0.1')])).toEqual({
      subnets: { value: { 'subnet-vpc-1': { id: 'subnet-vpc-1', zone: 'eu-west-1a', ownerId: '111122223333' } } },
      transitAttachments: { value: [attached('vpc-1'), attached('vpc-2'), attached('vpc-3')] },
      transitAssociations: {
        value: {
          'tgw-attach-vpc-1': {
            id: 'tgw-attach-vpc-1',
            gatewayOwnerId: '111122223333',
            tableId: 'tgw-rtb-1',
            state: 'associated',
          },
        },
      },
      transitRoutes: {
        'tgw-rtb-1': {
          '10.2.0.1': {
            value: [
              {
                destination: '10.0.0.0/8',
                type: 'static',
                state: 'active',
                to: { attachmentId: 'tgw-attach-vpc-3', resourceType: 'vpc', resourceId: 'vpc-3' },
              },
              { destination: '10.2.9.0/24', type: 'static', state: 'blackhole' },
            ],
          },
        },
      },
      arrivalTables: { value: [] },
    });
    expect(ec2.commandCalls(SearchTransitGatewayRoutesCommand).map(({ args }) => args[0].input)).toMatchObject([
      {
        TransitGatewayRouteTableId: 'tgw-rtb-1',
        Filters: [{ Name: 'route-search.longest-prefix-match', Values: ['10.2.0.1/32'] }],
      },
    ]);
    expect(ec2.commandCalls(DescribeTransitGatewayVpcAttachmentsCommand).map(({ args }) => args[0].input)).toMatchObject([
      { Filters: [{ Name: 'vpc-id', Values: ['vpc-1', 'vpc-2'] }] },
      { NextToken: 'more' },
      { Filters: [{ Name: 'vpc-id', Values: ['vpc-3'] }] },
    ]);
    expect(ec2.commandCalls(DescribeSubnetsCommand)[0]?.args[0].input.Filters?.[0]?.Values).toEqual([
      'subnet-tgw-vpc-1',
      'subnet-tgw-vpc-2',
      'subnet-tgw-vpc-3',
      'subnet-vpc-1',
    ]);
    expect(ec2.commandCalls(DescribeRouteTablesCommand)[0]?.args[0].input.Filters).toEqual([
      { Name: 'vpc-id', Values: ['vpc-3'] },
    ]);
  });

  it('searches a table for an address once, however many receivers have it', async () => {
    answerAll();
    await read('tgw-1', [place('vpc-2', '10.2.0.1'), place('vpc-2', '10.2.0.1'), place('vpc-1', '10.1.0.2')]);
    expect(ec2.commandCalls(SearchTransitGatewayRoutesCommand)).toHaveLength(1);
  });

  it('asks for nothing where no route leads to a gateway, or both ends are in one VPC', async () => {
    await read('pcx-1', [place('vpc-2', '10.2.0.1')]);
    await read('tgw-1', [place('vpc-1', '10.1.0.2')]);
    expect(ec2.calls()).toEqual([]);
  });

  it('leaves unread what is refused, and reads the rest', async () => {
    answerAll();
    const denied = Object.assign(new Error('no'), { name: 'UnauthorizedOperation', $metadata: {} });
    ec2.on(SearchTransitGatewayRoutesCommand).rejects(denied);
    expect(await read('tgw-1', [place('vpc-2', '10.2.0.1')])).toMatchObject({
      transitAttachments: { value: [attached('vpc-1'), attached('vpc-2')] },
      transitRoutes: { 'tgw-rtb-1': { '10.2.0.1': { unread: 'ec2:SearchTransitGatewayRoutes: UnauthorizedOperation: no' } } },
    });
  });
});
