import type {
  CreateTransitGatewayRequest,
  CreateTransitGatewayResult,
  DescribeTransitGatewaysRequest,
  DescribeTransitGatewaysResult,
  TransitGateway,
} from '@aws-sdk/client-ec2';
import { operation } from '../account.ts';
import { authorization, created } from '../authorization.ts';
import { checkDescribe, describePage } from '../describing.ts';
import type { FilterFields } from '../filtering.ts';
import { arnOf } from '../ids.ts';
import type { TransitGatewayRecord } from '../records.ts';
import { readTagSpecifications, renderTags, replaceTags, seenTags } from '../tags.ts';
import { currentView, type View } from '../view.ts';

const TYPE = 'transit-gateway';
const BOUNDS = [5, 1000] as const;
const tagsIn = (input: CreateTransitGatewayRequest) => readTagSpecifications(input.TagSpecifications, [TYPE])[TYPE];
const switched = (on: boolean) => (on ? 'enable' : 'disable');

function render(view: View, gateway: TransitGatewayRecord): TransitGateway {
  const { associationTableId, propagationTableId } = gateway;
  return {
    TransitGatewayId: gateway.transitGatewayId,
    TransitGatewayArn: arnOf(view, TYPE, gateway.transitGatewayId, gateway.ownerId),
    State: 'available',
    OwnerId: gateway.ownerId,
    Description: gateway.description,
    CreationTime: new Date(gateway.createdAt),
    Options: {
      DefaultRouteTableAssociation: switched(associationTableId !== undefined),
      AssociationDefaultRouteTableId: associationTableId,
      DefaultRouteTablePropagation: switched(propagationTableId !== undefined),
      PropagationDefaultRouteTableId: propagationTableId,
    },
    Tags: renderTags(seenTags(view, gateway.transitGatewayId)),
  };
}

/** Available at once, with one table that is the default for both, unless both are switched off. */
export const createTransitGateway = operation<CreateTransitGatewayRequest, CreateTransitGatewayResult>({
  name: 'CreateTransitGateway',
  mutating: true,
  check: (input) => void tagsIn(input),
  authorize: (input, call) => authorization(call, 'CreateTransitGateway', [created(call, TYPE, tagsIn(input))]),
  perform(input, call) {
    const { host, world } = call;
    const { DefaultRouteTableAssociation: association, DefaultRouteTablePropagation: propagation } = input.Options ?? {};
    const transitGatewayId = host.newId('tgw');
    const createdAt = host.clock.now();
    let tableId: string | undefined;
    if (association !== 'disable' || propagation !== 'disable') {
      tableId = host.newId('tgw-rtb');
      world.transitGatewayRouteTables.put(tableId, {
        transitGatewayRouteTableId: tableId,
        transitGatewayId,
        createdAt,
        propagatingAttachmentIds: [],
        staticRoutes: [],
      });
    }
    const gateway: TransitGatewayRecord = {
      transitGatewayId,
      ownerId: host.accountId,
      description: input.Description ?? '',
      createdAt,
      associationTableId: association === 'disable' ? undefined : tableId,
      propagationTableId: propagation === 'disable' ? undefined : tableId,
    };
    world.transitGateways.put(transitGatewayId, gateway);
    replaceTags(call, transitGatewayId, tagsIn(input) ?? {}, true);
    return { TransitGateway: render(currentView(call), gateway) };
  },
});

const FIELDS: FilterFields<TransitGatewayRecord> = {
  'options.association-default-route-table-id': (gateway) => gateway.associationTableId,
  'options.propagation-default-route-table-id': (gateway) => gateway.propagationTableId,
  'owner-id': (gateway) => gateway.ownerId,
  state: () => 'available',
  'transit-gateway-id': (gateway) => gateway.transitGatewayId,
};

export const describeTransitGateways = operation<DescribeTransitGatewaysRequest, DescribeTransitGatewaysResult>({
  name: 'DescribeTransitGateways',
  mutating: false,
  check: (input) => checkDescribe(TYPE, 'TransitGatewayIds', BOUNDS, input.TransitGatewayIds, input),
  perform(input, call) {
    const page = describePage(
      {
        action: 'DescribeTransitGateways',
        type: TYPE,
        idsParameter: 'TransitGatewayIds',
        maxResultsBounds: BOUNDS,
        collection: call.world.transitGateways,
        idOf: (gateway) => gateway.transitGatewayId,
        fields: FIELDS,
        tags: (gateway) => seenTags(call, gateway.transitGatewayId),
      },
      input.TransitGatewayIds,
      input,
      call,
    );
    return { TransitGateways: page.items.map((gateway) => render(call, gateway)), NextToken: page.nextToken };
  },
});
