import type {
  CreateVpcEndpointRequest,
  CreateVpcEndpointResult,
  DeleteVpcEndpointsRequest,
  DeleteVpcEndpointsResult,
  DescribeVpcEndpointsRequest,
  DescribeVpcEndpointsResult,
  VpcEndpoint,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { operation } from '../account.ts';
import { authorization, created, existing } from '../authorization.ts';
import { checkDescribe, describePage } from '../describing.ts';
import type { FilterFields } from '../filtering.ts';
import { checkId, checkIds, need } from '../ids.ts';
import { createInterface, deleteInterface } from '../interfaces.ts';
import type { VpcEndpointRecord } from '../records.ts';
import { invalidValue, missing, required } from '../refusals.ts';
import { readTagSpecifications, renderTags, replaceTags, seenTags } from '../tags.ts';
import { currentView, type View } from '../view.ts';

const TYPE = 'GatewayLoadBalancer';
const tagsIn = (input: CreateVpcEndpointRequest) =>
  readTagSpecifications(input.TagSpecifications, ['vpc-endpoint'])['vpc-endpoint'];

/** The describe writes states in capitals, its filter not. */
const shownStates = {
  available: 'Available',
  pendingAcceptance: 'PendingAcceptance',
  rejected: 'Rejected',
  failed: 'Failed',
} as const;

const render = (view: View, endpoint: VpcEndpointRecord): VpcEndpoint => ({
  VpcEndpointId: endpoint.vpcEndpointId,
  VpcEndpointType: TYPE,
  VpcId: endpoint.vpcId,
  ServiceName: endpoint.serviceName,
  State: shownStates[endpoint.state],
  SubnetIds: [endpoint.subnetId],
  NetworkInterfaceIds: [endpoint.networkInterfaceId],
  RouteTableIds: [],
  Groups: [],
  RequesterManaged: false,
  CreationTimestamp: new Date(endpoint.createdAt),
  OwnerId: endpoint.ownerId,
  Tags: renderTags(seenTags(view, endpoint.vpcEndpointId)),
});

/** Only endpoints of a Gateway Load Balancer, which mirror targets need; they are available at once. */
export const createVpcEndpoint = operation<CreateVpcEndpointRequest, CreateVpcEndpointResult>({
  name: 'CreateVpcEndpoint',
  mutating: true,
  check(input) {
    if (input.VpcEndpointType !== TYPE) {
      throw new AwsError('UnsupportedOperation', `The emulated CreateVpcEndpoint makes endpoints of type ${TYPE} only`);
    }
    checkId('vpc', required('VpcId', input.VpcId));
    required('ServiceName', input.ServiceName);
    checkIds('subnet', input.SubnetIds);
    if (input.SubnetIds?.length !== 1)
      throw invalidValue('SubnetId', (input.SubnetIds ?? []).join(', '), 'Expected exactly one subnet.');
    tagsIn(input);
  },
  authorize: (input, call) =>
    authorization(call, 'CreateVpcEndpoint', [
      created(call, 'vpc-endpoint', tagsIn(input)),
      existing(call, 'vpc', input.VpcId ?? ''),
      ...(input.SubnetIds ?? []).map((id) => existing(call, 'subnet', id)),
    ]),
  perform(input, call) {
    const { host, world } = call;
    const vpc = need(world.vpcs, 'vpc', required('VpcId', input.VpcId), call);
    const subnet = need(world.subnets, 'subnet', required('SubnetId', input.SubnetIds?.[0]), call);
    if (subnet.vpcId !== vpc.vpcId) throw invalidValue('SubnetId', subnet.subnetId, `The subnet is not in ${vpc.vpcId}.`);
    const vpcEndpointId = host.newId('vpce');
    const eni = createInterface(call, {
      subnet,
      groupIds: [],
      description: `VPC Endpoint Interface ${vpcEndpointId}`,
      interfaceType: 'gateway_load_balancer_endpoint',
      requesterManaged: true,
    });
    const endpoint: VpcEndpointRecord = {
      vpcEndpointId,
      vpcId: vpc.vpcId,
      subnetId: subnet.subnetId,
      serviceName: required('ServiceName', input.ServiceName),
      networkInterfaceId: eni.networkInterfaceId,
      ownerId: host.accountId,
      createdAt: host.clock.now(),
      state: 'available',
    };
    world.vpcEndpoints.put(vpcEndpointId, endpoint);
    replaceTags(call, vpcEndpointId, tagsIn(input) ?? {}, true);
    return { VpcEndpoint: render(currentView(call), endpoint), ClientToken: input.ClientToken };
  },
  repeat(output, call) {
    const endpoint = call.world.vpcEndpoints.get(output.VpcEndpoint?.VpcEndpointId ?? '');
    return endpoint && { ...output, VpcEndpoint: render(currentView(call), endpoint) };
  },
});

/** Reports the ids that do not exist instead of refusing the call. */
export const deleteVpcEndpoints = operation<DeleteVpcEndpointsRequest, DeleteVpcEndpointsResult>({
  name: 'DeleteVpcEndpoints',
  mutating: true,
  check(input) {
    if (input.VpcEndpointIds === undefined || input.VpcEndpointIds.length === 0) throw missing('VpcEndpointId');
    checkIds('vpc-endpoint', input.VpcEndpointIds);
  },
  authorize: (input, call) =>
    authorization(
      call,
      'DeleteVpcEndpoints',
      (input.VpcEndpointIds ?? []).map((id) => existing(call, 'vpc-endpoint', id)),
    ),
  perform(input, call) {
    const Unsuccessful = (input.VpcEndpointIds ?? []).flatMap((id) => {
      const endpoint = call.world.vpcEndpoints.get(id);
      if (endpoint === undefined) {
        return [
          {
            ResourceId: id,
            Error: { Code: 'InvalidVpcEndpoint.NotFound', Message: `The Vpc Endpoint Id '${id}' does not exist` },
          },
        ];
      }
      deleteInterface(call, endpoint.networkInterfaceId);
      call.world.vpcEndpoints.remove(id);
      call.world.tags.remove(id);
      return [];
    });
    return { Unsuccessful };
  },
});

const BOUNDS = [5, 1000] as const;
const FIELDS: FilterFields<VpcEndpointRecord> = {
  'service-name': (endpoint) => endpoint.serviceName,
  'vpc-id': (endpoint) => endpoint.vpcId,
  'vpc-endpoint-id': (endpoint) => endpoint.vpcEndpointId,
  'vpc-endpoint-state': (endpoint) => endpoint.state,
  'vpc-endpoint-type': () => TYPE,
};

export const describeVpcEndpoints = operation<DescribeVpcEndpointsRequest, DescribeVpcEndpointsResult>({
  name: 'DescribeVpcEndpoints',
  mutating: false,
  check: (input) => checkDescribe('vpc-endpoint', 'VpcEndpointId', BOUNDS, input.VpcEndpointIds, input),
  perform(input, call) {
    const page = describePage(
      {
        action: 'DescribeVpcEndpoints',
        type: 'vpc-endpoint',
        idsParameter: 'VpcEndpointId',
        maxResultsBounds: BOUNDS,
        collection: call.world.vpcEndpoints,
        idOf: (endpoint) => endpoint.vpcEndpointId,
        fields: FIELDS,
        tags: (endpoint) => seenTags(call, endpoint.vpcEndpointId),
      },
      input.VpcEndpointIds,
      input,
      call,
    );
    return { VpcEndpoints: page.items.map((endpoint) => render(call, endpoint)), NextToken: page.nextToken };
  },
});
