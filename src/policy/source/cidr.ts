import ipaddr from 'ipaddr.js';
import { everything, type Family } from './protocols.ts';

export interface Cidr {
  readonly family: Family;
  /** As EC2 writes it: network address, IPv6 in its short form. */
  readonly text: string;
}

export const anyOf = (family: Family): Cidr => ({ family, text: everything[family] });

/** Reads a CIDR block, or says what is wrong with it. A block whose host bits are set is refused with the block that was probably meant. */
export function parseCidr(text: string): Cidr | { readonly problem: string } {
  const [address = '', prefixText, ...rest] = text.trim().split('/');
  const parsed = parseAddress(address);
  if (parsed === undefined || rest.length > 0)
    return { problem: `"${text}" is no CIDR block; write one such as 10.0.0.0/8 or 2001:db8::/32` };
  const bits = parsed.kind() === 'ipv4' ? 32 : 128;
  const canonical = (address: ipaddr.IPv4 | ipaddr.IPv6) =>
    address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
  if (prefixText === undefined)
    return { problem: `"${text}" has no prefix length; for this one address write ${canonical(parsed)}/${bits}` };
  const prefix = /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : Number.NaN;
  if (!(prefix <= bits)) return { problem: `"${text}" has no prefix length from 0 to ${bits} after the slash` };
  const network = canonical(networkOf(parsed, prefix));
  if (network !== canonical(parsed)) return { problem: `"${text}" has host bits set; the block is ${network}/${prefix}` };
  return { family: parsed.kind(), text: `${network}/${prefix}` };
}

/** Stricter than ipaddr.js by itself, which takes octal parts, short forms such as 10.1 and zone ids. */
function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text)) return ipaddr.IPv6.parse(text);
  return undefined;
}

function networkOf(address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number): ipaddr.IPv4 | ipaddr.IPv6 {
  const bytes = address.toByteArray().map((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefix - index * 8));
    return byte & ~(0xff >> kept) & 0xff;
  });
  return ipaddr.fromByteArray(bytes);
}
