/**
 * Metrics in log lines, by the embedded metric format
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 */
import { z } from 'zod';
import type { MetricDatum } from './metrics.ts';

const UNITS = [
  'Seconds',
  'Microseconds',
  'Milliseconds',
  ...['', '/Second'].flatMap((per) =>
    [
      'Bytes',
      'Kilobytes',
      'Megabytes',
      'Gigabytes',
      'Terabytes',
      'Bits',
      'Kilobits',
      'Megabits',
      'Gigabits',
      'Terabits',
      'Count',
    ].map((unit) => `${unit}${per}`),
  ),
  'Percent',
  'None',
];

const directive = z.object({
  Namespace: z.string().min(1).max(1024),
  Dimensions: z.array(z.array(z.string().min(1)).max(30)).min(1),
  Metrics: z
    .array(
      z.object({
        Name: z.string().min(1).max(1024),
        Unit: z.enum(UNITS).optional(),
        StorageResolution: z.union([z.literal(1), z.literal(60)]).optional(),
      }),
    )
    .max(100),
});
const root = z.looseObject({
  _aws: z.object({ Timestamp: z.int(), CloudWatchMetrics: z.array(directive) }),
});
const value = z.union([z.number(), z.array(z.number()).min(1).max(100)]);
const dimension = z.string().min(1).max(1024);

const LONGEST_LINE_BYTES = 1_048_576;
const OLDEST_MS = 14 * 86_400_000;
const FURTHEST_AHEAD_MS = 2 * 3_600_000;

/** What a log line says in the format: its data, why it is refused, or undefined where it does not try to. */
export type EmbeddedMetrics = { readonly data: readonly MetricDatum[] } | { readonly refused: string } | undefined;

/** Reads a line. Like CloudWatch it refuses the whole line for one mistake. */
export function readEmbeddedMetrics(line: string, now: number): EmbeddedMetrics {
  // Most lines are none of these; parsing each would be most of the work.
  if (!line.includes('"_aws"')) return undefined;
  const json = parseJson(line);
  if (typeof json !== 'object' || json === null || !('_aws' in json)) return undefined;
  if (Buffer.byteLength(line) > LONGEST_LINE_BYTES) return { refused: 'the line is longer than 1 MB' };
  const { data, error } = root.safeParse(json);
  if (error !== undefined) return { refused: z.prettifyError(error) };
  const { Timestamp: timestamp, CloudWatchMetrics } = data._aws;
  if (timestamp < now - OLDEST_MS || timestamp > now + FURTHEST_AHEAD_MS)
    return { refused: 'the timestamp is more than 14 days past or two hours ahead' };

  const found: MetricDatum[] = [];
  for (const { Namespace, Dimensions, Metrics } of CloudWatchMetrics) {
    for (const names of Dimensions) {
      const dimensions = names.map((name) => [name, dimension.safeParse(data[name]).data] as const);
      const [missing] = dimensions.find(([, text]) => text === undefined) ?? [];
      if (missing !== undefined) return { refused: `the dimension ${missing} is no text of 1 to 1024 characters` };
      for (const { Name, Unit } of Metrics) {
        const values = value.safeParse(data[Name]).data;
        if (values === undefined) return { refused: `the metric ${Name} is no number` };
        found.push({
          namespace: Namespace,
          name: Name,
          dimensions: Object.fromEntries(dimensions.map(([name, text]) => [name, text ?? ''])),
          timestamp,
          values: [values].flat(),
          ...(Unit === undefined ? {} : { unit: Unit }),
        });
      }
    }
  }
  return { data: found };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
