import { InvalidArgumentError } from 'commander';
import ms from 'ms';
import { parseTime } from '../policy/until.ts';

/** Reads `90s`, `30m`, `2h` or `3d` into milliseconds. */
export function durationMs(text: string): number {
  const read = /^\d[\d.]*\s*[a-z]+$/i.test(text) ? ms(text as ms.StringValue) : undefined;
  if (read === undefined) throw new InvalidArgumentError('A duration is a number with a unit, such as 90s, 30m, 2h or 3d.');
  return read;
}

/** A point in time, or how long before now it is. */
export type Since = { readonly agoMs: number } | { readonly at: number };

/** Reads a duration before now, or an ISO 8601 time. */
export function sinceWhen(text: string): Since {
  const at = parseTime(text);
  if (at !== undefined) return { at };
  try {
    return { agoMs: durationMs(text) };
  } catch {
    throw new InvalidArgumentError('Give how long ago, such as 30m, 2h or 3d, or an ISO 8601 time such as 2026-12-24T18:00Z.');
  }
}
