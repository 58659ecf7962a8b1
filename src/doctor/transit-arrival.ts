import type { Facts, RouteTable, TransitAttachment, TransitRoute } from './facts.ts';
import { type Finding, fail, pass, unknown, unread, whenRead, worst } from './finding.ts';
import { nextHop } from './next-hop.ts';
import { examineState } from './transit-attachment.ts';
import type { Way } from './way.ts';

/** Packets that a transit gateway has routed, and hands to a VPC. */
export interface Crossing {
  readonly way: Way;
  readonly from: TransitAttachment;
  readonly to: NonNullable<TransitRoute['to']>;
  /** For people: how they got so far. */
  readonly leads: string;
  /** For people: what to do where that is the wrong VPC. */
  readonly instead: string;
}

/** What becomes of packets in the VPC that the gateway hands them to: the route table of the attachment's subnet there decides. */
export function examineArrival(crossing: Crossing, facts: Facts): Finding {
  const { way, to } = crossing;
  const leads = `${crossing.leads} of ${to.resourceId}`;
  return whenRead('attachments of transit gateways', facts.transitAttachments, (attachments) => {
    const attachment = attachments.find(({ id }) => id === to.attachmentId);
    if (attachment === undefined)
      return unknown(
        `${leads}, which is not shown to this account`,
        `ask the owner of ${to.resourceId} whether ${to.attachmentId} is available and leads ${way.receiverAddress} on`,
      );
    const state = examineState(attachment);
    if (state !== undefined) return { ...state, evidence: `${leads}, but ${state.evidence}` };
    return whenRead(`route tables of ${to.resourceId}`, facts.arrivalTables, (tables) => {
      const subnetIds = entries(attachment, way.source.zone, facts);
      const found = subnetIds.map((subnetId) => examineEntry({ ...crossing, leads }, subnetId, tables, facts));
      return worst(found) ?? unread(`where packets come out of ${attachment.id}`, 'it has no subnet');
    });
  });
}

/**
 * The subnets in which packets may come out: that of the sender's zone, unless appliance mode is on or the attachment has none there; then any.
 * The target may be in any zone of its VPC. Source: https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html, "Availability Zones".
 */
function entries({ subnetIds, isAppliance }: TransitAttachment, zone: string, { subnets }: Facts): readonly string[] {
  const same = 'value' in subnets ? subnetIds.filter((id) => subnets.value[id]?.zone === zone) : [];
  return isAppliance || same.length === 0 ? subnetIds : same;
}

function examineEntry(crossing: Crossing, subnetId: string, tables: readonly RouteTable[], facts: Facts): Finding {
  const { way, from, to, leads, instead } = crossing;
  const { source, receiver, receiverAddress } = way;
  const hop = nextHop({ subnetId, vpcId: to.resourceId }, receiverAddress, tables, facts);
  if ('unread' in hop) return unread(`the route table of ${subnetId}, where packets come out of the gateway,`, hop.unread);
  const { table, tableId, route } = hop.value;
  const elsewhere = `${leads}, but the target is in ${receiver.vpcId}`;
  if (route === undefined)
    return fail(`${elsewhere}, and ${table} of ${subnetId} there has no route to ${receiverAddress}`, instead);
  const on = `${table} of ${subnetId} there leads ${route.destination} to ${route.to}`;
  if (route.isBlackhole)
    return fail(`${leads}, and ${on}, which is gone (blackhole)`, `replace the route ${route.destination} in ${tableId}`);
  if (route.to !== 'local')
    return unknown(
      `${leads}, and ${on}, whose way on is not read here`,
      `look whether ${route.to} forwards UDP 4789 to ${receiverAddress}`,
    );
  return to.resourceId === receiver.vpcId
    ? pass(`${from.id} of ${source.vpcId} serves ${source.zone}; ${leads}; ${on}`)
    : fail(
        `${elsewhere}: the two VPCs have the same addresses`,
        `make the gateway lead to ${receiver.vpcId}, or mirror to a target in the same VPC`,
      );
}
