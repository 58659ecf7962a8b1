import type {
  CreateSubnetRequest,
  CreateSubnetResult,
  CreateVpcRequest,
  CreateVpcResult,
  DescribeSubnetsRequest,
  DescribeSubnetsResult,
  DescribeVpcsRequest,
  DescribeVpcsResult,
  Subnet,
  Vpc,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { type Account, operation } from '../account.ts';
import { contains, ipv4Range, overlaps, readCidr } from '../addresses.ts';
import { authorization, created, existing } from '../authorization.ts';
import { checkDescribe, describePage } from '../describing.ts';
import type { FilterFields } from '../filtering.ts';
import { arnOf, checkId, need } from '../ids.ts';
import { addSubnet, addVpc } from '../network.ts';
import type { SubnetRecord, VpcRecord } from '../records.ts';
import { oneOf, required } from '../refusals.ts';
import { readTagSpecifications, renderTags, replaceTags, seenTags } from '../tags.ts';
import { currentView, type View } from '../view.ts';
import { zoneId, zoneNames } from '../zones.ts';

const BOUNDS = [5, 1000] as const;

function renderVpc(view: View, vpc: VpcRecord): Vpc {
  return {
    VpcId: vpc.vpcId,
    OwnerId: vpc.ownerId,
    State: 'available',
    CidrBlock: vpc.cidrBlock,
    IsDefault: vpc.isDefault,
    InstanceTenancy: 'default',
    DhcpOptionsId: 'default',
    CidrBlockAssociationSet: [{ CidrBlock: vpc.cidrBlock, CidrBlockState: { State: 'associated' } }],
    Ipv6CidrBlockAssociationSet:
      vpc.ipv6CidrBlock === undefined ? [] : [{ Ipv6CidrBlock: vpc.ipv6CidrBlock, Ipv6CidrBlockState: { State: 'associated' } }],
    Tags: renderTags(seenTags(view, vpc.vpcId)),
  };
}

/** AWS keeps five addresses of every subnet. */
const freeAddresses = (view: View, subnet: SubnetRecord): number => {
  if (subnet.ipv6Native) return 0;
  const [first, last] = ipv4Range(readCidr('CidrBlock', subnet.cidrBlock));
  return last - first + 1 - 5 - (view.world.addresses.get(subnet.subnetId)?.taken.size ?? 0);
};

function renderSubnet(view: View, subnet: SubnetRecord): Subnet {
  return {
    SubnetId: subnet.subnetId,
    SubnetArn: arnOf(view, 'subnet', subnet.subnetId),
    VpcId: subnet.vpcId,
    OwnerId: subnet.ownerId,
    State: 'available',
    CidrBlock: subnet.ipv6Native ? undefined : subnet.cidrBlock,
    AvailableIpAddressCount: freeAddresses(view, subnet),
    AvailabilityZone: subnet.availabilityZone,
    AvailabilityZoneId: zoneId(subnet.availabilityZone),
    Ipv6Native: subnet.ipv6Native,
    Ipv6CidrBlockAssociationSet:
      subnet.ipv6CidrBlock === undefined
        ? []
        : [{ Ipv6CidrBlock: subnet.ipv6CidrBlock, Ipv6CidrBlockState: { State: 'associated' } }],
    AssignIpv6AddressOnCreation: subnet.ipv6Native,
    MapPublicIpOnLaunch: false,
    DefaultForAz: subnet.defaultForAz,
    Tags: renderTags(seenTags(view, subnet.subnetId)),
  };
}

export const createVpc = operation<CreateVpcRequest, CreateVpcResult>({
  name: 'CreateVpc',
  mutating: true,
  check(input) {
    const cidr = readCidr('CidrBlock', required('CidrBlock', input.CidrBlock));
    if (cidr.family !== 'ipv4' || cidr.prefixLength < 16 || cidr.prefixLength > 28) {
      throw new AwsError('InvalidVpc.Range', `The CIDR '${input.CidrBlock}' is invalid: expected an IPv4 block from /16 to /28.`);
    }
    readTagSpecifications(input.TagSpecifications, ['vpc']);
  },
  authorize: (input, call) =>
    authorization(call, 'CreateVpc', [created(call, 'vpc', readTagSpecifications(input.TagSpecifications, ['vpc']).vpc)]),
  perform(input, call) {
    const count = call.world.vpcs.all().length.toString(16).padStart(2, '0');
    const ipv6 = input.AmazonProvidedIpv6CidrBlock === true ? `2001:db8:12:${count}00::/56` : undefined;
    const vpc = addVpc(call, required('CidrBlock', input.CidrBlock), ipv6, false);
    replaceTags(call, vpc.vpcId, readTagSpecifications(input.TagSpecifications, ['vpc']).vpc ?? {}, true);
    return { Vpc: renderVpc(currentView(call), vpc) };
  },
});

export const createSubnet = operation<CreateSubnetRequest, CreateSubnetResult>({
  name: 'CreateSubnet',
  mutating: true,
  check(input, call) {
    checkId('vpc', required('VpcId', input.VpcId));
    oneOf('AvailabilityZone', input.AvailabilityZone, zoneNames(call.host));
    if (input.Ipv6Native === true) required('Ipv6CidrBlock', input.Ipv6CidrBlock);
    else {
      const cidr = readCidr('CidrBlock', required('CidrBlock', input.CidrBlock));
      if (cidr.family !== 'ipv4' || cidr.prefixLength < 16 || cidr.prefixLength > 28) {
        throw new AwsError(
          'InvalidSubnet.Range',
          `The CIDR '${input.CidrBlock}' is invalid: expected an IPv4 block from /16 to /28.`,
        );
      }
    }
    if (input.Ipv6CidrBlock !== undefined && readCidr('Ipv6CidrBlock', input.Ipv6CidrBlock).prefixLength !== 64) {
      throw new AwsError('InvalidSubnet.Range', `The CIDR '${input.Ipv6CidrBlock}' is invalid: expected an IPv6 block of /64.`);
    }
    readTagSpecifications(input.TagSpecifications, ['subnet']);
  },
  authorize: (input, call) =>
    authorization(call, 'CreateSubnet', [
      created(call, 'subnet', readTagSpecifications(input.TagSpecifications, ['subnet']).subnet),
      existing(call, 'vpc', input.VpcId ?? ''),
    ]),
  perform(input, call) {
    const vpc = need(call.world.vpcs, 'vpc', required('VpcId', input.VpcId), call);
    const ipv6Native = input.Ipv6Native === true;
    const cidrBlock = ipv6Native ? '' : required('CidrBlock', input.CidrBlock);
    if (!ipv6Native) {
      const cidr = readCidr('CidrBlock', cidrBlock);
      if (!contains(readCidr('CidrBlock', vpc.cidrBlock), cidr))
        throw new AwsError('InvalidSubnet.Range', `The CIDR '${cidrBlock}' is not within ${vpc.cidrBlock} of ${vpc.vpcId}.`);
      const taken = call.world.subnets
        .by('vpc', vpc.vpcId)
        .find((other) => !other.ipv6Native && overlaps(cidr, readCidr('CidrBlock', other.cidrBlock)));
      if (taken !== undefined)
        throw new AwsError('InvalidSubnet.Conflict', `The CIDR '${cidrBlock}' conflicts with another subnet (${taken.subnetId})`);
    }
    const subnet = addSubnet(call, {
      vpcId: vpc.vpcId,
      availabilityZone: input.AvailabilityZone ?? `${call.host.region}a`,
      cidrBlock,
      ipv6CidrBlock: input.Ipv6CidrBlock,
      ipv6Native,
      defaultForAz: false,
    });
    replaceTags(call, subnet.subnetId, readTagSpecifications(input.TagSpecifications, ['subnet']).subnet ?? {}, true);
    return { Subnet: renderSubnet(currentView(call), subnet) };
  },
});

const VPC_FIELDS: FilterFields<VpcRecord> = {
  cidr: (vpc) => vpc.cidrBlock,
  'cidr-block-association.cidr-block': (vpc) => vpc.cidrBlock,
  'is-default': (vpc) => vpc.isDefault,
  'owner-id': (vpc) => vpc.ownerId,
  state: () => 'available',
  'vpc-id': (vpc) => vpc.vpcId,
};

export const describeVpcs = operation<DescribeVpcsRequest, DescribeVpcsResult>({
  name: 'DescribeVpcs',
  mutating: false,
  check: (input) => checkDescribe('vpc', 'VpcId', BOUNDS, input.VpcIds, input),
  perform(input, call) {
    const page = describePage(
      {
        action: 'DescribeVpcs',
        type: 'vpc',
        idsParameter: 'VpcId',
        maxResultsBounds: BOUNDS,
        collection: call.world.vpcs,
        idOf: (vpc) => vpc.vpcId,
        fields: VPC_FIELDS,
        tags: (vpc) => seenTags(call, vpc.vpcId),
      },
      input.VpcIds,
      input,
      call,
    );
    return { Vpcs: page.items.map((vpc) => renderVpc(call, vpc)), NextToken: page.nextToken };
  },
});

const subnetFields = (account: Account): FilterFields<SubnetRecord> => ({
  'availability-zone': (subnet) => subnet.availabilityZone,
  'availability-zone-id': (subnet) => zoneId(subnet.availabilityZone),
  'cidr-block': (subnet) => subnet.cidrBlock,
  'default-for-az': (subnet) => subnet.defaultForAz,
  'ipv6-cidr-block-association.ipv6-cidr-block': (subnet) => subnet.ipv6CidrBlock,
  'ipv6-native': (subnet) => subnet.ipv6Native,
  'owner-id': (subnet) => subnet.ownerId,
  state: () => 'available',
  'subnet-arn': (subnet) => arnOf(account, 'subnet', subnet.subnetId),
  'subnet-id': (subnet) => subnet.subnetId,
  'vpc-id': (subnet) => subnet.vpcId,
});

export const describeSubnets = operation<DescribeSubnetsRequest, DescribeSubnetsResult>({
  name: 'DescribeSubnets',
  mutating: false,
  check: (input) => checkDescribe('subnet', 'SubnetId', BOUNDS, input.SubnetIds, input),
  perform(input, call) {
    const page = describePage(
      {
        action: 'DescribeSubnets',
        type: 'subnet',
        idsParameter: 'SubnetId',
        maxResultsBounds: BOUNDS,
        collection: call.world.subnets,
        idOf: (subnet) => subnet.subnetId,
        fields: subnetFields(call),
        tags: (subnet) => seenTags(call, subnet.subnetId),
      },
      input.SubnetIds,
      input,
      call,
    );
    return { Subnets: page.items.map((subnet) => renderSubnet(call, subnet)), NextToken: page.nextToken };
  },
});
