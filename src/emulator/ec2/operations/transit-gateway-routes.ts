import type {
  CreateTransitGatewayRouteRequest,
  CreateTransitGatewayRouteResult,
  DeleteTransitGatewayRouteRequest,
  DeleteTransitGatewayRouteResult,
  Filter,
  SearchTransitGatewayRoutesRequest,
  SearchTransitGatewayRoutesResult,
  TransitGatewayRoute,
} from '@aws-sdk/client-ec2';
import ipaddr from 'ipaddr.js';
import { AwsError } from '../../core.ts';
import { type Call, operation } from '../account.ts';
import { type Cidr, isWithin, readCidr } from '../addresses.ts';
import { authorization, existing } from '../authorization.ts';
import { compileFilters, type FilterFields } from '../filtering.ts';
import { checkId, need } from '../ids.ts';
import { checkPaging } from '../paging.ts';
import type { TransitGatewayRouteTableRecord } from '../records.ts';
import { badCombination, missing, required } from '../refusals.ts';
import { requireOneGateway, routesOf, type TransitRoute } from '../transit-gateways.ts';

const TYPE = 'transit-gateway-route-table';
const BOUNDS = [5, 1000] as const;

interface OneRoute {
  readonly TransitGatewayRouteTableId?: string | undefined;
  readonly DestinationCidrBlock?: string | undefined;
}

function checkOne(input: OneRoute): void {
  checkId(TYPE, required('TransitGatewayRouteTableId', input.TransitGatewayRouteTableId));
  readCidr('DestinationCidrBlock', required('DestinationCidrBlock', input.DestinationCidrBlock));
}

const tableIn = (input: OneRoute, call: Call): TransitGatewayRouteTableRecord =>
  need(call.world.transitGatewayRouteTables, TYPE, input.TransitGatewayRouteTableId ?? '', call);

function render({ destination, attachment, type, state }: TransitRoute): TransitGatewayRoute {
  const to = attachment && {
    TransitGatewayAttachmentId: attachment.transitGatewayAttachmentId,
    ResourceId: attachment.resourceId,
    ResourceType: attachment.resourceType,
  };
  return {
    DestinationCidrBlock: destination,
    TransitGatewayAttachments: to === undefined ? undefined : [to],
    Type: type,
    State: state,
  };
}

/** The route of one destination as a search shows it. */
function shown(table: TransitGatewayRouteTableRecord, destination: string | undefined, call: Call) {
  const route = routesOf(call.world, table).find((one) => one.destination === destination);
  return route && render(route);
}

export const createTransitGatewayRoute = operation<CreateTransitGatewayRouteRequest, CreateTransitGatewayRouteResult>({
  name: 'CreateTransitGatewayRoute',
  mutating: true,
  check(input) {
    checkOne(input);
    if ((input.TransitGatewayAttachmentId === undefined) !== (input.Blackhole === true))
      throw badCombination('Exactly one of TransitGatewayAttachmentId and Blackhole must be given.');
    if (input.TransitGatewayAttachmentId !== undefined) checkId('transit-gateway-attachment', input.TransitGatewayAttachmentId);
  },
  authorize: (input, call) =>
    authorization(call, 'CreateTransitGatewayRoute', [
      existing(call, TYPE, input.TransitGatewayRouteTableId ?? ''),
      ...(input.TransitGatewayAttachmentId === undefined
        ? []
        : [existing(call, 'transit-gateway-attachment', input.TransitGatewayAttachmentId)]),
    ]),
  perform(input, call) {
    const { world } = call;
    const table = tableIn(input, call);
    const destination = required('DestinationCidrBlock', input.DestinationCidrBlock);
    const { TransitGatewayAttachmentId: attachmentId } = input;
    if (attachmentId !== undefined)
      requireOneGateway(need(world.transitGatewayAttachments, 'transit-gateway-attachment', attachmentId, call), table);
    if (table.staticRoutes.some((route) => route.destination === destination))
      throw new AwsError('RouteAlreadyExists', `Route ${destination} already exists in ${table.transitGatewayRouteTableId}.`);
    const staticRoutes = [...table.staticRoutes, { destination, attachmentId }];
    world.transitGatewayRouteTables.patch(table.transitGatewayRouteTableId, { staticRoutes });
    return { Route: shown({ ...table, staticRoutes }, destination, call) };
  },
});

/** Only static routes; propagated ones go with their propagation. */
export const deleteTransitGatewayRoute = operation<DeleteTransitGatewayRouteRequest, DeleteTransitGatewayRouteResult>({
  name: 'DeleteTransitGatewayRoute',
  mutating: true,
  check: checkOne,
  authorize: (input, call) =>
    authorization(call, 'DeleteTransitGatewayRoute', [existing(call, TYPE, input.TransitGatewayRouteTableId ?? '')]),
  perform(input, call) {
    const table = tableIn(input, call);
    const { transitGatewayRouteTableId: id } = table;
    const staticRoutes = table.staticRoutes.filter(({ destination }) => destination !== input.DestinationCidrBlock);
    if (staticRoutes.length === table.staticRoutes.length)
      throw new AwsError('InvalidRoute.NotFound', `no static route ${input.DestinationCidrBlock} in ${id}`);
    const Route = shown(table, input.DestinationCidrBlock, call);
    call.world.transitGatewayRouteTables.patch(id, { staticRoutes });
    return { Route: Route && { ...Route, State: 'deleted' } };
  },
});

const FIELDS: FilterFields<TransitRoute> = {
  'attachment.transit-gateway-attachment-id': ({ attachment }) => attachment?.transitGatewayAttachmentId,
  'attachment.resource-id': ({ attachment }) => attachment?.resourceId,
  'attachment.resource-type': ({ attachment }) => attachment?.resourceType,
  'prefix-list-id': () => undefined,
  state: ({ state }) => state,
  type: ({ type }) => type,
};

/** What a `route-search` filter finds for one block. */
const SEARCHES: Readonly<Record<string, (routes: readonly TransitRoute[], block: Cidr) => readonly TransitRoute[]>> = {
  'route-search.exact-match': (routes, block) =>
    routes.filter((route) => isWithin(route.block, block) && isWithin(block, route.block)),
  'route-search.longest-prefix-match': (routes, block) => {
    const holding = routes.filter((route) => isWithin(block, route.block));
    const longest = Math.max(...holding.map((route) => route.block.prefixLength));
    return holding.filter((route) => route.block.prefixLength === longest);
  },
  'route-search.subnet-of-match': (routes, block) => routes.filter((route) => isWithin(route.block, block)),
  'route-search.supernet-of-match': (routes, block) => routes.filter((route) => isWithin(block, route.block)),
};

/** A block, or an address, which is the block of itself alone. */
function readSearched(name: string, text: string): Cidr {
  return readCidr(name, ipaddr.isValid(text) ? `${text}/${text.includes(':') ? 128 : 32}` : text);
}

const isSearch = ({ Name }: Filter): boolean => Object.hasOwn(SEARCHES, Name ?? '');

function search(table: TransitGatewayRouteTableRecord, filters: readonly Filter[], call: Call): readonly TransitRoute[] {
  const matches = compileFilters(
    filters.filter((filter) => !isSearch(filter)),
    { fields: FIELDS },
    call,
  );
  const all = routesOf(call.world, table);
  return filters.filter(isSearch).reduce<readonly TransitRoute[]>((routes, { Name = '', Values = [] }) => {
    const found = new Set(Values.flatMap((value) => SEARCHES[Name]?.(all, readSearched(Name, value)) ?? []));
    return routes.filter((route) => found.has(route));
  }, all.filter(matches));
}

export const searchTransitGatewayRoutes = operation<SearchTransitGatewayRoutesRequest, SearchTransitGatewayRoutesResult>({
  name: 'SearchTransitGatewayRoutes',
  mutating: false,
  check(input) {
    checkId(TYPE, required('TransitGatewayRouteTableId', input.TransitGatewayRouteTableId));
    if (input.Filters === undefined || input.Filters.length === 0) throw missing('Filters');
    const { MaxResults: maxResults, NextToken: nextToken } = input;
    checkPaging({ ids: undefined, idsParameter: '', maxResults, maxResultsBounds: BOUNDS, nextToken });
  },
  authorize: (input, call) =>
    authorization(call, 'SearchTransitGatewayRoutes', [existing(call, TYPE, input.TransitGatewayRouteTableId ?? '')]),
  perform(input, call) {
    const table = tableIn(input, call);
    const page = call.pager.page({
      action: 'SearchTransitGatewayRoutes',
      ids: undefined,
      idsParameter: '',
      maxResults: input.MaxResults,
      maxResultsBounds: BOUNDS,
      nextToken: input.NextToken,
      fingerprint: JSON.stringify([input.TransitGatewayRouteTableId, input.Filters]),
      list: () => search(table, input.Filters ?? [], call),
      idOf: ({ destination }) => destination,
      reread: (destination) => routesOf(call.world, table).find((route) => route.destination === destination),
    });
    return {
      Routes: page.items.map(render),
      AdditionalRoutesAvailable: page.nextToken !== undefined,
      NextToken: page.nextToken,
    };
  },
});
