import type {
  CreateTransitGatewayVpcAttachmentRequest,
  CreateTransitGatewayVpcAttachmentResult,
  DeleteTransitGatewayVpcAttachmentRequest,
  DeleteTransitGatewayVpcAttachmentResult,
  DescribeTransitGatewayAttachmentsRequest,
  DescribeTransitGatewayAttachmentsResult,
  DescribeTransitGatewayVpcAttachmentsRequest,
  DescribeTransitGatewayVpcAttachmentsResult,
  ModifyTransitGatewayVpcAttachmentRequest,
  ModifyTransitGatewayVpcAttachmentResult,
  TransitGatewayAttachment,
  TransitGatewayVpcAttachment,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { type Call, operation } from '../account.ts';
import { authorization, created, existing } from '../authorization.ts';
import { checkDescribe, describePage } from '../describing.ts';
import type { FilterFields } from '../filtering.ts';
import { checkId, checkIds, need } from '../ids.ts';
import type { TransitGatewayAttachmentRecord } from '../records.ts';
import { badCombination, missing, required } from '../refusals.ts';
import { readTagSpecifications, renderTags, replaceTags, seenTags } from '../tags.ts';
import { attach } from '../transit-gateways.ts';
import { currentView, type View } from '../view.ts';

const TYPE = 'transit-gateway-attachment' as const;
const BOUNDS = [5, 1000] as const;
const tagsIn = (input: CreateTransitGatewayVpcAttachmentRequest) => readTagSpecifications(input.TagSpecifications, [TYPE])[TYPE];

function renderVpc(view: View, attachment: TransitGatewayAttachmentRecord): TransitGatewayVpcAttachment {
  return {
    TransitGatewayAttachmentId: attachment.transitGatewayAttachmentId,
    TransitGatewayId: attachment.transitGatewayId,
    VpcId: attachment.resourceId,
    VpcOwnerId: attachment.resourceOwnerId,
    State: attachment.state,
    SubnetIds: [...attachment.subnetIds],
    CreationTime: new Date(attachment.createdAt),
    Options: { ApplianceModeSupport: attachment.applianceMode ? 'enable' : 'disable' },
    Tags: renderTags(seenTags(view, attachment.transitGatewayAttachmentId)),
  };
}

function render(view: View, attachment: TransitGatewayAttachmentRecord): TransitGatewayAttachment {
  const { transitGatewayAttachmentId: id, associatedTableId } = attachment;
  return {
    TransitGatewayAttachmentId: id,
    TransitGatewayId: attachment.transitGatewayId,
    TransitGatewayOwnerId: view.world.transitGateways.seen(attachment.transitGatewayId)?.ownerId,
    ResourceOwnerId: attachment.resourceOwnerId,
    ResourceType: attachment.resourceType,
    ResourceId: attachment.resourceId,
    State: attachment.state,
    Association:
      associatedTableId === undefined ? undefined : { TransitGatewayRouteTableId: associatedTableId, State: 'associated' },
    CreationTime: new Date(attachment.createdAt),
    Tags: renderTags(seenTags(view, id)),
  };
}

/** The subnets that an attachment may have: of its VPC, and one in a zone. */
function checkSubnets(subnetIds: readonly string[], vpcId: string, call: Call): void {
  const zones = new Set<string>();
  for (const id of subnetIds) {
    const subnet = need(call.world.subnets, 'subnet', id, call);
    if (subnet.vpcId !== vpcId) throw badCombination(`${id} is not in ${vpcId}`);
    if (zones.has(subnet.availabilityZone))
      throw new AwsError('DuplicateSubnetsInSameZone', `Duplicate Subnets for same AZ ${subnet.availabilityZone}`);
    zones.add(subnet.availabilityZone);
  }
}

/** Available at once: gateway and VPC are of one account. */
export const createTransitGatewayVpcAttachment = operation<
  CreateTransitGatewayVpcAttachmentRequest,
  CreateTransitGatewayVpcAttachmentResult
>({
  name: 'CreateTransitGatewayVpcAttachment',
  mutating: true,
  check(input) {
    checkId('transit-gateway', required('TransitGatewayId', input.TransitGatewayId));
    checkId('vpc', required('VpcId', input.VpcId));
    if (input.SubnetIds === undefined || input.SubnetIds.length === 0) throw missing('SubnetIds');
    checkIds('subnet', input.SubnetIds);
    tagsIn(input);
  },
  authorize: (input, call) =>
    authorization(call, 'CreateTransitGatewayVpcAttachment', [
      created(call, TYPE, tagsIn(input)),
      existing(call, 'transit-gateway', input.TransitGatewayId ?? ''),
      existing(call, 'vpc', input.VpcId ?? ''),
      ...(input.SubnetIds ?? []).map((id) => existing(call, 'subnet', id)),
    ]),
  perform(input, call) {
    const { world } = call;
    const { transitGatewayId } = need(
      world.transitGateways,
      'transit-gateway',
      required('TransitGatewayId', input.TransitGatewayId),
      call,
    );
    const { vpcId, ownerId } = need(world.vpcs, 'vpc', required('VpcId', input.VpcId), call);
    const subnetIds = input.SubnetIds ?? [];
    checkSubnets(subnetIds, vpcId, call);
    const others = world.transitGatewayAttachments.by('resource', vpcId);
    if (others.some((one) => one.transitGatewayId === transitGatewayId && one.state !== 'deleted'))
      throw new AwsError(
        'DuplicateTransitGatewayAttachment',
        `${transitGatewayId} has non-deleted Transit Gateway Attachments with same VPC ID.`,
      );
    const attachment = attach(call, {
      transitGatewayId,
      resourceType: 'vpc',
      resourceId: vpcId,
      resourceOwnerId: ownerId,
      subnetIds,
      applianceMode: input.Options?.ApplianceModeSupport === 'enable',
    });
    replaceTags(call, attachment.transitGatewayAttachmentId, tagsIn(input) ?? {}, true);
    return { TransitGatewayVpcAttachment: renderVpc(currentView(call), attachment) };
  },
});

const attachmentIn = (input: { readonly TransitGatewayAttachmentId?: string | undefined }) =>
  required('TransitGatewayAttachmentId', input.TransitGatewayAttachmentId);

function needVpcAttachment(id: string, call: Call): TransitGatewayAttachmentRecord {
  const attachment = need(call.world.transitGatewayAttachments, TYPE, id, call);
  if (attachment.state !== 'available') throw new AwsError('IncorrectState', `${id} is in invalid state ${attachment.state}`);
  return attachment;
}

export const modifyTransitGatewayVpcAttachment = operation<
  ModifyTransitGatewayVpcAttachmentRequest,
  ModifyTransitGatewayVpcAttachmentResult
>({
  name: 'ModifyTransitGatewayVpcAttachment',
  mutating: true,
  check(input) {
    checkId(TYPE, attachmentIn(input));
    checkIds('subnet', input.AddSubnetIds);
    checkIds('subnet', input.RemoveSubnetIds);
  },
  authorize: (input, call) =>
    authorization(call, 'ModifyTransitGatewayVpcAttachment', [
      existing(call, TYPE, input.TransitGatewayAttachmentId ?? ''),
      ...[...(input.AddSubnetIds ?? []), ...(input.RemoveSubnetIds ?? [])].map((id) => existing(call, 'subnet', id)),
    ]),
  perform(input, call) {
    const before = needVpcAttachment(attachmentIn(input), call);
    const kept = before.subnetIds.filter((id) => !(input.RemoveSubnetIds ?? []).includes(id));
    const subnetIds = [...kept, ...(input.AddSubnetIds ?? [])];
    if (subnetIds.length === 0) throw badCombination(`${before.transitGatewayAttachmentId} must have a subnet`);
    checkSubnets(subnetIds, before.resourceId, call);
    const mode = input.Options?.ApplianceModeSupport;
    const after = { ...before, subnetIds, applianceMode: mode === undefined ? before.applianceMode : mode === 'enable' };
    call.world.transitGatewayAttachments.put(before.transitGatewayAttachmentId, after);
    return { TransitGatewayVpcAttachment: renderVpc(currentView(call), after) };
  },
});

/** Stays to be seen as deleted; static routes to it lead nowhere from now on. */
export const deleteTransitGatewayVpcAttachment = operation<
  DeleteTransitGatewayVpcAttachmentRequest,
  DeleteTransitGatewayVpcAttachmentResult
>({
  name: 'DeleteTransitGatewayVpcAttachment',
  mutating: true,
  check: (input) => checkId(TYPE, attachmentIn(input)),
  authorize: (input, call) =>
    authorization(call, 'DeleteTransitGatewayVpcAttachment', [existing(call, TYPE, input.TransitGatewayAttachmentId ?? '')]),
  perform(input, call) {
    const { world } = call;
    const before = needVpcAttachment(attachmentIn(input), call);
    const { transitGatewayAttachmentId: id } = before;
    const after = { ...before, state: 'deleted', associatedTableId: undefined } as const;
    world.transitGatewayAttachments.put(id, after);
    for (const table of world.transitGatewayRouteTables.all()) {
      const propagatingAttachmentIds = table.propagatingAttachmentIds.filter((other) => other !== id);
      world.transitGatewayRouteTables.patch(table.transitGatewayRouteTableId, { propagatingAttachmentIds });
    }
    return { TransitGatewayVpcAttachment: renderVpc(currentView(call), after) };
  },
});

const FIELDS: FilterFields<TransitGatewayAttachmentRecord> = {
  state: (attachment) => attachment.state,
  'transit-gateway-attachment-id': (attachment) => attachment.transitGatewayAttachmentId,
  'transit-gateway-id': (attachment) => attachment.transitGatewayId,
};

const listed = (idsParameter: string, call: Call) => ({
  type: TYPE,
  idsParameter,
  maxResultsBounds: BOUNDS,
  collection: call.world.transitGatewayAttachments,
  idOf: (attachment: TransitGatewayAttachmentRecord) => attachment.transitGatewayAttachmentId,
  tags: (attachment: TransitGatewayAttachmentRecord) => seenTags(call, attachment.transitGatewayAttachmentId),
});

export const describeTransitGatewayVpcAttachments = operation<
  DescribeTransitGatewayVpcAttachmentsRequest,
  DescribeTransitGatewayVpcAttachmentsResult
>({
  name: 'DescribeTransitGatewayVpcAttachments',
  mutating: false,
  check: (input) => checkDescribe(TYPE, 'TransitGatewayAttachmentIds', BOUNDS, input.TransitGatewayAttachmentIds, input),
  perform(input, call) {
    const page = describePage(
      {
        ...listed('TransitGatewayAttachmentIds', call),
        action: 'DescribeTransitGatewayVpcAttachments',
        fields: { ...FIELDS, 'vpc-id': (attachment) => attachment.resourceId },
        isHidden: ({ resourceType }) => resourceType !== 'vpc',
      },
      input.TransitGatewayAttachmentIds,
      input,
      call,
    );
    return {
      TransitGatewayVpcAttachments: page.items.map((attachment) => renderVpc(call, attachment)),
      NextToken: page.nextToken,
    };
  },
});

export const describeTransitGatewayAttachments = operation<
  DescribeTransitGatewayAttachmentsRequest,
  DescribeTransitGatewayAttachmentsResult
>({
  name: 'DescribeTransitGatewayAttachments',
  mutating: false,
  check: (input) => checkDescribe(TYPE, 'TransitGatewayAttachmentIds', BOUNDS, input.TransitGatewayAttachmentIds, input),
  perform(input, call) {
    const page = describePage(
      {
        ...listed('TransitGatewayAttachmentIds', call),
        action: 'DescribeTransitGatewayAttachments',
        fields: {
          ...FIELDS,
          'association.state': ({ associatedTableId }) => (associatedTableId === undefined ? undefined : 'associated'),
          'association.transit-gateway-route-table-id': (attachment) => attachment.associatedTableId,
          'resource-id': (attachment) => attachment.resourceId,
          'resource-owner-id': (attachment) => attachment.resourceOwnerId,
          'resource-type': (attachment) => attachment.resourceType,
          'transit-gateway-owner-id': ({ transitGatewayId }) => call.world.transitGateways.seen(transitGatewayId)?.ownerId,
        },
      },
      input.TransitGatewayAttachmentIds,
      input,
      call,
    );
    return { TransitGatewayAttachments: page.items.map((attachment) => render(call, attachment)), NextToken: page.nextToken };
  },
});
