import type {
  AssociateRouteTableRequest,
  AssociateRouteTableResult,
  CreateRouteRequest,
  CreateRouteResult,
  CreateRouteTableRequest,
  CreateRouteTableResult,
  DeleteRouteRequest,
  DescribeRouteTablesRequest,
  DescribeRouteTablesResult,
  DisassociateRouteTableRequest,
  Route,
  RouteTable,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { operation } from '../account.ts';
import { readCidr } from '../addresses.ts';
import { authorization, created, existing } from '../authorization.ts';
import { checkDescribe, describePage } from '../describing.ts';
import type { FilterFields } from '../filtering.ts';
import { checkId, need, notFound } from '../ids.ts';
import { localRoutes } from '../network.ts';
import type { RouteRecord, RouteTableRecord, TransitGatewayAttachmentRecord } from '../records.ts';
import { badCombination, invalidValue, required } from '../refusals.ts';
import { readTagSpecifications, renderTags, replaceTags, seenTags } from '../tags.ts';
import { currentView, type View } from '../view.ts';

const BOUNDS = [5, 100] as const;
const tagsIn = (input: CreateRouteTableRequest) => readTagSpecifications(input.TagSpecifications, ['route-table'])['route-table'];

/** A route whose peering connection or attachment to the transit gateway is gone leads nowhere. Other ways on are taken as they are named. */
function stateOf(view: View, { vpcId }: RouteTableRecord, route: RouteRecord): 'active' | 'blackhole' {
  const { peerings, transitGatewayAttachments } = view.world;
  const leadsOn =
    route.via === 'VpcPeeringConnectionId'
      ? peerings.seen(route.id)?.status === 'active'
      : route.via !== 'TransitGatewayId' || isAttached(transitGatewayAttachments.seenAll(), route.id, vpcId);
  return leadsOn ? 'active' : 'blackhole';
}

const isAttached = (attachments: readonly TransitGatewayAttachmentRecord[], transitGatewayId: string, vpcId: string): boolean =>
  attachments.some((one) => one.transitGatewayId === transitGatewayId && one.resourceId === vpcId && one.state !== 'deleted');

function renderRoute(view: View, table: RouteTableRecord, route: RouteRecord): Route {
  const { destinationKind: kind, destination, via, id } = route;
  return {
    DestinationCidrBlock: kind === 'cidr' ? destination : undefined,
    DestinationIpv6CidrBlock: kind === 'cidrIpv6' ? destination : undefined,
    DestinationPrefixListId: kind === 'prefixList' ? destination : undefined,
    // An endpoint stands in the field of gateways.
    [via === 'VpcEndpointId' ? 'GatewayId' : via]: id,
    State: stateOf(view, table, route),
    Origin: route.origin,
  };
}

function render(view: View, table: RouteTableRecord): RouteTable {
  return {
    RouteTableId: table.routeTableId,
    VpcId: table.vpcId,
    OwnerId: table.ownerId,
    Associations: table.associations.map(({ associationId, subnetId }) => ({
      Main: subnetId === undefined,
      RouteTableAssociationId: associationId,
      RouteTableId: table.routeTableId,
      SubnetId: subnetId,
      AssociationState: { State: 'associated' },
    })),
    PropagatingVgws: [],
    Routes: table.routes.map((route) => renderRoute(view, table, route)),
    Tags: renderTags(seenTags(view, table.routeTableId)),
  };
}

export const createRouteTable = operation<CreateRouteTableRequest, CreateRouteTableResult>({
  name: 'CreateRouteTable',
  mutating: true,
  check(input) {
    checkId('vpc', required('VpcId', input.VpcId));
    tagsIn(input);
  },
  authorize: (input, call) =>
    authorization(call, 'CreateRouteTable', [
      created(call, 'route-table', tagsIn(input)),
      existing(call, 'vpc', input.VpcId ?? ''),
    ]),
  perform(input, call) {
    const { host, world } = call;
    const vpc = need(world.vpcs, 'vpc', required('VpcId', input.VpcId), call);
    const table: RouteTableRecord = {
      routeTableId: host.newId('rtb'),
      vpcId: vpc.vpcId,
      ownerId: host.accountId,
      associations: [],
      routes: localRoutes(vpc),
    };
    world.routeTables.put(table.routeTableId, table);
    replaceTags(call, table.routeTableId, tagsIn(input) ?? {}, true);
    return { RouteTable: render(currentView(call), table) };
  },
});

/** Only subnets; gateways have no tables here. */
export const associateRouteTable = operation<AssociateRouteTableRequest, AssociateRouteTableResult>({
  name: 'AssociateRouteTable',
  mutating: true,
  check(input) {
    checkId('route-table', required('RouteTableId', input.RouteTableId));
    checkId('subnet', required('SubnetId', input.SubnetId));
  },
  authorize: (input, call) =>
    authorization(call, 'AssociateRouteTable', [
      existing(call, 'route-table', input.RouteTableId ?? ''),
      existing(call, 'subnet', input.SubnetId ?? ''),
    ]),
  perform(input, call) {
    const { host, world } = call;
    const table = need(world.routeTables, 'route-table', required('RouteTableId', input.RouteTableId), call);
    const subnet = need(world.subnets, 'subnet', required('SubnetId', input.SubnetId), call);
    if (subnet.vpcId !== table.vpcId) throw badCombination(`${subnet.subnetId} is not in the VPC of ${table.routeTableId}`);
    const other = world.routeTables
      .all()
      .find(({ associations }) => associations.some((one) => one.subnetId === subnet.subnetId));
    if (other !== undefined)
      throw new AwsError('Resource.AlreadyAssociated', `${subnet.subnetId} is already associated with ${other.routeTableId}`);
    const association = { associationId: host.newId('rtbassoc'), subnetId: subnet.subnetId };
    world.routeTables.patch(table.routeTableId, { associations: [...table.associations, association] });
    return { AssociationId: association.associationId, AssociationState: { State: 'associated' } };
  },
});

export const disassociateRouteTable = operation<DisassociateRouteTableRequest, object>({
  name: 'DisassociateRouteTable',
  mutating: true,
  check: (input) => void required('AssociationId', input.AssociationId),
  perform(input, call) {
    const isNamed = ({ associationId }: { readonly associationId: string }) => associationId === input.AssociationId;
    const table = call.world.routeTables.all().find(({ associations }) => associations.some(isNamed));
    if (table === undefined)
      throw new AwsError('InvalidAssociationID.NotFound', `The association ID '${input.AssociationId}' does not exist`);
    if (table.associations.some((one) => isNamed(one) && one.subnetId === undefined))
      throw new AwsError('InvalidParameterValue', `cannot disassociate the main route table association ${input.AssociationId}`);
    call.world.routeTables.patch(table.routeTableId, { associations: table.associations.filter((one) => !isNamed(one)) });
    return {};
  },
});

const WAYS = [
  'GatewayId',
  'NatGatewayId',
  'TransitGatewayId',
  'VpcPeeringConnectionId',
  'NetworkInterfaceId',
  'EgressOnlyInternetGatewayId',
  'VpcEndpointId',
] as const;

type Destination = Pick<RouteRecord, 'destinationKind' | 'destination'>;

function destinationIn(
  input: Pick<CreateRouteRequest, 'DestinationCidrBlock' | 'DestinationIpv6CidrBlock' | 'DestinationPrefixListId'>,
): Destination {
  const { DestinationCidrBlock: ipv4, DestinationIpv6CidrBlock: ipv6, DestinationPrefixListId: list } = input;
  const given = (
    [
      { destinationKind: 'cidr', destination: ipv4 },
      { destinationKind: 'cidrIpv6', destination: ipv6 },
      { destinationKind: 'prefixList', destination: list },
    ] as const
  ).flatMap(({ destinationKind, destination }) => (destination === undefined ? [] : [{ destinationKind, destination }]));
  const [only] = given;
  if (only === undefined || given.length > 1)
    throw badCombination(
      'Exactly one of DestinationCidrBlock, DestinationIpv6CidrBlock and DestinationPrefixListId must be given.',
    );
  if (only.destinationKind === 'prefixList') checkId('prefix-list', only.destination);
  else if (readCidr('DestinationCidrBlock', only.destination).family !== (only.destinationKind === 'cidr' ? 'ipv4' : 'ipv6'))
    throw invalidValue('DestinationCidrBlock', only.destination, 'This is a block of the other family.');
  return only;
}

function routeIn(input: CreateRouteRequest): RouteRecord {
  const ways = WAYS.flatMap((via) => {
    const id = input[via];
    return id === undefined ? [] : [{ via, id }];
  });
  const [way] = ways;
  if (way === undefined || ways.length > 1) throw badCombination(`Exactly one of ${WAYS.join(', ')} must be given.`);
  return { ...destinationIn(input), ...way, origin: 'CreateRoute' };
}

const isTo = (route: RouteRecord, { destination }: Destination): boolean => route.destination === destination;

export const createRoute = operation<CreateRouteRequest, CreateRouteResult>({
  name: 'CreateRoute',
  mutating: true,
  check(input) {
    checkId('route-table', required('RouteTableId', input.RouteTableId));
    routeIn(input);
  },
  authorize: (input, call) => authorization(call, 'CreateRoute', [existing(call, 'route-table', input.RouteTableId ?? '')]),
  perform(input, call) {
    const { world } = call;
    const table = need(world.routeTables, 'route-table', required('RouteTableId', input.RouteTableId), call);
    const route = routeIn(input);
    if (table.routes.some((other) => isTo(other, route)))
      throw new AwsError('RouteAlreadyExists', `The route identified by ${route.destination} already exists.`);
    if (route.destinationKind === 'prefixList') need(world.prefixLists, 'prefix-list', route.destination, call);
    if (route.via === 'VpcPeeringConnectionId') need(world.peerings, 'vpc-peering-connection', route.id, call);
    // https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html: first the attachment, then the route.
    if (route.via === 'TransitGatewayId' && !isAttached(world.transitGatewayAttachments.all(), route.id, table.vpcId))
      throw notFound('transit-gateway', [route.id], call);
    world.routeTables.patch(table.routeTableId, { routes: [...table.routes, route] });
    return { Return: true };
  },
});

export const deleteRoute = operation<DeleteRouteRequest, object>({
  name: 'DeleteRoute',
  mutating: true,
  check(input) {
    checkId('route-table', required('RouteTableId', input.RouteTableId));
    destinationIn(input);
  },
  authorize: (input, call) => authorization(call, 'DeleteRoute', [existing(call, 'route-table', input.RouteTableId ?? '')]),
  perform(input, call) {
    const table = need(call.world.routeTables, 'route-table', required('RouteTableId', input.RouteTableId), call);
    const destination = destinationIn(input);
    const route = table.routes.find((one) => isTo(one, destination));
    if (route === undefined)
      throw new AwsError(
        'InvalidRoute.NotFound',
        `no route with destination ${destination.destination} in ${table.routeTableId}`,
      );
    if (route.id === 'local')
      throw new AwsError('InvalidParameterValue', `cannot remove local route ${route.destination} in ${table.routeTableId}`);
    call.world.routeTables.patch(table.routeTableId, { routes: table.routes.filter((one) => one !== route) });
    return {};
  },
});

function fields(view: View): FilterFields<RouteTableRecord> {
  const routes = (read: (route: RouteRecord) => string | undefined) => (table: RouteTableRecord) => table.routes.map(read);
  const way = (...vias: RouteRecord['via'][]) => routes((route) => (vias.includes(route.via) ? route.id : undefined));
  return {
    'association.main': (table) => table.associations.map(({ subnetId }) => subnetId === undefined),
    'association.route-table-association-id': (table) => table.associations.map(({ associationId }) => associationId),
    'association.route-table-id': (table) => table.routeTableId,
    // A subnet that uses the main table has no association: this filter finds nothing then, as on AWS.
    'association.subnet-id': (table) => table.associations.map(({ subnetId }) => subnetId),
    'association.gateway-id': () => undefined,
    'owner-id': (table) => table.ownerId,
    'route-table-id': (table) => table.routeTableId,
    'route.destination-cidr-block': routes((route) => (route.destinationKind === 'cidr' ? route.destination : undefined)),
    'route.destination-ipv6-cidr-block': routes((route) =>
      route.destinationKind === 'cidrIpv6' ? route.destination : undefined,
    ),
    'route.destination-prefix-list-id': routes((route) =>
      route.destinationKind === 'prefixList' ? route.destination : undefined,
    ),
    'route.gateway-id': way('GatewayId', 'VpcEndpointId'),
    'route.nat-gateway-id': way('NatGatewayId'),
    'route.transit-gateway-id': way('TransitGatewayId'),
    'route.vpc-peering-connection-id': way('VpcPeeringConnectionId'),
    'route.origin': routes((route) => route.origin),
    'route.state': (table) => table.routes.map((route) => stateOf(view, table, route)),
    'vpc-id': (table) => table.vpcId,
  };
}

export const describeRouteTables = operation<DescribeRouteTablesRequest, DescribeRouteTablesResult>({
  name: 'DescribeRouteTables',
  mutating: false,
  check: (input) => checkDescribe('route-table', 'RouteTableId', BOUNDS, input.RouteTableIds, input),
  perform(input, call) {
    const page = describePage(
      {
        action: 'DescribeRouteTables',
        type: 'route-table',
        idsParameter: 'RouteTableId',
        maxResultsBounds: BOUNDS,
        collection: call.world.routeTables,
        idOf: (table) => table.routeTableId,
        fields: fields(call),
        tags: (table) => seenTags(call, table.routeTableId),
      },
      input.RouteTableIds,
      input,
      call,
    );
    return { RouteTables: page.items.map((table) => render(call, table)), NextToken: page.nextToken };
  },
});
