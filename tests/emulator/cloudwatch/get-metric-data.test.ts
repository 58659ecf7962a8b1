import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { beforeEach, expect, it } from 'vitest';
import { createAlarms } from '../../../src/emulator/cloudwatch/alarms.ts';
import { createCloudWatchService } from '../../../src/emulator/cloudwatch/get-metric-data.ts';
import { createMetrics, type Metrics } from '../../../src/emulator/cloudwatch/metrics.ts';
import { refusal } from '../ec2/in-process-client.ts';
import { inProcess } from '../front/in-process-handler.ts';
import { createTestHost, type TestHost } from '../test-host.ts';

let host: TestHost;
let metrics: Metrics;
let client: CloudWatchClient;

beforeEach(() => {
  host = createTestHost();
  metrics = createMetrics();
  client = new CloudWatchClient(inProcess(createCloudWatchService(host, { metrics, alarms: createAlarms(host, metrics) })));
});

const query = (Id: string, MetricName: string, Stat = 'Sum', InstanceId = 'i-1'): MetricDataQuery => ({
  Id,
  MetricStat: {
    Metric: { Namespace: 'AWS/EC2', MetricName, Dimensions: [{ Name: 'InstanceId', Value: InstanceId }] },
    Period: 300,
    Stat,
  },
});

async function ask(...MetricDataQueries: MetricDataQuery[]) {
  const now = host.clock.now();
  const { MetricDataResults = [] } = await client.send(
    new GetMetricDataCommand({ MetricDataQueries, StartTime: new Date(now - 3_600_000), EndTime: new Date(now + 1) }),
  );
  return MetricDataResults;
}

it('tells planted figures by period, the latest first, and nothing where none was planted', async () => {
  const now = host.clock.now();
  const put = (instanceId: string, value: number, timestamp = now) =>
    metrics.put({
      namespace: 'AWS/EC2',
      name: 'NetworkMirrorIn',
      dimensions: { InstanceId: instanceId },
      values: [value],
      timestamp,
    });
  put('i-1', 100, now - 600_000);
  put('i-1', 20);
  put('i-1', 3);
  put('i-2', 999);
  put('i-1', 777, now - 7_200_000);
  const [mirrored, most, none] = await ask(
    query('a', 'NetworkMirrorIn'),
    query('b', 'NetworkMirrorIn', 'Maximum'),
    query('c', 'NetworkMirrorOut'),
  );
  expect(mirrored).toMatchObject({ Id: 'a', Values: [23, 100], StatusCode: 'Complete' });
  expect(most?.Values).toEqual([20, 100]);
  expect(none?.Values).toEqual([]);
});

it('refuses more queries than a request may have, a time that ends before it begins, and expressions', async () => {
  const code = async (call: Promise<unknown>) => (await refusal(call)).code;
  expect(await code(ask(...Array.from({ length: 501 }, (_, index) => query(`q${index}`, 'NetworkMirrorIn'))))).toMatch(
    /^Validation/,
  );
  const at = new Date(host.clock.now());
  const backwards = new GetMetricDataCommand({ MetricDataQueries: [query('a', 'X')], StartTime: at, EndTime: at });
  expect(await code(client.send(backwards))).toMatch(/^Validation/);
  expect(await code(ask({ Id: 'a', Expression: 'SUM(METRICS())' }))).toMatch(/^Validation/);
});

it('asks the authorizer', async () => {
  host.denyWith(() => 'no');
  expect(await refusal(ask(query('a', 'NetworkMirrorIn')))).toMatchObject({ code: 'AccessDenied', status: 403 });
});
