import type { TransitAttachment } from './facts.ts';
import { type Finding, fail, unknown } from './finding.ts';

/** The attachment of a VPC to a gateway: there is one, beside those that were deleted and are still shown. */
export function attachmentOf(
  attachments: readonly TransitAttachment[],
  transitGatewayId: string,
  vpcId: string,
): TransitAttachment | undefined {
  const all = attachments.filter((one) => one.transitGatewayId === transitGatewayId && one.vpcId === vpcId);
  return all.find(({ state }) => !isOver(state)) ?? all[0];
}

const isOver = (state: string): boolean => ['deleted', 'deleting', 'rejected', 'failed'].includes(state);

/**
 * The finding about an attachment that is not available; undefined where it is.
 * States: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html, "VPC attachment lifecycle".
 */
export function examineState({ id, transitGatewayId, vpcId, state }: TransitAttachment): Finding | undefined {
  const is = `${id} of ${vpcId} is ${state}`;
  switch (state) {
    case 'available':
      return undefined;
    case 'modifying':
    case 'rollingBack':
      return unknown(`${is}, and AWS does not tell whether it carries packets meanwhile`, 'look again in a minute');
    case 'pendingAcceptance':
      return fail(is, `aws ec2 accept-transit-gateway-vpc-attachment --transit-gateway-attachment-id ${id}`);
    case 'pending':
    case 'initiatingRequest':
      return fail(is, 'wait until it is available');
    default:
      return fail(is, `attach ${vpcId} to ${transitGatewayId} anew`);
  }
}
