/** Metrics of the emulated CloudWatch: every value that was reported, and statistics over windows of time. */

/** What tells one metric from another; dimensions by name. */
export interface MetricIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Values of one moment; `timestamp` in epoch milliseconds. */
export interface MetricDatum extends MetricIdentity {
  readonly timestamp: number;
  readonly values: readonly number[];
  readonly unit?: string;
}

export type Statistic = 'SampleCount' | 'Sum' | 'Average' | 'Minimum' | 'Maximum';

/** After `from`, up to and including `to`. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface Metrics {
  put(datum: MetricDatum): void;
  /** Undefined where nothing was reported in the window. Dimensions must be exactly those of the metric, as in CloudWatch. */
  statistic(metric: MetricIdentity, statistic: Statistic, window: Window): number | undefined;
  /** Whether anything was ever reported. */
  has(metric: MetricIdentity): boolean;
  /** Every metric, in the order of its first value. */
  list(): readonly MetricIdentity[];
}

interface Series extends MetricIdentity {
  /** In order of arrival. */
  readonly data: { readonly timestamp: number; readonly values: readonly number[] }[];
}

/** Creates a store without metrics. */
export function createMetrics(): Metrics {
  const byKey = new Map<string, Series>();

  return {
    put({ namespace, name, dimensions, timestamp, values }) {
      const key = keyOf({ namespace, name, dimensions });
      const series = byKey.get(key) ?? { namespace, name, dimensions, data: [] };
      byKey.set(key, series);
      series.data.push({ timestamp, values });
    },
    statistic(metric, statistic, { from, to }) {
      const data = byKey.get(keyOf(metric))?.data ?? [];
      const values = data.filter(({ timestamp }) => timestamp > from && timestamp <= to).flatMap((datum) => datum.values);
      return values.length === 0 ? undefined : compute(statistic, values);
    },
    has: (metric) => byKey.has(keyOf(metric)),
    list: () => [...byKey.values()].map(({ namespace, name, dimensions }) => ({ namespace, name, dimensions })),
  };
}

function keyOf({ namespace, name, dimensions }: MetricIdentity): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

function compute(statistic: Statistic, values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (statistic) {
    case 'SampleCount':
      return values.length;
    case 'Sum':
      return sum;
    case 'Average':
      return sum / values.length;
    case 'Minimum':
      return values.reduce((least, value) => Math.min(least, value));
    case 'Maximum':
      return values.reduce((most, value) => Math.max(most, value));
  }
}
