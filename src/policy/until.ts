const form = /^(\d{4})-(\d{2})-(\d{2})(?:[t ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/**
 * Reads an ISO 8601 date or date-time into epoch milliseconds; undefined where it is none.
 *
 * A date alone is its first moment, and a time without an offset is UTC: `2026-12-31` is `2026-12-31T00:00:00Z`.
 * Days and hours that do not exist (`2026-02-30`, `25:00`) are refused, not carried over.
 */
export function parseTime(text: string): number | undefined {
  const found = form.exec(text.trim());
  if (found === null) return undefined;
  const part = (index: number) => Number(found[index] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  const milliseconds = Number((found[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const offset = offsetMinutes(found[8] ?? 'z');
  if (offset === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  const midnight = Date.UTC(year, month - 1, day);
  const date = new Date(midnight);
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1) return undefined;
  return midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000 + milliseconds;
}

function offsetMinutes(text: string): number | undefined {
  if (text.toLowerCase() === 'z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(':', '') || 0);
  if (hours > 23 || minutes > 59) return undefined;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
