import * as z from 'zod';
import { checkFilterForm, checkFilterRule, checkFilterSize } from './filter-checks.ts';
import type { FilterRuleSource, FilterSource } from './filter-source.ts';
import { closed, form, oneOrMore } from './phrase.ts';
import { protocolNames } from './protocols.ts';

const protocolPhrase = `a protocol: ${protocolNames.join(', ')}, or a number from 0 to 255`;
const cidrPhrase = 'a CIDR such as 10.0.0.0/8 or 2001:db8::/32, or a list of them';
const portPhrase = 'a port from 0 to 65535, a range such as 80-443, or a list of them';

const protocol = z
  .union(
    [z.enum(protocolNames, protocolPhrase), z.int(protocolPhrase).min(0, protocolPhrase).max(255, protocolPhrase)],
    protocolPhrase,
  )
  .describe('tcp, udp, icmp (of IPv4 and IPv6), icmpv6, all, or an IANA protocol number, which is taken literally.');

const cidrs = oneOrMore(cidrPhrase, z.string(cidrPhrase));
const ports = oneOrMore(portPhrase, z.union([z.int(portPhrase), z.string(portPhrase)], portPhrase));

const filterRuleSchema: z.ZodType<FilterRuleSource> = closed('a filter rule, e.g. { accept: tcp, destinationPorts: 443 }', {
  accept: protocol.optional().describe('Mirror packets of this protocol.'),
  reject: protocol.optional().describe('Do not mirror packets of this protocol.'),
  source: cidrs.optional().describe('Source addresses, as a CIDR or a list; left out: all of IPv4 and IPv6.'),
  destination: cidrs.optional().describe('Destination addresses, as a CIDR or a list; left out: all of IPv4 and IPv6.'),
  sourcePorts: ports.optional().describe('Source port, n-m or a list of those; only with tcp or udp.'),
  destinationPorts: ports.optional().describe('Destination port, n-m or a list of those; only with tcp or udp.'),
  description: z
    .string('text')
    .min(1, 'text')
    .max(255, 'text of at most 255 characters')
    .optional()
    .describe('Shown in the EC2 console.'),
})
  .superRefine(checkFilterRule)
  .describe('One rule; packets are compared with the rules in the order written, and the first that fits decides.');

const rulesPhrase = 'a list of filter rules';

export const filterSchema: z.ZodType<FilterSource> = closed('a filter, e.g. { ingress: [{ accept: tcp }] }', {
  id: form('a filter id such as tmf-0123456789abcdef0', /^tmf-[0-9a-f]{8,17}$/)
    .optional()
    .describe('A filter that exists and that you manage yourself; it is used as it is.'),
  tagged: z
    .literal(true, 'true')
    .optional()
    .describe('The filter that you manage yourself is the one that is tagged automirror:filter=<this name>.'),
  networkServices: z
    .array(
      z.literal('amazon-dns', '"amazon-dns", the only network service there is'),
      'a list of network services, e.g. [amazon-dns]',
    )
    .optional()
    .describe('amazon-dns adds the traffic to and from the Amazon DNS resolver, which is not mirrored otherwise.'),
  ingress: z
    .array(filterRuleSchema, rulesPhrase)
    .optional()
    .describe('Rules for packets that reach the source; without any, none of them is mirrored.'),
  egress: z
    .array(filterRuleSchema, rulesPhrase)
    .optional()
    .describe('Rules for packets that leave the source; without any, none of them is mirrored.'),
})
  .superRefine(checkFilterForm)
  .superRefine(checkFilterSize)
  .describe('A filter: which packets are mirrored. At most ten rules in total after lists are expanded.');
