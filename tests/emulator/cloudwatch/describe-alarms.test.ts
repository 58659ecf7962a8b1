import { CloudWatchClient, DescribeAlarmsCommand, type DescribeAlarmsCommandInput } from '@aws-sdk/client-cloudwatch';
import { beforeEach, expect, test } from 'vitest';
import type { AlarmDefinition } from '../../../src/emulator/cloudwatch/alarm-definition.ts';
import { createAlarms } from '../../../src/emulator/cloudwatch/alarms.ts';
import { createCloudWatchService } from '../../../src/emulator/cloudwatch/get-metric-data.ts';
import { createMetrics } from '../../../src/emulator/cloudwatch/metrics.ts';
import { inProcess } from '../front/in-process-handler.ts';
import { createTestHost, type TestHost } from '../test-host.ts';

let host: TestHost;
let alarms: ReturnType<typeof createAlarms>;
let client: CloudWatchClient;

beforeEach(() => {
  host = createTestHost();
  const metrics = createMetrics();
  alarms = createAlarms(host, metrics);
  client = new CloudWatchClient(inProcess(createCloudWatchService(host, { metrics, alarms })));
});

const anAlarm = (name: string, more: Partial<AlarmDefinition> = {}): AlarmDefinition => ({
  name,
  metric: { namespace: 'n', name: 'm', dimensions: {} },
  statistic: 'Sum',
  periodSeconds: 60,
  evaluationPeriods: 1,
  comparison: 'GreaterThanThreshold',
  threshold: 3,
  actions: { OK: [], ALARM: ['arn:aws:sns:x'], INSUFFICIENT_DATA: [] },
  ...more,
});

const names = async (input: DescribeAlarmsCommandInput = {}) => {
  const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand(input));
  return MetricAlarms.map(({ AlarmName }) => AlarmName);
};

test('an alarm is shown with its settings and its state', async () => {
  alarms.put(anAlarm('prod-errors', { description: 'too many' }));
  const { MetricAlarms, CompositeAlarms } = await client.send(new DescribeAlarmsCommand({}));
  expect(MetricAlarms).toEqual([
    expect.objectContaining({
      AlarmName: 'prod-errors',
      AlarmArn: 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:prod-errors',
      AlarmDescription: 'too many',
      AlarmActions: ['arn:aws:sns:x'],
      Threshold: 3,
      StateValue: 'INSUFFICIENT_DATA',
      StateUpdatedTimestamp: new Date(host.clock.now()),
    }),
  ]);
  expect(CompositeAlarms).toEqual([]);
});

test('alarms are found by prefix, name, state and type, in order of name', async () => {
  for (const name of ['b-2', 'b-1']) alarms.put(anAlarm(name));
  alarms.put(anAlarm('a-1', { treatMissingData: 'breaching' }));
  alarms.evaluate(host.clock.now() + 600_000);
  expect(await names()).toEqual(['a-1', 'b-1', 'b-2']);
  expect(await names({ AlarmNamePrefix: 'b-' })).toEqual(['b-1', 'b-2']);
  expect(await names({ AlarmNames: ['a-1', 'z'] })).toEqual(['a-1']);
  expect(await names({ StateValue: 'ALARM' })).toEqual(['a-1']);
  expect(await names({ AlarmTypes: ['CompositeAlarm'] })).toEqual([]);
});

test('alarms come in pages', async () => {
  for (const name of ['a', 'b', 'c']) alarms.put(anAlarm(name));
  const first = await client.send(new DescribeAlarmsCommand({ MaxRecords: 2 }));
  expect(first.MetricAlarms).toHaveLength(2);
  expect(await names({ MaxRecords: 2, NextToken: first.NextToken })).toEqual(['c']);
  await expect(names({ NextToken: 'x' })).rejects.toMatchObject({ name: 'InvalidNextToken' });
});

test('names together with a prefix, a page too large, and a caller who may not are refused', async () => {
  await expect(names({ AlarmNames: ['a'], AlarmNamePrefix: 'a' })).rejects.toThrow('cannot be given together');
  await expect(names({ MaxRecords: 101 })).rejects.toThrow('MaxRecords');
  host.denyWith((_caller, { action }) => (action === 'cloudwatch:DescribeAlarms' ? 'not you' : undefined));
  await expect(names()).rejects.toMatchObject({ name: 'AccessDenied', message: 'not you' });
});
