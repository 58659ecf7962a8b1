import { isWithin, prefixLength } from './addresses.ts';
import type { Facts, Place, Read, Route, RouteTable } from './facts.ts';

/** What a subnet's route table does with packets to an address. */
export interface NextHop {
  readonly tableId: string;
  /** For people: the table, and whether it is the main one. */
  readonly table: string;
  /** Undefined: the table has none. */
  readonly route: Route | undefined;
}

/** The next hop from a subnet, by its own route table or, where it has none, by the VPC's main table; unread where EC2 shows no table or not all of it. */
export function nextHop(
  { subnetId, vpcId }: Pick<Place, 'subnetId' | 'vpcId'>,
  address: string,
  tables: readonly RouteTable[],
  facts: Pick<Facts, 'prefixLists'>,
): Read<NextHop> {
  const own = tables.find(({ subnetIds }) => subnetIds.includes(subnetId));
  const table = own ?? tables.find((one) => one.isMain && one.vpcId === vpcId);
  if (table === undefined) return { unread: 'EC2 shows none, and no main table of its VPC' };
  const name = `${table.id}${own === undefined ? ' (the main table)' : ''}`;
  const found = bestRoute(table.routes, address, facts);
  return 'unread' in found
    ? { unread: `a prefix list in ${name}: ${found.unread}` }
    : { value: { tableId: table.id, table: name, route: found.value } };
}

/** The most specific route wins; a prefix list that was not read could hold a more specific one. */
function bestRoute(routes: readonly Route[], address: string, facts: Pick<Facts, 'prefixLists'>): Read<Route | undefined> {
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

/** The transit gateway that a route leads to, or undefined. */
export function transitGatewayOf(route: Route | undefined): string | undefined {
  return route?.to.startsWith('tgw-') === true && !route.isBlackhole ? route.to : undefined;
}
