import type { Check } from '../check.ts';
import type { Facts, TransitAttachment } from '../facts.ts';
import { type Finding, fail, unknown, unread, whenRead, worst } from '../finding.ts';
import { nextHop, transitGatewayOf } from '../next-hop.ts';
import { attachmentOf, examineState } from '../transit-attachment.ts';
import { bestTransitRoutes, examineTransitRoute } from '../transit-route.ts';
import { type Way, waysOf } from '../way.ts';

export const transitGateway: Check = {
  id: 'transit-gateway',
  title: "Transit gateway leads to the target's VPC",
  expects:
    "where the route leads to a transit gateway: the source's VPC has an attachment that is available and has a subnet in the source's zone, the route table that the attachment is associated with leads to the target's VPC, and the table of the attachment's subnet there leads on to the target",
  about: 'session',
  examine({ session }, facts) {
    const ways = waysOf(session, facts);
    // Both are told by the check of the route.
    if ('unread' in ways || 'unread' in facts.routeTables) return undefined;
    const tables = facts.routeTables.value;
    return worst(
      ways.value.flatMap((way) => {
        const hop = nextHop(way.source, way.receiverAddress, tables, facts);
        const gatewayId = 'value' in hop ? transitGatewayOf(hop.value.route) : undefined;
        return gatewayId === undefined ? [] : [examineGateway(gatewayId, way, facts)];
      }),
    );
  },
};

function examineGateway(gatewayId: string, way: Way, facts: Facts): Finding {
  const { vpcId } = way.source;
  return whenRead('attachments of transit gateways', facts.transitAttachments, (attachments) => {
    const attachment = attachmentOf(attachments, gatewayId, vpcId);
    if (attachment === undefined) return examineMissing(gatewayId, way, facts);
    return (
      examineState(attachment) ?? examineZone(attachment, way, facts) ?? examineAssociation(attachment, way, attachments, facts)
    );
  });
}

/** In a shared subnet the attachment is the VPC owner's: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html */
function examineMissing(gatewayId: string, { source }: Way, facts: Facts): Finding {
  return whenRead('the owner of the VPC', facts.subnets, (subnets) => {
    const owner = subnets[source.subnetId]?.ownerId;
    return owner === facts.accountId
      ? fail(
          `${source.vpcId} is not attached to ${gatewayId}`,
          `attach ${source.vpcId} to ${gatewayId}, with a subnet in ${source.zone}`,
        )
      : unknown(
          `no attachment of ${source.vpcId} to ${gatewayId} is shown to this account${owner === undefined ? '' : `, and the VPC belongs to account ${owner}`}`,
          `ask the owner of ${source.vpcId} whether it is attached to ${gatewayId}, with a subnet in ${source.zone}`,
        );
  });
}

/** https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html: what is in a zone without a subnet of the attachment does not reach the gateway, appliance mode or not. */
function examineZone({ id, subnetIds }: TransitAttachment, { source }: Way, facts: Facts): Finding | undefined {
  if ('unread' in facts.subnets) return unread(`the zones of ${id}`, facts.subnets.unread);
  const subnets = facts.subnets.value;
  const zones = [...new Set(subnetIds.flatMap((subnetId) => subnets[subnetId]?.zone ?? []))].sort();
  if (zones.includes(source.zone)) return undefined;
  const hidden = subnetIds.filter((subnetId) => subnets[subnetId] === undefined);
  if (hidden.length > 0) return unread(`the zones of ${id}`, `${hidden.join(', ')} is not shown to this account`);
  // A Local Zone cannot be in an attachment, but can be led to one of its parent zone by a subnet's routes.
  if (!source.zone.startsWith(facts.region) || source.zone.length !== facts.region.length + 1)
    return unknown(
      `${source.zone} is no Availability Zone, and how it reaches ${id} is not read here`,
      `look whether ${source.zone} is led to a subnet of ${id} in ${zones.join(', ')}`,
    );
  return fail(
    `${id} of ${source.vpcId} has no subnet in ${source.zone}, only in ${zones.join(', ')}: nothing in ${source.zone} reaches the gateway`,
    `aws ec2 modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id ${id} --add-subnet-ids a subnet of ${source.vpcId} in ${source.zone}`,
  );
}

function examineAssociation(
  attachment: TransitAttachment,
  way: Way,
  attachments: readonly TransitAttachment[],
  facts: Facts,
): Finding {
  const { id, transitGatewayId } = attachment;
  return whenRead(`the association of ${id}`, facts.transitAssociations, (associations) => {
    const { tableId, policyTableId, state, gatewayOwnerId } = associations[id] ?? {};
    if (policyTableId !== undefined)
      return unknown(
        `${id} is associated with the policy table ${policyTableId}, which is not read here`,
        `look whether ${policyTableId} leads ${way.receiverAddress} to ${way.receiver.vpcId}`,
      );
    if (tableId === undefined)
      return gatewayOwnerId === facts.accountId
        ? fail(
            `${id} of ${attachment.vpcId} is associated with no route table of ${transitGatewayId}: what it sends is dropped`,
            `aws ec2 associate-transit-gateway-route-table --transit-gateway-attachment-id ${id} --transit-gateway-route-table-id a table that leads to ${way.receiver.vpcId}`,
          )
        : unknown(
            `no association of ${id} is shown to this account${gatewayOwnerId === undefined ? '' : `, and ${transitGatewayId} belongs to account ${gatewayOwnerId}`}`,
            `ask the owner of ${transitGatewayId} whether the route table of ${id} leads ${way.receiverAddress} to ${way.receiver.vpcId}`,
          );
    if (state !== 'associated')
      return unknown(`the association of ${id} with ${tableId} is ${state ?? 'of unknown state'}`, 'look again in a minute');
    return examineTable(tableId, attachment, way, attachments, facts);
  });
}

function examineTable(
  tableId: string,
  from: TransitAttachment,
  way: Way,
  attachments: readonly TransitAttachment[],
  facts: Facts,
): Finding {
  const { receiver, receiverAddress } = way;
  const read = facts.transitRoutes[tableId]?.[receiverAddress] ?? { unread: 'not asked for' };
  return whenRead(`the route table ${tableId}`, read, (routes) => {
    const to = attachmentOf(attachments, from.transitGatewayId, receiver.vpcId)?.id;
    const found = bestTransitRoutes(routes, receiverAddress).map((route) =>
      examineTransitRoute(route, tableId, from, way, facts),
    );
    return (
      worst(found) ??
      fail(
        `${tableId}, which routes what ${from.id} of ${from.vpcId} sends, has no route to ${receiverAddress}`,
        to === undefined
          ? `attach ${receiver.vpcId} to ${from.transitGatewayId}, and let its attachment propagate to ${tableId}`
          : `aws ec2 enable-transit-gateway-route-table-propagation --transit-gateway-route-table-id ${tableId} --transit-gateway-attachment-id ${to} (or add a static route to it)`,
      )
    );
  });
}
