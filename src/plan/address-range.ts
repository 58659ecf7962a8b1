/** IPv4 addresses lie behind all of IPv6, so that one line of numbers holds both and no address is two. */
const ipv4Offset = 1n << 128n;

/**
 * First and last address of a CIDR block as numbers on one line for both IP versions; undefined where the text is none.
 *
 * EC2 gives blocks in their canonical form, so a few lines do here what a library would add nine kilobytes for; a test compares them with one.
 */
export function addressRange(cidr: string): readonly [from: bigint, to: bigint] | undefined {
  const [address = '', prefix = ''] = cidr.split('/', 2);
  const isIpv6 = address.includes(':');
  const bits = isIpv6 ? 128n : 32n;
  const value = isIpv6 ? ipv6(address) : ipv4(address);
  if (value === undefined || !/^\d{1,3}$/.test(prefix) || BigInt(prefix) > bits) return undefined;
  const size = 1n << (bits - BigInt(prefix));
  const from = value - (value % size) + (isIpv6 ? 0n : ipv4Offset);
  return [from, from + size - 1n];
}

function ipv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function ipv6(text: string): bigint | undefined {
  const [head = '', tail, ...more] = text.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const missing = 8 - before.length - after.length;
  if (more.length > 0 || (tail === undefined ? missing !== 0 : missing < 1)) return undefined;
  const all = [...before, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...after];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return all.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n);
}
