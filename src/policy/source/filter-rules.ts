import type { FilterRule, PortRange, TrafficDirection } from '../../model/filter.ts';
import { anyOf, type Cidr, parseCidr } from './cidr.ts';
import type { FilterRuleSource, FilterSource } from './filter-source.ts';
import { type ProtocolName, protocolNumber } from './protocols.ts';

/** Where in a rule a problem is, and what it is. */
export interface RuleProblem {
  readonly path: readonly (string | number)[];
  readonly problem: string;
}

/** What one rule of the file stands for in EC2, without direction and number. */
export type ExpandedRule = Omit<FilterRule, 'direction' | 'number'>;

/** Expands the rules of one direction and numbers them 1, 2, … in the order written; the source must have passed the checks of the schema. */
export function expandDirection(direction: TrafficDirection, source: FilterSource): readonly FilterRule[] {
  const expanded = (source[direction] ?? []).flatMap((rule) => expandRule(rule).rules);
  return expanded.map((rule, index) => ({ direction, number: index + 1, ...rule }));
}

/**
 * Expands one rule: lists of addresses and ports become one EC2 rule for each combination, and a side without addresses becomes all of IPv4
 * and IPv6, as far as the other side and the protocol go. EC2 takes only one IP version in a rule.
 */
export function expandRule(source: FilterRuleSource): {
  readonly rules: readonly ExpandedRule[];
  readonly problems: readonly RuleProblem[];
} {
  const action = source.accept === undefined ? 'reject' : 'accept';
  const protocol: ProtocolName | number = source.accept ?? source.reject ?? 'all';
  const problems: RuleProblem[] = [];
  const pairs = addressPairs(source, protocol, problems);
  const sourcePorts = readPorts(source.sourcePorts, 'sourcePorts', problems);
  const destinationPorts = readPorts(source.destinationPorts, 'destinationPorts', problems);
  if (problems.length > 0) return { rules: [], problems };
  const rules = pairs.flatMap(([from, to]) =>
    sourcePorts.flatMap((sourceRange) =>
      destinationPorts.map((destinationRange): ExpandedRule => {
        const number = protocolNumber(protocol, from.family);
        return {
          action,
          ...(number === undefined ? {} : { protocol: number }),
          sourceCidr: from.text,
          destinationCidr: to.text,
          ...(sourceRange === undefined ? {} : { sourcePorts: sourceRange }),
          ...(destinationRange === undefined ? {} : { destinationPorts: destinationRange }),
          ...(source.description === undefined ? {} : { description: source.description }),
        };
      }),
    ),
  );
  return { rules, problems };
}

type Side = 'source' | 'destination';

function addressPairs(
  source: FilterRuleSource,
  protocol: ProtocolName | number,
  problems: RuleProblem[],
): readonly (readonly [Cidr, Cidr])[] {
  const from = readCidrs(source.source, 'source', problems);
  const to = readCidrs(source.destination, 'destination', problems);
  if (problems.length > 0) return [];
  if (protocol === 'icmpv6') {
    for (const [side, cidrs] of [
      ['source', from],
      ['destination', to],
    ] as const) {
      if (cidrs?.some((cidr) => cidr.family === 'ipv4'))
        problems.push({ path: [side], problem: 'icmpv6 has IPv6 addresses only; icmp is for both' });
    }
  }
  const both = protocol === 'icmpv6' ? [anyOf('ipv6')] : [anyOf('ipv4'), anyOf('ipv6')];
  const sources = from ?? both;
  const destinations = to ?? both;
  const pairs = sources.flatMap((a) => destinations.filter((b) => a.family === b.family).map((b) => [a, b] as const));
  if (from !== undefined && to !== undefined) {
    const lonely = [
      ...from.filter((a) => !to.some((b) => a.family === b.family)),
      ...to.filter((b) => !from.some((a) => a.family === b.family)),
    ];
    for (const cidr of lonely) {
      const side: Side = from.includes(cidr) ? 'source' : 'destination';
      const other: Side = side === 'source' ? 'destination' : 'source';
      problems.push({
        path: [side],
        problem: `${cidr.text} has no ${other} of its own IP version; a rule cannot mix IPv4 and IPv6`,
      });
    }
  }
  return pairs;
}

const asList = <Item>(value: Item | readonly Item[]): readonly Item[] => (Array.isArray(value) ? value : [value as Item]);

function readCidrs(value: FilterRuleSource['source'], side: Side, problems: RuleProblem[]): readonly Cidr[] | undefined {
  if (value === undefined) return undefined;
  const found: Cidr[] = [];
  for (const [index, text] of asList<string>(value).entries()) {
    const cidr = parseCidr(text);
    if ('problem' in cidr) problems.push({ path: Array.isArray(value) ? [side, index] : [side], problem: cidr.problem });
    else found.push(cidr);
  }
  return found;
}

type PortSide = 'sourcePorts' | 'destinationPorts';

function readPorts(
  value: FilterRuleSource['sourcePorts'],
  side: PortSide,
  problems: RuleProblem[],
): readonly (PortRange | undefined)[] {
  if (value === undefined) return [undefined];
  const found: PortRange[] = [];
  for (const [index, entry] of asList<string | number>(value).entries()) {
    const range = parsePorts(String(entry));
    if (typeof range === 'string') problems.push({ path: Array.isArray(value) ? [side, index] : [side], problem: range });
    else found.push(range);
  }
  return found;
}

function parsePorts(text: string): PortRange | string {
  const parts = /^\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?$/.exec(text);
  if (parts === null) return `"${text}" is no port; write 443, or a range such as 80-443`;
  const from = Number(parts[1]);
  const to = Number(parts[2] ?? from);
  if (from > 65_535 || to > 65_535) return `"${text}" is beyond port 65535`;
  if (from > to) return `"${text}" is reversed; write ${to}-${from}`;
  return { from, to };
}
