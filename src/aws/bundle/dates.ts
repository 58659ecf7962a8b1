/**
 * Stands in for the SDK's date functions in the handler's bundle, which reads `Retry-After` headers with one of them and writes dates
 * with none: the platform's own do.
 */

/** `Mon, 23 Nov 2026 02:40:11 GMT` */
export const dateToUtcString = (date: Date): string => date.toUTCString();

/** Throws on what is not a date. */
export function parseRfc7231DateTime(value: string): Date {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) throw new TypeError(`not an HTTP date: ${value}`);
  return date;
}

export const parseRfc3339DateTime = notBundled;
export const parseRfc3339DateTimeWithOffset = notBundled;
export const parseEpochTimestamp = notBundled;

function notBundled(): never {
  throw new Error('this date format is not part of this bundle');
}
