import type { ActualSession } from '../model/session.ts';
import type { Facts, Place, Read } from './facts.ts';

/** Where mirrored packets are sent: the port of VXLAN, which is not a setting. */
export const vxlanPort = 4789;
export const udp = 17;

/** One interface that mirrored packets of a session may be sent to. */
export interface Receiver extends Place {
  /** For people: what stands behind it. */
  readonly what: string;
}

/** One hop to examine: the outer addresses of mirrored packets, and what they pass. */
export interface Way {
  readonly source: Place;
  readonly receiver: Receiver;
  readonly sourceAddress: string;
  readonly receiverAddress: string;
}

/** The ways from the source of a session to each interface behind its target; unread where either end is not known. */
export function waysOf(session: ActualSession, facts: Facts): Read<readonly Way[]> {
  if ('unread' in facts.places) return facts.places;
  const source = facts.places.value[session.eniId];
  if (source === undefined) return { unread: `EC2 does not show the source ${session.eniId}` };
  const receivers = receiversOf(session, facts, facts.places.value);
  if ('unread' in receivers) return receivers;
  const ways = receivers.value.map((receiver) => wayBetween(source, receiver));
  const lost = ways.indexOf(undefined);
  if (lost >= 0) return { unread: `${session.eniId} and ${receivers.value[lost]?.eniId} have no addresses of one family` };
  return { value: ways.filter((way) => way !== undefined) };
}

/** IPv4 where both ends have it. */
function wayBetween(source: Place, receiver: Receiver): Way | undefined {
  for (const family of ['ipv4', 'ipv6'] as const) {
    const [from] = source[family];
    const [to] = receiver[family];
    if (from !== undefined && to !== undefined) return { source, receiver, sourceAddress: from, receiverAddress: to };
  }
  return undefined;
}

function receiversOf(session: ActualSession, facts: Facts, places: Readonly<Record<string, Place>>): Read<readonly Receiver[]> {
  const target = facts.targets[session.targetId];
  if (target === undefined)
    return { unread: `the target ${session.targetId} does not exist, or is not shared with this account any more` };
  if (target.accountId !== undefined && target.accountId !== facts.accountId)
    return {
      unread: `the target ${target.id} belongs to account ${target.accountId}, and only that account sees what is behind it`,
    };
  const placed = (eniIds: readonly string[], what: string): Read<readonly Receiver[]> => {
    const receivers = eniIds.flatMap((eniId) => {
      const place = places[eniId];
      return place === undefined ? [] : [{ ...place, what }];
    });
    return receivers.length === 0 ? { unread: `no interface of ${what} was found` } : { value: receivers };
  };
  if (target.networkInterfaceId !== undefined)
    return placed([target.networkInterfaceId], `the target ${target.networkInterfaceId}`);
  if (target.gatewayLoadBalancerEndpointId !== undefined) {
    const { endpoints } = facts;
    if ('unread' in endpoints) return endpoints;
    return placed(
      endpoints.value[target.gatewayLoadBalancerEndpointId]?.eniIds ?? [],
      `the endpoint ${target.gatewayLoadBalancerEndpointId}`,
    );
  }
  const balancer = facts.loadBalancers[target.networkLoadBalancerArn ?? ''];
  if (balancer === undefined) return { unread: `the target ${target.id} names nothing that can be looked up` };
  if ('unread' in balancer) return balancer;
  if (balancer.value === 'gone') return { unread: `the load balancer ${target.networkLoadBalancerArn} does not exist` };
  const { eniIds } = balancer.value;
  return 'unread' in eniIds ? eniIds : placed(eniIds.value, 'the load balancer');
}
