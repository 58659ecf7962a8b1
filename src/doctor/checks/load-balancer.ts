import type { SessionSubject } from '../check.ts';
import type { Facts, Listener, LoadBalancer, Read } from '../facts.ts';
import { vxlanPort } from '../way.ts';

/** The load balancer behind a session's target: undefined where the target is none, or is gone, which another check tells. */
export function balancerOf({ session }: SessionSubject, facts: Facts): Read<LoadBalancer> | undefined {
  const target = facts.targets[session.targetId];
  if (target?.networkLoadBalancerArn === undefined) return undefined;
  const balancer = facts.loadBalancers[target.networkLoadBalancerArn];
  if (balancer === undefined || 'unread' in balancer) return balancer;
  return balancer.value === 'gone' ? undefined : { value: balancer.value };
}

/** The listener that takes mirrored packets. */
export function vxlanListener(listeners: readonly Listener[]): Listener | undefined {
  return listeners.find(({ port, protocol }) => port === vxlanPort && (protocol === 'UDP' || protocol === 'TCP_UDP'));
}
