import type { FilterRule, PortRange } from '../model/filter.ts';

const protocolLabels: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' };

/** One filter rule as a line of text: `ingress 1 accept tcp 0.0.0.0/0 -> 0.0.0.0/0 ports 80-443`. */
export function describeRule(rule: FilterRule): string {
  const protocol = rule.protocol === undefined ? 'all' : (protocolLabels[rule.protocol] ?? `protocol ${rule.protocol}`);
  const from = `${rule.sourceCidr}${ports(rule.sourcePorts)}`;
  const to = `${rule.destinationCidr}${ports(rule.destinationPorts)}`;
  return `${rule.direction} ${rule.number} ${rule.action} ${protocol} ${from} -> ${to}`;
}

function ports(range: PortRange | undefined): string {
  if (range === undefined) return '';
  return range.from === range.to ? ` port ${range.from}` : ` ports ${range.from}-${range.to}`;
}
