import {
  DescribeSubnetsCommand,
  DescribeTransitGatewayAttachmentsCommand,
  DescribeTransitGatewayVpcAttachmentsCommand,
  type EC2Client,
  SearchTransitGatewayRoutesCommand,
  type TransitGatewayRoute,
} from '@aws-sdk/client-ec2';
import { allPages, attempt, byId, inChunks } from './attempt.ts';
import type {
  ById,
  Facts,
  Place,
  Read,
  RouteTable,
  Subnet,
  TransitAssociation,
  TransitAttachment,
  TransitRoute,
} from './facts.ts';
import { type NetworkReader, valuesPerRequest } from './read-network.ts';

export type TransitFacts = Pick<
  Facts,
  'subnets' | 'transitAttachments' | 'transitAssociations' | 'transitRoutes' | 'arrivalTables'
>;

/** What is known of transit gateways where no route leads to one. */
const nothing: TransitFacts = {
  subnets: { value: {} },
  transitAttachments: { value: [] },
  transitAssociations: { value: {} },
  transitRoutes: {},
  arrivalTables: { value: [] },
};

/** Reads the way from the sources' VPCs through the transit gateways that their routes name, as far as the VPCs where packets come out. */
export async function readTransit(
  ec2: EC2Client,
  network: NetworkReader,
  sources: readonly Place[],
  receivers: readonly Place[],
  routeTables: readonly RouteTable[],
): Promise<TransitFacts> {
  const gateways = new Set(routeTables.flatMap(({ routes }) => routes.flatMap(({ to }) => (to.startsWith('tgw-') ? to : []))));
  const crosses = receivers.some((receiver) => sources.some(({ vpcId }) => vpcId !== receiver.vpcId));
  if (gateways.size === 0 || !crosses) return nothing;
  const reader = new TransitReader(ec2);
  const vpcIds = new Set([...sources, ...receivers].map(({ vpcId }) => vpcId));
  const attached = await reader.attachments(vpcIds);
  const sourceVpcIds = new Set(sources.map(({ vpcId }) => vpcId));
  const own = orElse(attached, []).filter((one) => gateways.has(one.transitGatewayId) && sourceVpcIds.has(one.vpcId));
  const transitAssociations = await reader.associations(own.map(({ id }) => id));
  const transitRoutes = await reader.routes(
    Object.values(orElse(transitAssociations, {})).flatMap(({ id, tableId }) => {
      const from = own.find((one) => one.id === id)?.vpcId;
      const others = receivers.filter(({ vpcId }) => vpcId !== from);
      const addresses = others.flatMap(({ ipv4, ipv6 }) => [...ipv4.slice(0, 1), ...ipv6.slice(0, 1)]);
      return tableId === undefined ? [] : addresses.map((address) => ({ tableId, address }));
    }),
  );
  const arrivals = Object.values(transitRoutes)
    .flatMap((searches) => Object.values(searches).flatMap((found) => orElse(found, [])))
    .flatMap(({ to }) => (to?.resourceType === 'vpc' ? to.resourceId : []));
  const further = await reader.attachments(arrivals.filter((vpcId) => !vpcIds.has(vpcId)));
  const transitAttachments: Read<readonly TransitAttachment[]> =
    'unread' in attached ? attached : 'unread' in further ? further : { value: [...attached.value, ...further.value] };
  const [subnets, arrivalTables] = await Promise.all([
    reader.subnets([
      ...sources.map(({ subnetId }) => subnetId),
      ...orElse(transitAttachments, []).flatMap(({ subnetIds }) => subnetIds),
    ]),
    attempt('ec2:DescribeRouteTables', () => network.routeTables(arrivals)),
  ]);
  return { subnets, transitAttachments, transitAssociations, transitRoutes, arrivalTables };
}

function orElse<T>(read: Read<T>, otherwise: T): T {
  return 'value' in read ? read.value : otherwise;
}

class TransitReader {
  readonly #ec2: EC2Client;

  constructor(ec2: EC2Client) {
    this.#ec2 = ec2;
  }

  attachments(vpcIds: Iterable<string>): Promise<Read<readonly TransitAttachment[]>> {
    return attempt('ec2:DescribeTransitGatewayVpcAttachments', () =>
      inChunks(vpcIds, valuesPerRequest, (Values) =>
        allPages(async (NextToken) => {
          const page = await this.#ec2.send(
            new DescribeTransitGatewayVpcAttachmentsCommand({
              Filters: [{ Name: 'vpc-id', Values }],
              MaxResults: 1_000,
              NextToken,
            }),
          );
          const attachments = (page.TransitGatewayVpcAttachments ?? []).map((one) => ({
            id: one.TransitGatewayAttachmentId ?? '',
            transitGatewayId: one.TransitGatewayId ?? '',
            vpcId: one.VpcId ?? '',
            state: one.State ?? 'unknown',
            subnetIds: one.SubnetIds ?? [],
            isAppliance: one.Options?.ApplianceModeSupport === 'enable',
          }));
          return [attachments, page.NextToken];
        }),
      ),
    );
  }

  associations(attachmentIds: Iterable<string>): Promise<Read<ById<TransitAssociation>>> {
    return attempt('ec2:DescribeTransitGatewayAttachments', async () =>
      byId(
        await inChunks(attachmentIds, valuesPerRequest, (Values) =>
          allPages(async (NextToken) => {
            const page = await this.#ec2.send(
              new DescribeTransitGatewayAttachmentsCommand({
                Filters: [{ Name: 'transit-gateway-attachment-id', Values }],
                MaxResults: 1_000,
                NextToken,
              }),
            );
            const associations = (page.TransitGatewayAttachments ?? []).map((one): TransitAssociation => {
              const { TransitGatewayRouteTableId, TransitGatewayPolicyTableId, State } = one.Association ?? {};
              return {
                id: one.TransitGatewayAttachmentId ?? '',
                ...(one.TransitGatewayOwnerId === undefined ? {} : { gatewayOwnerId: one.TransitGatewayOwnerId }),
                ...(TransitGatewayRouteTableId === undefined ? {} : { tableId: TransitGatewayRouteTableId }),
                ...(TransitGatewayPolicyTableId === undefined ? {} : { policyTableId: TransitGatewayPolicyTableId }),
                ...(State === undefined ? {} : { state: State }),
              };
            });
            return [associations, page.NextToken];
          }),
        ),
      ),
    );
  }

  /** Each search once; one that is refused leaves the others as they are. */
  async routes(searches: readonly { readonly tableId: string; readonly address: string }[]): Promise<Facts['transitRoutes']> {
    const found: Record<string, Record<string, Read<readonly TransitRoute[]>>> = {};
    for (const { tableId, address } of searches) {
      const ofTable = found[tableId] ?? {};
      found[tableId] = ofTable;
      ofTable[address] ??= await attempt('ec2:SearchTransitGatewayRoutes', () => this.#search(tableId, address));
    }
    return found;
  }

  #search(TransitGatewayRouteTableId: string, address: string): Promise<readonly TransitRoute[]> {
    const Values = [`${address}/${address.includes(':') ? 128 : 32}`];
    const Filters = [{ Name: 'route-search.longest-prefix-match', Values }];
    return allPages(async (NextToken) => {
      const page = await this.#ec2.send(
        new SearchTransitGatewayRoutesCommand({ TransitGatewayRouteTableId, Filters, MaxResults: 1_000, NextToken }),
      );
      return [(page.Routes ?? []).flatMap(toTransitRoutes), page.NextToken];
    });
  }

  subnets(subnetIds: Iterable<string>): Promise<Read<ById<Subnet>>> {
    return attempt('ec2:DescribeSubnets', async () =>
      byId(
        await inChunks(subnetIds, valuesPerRequest, (Values) =>
          allPages(async (NextToken) => {
            const page = await this.#ec2.send(
              new DescribeSubnetsCommand({ Filters: [{ Name: 'subnet-id', Values }], MaxResults: 1_000, NextToken }),
            );
            const subnets = (page.Subnets ?? []).map(({ SubnetId = '', AvailabilityZone = '', OwnerId = '' }) => ({
              id: SubnetId,
              zone: AvailabilityZone,
              ownerId: OwnerId,
            }));
            return [subnets, page.NextToken];
          }),
        ),
      ),
    );
  }
}

/** One for each attachment, as paths of equal cost have several; one without any for a route that drops. */
function toTransitRoutes(from: TransitGatewayRoute): readonly TransitRoute[] {
  const { DestinationCidrBlock: destination, Type: type = 'unknown', State: state = 'unknown' } = from;
  if (destination === undefined) return [];
  const ways = from.TransitGatewayAttachments ?? [];
  if (ways.length === 0) return [{ destination, type, state }];
  return ways.map(({ TransitGatewayAttachmentId = '', ResourceType = 'unknown', ResourceId = '' }) => ({
    destination,
    type,
    state,
    to: { attachmentId: TransitGatewayAttachmentId, resourceType: ResourceType, resourceId: ResourceId },
  }));
}
