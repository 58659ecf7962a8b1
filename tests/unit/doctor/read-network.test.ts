import { DescribeNetworkInterfacesCommand, DescribeRouteTablesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { NetworkReader } from '../../../src/doctor/read-network.ts';

const ec2 = mockClient(EC2Client);
const reader = new NetworkReader(new EC2Client({ region: 'eu-west-1' }));
beforeEach(() => {
  ec2.reset();
});

describe('NetworkReader', () => {
  it('asks for 200 ids at a time, each once', async () => {
    ec2.on(DescribeNetworkInterfacesCommand).resolves({ NetworkInterfaces: [] });
    const ids = Array.from({ length: 401 }, (_, index) => `eni-${index}`);
    await reader.places([...ids, ...ids]);
    const sizes = ec2
      .commandCalls(DescribeNetworkInterfacesCommand)
      .map(({ args }) => args[0].input.Filters?.[0]?.Values?.length);
    expect(sizes).toEqual([200, 200, 1]);
  });

  it('puts the primary address first, whatever the order of the answer', async () => {
    const PrivateIpAddresses = [
      { PrivateIpAddress: '10.0.0.9', Primary: false },
      { PrivateIpAddress: '10.0.0.4', Primary: true },
    ];
    ec2
      .on(DescribeNetworkInterfacesCommand)
      .resolves({ NetworkInterfaces: [{ NetworkInterfaceId: 'eni-1', PrivateIpAddresses }] });
    expect(await reader.places(['eni-1'])).toMatchObject([
      { eniId: 'eni-1', ipv4: ['10.0.0.4', '10.0.0.9'], ipv6: [], groupIds: [] },
    ]);
  });

  it.each([
    [{ GatewayId: 'local' }, 'local'],
    [{ GatewayId: 'igw-1' }, 'igw-1'],
    [{ TransitGatewayId: 'tgw-1' }, 'tgw-1'],
    [{ VpcPeeringConnectionId: 'pcx-1' }, 'pcx-1'],
    [{ NatGatewayId: 'nat-1' }, 'nat-1'],
    [{ NetworkInterfaceId: 'eni-1', InstanceId: 'i-1' }, 'eni-1'],
    [{ CoreNetworkArn: 'arn:core' }, 'arn:core'],
    [{}, 'unknown'],
  ])('reads a route by %j', async (way, to) => {
    const Routes = [{ DestinationPrefixListId: 'pl-1', State: 'blackhole' as const, ...way }];
    ec2.on(DescribeRouteTablesCommand).resolves({ RouteTables: [{ RouteTableId: 'rtb-1', VpcId: 'vpc-1', Routes }] });
    expect(await reader.routeTables(['vpc-1'])).toEqual([
      { id: 'rtb-1', vpcId: 'vpc-1', isMain: false, subnetIds: [], routes: [{ destination: 'pl-1', to, isBlackhole: true }] },
    ]);
  });
});
