export const protocolNames = ['all', 'tcp', 'udp', 'icmp', 'icmpv6'] as const;
export type ProtocolName = (typeof protocolNames)[number];

export type Family = 'ipv4' | 'ipv6';

export const everything: Readonly<Record<Family, string>> = { ipv4: '0.0.0.0/0', ipv6: '::/0' };

/**
 * IANA number of a protocol for one IP version, or undefined for all protocols.
 * https://www.iana.org/assignments/protocol-numbers: ICMP has a number for each version, and `icmp` means whichever fits.
 */
export function protocolNumber(protocol: ProtocolName | number, family: Family): number | undefined {
  switch (protocol) {
    case 'all':
      return undefined;
    case 'tcp':
      return 6;
    case 'udp':
      return 17;
    case 'icmp':
      return family === 'ipv4' ? 1 : 58;
    case 'icmpv6':
      return 58;
    default:
      return protocol;
  }
}

/** Only TCP and UDP have ports that a filter rule can look at. */
export function hasPorts(protocol: ProtocolName | number): boolean {
  return protocol === 'tcp' || protocol === 'udp' || protocol === 6 || protocol === 17;
}
