/** Private addresses and hardware addresses of network interfaces. */
import ipaddr from 'ipaddr.js';
import { AwsError, type Host } from '../core.ts';
import type { SubnetRecord } from './records.ts';
import { invalidValue } from './refusals.ts';
import type { World } from './world.ts';

/** AWS keeps the first four addresses and the last one of each subnet. */
const RESERVED_AT_START = 4;

export interface Cidr {
  readonly family: 'ipv4' | 'ipv6';
  readonly prefixLength: number;
  readonly bytes: readonly number[];
}

/** Reads `10.0.0.0/16` or `2001:db8::/64`; throws `InvalidParameterValue` naming the parameter. */
export function readCidr(parameter: string, text: string): Cidr {
  if (!ipaddr.isValidCIDR(text)) throw invalidValue(parameter, text, 'This is not a valid CIDR block.');
  const [address, prefixLength] = ipaddr.parseCIDR(text);
  // A leading zero or a short form such as 10.1/16 is not what AWS takes.
  if (address.kind() === 'ipv4' && !/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/.test(text))
    throw invalidValue(parameter, text, 'This is not a valid CIDR block.');
  return { family: address.kind(), prefixLength, bytes: address.toByteArray() };
}

const toNumber = (bytes: readonly number[]): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0);
const toText = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

/** First and last address of an IPv4 block, as numbers. */
export function ipv4Range(cidr: Cidr): readonly [number, number] {
  const size = 2 ** (32 - cidr.prefixLength);
  const first = Math.floor(toNumber(cidr.bytes) / size) * size;
  return [first, first + size - 1];
}

export const contains = (outer: Cidr, inner: Cidr): boolean => {
  const [outerFirst, outerLast] = ipv4Range(outer);
  const [first, last] = ipv4Range(inner);
  return first >= outerFirst && last <= outerLast;
};

export const overlaps = (a: Cidr, b: Cidr): boolean => {
  const [aFirst, aLast] = ipv4Range(a);
  const [bFirst, bLast] = ipv4Range(b);
  return aFirst <= bLast && bFirst <= aLast;
};

/** Whether a block of either family lies within another, or is the same. */
export function isWithin(inner: Cidr, outer: Cidr): boolean {
  if (inner.family !== outer.family || inner.prefixLength < outer.prefixLength) return false;
  return outer.bytes.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, outer.prefixLength - index * 8));
    const mask = (0xff << (8 - bits)) & 0xff;
    return ((byte ^ (inner.bytes[index] ?? 0)) & mask) === 0;
  });
}

/** What of a subnet's range is taken, and the address below which nothing is free. */
export interface TakenAddresses {
  readonly taken: Set<number>;
  lowestFree: number;
}

/** Takes the wanted address of the subnet, or the lowest free one. */
export function takeAddress(world: World, subnet: SubnetRecord, wanted?: string): string {
  const [first, last] = ipv4Range(readCidr('CidrBlock', subnet.cidrBlock));
  const range = world.addresses.get(subnet.subnetId) ?? { taken: new Set(), lowestFree: first + RESERVED_AT_START };
  world.addresses.set(subnet.subnetId, range);
  if (wanted !== undefined) {
    if (!ipaddr.IPv4.isValidFourPartDecimal(wanted))
      throw invalidValue('PrivateIpAddress', wanted, 'This is not an IPv4 address.');
    const address = toNumber(ipaddr.IPv4.parse(wanted).toByteArray());
    if (address < first + RESERVED_AT_START || address >= last) {
      throw invalidValue(
        'PrivateIpAddress',
        wanted,
        `Address does not fall within the usable range of subnet ${subnet.subnetId}.`,
      );
    }
    if (range.taken.has(address)) throw new AwsError('InvalidIPAddress.InUse', `Address ${wanted} is in use.`);
    range.taken.add(address);
    return wanted;
  }
  for (let address = range.lowestFree; address < last; address += 1) {
    if (range.taken.has(address)) continue;
    range.taken.add(address);
    range.lowestFree = address + 1;
    return toText(address);
  }
  throw new AwsError(
    'InsufficientFreeAddressesInSubnet',
    `There are not enough free addresses in subnet '${subnet.subnetId}' to satisfy the requested number.`,
  );
}

export function releaseAddress(world: World, subnetId: string, text: string): void {
  const range = world.addresses.get(subnetId);
  if (text === '' || range === undefined) return;
  const address = toNumber(ipaddr.IPv4.parse(text).toByteArray());
  range.taken.delete(address);
  range.lowestFree = Math.min(range.lowestFree, address);
}

const hexByte = (host: Host): string =>
  Math.floor(host.random() * 256)
    .toString(16)
    .padStart(2, '0');

/** A locally administered unicast address. */
export const newMacAddress = (host: Host): string => `0a:${Array.from({ length: 5 }, () => hexByte(host)).join(':')}`;

/** A random address in the subnet's /64. */
export function newIpv6Address(host: Host, ipv6CidrBlock: string): string {
  const network = ipaddr.IPv6.parseCIDR(ipv6CidrBlock)[0].toByteArray().slice(0, 8);
  const hostPart = Array.from({ length: 8 }, () => Math.floor(host.random() * 256));
  return new ipaddr.IPv6([...network, ...hostPart]).toString();
}

export const privateDnsName = (host: Pick<Host, 'region'>, address: string): string =>
  address === '' ? '' : `ip-${address.replaceAll('.', '-')}.${host.region}.compute.internal`;
