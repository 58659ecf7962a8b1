import type {
  AcceptVpcPeeringConnectionRequest,
  AcceptVpcPeeringConnectionResult,
  CreateVpcPeeringConnectionRequest,
  CreateVpcPeeringConnectionResult,
  DeleteVpcPeeringConnectionRequest,
  DeleteVpcPeeringConnectionResult,
  DescribeVpcPeeringConnectionsRequest,
  DescribeVpcPeeringConnectionsResult,
  VpcPeeringConnection,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { operation } from '../account.ts';
import { overlaps, readCidr } from '../addresses.ts';
import { authorization, created, existing } from '../authorization.ts';
import { checkDescribe, describePage } from '../describing.ts';
import type { FilterFields } from '../filtering.ts';
import { checkId, need } from '../ids.ts';
import type { PeeringRecord } from '../records.ts';
import { required } from '../refusals.ts';
import { readTagSpecifications, renderTags, replaceTags, seenTags } from '../tags.ts';
import { currentView, type View } from '../view.ts';

const BOUNDS = [5, 1000] as const;
const TYPE = 'vpc-peering-connection';
const tagsIn = (input: CreateVpcPeeringConnectionRequest) => readTagSpecifications(input.TagSpecifications, [TYPE])[TYPE];
const messages = { 'pending-acceptance': 'Pending Acceptance', active: 'Active', deleted: 'Deleted' } as const;

function render(view: View, peering: PeeringRecord): VpcPeeringConnection {
  const side = (vpcId: string) => ({
    VpcId: vpcId,
    OwnerId: view.host.accountId,
    Region: view.host.region,
    CidrBlock: view.world.vpcs.seen(vpcId)?.cidrBlock,
  });
  return {
    VpcPeeringConnectionId: peering.vpcPeeringConnectionId,
    RequesterVpcInfo: side(peering.requesterVpcId),
    AccepterVpcInfo: side(peering.accepterVpcId),
    Status: { Code: peering.status, Message: messages[peering.status] },
    Tags: renderTags(seenTags(view, peering.vpcPeeringConnectionId)),
  };
}

/** Within the account and Region; it leads nowhere until it is accepted. */
export const createVpcPeeringConnection = operation<CreateVpcPeeringConnectionRequest, CreateVpcPeeringConnectionResult>({
  name: 'CreateVpcPeeringConnection',
  mutating: true,
  check(input, call) {
    checkId('vpc', required('VpcId', input.VpcId));
    checkId('vpc', required('PeerVpcId', input.PeerVpcId));
    const { accountId, region } = call.host;
    if ((input.PeerOwnerId ?? accountId) !== accountId || (input.PeerRegion ?? region) !== region)
      throw new AwsError('UnsupportedOperation', 'The emulated peering is within one account and Region');
    tagsIn(input);
  },
  authorize: (input, call) =>
    authorization(call, 'CreateVpcPeeringConnection', [
      created(call, TYPE, tagsIn(input)),
      existing(call, 'vpc', input.VpcId ?? ''),
    ]),
  perform(input, call) {
    const { host, world } = call;
    const requester = need(world.vpcs, 'vpc', required('VpcId', input.VpcId), call);
    const accepter = need(world.vpcs, 'vpc', required('PeerVpcId', input.PeerVpcId), call);
    if (overlaps(readCidr('CidrBlock', requester.cidrBlock), readCidr('CidrBlock', accepter.cidrBlock)))
      throw new AwsError('OperationNotPermitted', 'The VPCs have overlapping CIDR blocks.');
    const peering: PeeringRecord = {
      vpcPeeringConnectionId: host.newId('pcx'),
      requesterVpcId: requester.vpcId,
      accepterVpcId: accepter.vpcId,
      status: 'pending-acceptance',
    };
    world.peerings.put(peering.vpcPeeringConnectionId, peering);
    replaceTags(call, peering.vpcPeeringConnectionId, tagsIn(input) ?? {}, true);
    return { VpcPeeringConnection: render(currentView(call), peering) };
  },
});

export const acceptVpcPeeringConnection = operation<AcceptVpcPeeringConnectionRequest, AcceptVpcPeeringConnectionResult>({
  name: 'AcceptVpcPeeringConnection',
  mutating: true,
  check: (input) => checkId(TYPE, required('VpcPeeringConnectionId', input.VpcPeeringConnectionId)),
  authorize: (input, call) =>
    authorization(call, 'AcceptVpcPeeringConnection', [existing(call, TYPE, input.VpcPeeringConnectionId ?? '')]),
  perform(input, call) {
    const { world } = call;
    const peering = need(world.peerings, TYPE, required('VpcPeeringConnectionId', input.VpcPeeringConnectionId), call);
    if (peering.status !== 'pending-acceptance')
      throw new AwsError('InvalidStateTransition', `Invalid state transition for ${peering.vpcPeeringConnectionId}`);
    world.peerings.patch(peering.vpcPeeringConnectionId, { status: 'active' });
    return { VpcPeeringConnection: render(currentView(call), { ...peering, status: 'active' }) };
  },
});

/** Stays to be seen as deleted; routes through it lead nowhere from now on. */
export const deleteVpcPeeringConnection = operation<DeleteVpcPeeringConnectionRequest, DeleteVpcPeeringConnectionResult>({
  name: 'DeleteVpcPeeringConnection',
  mutating: true,
  check: (input) => checkId(TYPE, required('VpcPeeringConnectionId', input.VpcPeeringConnectionId)),
  authorize: (input, call) =>
    authorization(call, 'DeleteVpcPeeringConnection', [existing(call, TYPE, input.VpcPeeringConnectionId ?? '')]),
  perform(input, call) {
    const { world } = call;
    const peering = need(world.peerings, TYPE, required('VpcPeeringConnectionId', input.VpcPeeringConnectionId), call);
    world.peerings.patch(peering.vpcPeeringConnectionId, { status: 'deleted' });
    return { Return: true };
  },
});

const fields = (view: View): FilterFields<PeeringRecord> => ({
  'accepter-vpc-info.cidr-block': (peering) => view.world.vpcs.seen(peering.accepterVpcId)?.cidrBlock,
  'accepter-vpc-info.owner-id': () => view.host.accountId,
  'accepter-vpc-info.vpc-id': (peering) => peering.accepterVpcId,
  'requester-vpc-info.cidr-block': (peering) => view.world.vpcs.seen(peering.requesterVpcId)?.cidrBlock,
  'requester-vpc-info.owner-id': () => view.host.accountId,
  'requester-vpc-info.vpc-id': (peering) => peering.requesterVpcId,
  'status-code': (peering) => peering.status,
  'vpc-peering-connection-id': (peering) => peering.vpcPeeringConnectionId,
});

export const describeVpcPeeringConnections = operation<DescribeVpcPeeringConnectionsRequest, DescribeVpcPeeringConnectionsResult>(
  {
    name: 'DescribeVpcPeeringConnections',
    mutating: false,
    check: (input) => checkDescribe(TYPE, 'VpcPeeringConnectionId', BOUNDS, input.VpcPeeringConnectionIds, input),
    perform(input, call) {
      const page = describePage(
        {
          action: 'DescribeVpcPeeringConnections',
          type: TYPE,
          idsParameter: 'VpcPeeringConnectionId',
          maxResultsBounds: BOUNDS,
          collection: call.world.peerings,
          idOf: (peering) => peering.vpcPeeringConnectionId,
          fields: fields(call),
          tags: (peering) => seenTags(call, peering.vpcPeeringConnectionId),
        },
        input.VpcPeeringConnectionIds,
        input,
        call,
      );
      return { VpcPeeringConnections: page.items.map((peering) => render(call, peering)), NextToken: page.nextToken };
    },
  },
);
