/** Every metric of the service, and the log lines that carry them. docs/operations.md tells what each is for. */

/** Of all metrics; the owner tells the stacks of an account apart. */
export const metricNamespace = 'automirror';

/** Of every run, where there was any. */
export const runMetrics = [
  'SessionsCreated',
  'SessionsModified',
  'SessionsDeleted',
  'FiltersCreated',
  'FiltersDeleted',
  'TargetsCreated',
  'TargetsDeleted',
  'ChangesFailed',
  'ChangesBlocked',
  'SourcesRefused',
  'ReadFailures',
  'Ec2Calls',
  'Ec2CallsThrottled',
] as const;

/** Of every sweep, as `ChangesBlocked` and `SourcesRefused` are, be they zero: what a sweep has seen stays true until the next one. */
export const sweepMetrics = [
  'Sweeps',
  'SweepDuration',
  'Instances',
  'OwnSessions',
  'AccountSessions',
  'SourcesWithoutRoom',
] as const;

/** Those that are also told apart by reason. */
export const reasonMetrics = ['ChangesFailed', 'SourcesRefused'] as const;

export type MetricName = (typeof runMetrics | typeof sweepMetrics)[number];

/** Values of one moment. */
export type Figures = Partial<Readonly<Record<MetricName, number>>>;

/** What metrics are kept apart by: few values each, for every combination is a metric of its own, and paid for. */
export interface MetricDimensions {
  readonly Owner: string;
  readonly Reason?: string;
}

/**
 * The log line that gives the figures to CloudWatch.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param runId stands in the line for people, and is no dimension
 */
export function toMetricLine(dimensions: MetricDimensions, figures: Figures, runId: string, time: Date) {
  const Metrics = Object.keys(figures).map((Name) => ({ Name, Unit: Name === 'SweepDuration' ? 'Milliseconds' : 'Count' }));
  const CloudWatchMetrics = [{ Namespace: metricNamespace, Dimensions: [Object.keys(dimensions)], Metrics }];
  return { _aws: { Timestamp: time.getTime(), CloudWatchMetrics }, ...dimensions, runId, ...figures };
}
