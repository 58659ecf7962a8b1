import { isAddress } from './addresses.ts';

/** A port that is known, or a client's port, which is not. */
export type FlowPort = number | 'any';

/** Traffic between an instance and one peer, as `--flow` names it. */
export interface Flow {
  /** IANA number. */
  readonly protocol: number;
  readonly peer: string;
  readonly peerPort: FlowPort;
  readonly ownPort: FlowPort;
  /** As it was written. */
  readonly text: string;
}

const protocols: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 };

/** Reads `tcp:10.0.0.5:443` (the peer's port), `tcp:10.0.0.5:*:22` (the instance's own), `udp:[2001:db8::5]:53` or `icmp:10.0.0.5`, or says what is wrong. */
export function parseFlow(text: string): Flow | { readonly problem: string } {
  const form = /^([a-z0-9]+):(?:\[([^\]]+)\]|([^:[\]]+))(?::([^:]+))?(?::([^:]+))?$/i.exec(text.trim());
  if (form === null)
    return { problem: `"${text}" is no flow; write one such as tcp:10.0.0.5:443, tcp:10.0.0.5:*:22 or udp:[2001:db8::5]:53` };
  const [, name = '', bracketed, plain, peerPortText, ownPortText] = form;
  const protocol = protocols[name.toLowerCase()] ?? (/^\d{1,3}$/.test(name) && Number(name) < 256 ? Number(name) : undefined);
  if (protocol === undefined) return { problem: `"${name}" is no protocol; write tcp, udp, icmp, icmpv6 or a number` };
  const peer = bracketed ?? plain ?? '';
  if (!isAddress(peer)) return { problem: `"${peer}" is no IP address` };
  const peerPort = readPort(peerPortText);
  const ownPort = readPort(ownPortText);
  if (peerPort === undefined || ownPort === undefined)
    return { problem: `"${text}" has no port from 0 to 65535 after the address` };
  return { protocol, peer, peerPort, ownPort, text: text.trim() };
}

function readPort(text: string | undefined): FlowPort | undefined {
  if (text === undefined || text === '*') return 'any';
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}
