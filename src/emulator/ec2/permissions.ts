/** Security group rules: one record per peer, grouped by protocol and ports in answers. */
import type { IpPermission } from '@aws-sdk/client-ec2';
import { readCidr } from './addresses.ts';
import type { PermissionRecord } from './records.ts';
import { checkRange, invalidValue, missing } from './refusals.ts';

const PROTOCOL_NAMES: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', '1': 'icmp', '58': 'icmpv6' };

/** Reads `IpPermissions`; throws for a protocol, port or CIDR that EC2 does not take, and for rules without a peer. */
export function readPermissions(permissions: readonly IpPermission[]): PermissionRecord[] {
  return permissions.flatMap((permission) => {
    const { IpProtocol: protocol, FromPort: fromPort, ToPort: toPort } = permission;
    if (protocol === undefined) throw missing('IpPermissions.IpProtocol');
    const ipProtocol = PROTOCOL_NAMES[protocol] ?? protocol.toLowerCase();
    if (!/^(-1|tcp|udp|icmp|icmpv6|\d{1,3})$/.test(ipProtocol))
      throw invalidValue('IpProtocol', protocol, 'This is not a protocol.');
    const hasPorts = ipProtocol === 'tcp' || ipProtocol === 'udp';
    if (hasPorts) {
      if (fromPort === undefined || toPort === undefined) throw missing(fromPort === undefined ? 'FromPort' : 'ToPort');
      checkRange('FromPort', fromPort, 0, 65_535);
      checkRange('ToPort', toPort, 0, 65_535);
      if (fromPort > toPort) throw invalidValue('FromPort', fromPort, `Expected at most ToPort (${toPort}).`);
    }
    const isIcmp = ipProtocol === 'icmp' || ipProtocol === 'icmpv6';
    const base = {
      ipProtocol,
      fromPort: hasPorts || isIcmp ? fromPort : undefined,
      toPort: hasPorts || isIcmp ? toPort : undefined,
    };
    const peers: PermissionRecord[] = [
      ...(permission.IpRanges ?? []).map(({ CidrIp, Description }) => ({
        ...base,
        peerKind: 'cidr' as const,
        peer: readBlock('CidrIp', CidrIp, 'ipv4'),
        description: Description,
      })),
      ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6, Description }) => ({
        ...base,
        peerKind: 'cidrIpv6' as const,
        peer: readBlock('CidrIpv6', CidrIpv6, 'ipv6'),
        description: Description,
      })),
      ...(permission.UserIdGroupPairs ?? []).map(({ GroupId, Description }) => ({
        ...base,
        peerKind: 'group' as const,
        peer: needText('GroupId', GroupId),
        description: Description,
      })),
      ...(permission.PrefixListIds ?? []).map(({ PrefixListId, Description }) => ({
        ...base,
        peerKind: 'prefixList' as const,
        peer: needText('PrefixListId', PrefixListId),
        description: Description,
      })),
    ];
    if (peers.length === 0) throw missing('IpPermissions.IpRanges');
    return peers;
  });
}

function needText(parameter: string, text: string | undefined): string {
  if (text === undefined || text === '') throw missing(parameter);
  return text;
}

function readBlock(parameter: string, text: string | undefined, family: 'ipv4' | 'ipv6'): string {
  const block = needText(parameter, text);
  if (readCidr(parameter, block).family !== family)
    throw invalidValue(parameter, block, `Expected an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} CIDR block.`);
  return block;
}

/** What makes two rules one: everything but the description. */
export const permissionKey = (rule: PermissionRecord): string =>
  JSON.stringify([rule.ipProtocol, rule.fromPort, rule.toPort, rule.peerKind, rule.peer]);

/** Rules as DescribeSecurityGroups groups them. */
export function renderPermissions(rules: readonly PermissionRecord[], ownerId: string): IpPermission[] {
  const groups = new Map<string, PermissionRecord[]>();
  for (const rule of rules) {
    const key = JSON.stringify([rule.ipProtocol, rule.fromPort, rule.toPort]);
    groups.set(key, [...(groups.get(key) ?? []), rule]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const of = (kind: PermissionRecord['peerKind']): PermissionRecord[] => group.filter((rule) => rule.peerKind === kind);
    return {
      IpProtocol: first.ipProtocol,
      FromPort: first.fromPort,
      ToPort: first.toPort,
      UserIdGroupPairs: of('group').map((rule) => ({ GroupId: rule.peer, UserId: ownerId, Description: rule.description })),
      IpRanges: of('cidr').map((rule) => ({ CidrIp: rule.peer, Description: rule.description })),
      Ipv6Ranges: of('cidrIpv6').map((rule) => ({ CidrIpv6: rule.peer, Description: rule.description })),
      PrefixListIds: of('prefixList').map((rule) => ({ PrefixListId: rule.peer, Description: rule.description })),
    };
  });
}
