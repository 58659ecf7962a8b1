import { describe, expect, it } from 'vitest';
import { filterHash } from '../../../src/model/filter-hash.ts';
import { describeRule } from '../../../src/policy/describe-filter.ts';
import { parsePolicy } from '../../../src/policy/source/parse.ts';

function compiled(filter: string) {
  const parsed = parsePolicy(`filters: { web: ${filter} }`, 'policy.yml');
  if ('issues' in parsed) throw new Error(parsed.issues.map((issue) => issue.message).join('\n'));
  const web = parsed.policy.filters.web;
  if (web === undefined) throw new Error('the filter is not there');
  return web;
}

const rows: readonly (readonly [name: string, filter: string, rules: readonly string[]])[] = [
  [
    'covers IPv4 and IPv6 where no address is given',
    '{ ingress: [{ accept: all }] }',
    ['ingress 1 accept all 0.0.0.0/0 -> 0.0.0.0/0', 'ingress 2 accept all ::/0 -> ::/0'],
  ],
  [
    'numbers each direction by itself',
    '{ ingress: [{ accept: tcp, source: 10.0.0.0/8 }], egress: [{ reject: udp, source: 10.0.0.0/8 }] }',
    ['ingress 1 accept tcp 10.0.0.0/8 -> 0.0.0.0/0', 'egress 1 reject udp 10.0.0.0/8 -> 0.0.0.0/0'],
  ],
  [
    'numbers in the order written',
    '{ ingress: [{ reject: tcp, source: 10.0.0.0/8 }, { accept: tcp, source: 0.0.0.0/0 }] }',
    ['ingress 1 reject tcp 10.0.0.0/8 -> 0.0.0.0/0', 'ingress 2 accept tcp 0.0.0.0/0 -> 0.0.0.0/0'],
  ],
  [
    'gives the other side the IP version of the side written',
    '{ egress: [{ accept: tcp, destination: "2001:db8::/32" }] }',
    ['egress 1 accept tcp ::/0 -> 2001:db8::/32'],
  ],
  [
    'takes icmp as 1 in IPv4 and 58 in IPv6',
    '{ ingress: [{ accept: icmp }] }',
    ['ingress 1 accept icmp 0.0.0.0/0 -> 0.0.0.0/0', 'ingress 2 accept icmpv6 ::/0 -> ::/0'],
  ],
  [
    'takes icmp as 58 where the address is IPv6',
    '{ ingress: [{ accept: icmp, source: "fe80::/10" }] }',
    ['ingress 1 accept icmpv6 fe80::/10 -> ::/0'],
  ],
  ['takes icmpv6 in IPv6 alone', '{ ingress: [{ accept: icmpv6 }] }', ['ingress 1 accept icmpv6 ::/0 -> ::/0']],
  [
    'takes a protocol number literally',
    '{ ingress: [{ accept: 1 }] }',
    ['ingress 1 accept icmp 0.0.0.0/0 -> 0.0.0.0/0', 'ingress 2 accept icmp ::/0 -> ::/0'],
  ],
  [
    'takes protocol 0, and not for all',
    '{ ingress: [{ accept: 0, source: 10.0.0.0/8 }] }',
    ['ingress 1 accept protocol 0 10.0.0.0/8 -> 0.0.0.0/0'],
  ],
  [
    'gives ports to protocol numbers 6 and 17',
    '{ ingress: [{ accept: 6, source: 10.0.0.0/8, destinationPorts: 443 }, { accept: 17, source: 10.0.0.0/8, sourcePorts: 53 }] }',
    ['ingress 1 accept tcp 10.0.0.0/8 -> 0.0.0.0/0 port 443', 'ingress 2 accept udp 10.0.0.0/8 port 53 -> 0.0.0.0/0'],
  ],
  [
    'takes ports as numbers, text and ranges',
    '{ ingress: [{ accept: tcp, source: 10.0.0.0/8, destinationPorts: [80, "443", 8000-8080, " 1 - 2 "] }] }',
    ['port 80', 'port 443', 'ports 8000-8080', 'ports 1-2'].map(
      (ports, index) => `ingress ${index + 1} accept tcp 10.0.0.0/8 -> 0.0.0.0/0 ${ports}`,
    ),
  ],
  [
    'takes port 0 and 65535',
    '{ ingress: [{ accept: udp, source: 10.0.0.0/8, destinationPorts: 0-65535 }] }',
    ['ingress 1 accept udp 10.0.0.0/8 -> 0.0.0.0/0 ports 0-65535'],
  ],
  [
    'multiplies lists, addresses before ports',
    '{ ingress: [{ accept: tcp, source: [10.0.0.0/8, 192.168.0.0/16], destination: 10.0.0.0/8, sourcePorts: [1, 2], destinationPorts: [3, 4] }] }',
    ['10.0.0.0/8', '192.168.0.0/16']
      .flatMap((from) => [1, 2].flatMap((a) => [3, 4].map((b) => `accept tcp ${from} port ${a} -> 10.0.0.0/8 port ${b}`)))
      .map((rule, index) => `ingress ${index + 1} ${rule}`),
  ],
  [
    'pairs addresses of one IP version only',
    '{ ingress: [{ accept: tcp, source: [10.0.0.0/8, "2001:db8::/32"], destination: ["::/0", 172.16.0.0/12] }] }',
    ['ingress 1 accept tcp 10.0.0.0/8 -> 172.16.0.0/12', 'ingress 2 accept tcp 2001:db8::/32 -> ::/0'],
  ],
  [
    'writes IPv6 as EC2 does',
    '{ ingress: [{ accept: tcp, source: "2001:0DB8:0000:0000::/64" }] }',
    ['ingress 1 accept tcp 2001:db8::/64 -> ::/0'],
  ],
  [
    'takes exactly ten rules',
    '{ ingress: [{ accept: tcp, source: 10.0.0.0/8, destinationPorts: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }] }',
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((port) => `ingress ${port} accept tcp 10.0.0.0/8 -> 0.0.0.0/0 port ${port}`),
  ],
];

describe('a filter', () => {
  it.each(rows)('%s', (_name, filter, rules) => {
    expect(compiled(filter).content.rules.map(describeRule)).toEqual(rules);
  });

  it('leaves ports and protocol out of the rule where they mean all', () => {
    expect(compiled('{ ingress: [{ accept: all, source: 10.0.0.0/8 }] }').content.rules).toEqual([
      { direction: 'ingress', number: 1, action: 'accept', sourceCidr: '10.0.0.0/8', destinationCidr: '0.0.0.0/0' },
    ]);
  });

  it('carries descriptions and network services', () => {
    const { content } = compiled(
      '{ networkServices: [amazon-dns, amazon-dns], ingress: [{ accept: tcp, source: 10.0.0.0/8, description: web }] }',
    );
    expect(content.networkServices).toEqual(['amazon-dns']);
    expect(content.rules[0]?.description).toBe('web');
  });

  it('may be made of a network service alone', () => {
    expect(compiled('{ networkServices: [amazon-dns] }').content).toEqual({ networkServices: ['amazon-dns'], rules: [] });
  });

  it('has the hash of its content', () => {
    const { content, hash } = compiled('{ ingress: [{ accept: tcp }] }');
    expect(hash).toBe(filterHash(content));
  });
});

describe('all-traffic', () => {
  const allTraffic = (text: string) => {
    const parsed = parsePolicy(text, 'policy.yml');
    if ('issues' in parsed) throw new Error(parsed.issues.map((issue) => issue.message).join('\n'));
    return parsed.policy.filters['all-traffic'];
  };

  it('mirrors IPv4 and IPv6 in both directions and the DNS resolver', () => {
    const content = allTraffic('')?.content;
    expect(content?.networkServices).toEqual(['amazon-dns']);
    expect(content?.rules.map(describeRule)).toEqual([
      'ingress 1 accept all 0.0.0.0/0 -> 0.0.0.0/0',
      'ingress 2 accept all ::/0 -> ::/0',
      'egress 1 accept all 0.0.0.0/0 -> 0.0.0.0/0',
      'egress 2 accept all ::/0 -> ::/0',
    ]);
  });

  it('is the same when written as an empty map', () => {
    expect(allTraffic('filters: { all-traffic: {} }')).toEqual(allTraffic(''));
  });

  it('takes a content of its own', () => {
    expect(
      allTraffic('filters: { all-traffic: { ingress: [{ accept: tcp, source: 10.0.0.0/8 }] } }')?.content.rules,
    ).toHaveLength(1);
  });

  it('is there for a rule that refers to it although the file lists other filters', () => {
    const filters = 'filters: { web: { ingress: [{ accept: tcp }] } }';
    expect(allTraffic(filters)).toEqual(allTraffic(''));
    expect(allTraffic(`${filters}\nrules: [{ name: a, match: { zone: x }, sessions: [{ filter: web }] }]`)).toBeUndefined();
  });
});
