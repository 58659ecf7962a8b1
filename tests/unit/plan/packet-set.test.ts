import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import type { FilterContent, FilterRule, PortRange } from '../../../src/model/filter.ts';
import { addressRange } from '../../../src/plan/address-range.ts';
import { acceptedBy, isCovered, isEmpty, overlap, type PacketSet } from '../../../src/plan/packet-set.ts';

fc.configureGlobal({ seed: Number(process.env.SEED ?? 2026) });

describe('addressRange', () => {
  const ipv4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }));
  const ipv6 = fc.tuple(
    fc.ipV6().map((text) => ipaddr.IPv6.parse(text).toRFC5952String()),
    fc.integer({ min: 0, max: 128 }),
  );

  it('holds the addresses that a library says are in the block, and no others', () => {
    const known = (text: string) => ipaddr.parse(text);
    const near = (text: string) => addressRange(`${text}/${text.includes(':') ? 128 : 32}`)?.[0];
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), fc.oneof(ipv4, ipv6), ([block, prefix], [other]) => {
        const range = addressRange(`${block}/${prefix}`);
        const number = near(other);
        if (range === undefined || number === undefined) throw new Error(`${block} or ${other} cannot be read`);
        const isSameKind = known(block).kind() === known(other).kind();
        const isIn = isSameKind && known(other).match(known(block) as ipaddr.IPv4, prefix);
        expect(number >= range[0] && number <= range[1]).toBe(isIn);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['0.0.0.0/0', '10.0.0.0/8', '::/0', '2001:db8::/32', '2001:db8:1:2:3:4:5:6/128', 'fe80::1/64', '1:2:3:4:5:6:7::/128'])(
    'reads %s',
    (text) => {
      expect(addressRange(text)).toBeDefined();
    },
  );

  it.each([
    '',
    '10.0.0.0',
    '10.0.0/8',
    '10.0.0.256/8',
    '10.0.0.0/33',
    '::/129',
    '1::2::3/64',
    'x::/64',
    '1:2:3/64',
    '1:2:3:4:5:6:7:8::/64',
    '10.0.0.0/8x',
    '10.0.0.0/-8',
    '0x1.0.0.0/8',
    '1e1.0.0.0/8',
    '12345::/64',
    '123g::/64',
  ])('takes %j for no block', (text) => {
    expect(addressRange(text)).toBeUndefined();
  });
});

const rule = (action: 'accept' | 'reject', more: Partial<FilterRule> = {}): Omit<FilterRule, 'number'> => ({
  direction: 'ingress',
  action,
  sourceCidr: '0.0.0.0/0',
  destinationCidr: '0.0.0.0/0',
  ...more,
});
const filter = (rules: readonly Omit<FilterRule, 'number'>[], networkServices: readonly string[] = []): FilterContent => ({
  networkServices,
  rules: rules.map((one, index) => ({ ...one, number: index + 1 })),
});
const accepted = (...rules: readonly Omit<FilterRule, 'number'>[]): PacketSet => {
  const set = acceptedBy(filter(rules));
  if (set === undefined) throw new Error('the filter cannot be told');
  return set;
};
const tcp = (from: number, to = from) => ({ protocol: 6, destinationPorts: { from, to } });

describe('the packets that a filter accepts', () => {
  it.each([
    { name: 'a port in a range', inner: [rule('accept', tcp(443))], outer: [rule('accept', tcp(80, 443))], covered: true },
    { name: 'a range in a port', inner: [rule('accept', tcp(80, 443))], outer: [rule('accept', tcp(443))], covered: false },
    { name: 'tcp in everything', inner: [rule('accept', { protocol: 6 })], outer: [rule('accept')], covered: true },
    { name: 'everything in tcp', inner: [rule('accept')], outer: [rule('accept', { protocol: 6 })], covered: false },
    {
      name: 'a block in a wider one',
      inner: [rule('accept', { sourceCidr: '10.1.0.0/16' })],
      outer: [rule('accept', { sourceCidr: '10.0.0.0/8' })],
      covered: true,
    },
    {
      name: 'IPv6 in all of IPv4',
      inner: [rule('accept', { sourceCidr: '::/0', destinationCidr: '::/0' })],
      outer: [rule('accept')],
      covered: false,
    },
    { name: 'ingress in egress', inner: [rule('accept')], outer: [rule('accept', { direction: 'egress' })], covered: false },
    {
      name: 'what an earlier rule rejects',
      inner: [rule('reject', tcp(22)), rule('accept', tcp(20, 25))],
      outer: [rule('accept', tcp(20, 21)), rule('accept', tcp(23, 25))],
      covered: true,
    },
    {
      name: 'what a later rule rejects',
      inner: [rule('accept', tcp(22)), rule('reject', tcp(22))],
      outer: [rule('accept', tcp(23))],
      covered: false,
    },
    {
      name: 'what the other rejects',
      inner: [rule('accept', tcp(22))],
      outer: [rule('reject', tcp(22)), rule('accept')],
      covered: false,
    },
  ])('$name: covered $covered', ({ inner, outer, covered }) => {
    expect(isCovered(accepted(...inner), [accepted(...outer)])).toBe(covered);
  });

  it('may be covered by several together', () => {
    const web = accepted(rule('accept', tcp(80, 443)));
    const low = accepted(rule('accept', tcp(0, 100)));
    const high = accepted(rule('accept', tcp(101, 65_535)));
    expect([isCovered(web, [low]), isCovered(web, [high]), isCovered(web, [low, high])]).toEqual([false, false, true]);
  });

  it('count network services as traffic of their own', () => {
    const dns = acceptedBy(filter([], ['amazon-dns'])) as PacketSet;
    expect(isEmpty(dns)).toBe(false);
    expect(isCovered(dns, [accepted(rule('accept'))])).toBe(false);
    expect(overlap(dns, dns)).toBe(true);
  });

  it('are none where a filter has no rule that accepts', () => {
    expect(isEmpty(accepted(rule('reject')))).toBe(true);
  });

  it('are not told where a rule cannot be read', () => {
    expect(acceptedBy(filter([rule('accept', { sourceCidr: 'anywhere' })]))).toBeUndefined();
  });
});

/** A world of few packets, small enough to look at each of them. */
const blocks = ['10.0.0.0/30', '10.0.0.0/31', '10.0.0.2/31', '10.0.0.1/32', '10.0.0.3/32'] as const;
const addresses = [0, 1, 2, 3];
const ports = fc.constantFrom<PortRange | undefined>(undefined, { from: 1, to: 2 }, { from: 2, to: 3 }, { from: 3, to: 3 });
const aRule = fc
  .record({
    action: fc.constantFrom('accept', 'reject'),
    protocol: fc.constantFrom(undefined, 6, 17),
    source: fc.constantFrom(...blocks),
    destination: fc.constantFrom(...blocks),
    destinationPorts: ports,
  })
  .map(({ action, protocol, source, destination, destinationPorts }) =>
    rule(action as 'accept', {
      sourceCidr: source,
      destinationCidr: destination,
      ...(protocol === undefined ? {} : { protocol }),
      ...(destinationPorts === undefined ? {} : { destinationPorts }),
    }),
  );
const aFilter = fc.array(aRule, { maxLength: 5 });

/** The packets that a list of rules lets through, one by one: protocol, last byte of both addresses, destination port. */
function packets(rules: readonly Omit<FilterRule, 'number'>[]): ReadonlySet<string> {
  const found = new Set<string>();
  const isIn = (cidr: string, last: number) => {
    const [base = '', prefix = '32'] = cidr.split('/');
    const size = 2 ** (32 - Number(prefix));
    const first = Number(base.split('.')[3]);
    return last >= first && last < first + size;
  };
  for (const protocol of [6, 17, 1])
    for (const source of addresses)
      for (const destination of addresses)
        for (const port of [1, 2, 3, 4]) {
          const first = rules.find(
            (one) =>
              (one.protocol ?? protocol) === protocol &&
              isIn(one.sourceCidr, source) &&
              isIn(one.destinationCidr, destination) &&
              (one.destinationPorts === undefined || (one.destinationPorts.from <= port && port <= one.destinationPorts.to)),
          );
          if (first?.action === 'accept') found.add([protocol, source, destination, port].join());
        }
  return found;
}

it('agrees with a count of every packet of a small world', () => {
  fc.assert(
    fc.property(aFilter, aFilter, aFilter, (one, other, third) => {
      const [a, b, c] = [packets(one), packets(other), packets(third)];
      const [setA, setB, setC] = [accepted(...one), accepted(...other), accepted(...third)];
      expect(overlap(setA, setB)).toBe([...a].some((packet) => b.has(packet)));
      expect(isCovered(setA, [setB, setC])).toBe([...a].every((packet) => b.has(packet) || c.has(packet)));
      expect(isEmpty(setA)).toBe(a.size === 0);
    }),
    { numRuns: 1_500 },
  );
});
