import type {
  AssociateTransitGatewayRouteTableRequest,
  AssociateTransitGatewayRouteTableResult,
  CreateTransitGatewayRouteTableRequest,
  CreateTransitGatewayRouteTableResult,
  DisableTransitGatewayRouteTablePropagationRequest,
  DisableTransitGatewayRouteTablePropagationResult,
  DisassociateTransitGatewayRouteTableRequest,
  DisassociateTransitGatewayRouteTableResult,
  EnableTransitGatewayRouteTablePropagationRequest,
  EnableTransitGatewayRouteTablePropagationResult,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { type Call, operation } from '../account.ts';
import { authorization, created, existing } from '../authorization.ts';
import { checkId, need } from '../ids.ts';
import type { TransitGatewayRouteTableRecord } from '../records.ts';
import { required } from '../refusals.ts';
import { readTagSpecifications, renderTags, replaceTags, seenTags } from '../tags.ts';
import { propagate, requireOneGateway } from '../transit-gateways.ts';
import { currentView } from '../view.ts';

const TYPE = 'transit-gateway-route-table';
const tagsIn = (input: CreateTransitGatewayRouteTableRequest) => readTagSpecifications(input.TagSpecifications, [TYPE])[TYPE];

/** Empty, and no default of its gateway. */
export const createTransitGatewayRouteTable = operation<
  CreateTransitGatewayRouteTableRequest,
  CreateTransitGatewayRouteTableResult
>({
  name: 'CreateTransitGatewayRouteTable',
  mutating: true,
  check(input) {
    checkId('transit-gateway', required('TransitGatewayId', input.TransitGatewayId));
    tagsIn(input);
  },
  authorize: (input, call) =>
    authorization(call, 'CreateTransitGatewayRouteTable', [
      created(call, TYPE, tagsIn(input)),
      existing(call, 'transit-gateway', input.TransitGatewayId ?? ''),
    ]),
  perform(input, call) {
    const { host, world } = call;
    const { transitGatewayId } = need(
      world.transitGateways,
      'transit-gateway',
      required('TransitGatewayId', input.TransitGatewayId),
      call,
    );
    const table: TransitGatewayRouteTableRecord = {
      transitGatewayRouteTableId: host.newId('tgw-rtb'),
      transitGatewayId,
      createdAt: host.clock.now(),
      propagatingAttachmentIds: [],
      staticRoutes: [],
    };
    world.transitGatewayRouteTables.put(table.transitGatewayRouteTableId, table);
    replaceTags(call, table.transitGatewayRouteTableId, tagsIn(input) ?? {}, true);
    return {
      TransitGatewayRouteTable: {
        TransitGatewayRouteTableId: table.transitGatewayRouteTableId,
        TransitGatewayId: transitGatewayId,
        State: 'available',
        DefaultAssociationRouteTable: false,
        DefaultPropagationRouteTable: false,
        CreationTime: new Date(table.createdAt),
        Tags: renderTags(seenTags(currentView(call), table.transitGatewayRouteTableId)),
      },
    };
  },
});

interface Pair {
  readonly TransitGatewayRouteTableId?: string | undefined;
  readonly TransitGatewayAttachmentId?: string | undefined;
}

function checkPair(input: Pair): void {
  checkId(TYPE, required('TransitGatewayRouteTableId', input.TransitGatewayRouteTableId));
  checkId('transit-gateway-attachment', required('TransitGatewayAttachmentId', input.TransitGatewayAttachmentId));
}

const authorizePair = (action: string) => (input: Pair, call: Call) =>
  authorization(call, action, [
    existing(call, TYPE, input.TransitGatewayRouteTableId ?? ''),
    existing(call, 'transit-gateway-attachment', input.TransitGatewayAttachmentId ?? ''),
  ]);

function needPair(input: Pair, call: Call) {
  const { transitGatewayRouteTables, transitGatewayAttachments } = call.world;
  const table = need(transitGatewayRouteTables, TYPE, input.TransitGatewayRouteTableId ?? '', call);
  const attachment = need(transitGatewayAttachments, 'transit-gateway-attachment', input.TransitGatewayAttachmentId ?? '', call);
  requireOneGateway(attachment, table);
  const { transitGatewayRouteTableId: tableId } = table;
  const { transitGatewayAttachmentId: attachmentId, resourceId: ResourceId, resourceType: ResourceType } = attachment;
  const shown = {
    TransitGatewayRouteTableId: tableId,
    TransitGatewayAttachmentId: attachmentId,
    ResourceId,
    ResourceType,
  };
  return { table, attachment, tableId, attachmentId, shown };
}

/** At once; an attachment has one table. */
export const associateTransitGatewayRouteTable = operation<
  AssociateTransitGatewayRouteTableRequest,
  AssociateTransitGatewayRouteTableResult
>({
  name: 'AssociateTransitGatewayRouteTable',
  mutating: true,
  check: checkPair,
  authorize: authorizePair('AssociateTransitGatewayRouteTable'),
  perform(input, call) {
    const { attachment, attachmentId, tableId, shown } = needPair(input, call);
    if (attachment.associatedTableId !== undefined)
      throw new AwsError(
        'Resource.AlreadyAssociated',
        `${attachmentId} is already associated with ${attachment.associatedTableId}`,
      );
    call.world.transitGatewayAttachments.patch(attachmentId, { associatedTableId: tableId });
    return { Association: { ...shown, State: 'associated' } };
  },
});

export const disassociateTransitGatewayRouteTable = operation<
  DisassociateTransitGatewayRouteTableRequest,
  DisassociateTransitGatewayRouteTableResult
>({
  name: 'DisassociateTransitGatewayRouteTable',
  mutating: true,
  check: checkPair,
  authorize: authorizePair('DisassociateTransitGatewayRouteTable'),
  perform(input, call) {
    const { attachment, attachmentId, tableId, shown } = needPair(input, call);
    if (attachment.associatedTableId !== tableId)
      throw new AwsError('InvalidAssociation.NotFound', `${attachmentId} is not associated with ${tableId}`);
    call.world.transitGatewayAttachments.patch(attachmentId, { associatedTableId: undefined });
    return { Association: { ...shown, State: 'disassociated' } };
  },
});

export const enableTransitGatewayRouteTablePropagation = operation<
  EnableTransitGatewayRouteTablePropagationRequest,
  EnableTransitGatewayRouteTablePropagationResult
>({
  name: 'EnableTransitGatewayRouteTablePropagation',
  mutating: true,
  check: checkPair,
  authorize: authorizePair('EnableTransitGatewayRouteTablePropagation'),
  perform(input, call) {
    const { table, attachmentId, shown } = needPair(input, call);
    if (table.propagatingAttachmentIds.includes(attachmentId))
      throw new AwsError(
        'TransitGatewayRouteTablePropagation.Duplicate',
        `${attachmentId} propagates to ${table.transitGatewayRouteTableId} already`,
      );
    propagate(call.world, table, attachmentId);
    return { Propagation: { ...shown, State: 'enabled' } };
  },
});

export const disableTransitGatewayRouteTablePropagation = operation<
  DisableTransitGatewayRouteTablePropagationRequest,
  DisableTransitGatewayRouteTablePropagationResult
>({
  name: 'DisableTransitGatewayRouteTablePropagation',
  mutating: true,
  check: checkPair,
  authorize: authorizePair('DisableTransitGatewayRouteTablePropagation'),
  perform(input, call) {
    const { table, tableId, attachmentId, shown } = needPair(input, call);
    if (!table.propagatingAttachmentIds.includes(attachmentId))
      throw new AwsError('TransitGatewayRouteTablePropagation.NotFound', `${attachmentId} does not propagate to ${tableId}`);
    const propagatingAttachmentIds = table.propagatingAttachmentIds.filter((id) => id !== attachmentId);
    call.world.transitGatewayRouteTables.patch(tableId, { propagatingAttachmentIds });
    return { Propagation: { ...shown, State: 'disabled' } };
  },
});
