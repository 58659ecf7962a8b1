import type { EniId, InstanceId, TargetId } from '../model/ids.ts';
import { targetPoolTag } from '../model/ownership.ts';
import type { PoolMember, TargetDestination, TargetPool } from '../model/policy.ts';
import { lookUpTag } from '../model/tags.ts';
import type { ActualTarget } from '../model/target.ts';

/** Targets of every pool by name: those tagged for it and those the policy lists, each once, in order of id. */
export type PoolMembers = ReadonlyMap<string, readonly ActualTarget[]>;

/** Finds the members of every pool among targets that are or will be there; tag key and pool name compare without regard to case. One whose interface is gone serves nobody. */
export function findPoolMembers(pools: Readonly<Record<string, TargetPool>>, targets: readonly ActualTarget[]): PoolMembers {
  const sorted = targets.filter(({ interfaceState }) => interfaceState !== 'gone').sort((a, b) => (a.id < b.id ? -1 : 1));
  const members = new Map<string, ActualTarget[]>();
  for (const pool of Object.values(pools)) {
    members.set(
      pool.name,
      sorted.filter((target) => isTaggedFor(pool.name, target) || pool.members.some((member) => isListed(member, target))),
    );
  }
  return members;
}

/** Whether a target is a member of at least one pool. */
export function isInSomePool(members: PoolMembers, id: TargetId): boolean {
  return [...members.values()].some((pool) => pool.some((target) => target.id === id));
}

/** ENIs that serve as targets: none of them may be a source (https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-targets.html). */
export function targetInterfaces(targets: readonly ActualTarget[]): ReadonlyMap<EniId, TargetId> {
  // The last of one key stays in a map.
  const sorted = [...targets].sort((a, b) => (a.id > b.id ? -1 : 1));
  return new Map(
    sorted.flatMap((target) => (target.networkInterfaceId === undefined ? [] : [[target.networkInterfaceId, target.id]])),
  );
}

/** Whether a target stands for the instance itself: its own packets must not be copied to itself. */
export function isOnInstance(target: ActualTarget, instanceId: InstanceId): boolean {
  return target.instanceId === instanceId;
}

function isTaggedFor(pool: string, target: ActualTarget): boolean {
  const tag = lookUpTag(target.tags, targetPoolTag);
  return tag.kind === 'value' && tag.value.toLowerCase() === pool.toLowerCase();
}

function isListed(member: PoolMember, target: ActualTarget): boolean {
  return 'id' in member ? member.id === target.id : isDestination(member, target);
}

/** Whether a target stands for a destination. */
export function isDestination(destination: TargetDestination, target: ActualTarget): boolean {
  if ('networkInterfaceId' in destination) return destination.networkInterfaceId === target.networkInterfaceId;
  if ('networkLoadBalancerArn' in destination) return destination.networkLoadBalancerArn === target.networkLoadBalancerArn;
  return destination.gatewayLoadBalancerEndpointId === target.gatewayLoadBalancerEndpointId;
}
