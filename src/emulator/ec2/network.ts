/** VPCs and what comes with them, and the network that exists from the start. */
import { AwsError } from '../core.ts';
import type { Account } from './account.ts';
import type { AclEntryRecord, PermissionRecord, RouteRecord, SecurityGroupRecord, SubnetRecord, VpcRecord } from './records.ts';
import { zoneNames } from './zones.ts';

export interface StartNetwork {
  readonly vpcId: string;
  /** In the zones `a`, `b` and `c`. */
  readonly subnetIds: readonly [a: string, b: string, c: string];
  /** The default security group. */
  readonly groupId: string;
}

const everything = (peerKind: 'cidr' | 'cidrIpv6', peer: string): PermissionRecord => ({
  ipProtocol: '-1',
  fromPort: undefined,
  toPort: undefined,
  peerKind,
  peer,
  description: undefined,
});

export const allowAllEgress: readonly PermissionRecord[] = [everything('cidr', '0.0.0.0/0')];

/** Every route table begins with the routes within its VPC. */
export function localRoutes({
  cidrBlock,
  ipv6CidrBlock,
}: Pick<VpcRecord, 'cidrBlock' | 'ipv6CidrBlock'>): readonly RouteRecord[] {
  const local = { via: 'GatewayId', id: 'local', origin: 'CreateRouteTable' } as const;
  return [
    { ...local, destinationKind: 'cidr', destination: cidrBlock },
    ...(ipv6CidrBlock === undefined ? [] : [{ ...local, destinationKind: 'cidrIpv6', destination: ipv6CidrBlock } as const]),
  ];
}

/** The entries of a default ACL, which lets everything through. */
function allowAll(family: 'ipv4' | 'ipv6'): readonly AclEntryRecord[] {
  return [false, true].map((egress) => ({
    ruleNumber: family === 'ipv4' ? 100 : 101,
    egress,
    ruleAction: 'allow',
    protocol: '-1',
    cidrBlock: family === 'ipv4' ? '0.0.0.0/0' : undefined,
    ipv6CidrBlock: family === 'ipv6' ? '::/0' : undefined,
    portRange: undefined,
  }));
}

/** A VPC with its main route table, default network ACL and default security group. */
export function addVpc(
  account: Account,
  cidrBlock: string,
  ipv6CidrBlock: string | undefined,
  isDefault: boolean,
): VpcRecord & { readonly groupId: string } {
  const { host, world } = account;
  const ownerId = host.accountId;
  const vpc: VpcRecord = { vpcId: host.newId('vpc'), ownerId, cidrBlock, ipv6CidrBlock, isDefault };
  const { vpcId } = vpc;
  world.vpcs.put(vpcId, vpc);
  const routeTableId = host.newId('rtb');
  const main = { associationId: host.newId('rtbassoc'), subnetId: undefined };
  world.routeTables.put(routeTableId, { routeTableId, vpcId, ownerId, associations: [main], routes: localRoutes(vpc) });
  const networkAclId = host.newId('acl');
  const entries = [...(ipv6CidrBlock === undefined ? [] : allowAll('ipv6')), ...allowAll('ipv4')];
  world.networkAcls.put(networkAclId, { networkAclId, vpcId, ownerId, isDefault: true, entries });
  const groupId = host.newId('sg');
  const within: PermissionRecord = { ...everything('cidr', ''), peerKind: 'group', peer: groupId };
  const group: SecurityGroupRecord = {
    groupId,
    groupName: 'default',
    description: 'default VPC security group',
    vpcId,
    ownerId,
    ingress: [within],
    egress: allowAllEgress,
  };
  world.securityGroups.put(groupId, group);
  return { ...vpc, groupId };
}

export function addSubnet(account: Account, subnet: Omit<SubnetRecord, 'subnetId' | 'ownerId'>): SubnetRecord {
  const record: SubnetRecord = { ...subnet, subnetId: account.host.newId('subnet'), ownerId: account.host.accountId };
  const { world } = account;
  world.subnets.put(record.subnetId, record);
  const acl = world.networkAcls.all().find(({ isDefault, vpcId }) => isDefault && vpcId === record.vpcId);
  if (acl !== undefined) {
    const associationId = record.subnetId.replace(/^subnet-/, 'aclassoc-');
    world.aclAssociations.put(associationId, { associationId, networkAclId: acl.networkAclId, subnetId: record.subnetId });
  }
  return record;
}

/** The default VPC, 10.0.0.0/16, with a subnet of a quarter of it in each zone: room for a large fleet. */
export function addStartNetwork(account: Account): StartNetwork {
  const vpc = addVpc(account, '10.0.0.0/16', undefined, true);
  const [a = '', b = '', c = ''] = zoneNames(account.host).map(
    (availabilityZone, index) =>
      addSubnet(account, {
        vpcId: vpc.vpcId,
        availabilityZone,
        cidrBlock: `10.0.${index * 64}.0/18`,
        ipv6CidrBlock: undefined,
        ipv6Native: false,
        defaultForAz: true,
      }).subnetId,
  );
  return { vpcId: vpc.vpcId, subnetIds: [a, b, c], groupId: vpc.groupId };
}

/** The default subnet of a zone, or of the first zone; refused where there is no default VPC. */
export function defaultSubnet(account: Account, zone: string | undefined): SubnetRecord {
  const found = account.world.subnets
    .all()
    .find((subnet) => subnet.defaultForAz && (zone === undefined || subnet.availabilityZone === zone));
  if (found === undefined) {
    const where = zone === undefined ? '' : ` in ${zone}`;
    throw new AwsError('MissingInput', `No subnets found for the default VPC${where}. Please specify a subnet.`);
  }
  return found;
}

/** The default security group of a VPC. */
export function defaultGroup(account: Account, vpcId: string): string {
  const group = account.world.securityGroups.by('vpc', vpcId).find((candidate) => candidate.groupName === 'default');
  if (group === undefined) throw new AwsError('InvalidGroup.NotFound', `VPC ${vpcId} has no default security group`);
  return group.groupId;
}
