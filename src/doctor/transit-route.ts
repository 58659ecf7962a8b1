import { isWithin, prefixLength } from './addresses.ts';
import type { Facts, TransitAttachment, TransitRoute } from './facts.ts';
import { type Finding, fail, unknown } from './finding.ts';
import { examineArrival } from './transit-arrival.ts';
import type { Way } from './way.ts';

/**
 * The routes that decide about an address: the most specific, and of those the static ones before the propagated; several where paths of equal cost share the packets.
 * Source: https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html, "Route evaluation order".
 */
export function bestTransitRoutes(routes: readonly TransitRoute[], address: string): readonly TransitRoute[] {
  const holding = routes.filter(({ destination }) => isWithin(address, destination));
  const longest = Math.max(...holding.map(({ destination }) => prefixLength(destination)));
  const best = holding.filter(({ destination }) => prefixLength(destination) === longest);
  const fixed = best.filter(({ type }) => type === 'static');
  return fixed.length > 0 ? fixed : best;
}

/** What becomes of packets that a route of a gateway's table matches. */
export function examineTransitRoute(
  { destination, type, state, to }: TransitRoute,
  tableId: string,
  from: TransitAttachment,
  way: Way,
  facts: Facts,
): Finding {
  const { vpcId } = way.receiver;
  const route = `${tableId} of ${from.transitGatewayId}, which routes what ${from.id} of ${from.vpcId} sends, leads ${destination} (${type})`;
  const instead = `make ${tableId} lead ${way.receiverAddress} to the attachment of ${vpcId}, by a route that is more specific than ${destination}`;
  if (state === 'blackhole')
    return fail(
      `${route} nowhere${to === undefined ? '' : `, for ${to.attachmentId} is gone`} (blackhole)`,
      `replace the route ${destination} in ${tableId} by one to the attachment of ${vpcId}`,
    );
  if (state !== 'active') return unknown(`${route}, and that route is ${state}`, 'look again in a minute');
  if (to === undefined) return unknown(`${route} to no attachment that is shown`, `look at ${tableId} by hand`);
  const leads = `${route} to ${to.attachmentId}`;
  switch (to.resourceType) {
    case 'vpc':
      return examineArrival({ way, from, to, leads, instead }, facts);
    case 'vpn':
    case 'vpn-concentrator':
    case 'client-vpn':
    case 'direct-connect-gateway':
      return fail(
        `${leads}, which is of ${to.resourceType} ${to.resourceId} and leads out of AWS, but the target is in ${vpcId}`,
        instead,
      );
    case 'peering':
    case 'tgw-peering':
      return unknown(
        `${leads}, a peering with the transit gateway ${to.resourceId}, whose tables are not read here; Traffic Mirroring does not reach into another Region`,
        `look whether ${to.resourceId} is in this Region and leads ${way.receiverAddress} to ${vpcId}, or ${instead}`,
      );
    default:
      return unknown(
        `${leads}, which is of ${to.resourceType} ${to.resourceId}, and its way on is not read here`,
        `look whether ${to.resourceId} forwards UDP 4789 to ${way.receiverAddress}`,
      );
  }
}
