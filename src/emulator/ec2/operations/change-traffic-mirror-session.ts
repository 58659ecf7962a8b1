import type {
  DeleteTrafficMirrorSessionRequest,
  DeleteTrafficMirrorSessionResult,
  ModifyTrafficMirrorSessionRequest,
  ModifyTrafficMirrorSessionResult,
} from '@aws-sdk/client-ec2';
import { operation } from '../account.ts';
import { authorization, existing } from '../authorization.ts';
import { checkId, need } from '../ids.ts';
import { deleteSession } from '../interfaces.ts';
import { checkOwner, checkSessionNumber, checkTargetRoom, newVirtualNetworkId } from '../mirror-rules.ts';
import { badCombination, oneOf, required } from '../refusals.ts';
import { renderSession } from '../render/mirror.ts';
import { tagsOf } from '../tags.ts';
import { checkSessionNumbers } from './create-traffic-mirror-session.ts';

const REMOVABLE = ['packet-length', 'description', 'virtual-network-id'] as const;
type Removable = (typeof REMOVABLE)[number];

function removedFields(input: ModifyTrafficMirrorSessionRequest): ReadonlySet<Removable> {
  const given: Readonly<Record<Removable, unknown>> = {
    'packet-length': input.PacketLength,
    description: input.Description,
    'virtual-network-id': input.VirtualNetworkId,
  };
  const removed = (input.RemoveFields ?? []).flatMap((field) => oneOf('RemoveField', field, REMOVABLE) ?? []);
  for (const field of removed) {
    if (given[field] !== undefined) throw badCombination(`The field ${field} cannot be set and removed in one request`);
  }
  return new Set(removed);
}

export const modifyTrafficMirrorSession = operation<ModifyTrafficMirrorSessionRequest, ModifyTrafficMirrorSessionResult>({
  name: 'ModifyTrafficMirrorSession',
  mutating: true,
  check(input, call) {
    checkId('traffic-mirror-session', required('TrafficMirrorSessionId', input.TrafficMirrorSessionId));
    if (input.TrafficMirrorTargetId !== undefined) checkId('traffic-mirror-target', input.TrafficMirrorTargetId);
    if (input.TrafficMirrorFilterId !== undefined) checkId('traffic-mirror-filter', input.TrafficMirrorFilterId);
    checkSessionNumbers(input, call);
    removedFields(input);
  },
  authorize(input, call) {
    const { TrafficMirrorTargetId: targetId, TrafficMirrorFilterId: filterId } = input;
    return authorization(call, 'ModifyTrafficMirrorSession', [
      existing(call, 'traffic-mirror-session', input.TrafficMirrorSessionId ?? ''),
      ...(filterId === undefined ? [] : [existing(call, 'traffic-mirror-filter', filterId)]),
      ...(targetId === undefined
        ? []
        : [existing(call, 'traffic-mirror-target', targetId, call.world.targets.get(targetId)?.ownerId)]),
    ]);
  },
  perform(input, call) {
    const { world } = call;
    const id = required('TrafficMirrorSessionId', input.TrafficMirrorSessionId);
    const before = need(world.sessions, 'traffic-mirror-session', id, call);
    checkOwner(before, id, call);
    const target = need(
      world.targets,
      'traffic-mirror-target',
      input.TrafficMirrorTargetId ?? before.trafficMirrorTargetId,
      call,
    );
    const filter = need(
      world.filters,
      'traffic-mirror-filter',
      input.TrafficMirrorFilterId ?? before.trafficMirrorFilterId,
      call,
    );
    const sessionNumber = input.SessionNumber ?? before.sessionNumber;
    checkSessionNumber(before.networkInterfaceId, sessionNumber, call, id);
    if (target.trafficMirrorTargetId !== before.trafficMirrorTargetId)
      checkTargetRoom(target, before.networkInterfaceId, call, id);
    const removed = removedFields(input);
    const wholePacket = target.destination.type === 'network-load-balancer' ? 8500 : undefined;
    const session = {
      ...before,
      trafficMirrorTargetId: target.trafficMirrorTargetId,
      trafficMirrorFilterId: filter.trafficMirrorFilterId,
      sessionNumber,
      packetLength: removed.has('packet-length') ? wholePacket : (input.PacketLength ?? before.packetLength),
      virtualNetworkId: removed.has('virtual-network-id')
        ? newVirtualNetworkId(call)
        : (input.VirtualNetworkId ?? before.virtualNetworkId),
      description: removed.has('description') ? undefined : (input.Description ?? before.description),
    };
    world.sessions.put(id, session);
    return { TrafficMirrorSession: renderSession(session, tagsOf(call, id)) };
  },
});

export const deleteTrafficMirrorSession = operation<DeleteTrafficMirrorSessionRequest, DeleteTrafficMirrorSessionResult>({
  name: 'DeleteTrafficMirrorSession',
  mutating: true,
  check: (input) => checkId('traffic-mirror-session', required('TrafficMirrorSessionId', input.TrafficMirrorSessionId)),
  authorize: (input, call) =>
    authorization(call, 'DeleteTrafficMirrorSession', [
      existing(call, 'traffic-mirror-session', input.TrafficMirrorSessionId ?? ''),
    ]),
  perform(input, call) {
    const id = required('TrafficMirrorSessionId', input.TrafficMirrorSessionId);
    checkOwner(need(call.world.sessions, 'traffic-mirror-session', id, call), id, call);
    deleteSession(call, id);
    return { TrafficMirrorSessionId: id };
  },
});
