import { type CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { ById, MirrorMetrics } from './facts.ts';

/** https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirror-cloudwatch.html */
const metricNames = {
  mirroredIn: 'NetworkMirrorIn',
  mirroredOut: 'NetworkMirrorOut',
  skippedIn: 'NetworkSkipMirrorIn',
  skippedOut: 'NetworkSkipMirrorOut',
} as const satisfies Record<keyof MirrorMetrics, string>;

type Field = keyof MirrorMetrics;
// The keys of a constant object are its own.
const fields = Object.keys(metricNames) as Field[];

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html: queries in one request. */
const queriesPerRequest = 500;

const hourMs = 3_600_000;
/** EC2's basic monitoring reports so often. */
const periodSeconds = 300;

/** Reads the sums of the last hour before `now` (epoch milliseconds) for each instance. */
export async function readMetrics(
  cloudWatch: CloudWatchClient,
  instanceIds: readonly string[],
  now: number,
): Promise<ById<MirrorMetrics>> {
  const perRequest = queriesPerRequest / fields.length;
  const metrics: Record<string, MirrorMetrics> = {};
  for (let start = 0; start < instanceIds.length; start += perRequest) {
    const chunk = instanceIds.slice(start, start + perRequest);
    const sums = await sumsOf(cloudWatch, chunk.flatMap(queriesOf), now);
    chunk.forEach((instanceId, index) => {
      metrics[instanceId] = Object.fromEntries(
        fields.flatMap((field) => {
          const sum = sums.get(queryId(field, index));
          return sum === undefined ? [] : [[field, sum]];
        }),
      );
    });
  }
  return metrics;
}

function queryId(field: Field, index: number): string {
  return `${field}${index}`;
}

function queriesOf(instanceId: string, index: number): readonly MetricDataQuery[] {
  return fields.map((field) => ({
    Id: queryId(field, index),
    ReturnData: true,
    MetricStat: {
      Metric: { Namespace: 'AWS/EC2', MetricName: metricNames[field], Dimensions: [{ Name: 'InstanceId', Value: instanceId }] },
      Period: periodSeconds,
      Stat: 'Sum',
    },
  }));
}

/** By query; a query without a data point is absent. */
async function sumsOf(
  cloudWatch: CloudWatchClient,
  queries: readonly MetricDataQuery[],
  now: number,
): Promise<ReadonlyMap<string, number>> {
  const sums = new Map<string, number>();
  let token: string | undefined;
  do {
    const page = await cloudWatch.send(
      new GetMetricDataCommand({
        MetricDataQueries: [...queries],
        StartTime: new Date(now - hourMs),
        EndTime: new Date(now),
        NextToken: token,
      }),
    );
    for (const { Id, Values = [] } of page.MetricDataResults ?? [])
      if (Id !== undefined && Values.length > 0)
        sums.set(
          Id,
          Values.reduce((sum, value) => sum + value, sums.get(Id) ?? 0),
        );
    token = page.NextToken || undefined;
  } while (token !== undefined);
  return sums;
}
