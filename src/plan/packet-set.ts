import type { FilterContent, FilterRule, TrafficDirection } from '../model/filter.ts';
import { addressRange } from './address-range.ts';

/** From and to, both included. */
type Range = readonly [from: bigint, to: bigint];

/** Packets with a protocol, a source and destination address, and a source and destination port in these ranges, in this order. */
type Box = readonly Range[];

/**
 * The packets that a filter accepts, each direction by itself: boxes that do not overlap, and the network services whose traffic comes on top.
 *
 * Rules are looked at in order of their numbers, and the first that matches decides
 * (https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-filters.html).
 */
export interface PacketSet {
  readonly ingress: readonly Box[];
  readonly egress: readonly Box[];
  readonly services: ReadonlySet<string>;
}

/** More boxes than this come of no filter that a person wrote; what would need them is not told rather than waited for. */
const mostBoxes = 5_000;

/** What a filter accepts; undefined where a rule cannot be read, or the set is too intricate to be told. */
export function acceptedBy({ rules, networkServices }: FilterContent): PacketSet | undefined {
  const ingress = acceptedIn('ingress', rules);
  const egress = acceptedIn('egress', rules);
  if (ingress === undefined || egress === undefined) return undefined;
  return { ingress, egress, services: new Set(networkServices) };
}

/** Whether there is a packet in both sets. */
export function overlap(a: PacketSet, b: PacketSet): boolean {
  const meet = (some: readonly Box[], others: readonly Box[]) =>
    some.some((one) => others.some((other) => intersects(one, other)));
  return meet(a.ingress, b.ingress) || meet(a.egress, b.egress) || [...a.services].some((service) => b.services.has(service));
}

export function isEmpty({ ingress, egress, services }: PacketSet): boolean {
  return ingress.length + egress.length + services.size === 0;
}

/** Whether every packet of a set is in one of the others; false where that is too intricate to be told. */
export function isCovered(set: PacketSet, others: readonly PacketSet[]): boolean {
  const rest = (direction: TrafficDirection) =>
    others.reduce<readonly Box[] | undefined>((left, other) => left && without(left, other[direction]), set[direction]);
  return (
    [...set.services].every((service) => others.some((other) => other.services.has(service))) &&
    rest('ingress')?.length === 0 &&
    rest('egress')?.length === 0
  );
}

function acceptedIn(direction: TrafficDirection, rules: readonly FilterRule[]): readonly Box[] | undefined {
  const ordered = rules.filter((rule) => rule.direction === direction).sort((a, b) => a.number - b.number);
  const accepted: Box[] = [];
  const decided: Box[] = [];
  for (const rule of ordered) {
    const box = boxOf(rule);
    if (box === undefined) return undefined;
    if (rule.action === 'accept') {
      const rest = without([box], decided);
      if (rest === undefined) return undefined;
      accepted.push(...rest);
    }
    decided.push(box);
  }
  return accepted;
}

function boxOf({ protocol, sourceCidr, destinationCidr, sourcePorts, destinationPorts }: FilterRule): Box | undefined {
  const source = addressRange(sourceCidr);
  const destination = addressRange(destinationCidr);
  if (source === undefined || destination === undefined) return undefined;
  const ports = (range: FilterRule['sourcePorts']): Range => [BigInt(range?.from ?? 0), BigInt(range?.to ?? 65_535)];
  return [[BigInt(protocol ?? 0), BigInt(protocol ?? 255)], source, destination, ports(sourcePorts), ports(destinationPorts)];
}

function without(boxes: readonly Box[], taken: readonly Box[]): readonly Box[] | undefined {
  let left = boxes;
  for (const box of taken) {
    left = left.flatMap((one) => subtract(one, box));
    if (left.length > mostBoxes) return undefined;
  }
  return left;
}

/** What remains of a box without another: side by side, what lies below and above the other's range, and then only what lies within it. */
function subtract(box: Box, taken: Box): readonly Box[] {
  if (!intersects(box, taken)) return [box];
  const pieces: Box[] = [];
  let core = box;
  for (const [side, [from, to]] of taken.entries()) {
    const range = core[side];
    if (range === undefined) continue;
    if (range[0] < from) pieces.push(core.with(side, [range[0], from - 1n]));
    if (range[1] > to) pieces.push(core.with(side, [to + 1n, range[1]]));
    core = core.with(side, meet(range, [from, to]));
  }
  return pieces;
}

function meet(a: Range, b: Range): Range {
  const [from] = a[0] > b[0] ? a : b;
  const [, to] = a[1] < b[1] ? a : b;
  return [from, to];
}

function intersects(a: Box, b: Box): boolean {
  return a.every(([from, to], side) => {
    const other = b[side];
    return other !== undefined && from <= other[1] && other[0] <= to;
  });
}
