import { isWithin, prefixLength } from '../addresses.ts';
import type { Check } from '../check.ts';
import type { Facts, Route, RouteTable } from '../facts.ts';
import { type Finding, fail, pass, unknown, unread, whenRead, worst } from '../finding.ts';
import { type Way, waysOf } from '../way.ts';

export const route: Check = {
  id: 'route',
  title: 'Route leads to the target',
  expects:
    "the route table of the source's subnet (or, where it has none of its own, the VPC's main table) leads to the target, locally, through a peering or a transit gateway",
  about: 'session',
  examine({ session }, facts) {
    const ways = waysOf(session, facts);
    if ('unread' in ways) return unread('the way to the target', ways.unread);
    return whenRead(
      'route tables',
      facts.routeTables,
      (tables) =>
        worst(ways.value.map((way) => examineWay(way, tables, facts))) ?? unread('the way to the target', 'it has no interface'),
    );
  },
};

function examineWay(way: Way, tables: readonly RouteTable[], facts: Facts): Finding {
  const { source, receiver, receiverAddress } = way;
  const own = tables.find(({ subnetIds }) => subnetIds.includes(source.subnetId));
  const table = own ?? tables.find(({ isMain, vpcId }) => isMain && vpcId === source.vpcId);
  if (table === undefined) return unread(`the route table of ${source.subnetId}`, 'EC2 shows none, and no main table of its VPC');
  const name = `${table.id}${own === undefined ? ' (the main table)' : ''}`;
  const found = findRoute(table.routes, receiverAddress, facts);
  if ('unread' in found) return unread(`a prefix list in ${name}`, found.unread);
  const { value: best } = found;
  if (best === undefined)
    return fail(
      `${name} of ${source.subnetId} has no route to ${receiverAddress}`,
      `add a route to ${receiver.vpcId} to ${table.id}: through a peering connection or a transit gateway`,
    );
  const leads = `${name} leads ${best.destination} to ${best.to}`;
  if (best.isBlackhole)
    return fail(`${leads}, which is gone (blackhole)`, `replace the route ${best.destination} in ${table.id}`);
  return examineHop(way, best, leads, facts);
}

/** The most specific route wins; a prefix list that was not read could hold a more specific one. */
function findRoute(
  routes: readonly Route[],
  address: string,
  facts: Facts,
): { readonly value: Route | undefined } | { readonly unread: string } {
  let best: { readonly route: Route; readonly length: number } | undefined;
  for (const one of routes) {
    const list = one.destination.startsWith('pl-')
      ? (facts.prefixLists[one.destination] ?? { unread: 'not asked for' })
      : undefined;
    if (list !== undefined && 'unread' in list) return list;
    for (const cidr of list?.value ?? [one.destination]) {
      if (!isWithin(address, cidr)) continue;
      const length = prefixLength(cidr);
      if (best === undefined || length > best.length) best = { route: one, length };
    }
  }
  return { value: best?.route };
}

function examineHop({ source, receiver }: Way, { to }: Route, leads: string, facts: Facts): Finding {
  const kind = to.split('-')[0];
  if (to === 'local')
    return source.vpcId === receiver.vpcId
      ? pass(leads)
      : fail(
          `${leads}, but the target is in ${receiver.vpcId}`,
          'the two VPCs have the same addresses: mirror to a target in the same VPC, or use a Gateway Load Balancer endpoint',
        );
  if (kind === 'pcx')
    return whenRead('peering connections', facts.peerings, (peerings) => {
      const peering = peerings.find(({ id }) => id === to);
      if (peering === undefined) return unknown(`${leads}, which EC2 does not show`, 'look at the peering connection by hand');
      if (peering.status !== 'active')
        return fail(`${leads}, which is ${peering.status}`, `accept or renew the peering connection ${to}`);
      if (new Set(peering.regions).size > 1)
        return fail(
          `${leads}, which goes to another Region`,
          'mirror within one Region: Traffic Mirroring does not reach into another',
        );
      return peering.vpcIds.includes(receiver.vpcId)
        ? pass(`${leads}, active, to ${receiver.vpcId}`)
        : fail(
            `${leads}, which does not lead to ${receiver.vpcId}`,
            `route to a peering connection with ${receiver.vpcId}: peering is not transitive`,
          );
    });
  if (kind === 'tgw')
    return whenRead('attachments of transit gateways', facts.transitAttachments, (attachments) => {
      const of = (vpcId: string) => attachments.find((one) => one.transitGatewayId === to && one.vpcId === vpcId);
      const lacking = [source.vpcId, receiver.vpcId].find((vpcId) => of(vpcId)?.state !== 'available');
      if (lacking === undefined)
        return unknown(
          `${leads}, and both VPCs are attached to it; the gateway's own route tables are not read here`,
          `look whether the route tables of ${to} lead from ${source.vpcId} to ${receiver.vpcId}`,
        );
      const state = of(lacking)?.state;
      return state === undefined && lacking === receiver.vpcId
        ? unknown(
            `${leads}, and no attachment of ${lacking} is shown to this account`,
            `attach ${lacking} to ${to}, if its account has not`,
          )
        : fail(`${leads}, but the attachment of ${lacking} is ${state ?? 'missing'}`, `attach ${lacking} to ${to}`);
    });
  if (kind === 'igw' || kind === 'nat' || kind === 'eigw' || kind === 'vgw' || kind === 'cagw')
    return fail(
      `${leads}, out of the VPC`,
      `add a route to ${receiver.vpcId} that is more specific, through a peering connection or a transit gateway`,
    );
  return unknown(`${leads}, whose way on is not read here`, `look whether ${to} forwards UDP 4789 to the target`);
}
