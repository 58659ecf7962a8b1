/** The Availability Zones of the emulated Region: `a`, `b` and `c`. */
import type { Host } from '../core.ts';

export const zoneNames = (host: Pick<Host, 'region'>): string[] => ['a', 'b', 'c'].map((letter) => host.region + letter);

/** `euw1-az1` for `eu-west-1a`: zone ids abbreviate the Region. */
export function zoneId(zone: string): string {
  const [area = '', ...rest] = zone.slice(0, -1).split('-');
  const number = rest.pop() ?? '';
  const initials = rest.map((word) =>
    word.replace(/^(north|south)(east|west)$/, (_, a: string, b: string) => a.charAt(0) + b.charAt(0)),
  );
  const direction = initials.map((word) => (word.length === 2 ? word : word.charAt(0))).join('');
  return `${area}${direction}${number}-az${zone.charCodeAt(zone.length - 1) - 96}`;
}
