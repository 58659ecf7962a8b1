/** One measured number. */
export interface Figure {
  readonly name: string;
  /** How large what it was measured on is, where there are several sizes: figures of one name make a row. */
  readonly of?: string;
  /** Undefined when it could not be measured here. */
  readonly value: number | undefined;
  readonly unit: 'KB' | 'MB' | 'ms' | 's' | 'count' | 'ratio';
  /** The target, where there is one. */
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** A table for people: name, value, target. */
export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [nameOf(figure), formatValue(figure), formatTarget(figure)]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(([name = '', value = '', target = '']) =>
      `${name.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)}  ${target}`.trimEnd(),
    )
    .join('\n');
}

function nameOf({ name, of }: Figure): string {
  return of === undefined ? name : `${name} (${of})`;
}

/** Whether the figure misses its target; one that could not be measured misses none. */
export function isMissed({ value, atMost, atLeast }: Figure): boolean {
  return value !== undefined && (value > (atMost ?? value) || value < (atLeast ?? value));
}

/** The value with its unit, as precise as is of use. */
export function formatValue({ value, unit }: Figure): string {
  if (value === undefined) return 'not measured';
  if (value === Number.POSITIVE_INFINITY) return 'never';
  if (unit === 'ratio') return value.toFixed(3);
  return unit === 'count' ? String(value) : `${value.toFixed(1)} ${unit}`;
}

/** The target, and whether it is missed. */
export function formatTarget(figure: Figure): string {
  const { atMost, atLeast } = figure;
  const target = atMost === undefined ? (atLeast === undefined ? '' : `at least ${atLeast}`) : `at most ${atMost}`;
  return isMissed(figure) ? `${target}  MISSED` : target;
}
