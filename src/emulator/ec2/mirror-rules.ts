/** The rules of VPC Traffic Mirroring about who may be source and target, and how many. */
import { AwsError } from '../core.ts';
import type { Call } from './account.ts';
import { canBeSource, LARGE_TARGET_TYPES } from './mirror-support.ts';
import type { NetworkInterfaceRecord, TargetRecord } from './records.ts';

/** AWS services whose own interfaces may be sources. */
const MIRRORED_REQUESTERS = /(^|[^a-z])(rds|elasticache)([^a-z]|$)/;

/**
 * Refuses an interface that cannot be a source: not of type `interface`, another service's, IPv6-only, detached, on an
 * instance of an unsupported type (`NetworkInterfaceNotSupported`), or in use by a target.
 * Source: VPC Traffic Mirroring guide, "Traffic mirror sessions" and "Limitations".
 */
export function checkSource(eni: NetworkInterfaceRecord, call: Call): void {
  const { networkInterfaceId } = eni;
  const unsupported = (why: string): AwsError => new AwsError('NetworkInterfaceNotSupported', `${networkInterfaceId} ${why}`);
  if (eni.interfaceType !== 'interface') throw unsupported(`of type ${eni.interfaceType} cannot be a source`);
  if (eni.requesterManaged && !MIRRORED_REQUESTERS.test(eni.requesterId ?? ''))
    throw unsupported('is managed by a service and cannot be a source');
  if (eni.ipv6Native) throw unsupported('is in an IPv6-only subnet and cannot be a source');
  const isServices = eni.requesterManaged;
  const instance =
    eni.attachment === undefined || eni.attachment.status === 'detaching'
      ? undefined
      : call.world.instances.get(eni.attachment.instanceId);
  if (!isServices && (instance === undefined || !canBeSource(instance.instanceType, call.options.sourceTypes))) {
    throw unsupported('must be attached to a supported instance');
  }
  const [target] = call.world.targets.by('destination', networkInterfaceId);
  if (target !== undefined) {
    throw new AwsError(
      'InterfaceInUseByTrafficMirrorTarget',
      `${networkInterfaceId} is in use by target ${target.trafficMirrorTargetId}`,
    );
  }
}

/** Refuses a fourth session of an interface. */
export function checkSessionCount(networkInterfaceId: string, call: Call): void {
  const limit = call.options.sessionsPerInterface;
  if (call.world.sessions.countBy('source', networkInterfaceId) >= limit) {
    throw new AwsError(
      'TrafficMirrorSessionsPerInterfaceLimitExceeded',
      `Sessions per interface limit reached (${limit}) for ${networkInterfaceId}`,
    );
  }
}

/** Refuses a session number that another session of the interface has. */
export function checkSessionNumber(networkInterfaceId: string, sessionNumber: number, call: Call, exceptId?: string): void {
  const holder = call.world.sessions
    .by('source', networkInterfaceId)
    .find((session) => session.sessionNumber === sessionNumber && session.trafficMirrorSessionId !== exceptId);
  if (holder !== undefined) {
    throw new AwsError(
      call.options.duplicateSessionNumberCode,
      `Session number ${sessionNumber} is already being used by ${holder.trafficMirrorSessionId} on ${networkInterfaceId}`,
    );
  }
}

/** How many sources a target takes; no limit for load balancers and their endpoints. */
function sourceLimit(target: TargetRecord, call: Call): number {
  if (target.destination.type !== 'network-interface') return Number.POSITIVE_INFINITY;
  const instanceId = call.world.networkInterfaces.get(target.destination.networkInterfaceId)?.attachment?.instanceId;
  const instanceType = instanceId === undefined ? undefined : call.world.instances.get(instanceId)?.instanceType;
  const isLarge = instanceType !== undefined && LARGE_TARGET_TYPES.has(instanceType);
  return isLarge ? call.options.sourcesPerLargeInterfaceTarget : call.options.sourcesPerInterfaceTarget;
}

/** Refuses one source more than the target takes; other accounts' sessions count too. */
export function checkTargetRoom(target: TargetRecord, networkInterfaceId: string, call: Call, exceptId?: string): void {
  const limit = sourceLimit(target, call);
  if (!Number.isFinite(limit)) return;
  const others = call.world.sessions
    .by('target', target.trafficMirrorTargetId)
    .filter((session) => session.trafficMirrorSessionId !== exceptId);
  const sources = new Set([...others.map((session) => session.networkInterfaceId), networkInterfaceId]);
  const count = call.options.sourcesCountedAs === 'sessions' ? others.length + 1 : sources.size;
  if (count > limit) {
    throw new AwsError('TrafficMirrorSourcesPerTargetLimitExceeded', `Sources per interface-target limit reached (${count})`);
  }
}

/** A random number that no session of the account uses. */
export function newVirtualNetworkId(call: Call): number {
  for (;;) {
    const candidate = 1 + Math.floor(call.host.random() * call.options.virtualNetworkIdMax);
    if (call.world.sessions.countBy('vni', String(candidate)) === 0) return candidate;
  }
}

/** Refuses to change or delete what another account owns. */
export function checkOwner(record: { readonly ownerId: string }, id: string, call: Call): void {
  if (record.ownerId !== call.host.accountId) {
    throw new AwsError(
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. ${id} belongs to account ${record.ownerId}.`,
      403,
    );
  }
}
