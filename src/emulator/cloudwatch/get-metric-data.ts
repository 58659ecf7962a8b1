/** CloudWatch on the wire: AWS JSON 1.0, GetMetricData and DescribeAlarms. */
import { z } from 'zod';
import { AwsError, type Host, type Service, type ServiceRequest } from '../core.ts';
import { createJsonService, operation } from '../json-protocol.ts';
import type { CloudWatch } from './cloudwatch.ts';
import { describeAlarms } from './describe-alarms.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const QUERIES_PER_REQUEST = 500;

/** Seconds since the epoch, as JSON carries times. */
const time = z.number();
const metricStat = z.object({
  Metric: z.object({
    Namespace: z.string(),
    MetricName: z.string(),
    Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]),
  }),
  Period: z.number().int().min(1),
  Stat: z.enum(['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount']),
});
const requestShape = z.object({
  MetricDataQueries: z.array(
    z.object({
      Id: z.string().regex(/^[a-z][A-Za-z0-9_]{0,254}$/, 'must start with a lowercase letter'),
      Label: z.string().optional(),
      ReturnData: z.boolean().default(true),
      Expression: z.string().optional(),
      MetricStat: metricStat.optional(),
    }),
  ),
  StartTime: time,
  EndTime: time,
  ScanBy: z.enum(['TimestampDescending', 'TimestampAscending']).default('TimestampDescending'),
});

/** Serves the metrics, complete and without pages, and the alarms. */
export function createCloudWatchService(host: Host, { metrics, alarms }: Pick<CloudWatch, 'metrics' | 'alarms'>): Service {
  function authorize({ caller }: ServiceRequest): void {
    const denial = host.authorizer.deny(caller, { action: 'cloudwatch:GetMetricData', resources: [] });
    if (denial !== undefined) throw new AwsError('AccessDenied', denial, 403);
  }

  /** One value for each period that has any, by the time at which it begins. */
  function seriesOf(
    { Metric, Period, Stat }: z.infer<typeof metricStat>,
    fromMs: number,
    toMs: number,
  ): [at: number, value: number][] {
    const dimensions = Object.fromEntries(Metric.Dimensions.map(({ Name, Value }) => [Name, Value]));
    const metric = { namespace: Metric.Namespace, name: Metric.MetricName, dimensions };
    if (!metrics.has(metric)) return [];
    const periodMs = Period * 1_000;
    const series: [number, number][] = [];
    for (let at = Math.floor(fromMs / periodMs) * periodMs; at < toMs; at += periodMs) {
      // A window of the store has its end, and not its beginning.
      const window = { from: Math.max(at, fromMs) - 1, to: Math.min(at + periodMs, toMs) - 1 };
      const value = metrics.statistic(metric, Stat, window);
      if (value !== undefined) series.push([at, value]);
    }
    return series;
  }

  return createJsonService({
    targetPrefix: 'GraniteServiceVersion20100801',
    version: '1.0',
    invalid: ({ path, reason }) => new AwsError('ValidationError', `${path}: ${reason}`),
    operations: {
      DescribeAlarms: describeAlarms(host, alarms),
      GetMetricData: operation(requestShape, (input, from) => {
        authorize(from);
        if (input.MetricDataQueries.length > QUERIES_PER_REQUEST)
          throw new AwsError(
            'ValidationError',
            `The collection MetricDataQueries must not have a size greater than ${QUERIES_PER_REQUEST}.`,
          );
        if (input.StartTime >= input.EndTime)
          throw new AwsError('ValidationError', 'The parameter StartTime must be less than the parameter EndTime.');
        const results = input.MetricDataQueries.filter(({ ReturnData }) => ReturnData).map((query) => {
          if (query.MetricStat === undefined)
            throw new AwsError('ValidationError', 'The emulated GetMetricData takes metrics, not expressions.');
          const series = seriesOf(query.MetricStat, input.StartTime * 1_000, input.EndTime * 1_000);
          if (input.ScanBy === 'TimestampDescending') series.reverse();
          return {
            Id: query.Id,
            Label: query.Label ?? query.MetricStat.Metric.MetricName,
            Timestamps: series.map(([at]) => at / 1_000),
            Values: series.map(([, value]) => value),
            StatusCode: 'Complete',
          };
        });
        return { MetricDataResults: results, Messages: [] };
      }),
    },
  });
}
