import type { Check } from '../check.ts';
import type { Facts } from '../facts.ts';
import { fail, pass, unknown } from '../finding.ts';
import { nextHop, transitGatewayOf } from '../next-hop.ts';
import { type Way, waysOf } from '../way.ts';

/** https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-network-limitations.html: what encapsulation adds to a packet, in bytes. */
const overheadBytes = { ipv4: 54, ipv6: 74 } as const;

/** The same page: a session cannot cut packets shorter. */
const shortestBytes = { ipv4: 35, ipv6: 55 } as const;

/**
 * The same page and that of sessions: jumbo frames to an interface, 8,500 bytes with encapsulation to an endpoint, and 8,500 of the packet itself to a Network Load Balancer,
 * where a session without a length gets that one.
 */
function largestBytes(
  type: 'network-interface' | 'network-load-balancer' | 'gateway-load-balancer-endpoint',
  overhead: number,
): number {
  if (type === 'network-load-balancer') return 8_500;
  return (type === 'network-interface' ? 9_001 : 8_500) - overhead;
}

/** https://docs.aws.amazon.com/vpc/latest/tgw/what-is-transit-gateway.html: the MTU of a transit gateway between VPCs, in bytes. */
const gatewayMtu = 8_500;

function passesGateway({ source, receiverAddress }: Way, facts: Facts): boolean {
  if ('unread' in facts.routeTables) return false;
  const hop = nextHop(source, receiverAddress, facts.routeTables.value, facts);
  return 'value' in hop && transitGatewayOf(hop.value.route) !== undefined;
}

export const packetLength: Check = {
  id: 'packet-length',
  title: 'Packets fit',
  expects: `a packet and its encapsulation (${overheadBytes.ipv4} bytes over IPv4, ${overheadBytes.ipv6} over IPv6) fit the way to the target, where larger ones arrive cut: 9,001 bytes to an interface, 8,500 to a Gateway Load Balancer endpoint; to a Network Load Balancer 8,500 bytes of each packet go; a transit gateway on the way drops what is above ${gatewayMtu.toLocaleString('en-US')} bytes`,
  about: 'session',
  examine({ session }, facts) {
    const type = facts.targets[session.targetId]?.type;
    if (type === undefined) return undefined;
    const ways = waysOf(session, facts);
    const isIpv6 = 'value' in ways && ways.value.some(({ sourceAddress }) => sourceAddress.includes(':'));
    const family = isIpv6 ? 'ipv6' : 'ipv4';
    const throughGateway = 'value' in ways && ways.value.some((way) => passesGateway(way, facts));
    const fits = largestBytes(type, overheadBytes[family]);
    const largest = throughGateway ? Math.min(fits, gatewayMtu - overheadBytes[family]) : fits;
    const { packetLength: length } = session;
    if (length !== undefined && length < shortestBytes[family])
      return fail(
        `the session cuts packets to ${length} bytes, and less than ${shortestBytes[family]} is not possible`,
        `set packetLength in the policy to ${shortestBytes[family]} or more; 128 and more keep the headers`,
      );
    if (length !== undefined && length <= largest) return pass(`the session cuts packets to ${length} bytes, and ${largest} fit`);
    return unknown(
      `${length === undefined ? 'whole packets' : `${length} bytes of each packet`} are mirrored, and what is above ${largest} bytes ${throughGateway ? 'is dropped by the transit gateway on the way' : 'arrives cut'}; an interface's MTU is set in its operating system, and no call tells it`,
      `keep the MTU of the source at ${largest} or less ("ip link" tells it) and that of the sensor ${overheadBytes[family]} bytes above, or set packetLength in the policy`,
    );
  },
};
