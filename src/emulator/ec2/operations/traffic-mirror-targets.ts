import type {
  CreateTrafficMirrorTargetRequest,
  CreateTrafficMirrorTargetResult,
  DeleteTrafficMirrorTargetRequest,
  DeleteTrafficMirrorTargetResult,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { type Call, operation } from '../account.ts';
import { authorization, created, existing } from '../authorization.ts';
import { checkId, need } from '../ids.ts';
import { checkOwner } from '../mirror-rules.ts';
import type { TargetDestination, TargetRecord } from '../records.ts';
import { required } from '../refusals.ts';
import { renderTarget } from '../render/mirror.ts';
import { readTagSpecifications, replaceTags, tagsOf } from '../tags.ts';

const tagsIn = (input: CreateTrafficMirrorTargetRequest) =>
  readTagSpecifications(input.TagSpecifications, ['traffic-mirror-target'])['traffic-mirror-target'];

/** Exactly one of the three destinations, well formed. */
function destinationIn(input: CreateTrafficMirrorTargetRequest, call: Call): TargetDestination {
  const {
    NetworkInterfaceId: networkInterfaceId,
    NetworkLoadBalancerArn: networkLoadBalancerArn,
    GatewayLoadBalancerEndpointId: gatewayLoadBalancerEndpointId,
  } = input;
  const given = [networkInterfaceId, networkLoadBalancerArn, gatewayLoadBalancerEndpointId].filter(
    (value) => value !== undefined,
  );
  if (given.length === 1) {
    if (networkInterfaceId !== undefined) {
      checkId('network-interface', networkInterfaceId);
      return { type: 'network-interface', networkInterfaceId };
    }
    if (networkLoadBalancerArn !== undefined) {
      if (
        !/^arn:aws[\w-]*:elasticloadbalancing:[\w-]+:\d{12}:loadbalancer\/net\/[\w-]{1,32}\/[0-9a-f]+$/.test(
          networkLoadBalancerArn,
        )
      ) {
        throw new AwsError(
          'InvalidNetworkLoadBalancerArn.Malformed',
          `The Network Load Balancer ARN '${networkLoadBalancerArn}' is malformed`,
        );
      }
      return { type: 'network-load-balancer', networkLoadBalancerArn };
    }
    if (gatewayLoadBalancerEndpointId !== undefined) {
      checkId('vpc-endpoint', gatewayLoadBalancerEndpointId);
      return { type: 'gateway-load-balancer-endpoint', gatewayLoadBalancerEndpointId };
    }
  }
  throw new AwsError(
    call.options.targetDestinationCode,
    `Exactly one of NetworkInterfaceId, NetworkLoadBalancerArn and GatewayLoadBalancerEndpointId must be given, not ${given.length}.`,
  );
}

/** Refuses destinations that do not exist or cannot be a target. Source: VPC Traffic Mirroring guide, "Traffic mirror targets". */
function checkDestination(destination: TargetDestination, call: Call): void {
  const { host, options, world } = call;
  switch (destination.type) {
    case 'network-interface': {
      const { networkInterfaceId: id } = destination;
      if (world.networkInterfaces.get(id) === undefined) {
        if (options.errorSpelling === 'observed')
          throw new AwsError('InvalidTrafficMirrorTarget', `The interface ID '${id}' does not exist`);
        throw new AwsError('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`);
      }
      const [session] = world.sessions.by('source', id);
      if (session !== undefined) {
        throw new AwsError(
          'InterfaceInUseByTrafficMirrorSession',
          `${id} is in use by session ${session.trafficMirrorSessionId}`,
        );
      }
      const [target] = world.targets.by('destination', id);
      if (target !== undefined)
        throw new AwsError('InterfaceInUseByTrafficMirrorTarget', `${id} is in use by target ${target.trafficMirrorTargetId}`);
      return;
    }
    case 'network-load-balancer': {
      const { networkLoadBalancerArn: arn } = destination;
      const isOurs = arn.split(':')[3] === host.region && arn.split(':')[4] === host.accountId;
      if (options.loadBalancers === 'any' ? !isOurs : !options.loadBalancers.includes(arn)) {
        throw new AwsError('NetworkLoadBalancerNotFoundException', `The Network Load Balancer '${arn}' does not exist`);
      }
      const [target] = world.targets.by('destination', arn);
      if (target !== undefined)
        throw new AwsError(
          'NlbInUseByTrafficMirrorTargetException',
          `${arn} is in use by target ${target.trafficMirrorTargetId}`,
        );
      return;
    }
    case 'gateway-load-balancer-endpoint':
      need(world.vpcEndpoints, 'vpc-endpoint', destination.gatewayLoadBalancerEndpointId, call);
      return;
    default:
      destination satisfies never;
  }
}

export const createTrafficMirrorTarget = operation<CreateTrafficMirrorTargetRequest, CreateTrafficMirrorTargetResult>({
  name: 'CreateTrafficMirrorTarget',
  mutating: true,
  check(input, call) {
    destinationIn(input, call);
    tagsIn(input);
  },
  authorize(input, call) {
    const destination = destinationIn(input, call);
    return authorization(call, 'CreateTrafficMirrorTarget', [
      created(call, 'traffic-mirror-target', tagsIn(input)),
      ...(destination.type === 'network-interface' ? [existing(call, 'network-interface', destination.networkInterfaceId)] : []),
      ...(destination.type === 'gateway-load-balancer-endpoint'
        ? [existing(call, 'vpc-endpoint', destination.gatewayLoadBalancerEndpointId)]
        : []),
    ]);
  },
  perform(input, call) {
    const { host, options, world } = call;
    const destination = destinationIn(input, call);
    checkDestination(destination, call);
    if (world.targets.countBy('owner', host.accountId) >= options.targetsPerAccount) {
      throw new AwsError('TrafficMirrorTargetLimitExceeded', `Targets per account limit reached (${options.targetsPerAccount})`);
    }
    const target: TargetRecord = {
      trafficMirrorTargetId: host.newId('tmt'),
      ownerId: host.accountId,
      destination,
      description: input.Description,
    };
    world.targets.put(target.trafficMirrorTargetId, target);
    replaceTags(call, target.trafficMirrorTargetId, tagsIn(input) ?? {}, true);
    return {
      TrafficMirrorTarget: renderTarget(target, tagsOf(call, target.trafficMirrorTargetId)),
      ClientToken: input.ClientToken,
    };
  },
  repeat(output, call) {
    const target = call.world.targets.get(output.TrafficMirrorTarget?.TrafficMirrorTargetId ?? '');
    return target && { ...output, TrafficMirrorTarget: renderTarget(target, tagsOf(call, target.trafficMirrorTargetId)) };
  },
});

export const deleteTrafficMirrorTarget = operation<DeleteTrafficMirrorTargetRequest, DeleteTrafficMirrorTargetResult>({
  name: 'DeleteTrafficMirrorTarget',
  mutating: true,
  check: (input) => checkId('traffic-mirror-target', required('TrafficMirrorTargetId', input.TrafficMirrorTargetId)),
  authorize(input, call) {
    const id = input.TrafficMirrorTargetId ?? '';
    return authorization(call, 'DeleteTrafficMirrorTarget', [
      existing(call, 'traffic-mirror-target', id, call.world.targets.get(id)?.ownerId),
    ]);
  },
  perform(input, call) {
    const id = required('TrafficMirrorTargetId', input.TrafficMirrorTargetId);
    checkOwner(need(call.world.targets, 'traffic-mirror-target', id, call), id, call);
    const [session] = call.world.sessions.by('target', id);
    if (session !== undefined) {
      const code = call.options.errorSpelling === 'observed' ? 'TrafficMirrorTargetInUse' : 'TrafficMirrorTargetInUseException';
      throw new AwsError(code, `Cannot delete ${id} Target is in use by ${session.trafficMirrorSessionId}`);
    }
    call.world.targets.remove(id);
    call.world.tags.remove(id);
    return { TrafficMirrorTargetId: id };
  },
});
