import ipaddr from 'ipaddr.js';

export function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text));
}

/** Whether an address lies in a CIDR block; an address of the other family never does. */
export function isWithin(address: string, cidr: string): boolean {
  if (!isAddress(address) || !ipaddr.isValidCIDR(cidr)) return false;
  const [network, length] = ipaddr.parseCIDR(cidr);
  const parsed = ipaddr.parse(address);
  return parsed.kind() === network.kind() && parsed.match(network, length);
}

/** Bits of a CIDR block's network part, by which the most specific route wins. */
export function prefixLength(cidr: string): number {
  return ipaddr.isValidCIDR(cidr) ? ipaddr.parseCIDR(cidr)[1] : -1;
}

/** Whether a CIDR block holds every address of its family. */
export function isEverything(cidr: string): boolean {
  return prefixLength(cidr) === 0;
}

export function isIpv6(addressOrCidr: string): boolean {
  return addressOrCidr.includes(':');
}
