const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A number and a unit: `30m`, `4h`, `2d`. */
export const durationForm = /^[1-9]\d{0,5}[mhd]$/;

/** A sweep comes every five minutes: a shorter time would end late. A longer one than the other is a rule of the policy. */
const bounds = { minMs: 5 * 60_000, maxMs: 30 * 86_400_000 };

/** Milliseconds of a duration; NaN where it has not the form of one. */
export function durationMs(text: string): number {
  return Number(text.slice(0, -1)) * (unitMs[text.slice(-1)] ?? Number.NaN);
}

/** Whether a text is a duration from five minutes to thirty days. */
export function isDuration(text: string): boolean {
  const ms = durationMs(text);
  return ms >= bounds.minMs && ms <= bounds.maxMs;
}
