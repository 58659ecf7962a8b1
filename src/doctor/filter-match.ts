import type { ActualFilter, FilterRule, PortRange, TrafficDirection } from '../model/filter.ts';
import { isEverything, isIpv6, isWithin } from './addresses.ts';
import type { Flow, FlowPort } from './flow.ts';

/** What a filter does with a packet: `depends` where that hangs on a port that is not known. */
export type Treatment = 'accept' | 'reject' | 'no-rule' | 'depends';

export const directions: readonly TrafficDirection[] = ['ingress', 'egress'];

/** The rules of one direction in the order in which EC2 looks at them. */
export function rulesInOrder(filter: ActualFilter, direction: TrafficDirection): readonly FilterRule[] {
  return filter.content.rules.filter((rule) => rule.direction === direction).sort((a, b) => a.number - b.number);
}

/** An accepting rule of a direction that no earlier rule takes everything from; undefined where nothing is ever accepted. */
export function firstAccept(filter: ActualFilter, direction: TrafficDirection): FilterRule | undefined {
  const closed = new Set<boolean>();
  for (const rule of rulesInOrder(filter, direction)) {
    const family = isIpv6(rule.sourceCidr);
    if (closed.has(family)) continue;
    if (rule.action === 'accept') return rule;
    if (isCatchAll(rule)) closed.add(family);
  }
  return undefined;
}

function isCatchAll(rule: FilterRule): boolean {
  return (
    rule.protocol === undefined &&
    rule.sourcePorts === undefined &&
    rule.destinationPorts === undefined &&
    isEverything(rule.sourceCidr) &&
    isEverything(rule.destinationCidr)
  );
}

/** What the filter does with one direction of a flow, for the instance's own address. */
export function treatFlow(filter: ActualFilter, direction: TrafficDirection, flow: Flow, ownAddress: string): Treatment {
  const isOut = direction === 'egress';
  const [from, to] = isOut ? [ownAddress, flow.peer] : [flow.peer, ownAddress];
  const [fromPort, toPort] = isOut ? [flow.ownPort, flow.peerPort] : [flow.peerPort, flow.ownPort];
  for (const rule of rulesInOrder(filter, direction)) {
    if (rule.protocol !== undefined && rule.protocol !== flow.protocol) continue;
    if (!isWithin(from, rule.sourceCidr) || !isWithin(to, rule.destinationCidr)) continue;
    const ports = [covers(rule.sourcePorts, fromPort), covers(rule.destinationPorts, toPort)];
    if (ports.includes('no')) continue;
    return ports.includes('maybe') ? 'depends' : rule.action;
  }
  return 'no-rule';
}

function covers(range: PortRange | undefined, port: FlowPort): 'yes' | 'no' | 'maybe' {
  if (range === undefined) return 'yes';
  if (port === 'any') return range.from === 0 && range.to === 65_535 ? 'yes' : 'maybe';
  return port >= range.from && port <= range.to ? 'yes' : 'no';
}
