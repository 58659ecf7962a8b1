import type { CreateTrafficMirrorSessionRequest, CreateTrafficMirrorSessionResult } from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { type Call, operation } from '../account.ts';
import { authorization, created, existing } from '../authorization.ts';
import { checkId, need } from '../ids.ts';
import { checkSessionCount, checkSessionNumber, checkSource, checkTargetRoom, newVirtualNetworkId } from '../mirror-rules.ts';
import type { SessionRecord } from '../records.ts';
import { checkRange, required } from '../refusals.ts';
import { renderSession } from '../render/mirror.ts';
import { readTagSpecifications, replaceTags, tagsOf } from '../tags.ts';

/** What create and modify refuse alike by the numbers alone. */
export function checkSessionNumbers(
  input: Pick<CreateTrafficMirrorSessionRequest, 'PacketLength' | 'VirtualNetworkId'> & {
    readonly SessionNumber?: number | undefined;
  },
  call: Call,
): void {
  checkRange('SessionNumber', input.SessionNumber, 1, 32_766);
  checkRange('PacketLength', input.PacketLength, 1, 8500);
  checkRange('VirtualNetworkId', input.VirtualNetworkId, 1, call.options.virtualNetworkIdMax);
}

const tagsIn = (input: CreateTrafficMirrorSessionRequest) =>
  readTagSpecifications(input.TagSpecifications, ['traffic-mirror-session'])['traffic-mirror-session'];

export const createTrafficMirrorSession = operation<CreateTrafficMirrorSessionRequest, CreateTrafficMirrorSessionResult>({
  name: 'CreateTrafficMirrorSession',
  mutating: true,
  check(input, call) {
    checkId('network-interface', required('NetworkInterfaceId', input.NetworkInterfaceId));
    checkId('traffic-mirror-target', required('TrafficMirrorTargetId', input.TrafficMirrorTargetId));
    checkId('traffic-mirror-filter', required('TrafficMirrorFilterId', input.TrafficMirrorFilterId));
    checkSessionNumbers(input, call);
    tagsIn(input);
  },
  authorize(input, call) {
    const targetId = input.TrafficMirrorTargetId ?? '';
    return authorization(call, 'CreateTrafficMirrorSession', [
      created(call, 'traffic-mirror-session', tagsIn(input)),
      existing(call, 'traffic-mirror-filter', input.TrafficMirrorFilterId ?? ''),
      existing(call, 'traffic-mirror-target', targetId, call.world.targets.get(targetId)?.ownerId),
      existing(call, 'network-interface', input.NetworkInterfaceId ?? ''),
    ]);
  },
  perform(input, call) {
    const { host, options, world } = call;
    const eni = need(
      world.networkInterfaces,
      'network-interface',
      required('NetworkInterfaceId', input.NetworkInterfaceId),
      call,
    );
    const target = need(
      world.targets,
      'traffic-mirror-target',
      required('TrafficMirrorTargetId', input.TrafficMirrorTargetId),
      call,
    );
    const filter = need(
      world.filters,
      'traffic-mirror-filter',
      required('TrafficMirrorFilterId', input.TrafficMirrorFilterId),
      call,
    );
    const sessionNumber = required('SessionNumber', input.SessionNumber);
    checkSource(eni, call);
    if (world.sessions.countBy('owner', host.accountId) >= options.sessionsPerAccount) {
      throw new AwsError(
        'TrafficMirrorSessionLimitExceeded',
        `Sessions per account limit reached (${options.sessionsPerAccount})`,
      );
    }
    checkSessionCount(eni.networkInterfaceId, call);
    checkSessionNumber(eni.networkInterfaceId, sessionNumber, call);
    checkTargetRoom(target, eni.networkInterfaceId, call);
    const session: SessionRecord = {
      trafficMirrorSessionId: host.newId('tms'),
      trafficMirrorTargetId: target.trafficMirrorTargetId,
      trafficMirrorFilterId: filter.trafficMirrorFilterId,
      networkInterfaceId: eni.networkInterfaceId,
      ownerId: host.accountId,
      sessionNumber,
      packetLength: input.PacketLength ?? (target.destination.type === 'network-load-balancer' ? 8500 : undefined),
      virtualNetworkId: input.VirtualNetworkId ?? newVirtualNetworkId(call),
      description: input.Description,
    };
    world.sessions.put(session.trafficMirrorSessionId, session);
    replaceTags(call, session.trafficMirrorSessionId, tagsIn(input) ?? {}, true);
    return {
      TrafficMirrorSession: renderSession(session, tagsOf(call, session.trafficMirrorSessionId)),
      ClientToken: input.ClientToken,
    };
  },
  repeat(output, call) {
    const session = call.world.sessions.get(output.TrafficMirrorSession?.TrafficMirrorSessionId ?? '');
    return session && { ...output, TrafficMirrorSession: renderSession(session, tagsOf(call, session.trafficMirrorSessionId)) };
  },
});
