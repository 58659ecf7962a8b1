import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DescribeAvailabilityZonesCommand,
  DescribeNetworkAclsCommand,
  DescribeRegionsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  type IpPermission,
  RevokeSecurityGroupIngressCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StartNetwork } from '../../../src/emulator/ec2/service.ts';
import { type Bench, createBench, refusal } from './in-process-client.ts';
import { launch, present } from './world-setup.ts';

let bench: Bench;
let network: StartNetwork;

beforeEach(() => {
  bench = createBench();
  network = present(bench.ec2.network);
});

describe('the network from the start', () => {
  it('is a default VPC with a subnet per zone, a default group, a main route table and a default ACL', async () => {
    const filters = { Filters: [{ Name: 'vpc-id', Values: [network.vpcId] }] };
    const { Vpcs } = await bench.client.send(new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }));
    expect(Vpcs).toMatchObject([{ VpcId: network.vpcId, CidrBlock: '10.0.0.0/16', IsDefault: true }]);
    const { Subnets } = await bench.client.send(new DescribeSubnetsCommand(filters));
    expect(Subnets?.map((subnet) => [subnet.AvailabilityZone, subnet.AvailabilityZoneId, subnet.CidrBlock])).toEqual([
      ['eu-west-1a', 'euw1-az1', '10.0.0.0/18'],
      ['eu-west-1b', 'euw1-az2', '10.0.64.0/18'],
      ['eu-west-1c', 'euw1-az3', '10.0.128.0/18'],
    ]);
    const { SecurityGroups } = await bench.client.send(new DescribeSecurityGroupsCommand(filters));
    expect(SecurityGroups).toMatchObject([
      { GroupName: 'default', IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: network.groupId }] }] },
    ]);
    const { RouteTables } = await bench.client.send(new DescribeRouteTablesCommand(filters));
    expect(RouteTables).toMatchObject([
      { Associations: [{ Main: true }], Routes: [{ DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local' }] },
    ]);
    const { NetworkAcls } = await bench.client.send(new DescribeNetworkAclsCommand(filters));
    expect(NetworkAcls?.[0]?.Associations).toHaveLength(3);
    expect(NetworkAcls?.[0]?.Entries?.map((entry) => [entry.Egress, entry.RuleNumber, entry.RuleAction])).toEqual([
      [false, 100, 'allow'],
      [false, 32_767, 'deny'],
      [true, 100, 'allow'],
      [true, 32_767, 'deny'],
    ]);
  });

  it('has no route table for a subnet that uses the main one', async () => {
    const bySubnet = new DescribeRouteTablesCommand({
      Filters: [{ Name: 'association.subnet-id', Values: [network.subnetIds[0]] }],
    });
    expect((await bench.client.send(bySubnet)).RouteTables).toEqual([]);
  });

  it('can be left out', async () => {
    const empty = createBench({ startNetwork: false });
    expect((await empty.client.send(new DescribeVpcsCommand({}))).Vpcs).toEqual([]);
    expect((await refusal(launch(empty))).code).toBe('MissingInput');
  });

  it('lies in three zones of one Region', async () => {
    const { AvailabilityZones } = await bench.client.send(new DescribeAvailabilityZonesCommand({}));
    expect(AvailabilityZones?.map((zone) => zone.ZoneName)).toEqual(['eu-west-1a', 'eu-west-1b', 'eu-west-1c']);
    expect((await bench.client.send(new DescribeRegionsCommand({}))).Regions?.map((region) => region.RegionName)).toEqual([
      'eu-west-1',
    ]);
  });
});

describe('VPCs and subnets', () => {
  it('are made within their bounds, without overlap', async () => {
    const { Vpc } = await bench.client.send(
      new CreateVpcCommand({
        CidrBlock: '172.16.0.0/16',
        TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'a', Value: 'b' }] }],
      }),
    );
    expect(Vpc).toMatchObject({ CidrBlock: '172.16.0.0/16', IsDefault: false, Tags: [{ Key: 'a', Value: 'b' }] });
    const add = (CidrBlock: string, input: object = {}) =>
      bench.client.send(new CreateSubnetCommand({ VpcId: present(Vpc?.VpcId), CidrBlock, ...input }));
    const { Subnet } = await add('172.16.1.0/24', { AvailabilityZone: 'eu-west-1c' });
    expect(Subnet).toMatchObject({ AvailabilityZone: 'eu-west-1c', AvailableIpAddressCount: 251, DefaultForAz: false });
    expect((await refusal(add('172.16.1.128/25'))).code).toBe('InvalidSubnet.Conflict');
    expect((await refusal(add('10.9.0.0/24'))).code).toBe('InvalidSubnet.Range');
    expect((await refusal(add('172.16.2.0/29'))).code).toBe('InvalidSubnet.Range');
    expect((await refusal(add('172.16.2.0'))).code).toBe('InvalidParameterValue');
    expect((await refusal(add('172.16.2.0/24', { AvailabilityZone: 'us-east-1a' }))).code).toBe('InvalidParameterValue');
    expect((await refusal(bench.client.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/8' })))).code).toBe('InvalidVpc.Range');
  });

  it('run out of addresses, and take them back', async () => {
    const { Subnet } = await bench.client.send(new CreateSubnetCommand({ VpcId: network.vpcId, CidrBlock: '10.0.255.0/28' }));
    const SubnetId = present(Subnet?.SubnetId);
    const fleet = await launch(bench, { SubnetId, MinCount: 11, MaxCount: 11 });
    expect((await refusal(launch(bench, { SubnetId }))).code).toBe('InsufficientFreeAddressesInSubnet');
    const third = present(fleet[2]);
    await bench.client.send(new TerminateInstancesCommand({ InstanceIds: [third.instanceId] }));
    await bench.host.clock.advance(1000);
    const next = present((await launch(bench, { SubnetId }))[0]);
    expect(next.instance.PrivateIpAddress).toBe(third.instance.PrivateIpAddress);
  });
});

describe('security groups', () => {
  const vxlan: IpPermission = {
    IpProtocol: 'udp',
    FromPort: 4789,
    ToPort: 4789,
    IpRanges: [{ CidrIp: '10.0.0.0/16', Description: 'mirror' }],
  };

  it('take and lose rules, each once', async () => {
    const { GroupId } = await bench.client.send(new CreateSecurityGroupCommand({ GroupName: 'sensor', Description: 'sensors' }));
    const authorize = (IpPermissions: IpPermission[]) =>
      bench.client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    const revoke = (IpPermissions: IpPermission[]) =>
      bench.client.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    const find = async (Name: string, ...Values: string[]) =>
      (await bench.client.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name, Values }] }))).SecurityGroups;
    expect((await authorize([vxlan])).Return).toBe(true);
    expect((await refusal(authorize([vxlan]))).code).toBe('InvalidPermission.Duplicate');
    expect(await find('ip-permission.from-port', '4789')).toMatchObject([{ GroupId, IpPermissions: [vxlan] }]);
    expect(await find('egress.ip-permission.cidr', '0.0.0.0/0')).toHaveLength(2);
    await revoke([vxlan]);
    expect((await refusal(revoke([vxlan]))).code).toBe('InvalidPermission.NotFound');
    expect((await refusal(authorize([{ ...vxlan, IpRanges: [{ CidrIp: '::/0' }] }]))).code).toBe('InvalidParameterValue');
    expect((await refusal(authorize([{ IpProtocol: 'udp', FromPort: 1 }]))).code).toBe('MissingParameter');
    const again = bench.client.send(new CreateSecurityGroupCommand({ GroupName: 'sensor', Description: 'sensors' }));
    expect((await refusal(again)).code).toBe('InvalidGroup.Duplicate');
  });

  it('take a rule by the old single parameters', async () => {
    await bench.client.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: network.groupId,
        IpProtocol: '17',
        FromPort: 4789,
        ToPort: 4789,
        CidrIp: '10.0.0.0/8',
      }),
    );
    const { SecurityGroups } = await bench.client.send(new DescribeSecurityGroupsCommand({ GroupIds: [network.groupId] }));
    expect(SecurityGroups?.[0]?.IpPermissions).toHaveLength(2);
  });
});

describe('VPC endpoints', () => {
  it('are those of Gateway Load Balancers, with an interface that users cannot delete', async () => {
    const create = (input: object) =>
      bench.client.send(
        new CreateVpcEndpointCommand({
          VpcEndpointType: 'GatewayLoadBalancer',
          VpcId: network.vpcId,
          SubnetIds: [network.subnetIds[0]],
          ServiceName: 'svc',
          ...input,
        }),
      );
    const { VpcEndpoint } = await create({});
    expect(VpcEndpoint).toMatchObject({
      VpcEndpointType: 'GatewayLoadBalancer',
      ServiceName: 'svc',
      NetworkInterfaceIds: [expect.stringMatching(/^eni-/)],
    });
    expect((await bench.client.send(new DescribeVpcEndpointsCommand({}))).VpcEndpoints).toHaveLength(1);
    expect(bench.ec2.world.networkInterfaces()).toMatchObject([
      { interfaceType: 'gateway_load_balancer_endpoint', requesterManaged: true },
    ]);
    expect((await refusal(create({ VpcEndpointType: 'Interface' }))).code).toBe('UnsupportedOperation');
    expect((await refusal(create({ SubnetIds: network.subnetIds.slice() }))).code).toBe('InvalidParameterValue');
  });
});
