/** What transit gateways do of themselves: new attachments get the default table, and tables learn routes from attachments. */
import { AwsError } from '../core.ts';
import type { Account } from './account.ts';
import { type Cidr, isWithin, readCidr } from './addresses.ts';
import type { TransitGatewayAttachmentRecord, TransitGatewayRouteTableRecord } from './records.ts';
import type { World } from './world.ts';

/** An attachment that is available at once, associated with the gateway's default table and propagating to it, where there is one. */
export function attach(
  { host, world }: Account,
  wanted: Omit<TransitGatewayAttachmentRecord, 'transitGatewayAttachmentId' | 'state' | 'createdAt' | 'associatedTableId'>,
): TransitGatewayAttachmentRecord {
  const gateway = world.transitGateways.get(wanted.transitGatewayId);
  if (gateway === undefined) throw new RangeError(`There is no transit gateway ${wanted.transitGatewayId}`);
  const attachment: TransitGatewayAttachmentRecord = {
    ...wanted,
    transitGatewayAttachmentId: host.newId('tgw-attach'),
    state: 'available',
    createdAt: host.clock.now(),
    associatedTableId: gateway.associationTableId,
  };
  const { transitGatewayAttachmentId: id } = attachment;
  world.transitGatewayAttachments.put(id, attachment);
  const table = world.transitGatewayRouteTables.get(gateway.propagationTableId ?? '');
  if (table !== undefined) propagate(world, table, id);
  return attachment;
}

export function propagate(
  { transitGatewayRouteTables }: World,
  table: TransitGatewayRouteTableRecord,
  attachmentId: string,
): void {
  transitGatewayRouteTables.patch(table.transitGatewayRouteTableId, {
    propagatingAttachmentIds: [...table.propagatingAttachmentIds, attachmentId],
  });
}

export interface TransitRoute {
  readonly destination: string;
  readonly block: Cidr;
  readonly type: 'static' | 'propagated';
  readonly state: 'active' | 'blackhole';
  readonly attachment: TransitGatewayAttachmentRecord | undefined;
}

/**
 * The routes of a table as a search shows them: of two for one destination only the preferred one, static before propagated.
 * Source: https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html, "Route evaluation order".
 */
export function routesOf(world: World, table: TransitGatewayRouteTableRecord): readonly TransitRoute[] {
  const fixed = table.staticRoutes.map(({ destination, attachmentId }): TransitRoute => {
    const attachment = world.transitGatewayAttachments.seen(attachmentId ?? '');
    const isGone = attachment === undefined || attachment.state === 'deleted';
    const block = readCidr('DestinationCidrBlock', destination);
    return { destination, block, type: 'static', state: isGone ? 'blackhole' : 'active', attachment };
  });
  const learned: TransitRoute[] = [];
  for (const id of table.propagatingAttachmentIds) {
    const attachment = world.transitGatewayAttachments.seen(id);
    if (attachment === undefined) continue;
    const routes = blocksOf(world, attachment).map((destination): TransitRoute => {
      return { destination, block: readCidr('CidrBlock', destination), type: 'propagated', state: 'active', attachment };
    });
    // https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html: of VPCs with the same or overlapping blocks, a later one's are not propagated.
    const isTaken = ({ block }: TransitRoute) =>
      learned.some((other) => isWithin(block, other.block) || isWithin(other.block, block));
    learned.push(...routes.filter((route) => !isTaken(route)));
  }
  return [...fixed, ...learned.filter(({ destination }) => !fixed.some((route) => route.destination === destination))];
}

/** What an attachment propagates: the blocks of its VPC; others learn theirs by BGP, which is not here. */
function blocksOf(world: World, { resourceType, resourceId }: TransitGatewayAttachmentRecord): readonly string[] {
  const vpc = resourceType === 'vpc' ? world.vpcs.seen(resourceId) : undefined;
  return vpc === undefined ? [] : [vpc.cidrBlock, ...(vpc.ipv6CidrBlock === undefined ? [] : [vpc.ipv6CidrBlock])];
}

/** Refuses what a gateway's attachment and table cannot do together: they must be of one gateway, and the attachment not deleted. */
export function requireOneGateway(attachment: TransitGatewayAttachmentRecord, table: TransitGatewayRouteTableRecord): void {
  const { transitGatewayAttachmentId: id, state, transitGatewayId } = attachment;
  if (transitGatewayId !== table.transitGatewayId)
    throw new AwsError(
      'InvalidParameterValue',
      `${id} and ${table.transitGatewayRouteTableId} are of different transit gateways`,
    );
  if (state !== 'available') throw new AwsError('IncorrectState', `${id} is in invalid state ${state}`);
}
