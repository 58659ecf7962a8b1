/** One measured number. */
export interface Figure {
  readonly name: string;
  /** Undefined when it could not be measured here. */
  readonly value: number | undefined;
  readonly unit: 'KB' | 'ms' | 'ratio';
  /** The target, where there is one. */
  readonly atMost?: number;
}

/** A table for people: name, value, target. */
export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, atMost }) => [
    name,
    value === undefined ? 'not measured' : `${value.toFixed(unit === 'ratio' ? 3 : 1)}${unit === 'ratio' ? '' : ` ${unit}`}`,
    atMost === undefined ? '' : `at most ${atMost}${value === undefined || value <= atMost ? '' : '  MISSED'}`,
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(([name = '', value = '', target = '']) =>
      `${name.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)}  ${target}`.trimEnd(),
    )
    .join('\n');
}
