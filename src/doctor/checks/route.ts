import type { Check } from '../check.ts';
import type { Facts, Route, RouteTable } from '../facts.ts';
import { type Finding, fail, pass, unknown, unread, whenRead, worst } from '../finding.ts';
import { nextHop } from '../next-hop.ts';
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
  const hop = nextHop(source, receiverAddress, tables, facts);
  if ('unread' in hop) return unread(`the route table of ${source.subnetId}`, hop.unread);
  const { table, tableId, route: best } = hop.value;
  if (best === undefined)
    return fail(
      `${table} of ${source.subnetId} has no route to ${receiverAddress}`,
      `add a route to ${receiver.vpcId} to ${tableId}: through a peering connection or a transit gateway`,
    );
  const leads = `${table} leads ${best.destination} to ${best.to}`;
  if (best.isBlackhole) return fail(`${leads}, which is gone (blackhole)`, `replace the route ${best.destination} in ${tableId}`);
  return examineHop(way, best, leads, facts);
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
  if (kind === 'tgw') return pass(`${leads}, a transit gateway, which is examined by itself`);
  if (kind === 'igw' || kind === 'nat' || kind === 'eigw' || kind === 'vgw' || kind === 'cagw')
    return fail(
      `${leads}, out of the VPC`,
      `add a route to ${receiver.vpcId} that is more specific, through a peering connection or a transit gateway`,
    );
  return unknown(`${leads}, whose way on is not read here`, `look whether ${to} forwards UDP 4789 to the target`);
}
