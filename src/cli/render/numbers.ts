import type { Use } from '../estimate.ts';

/** `3 of 10,000 sessions`; with what a plan makes of it where that is another number. */
export function useText({ name, used, after = used, limit }: Use): string {
  const then = after === used ? '' : ` now, ${grouped(after)} after it`;
  return `${grouped(used)} of ${grouped(limit)} ${name}${then}`;
}

/** `1 session`, `2 sessions`. */
export function counted(number: number, what: string): string {
  return `${grouped(number)} ${what}${number === 1 ? '' : 's'}`;
}

/** `10000` as `10,000`. */
function grouped(number: number): string {
  return number.toLocaleString('en-US');
}
