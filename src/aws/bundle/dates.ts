/**
 * Stands in for the SDK's older date functions in the handler's bundle, which keeps only the newer ones. Both read and write the same
 * formats; the older are still called for `Retry-After` headers and HTTP dates.
 */
import { _parseRfc7231DateTime } from '@smithy/core/serde';

/** `Mon, 23 Nov 2026 02:40:11 GMT` */
export const dateToUtcString = (date: Date): string => date.toUTCString();

/** Throws on anything but an HTTP date. */
export const parseRfc7231DateTime = (value: unknown): Date | undefined => _parseRfc7231DateTime(value);

export const parseRfc3339DateTime = notBundled;
export const parseRfc3339DateTimeWithOffset = notBundled;
export const parseEpochTimestamp = notBundled;

function notBundled(): never {
  throw new Error('this date format is not part of this bundle');
}
