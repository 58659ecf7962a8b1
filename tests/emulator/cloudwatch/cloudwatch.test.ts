import { beforeEach, describe, expect, it } from 'vitest';
import type { AlarmDefinition } from '../../../src/emulator/cloudwatch/alarm-definition.ts';
import { type CloudWatch, createCloudWatch } from '../../../src/emulator/cloudwatch/cloudwatch.ts';
import { createLogs, type Logs } from '../../../src/emulator/logs/logs.ts';
import { createSqs, type Sqs } from '../../../src/emulator/sqs/sqs.ts';
import { createTestHost, type TestHost } from '../test-host.ts';

const minute = 60_000;
const noActions = { OK: [], ALARM: [], INSUFFICIENT_DATA: [] };
const beats = { namespace: 'n', name: 'Beats', dimensions: { Owner: 'o' } };

let host: TestHost;
let logs: Logs;
let sqs: Sqs;
let cloudWatch: CloudWatch;

beforeEach(() => {
  host = createTestHost();
  logs = createLogs(host);
  sqs = createSqs(host, { endpoint: () => 'http://localhost' });
  cloudWatch = createCloudWatch(host, { logs, sqs });
});

function anAlarm(more: Partial<AlarmDefinition> = {}): AlarmDefinition {
  return {
    name: 'a',
    metric: beats,
    statistic: 'Sum',
    periodSeconds: 60,
    evaluationPeriods: 1,
    comparison: 'GreaterThanThreshold',
    threshold: 0,
    treatMissingData: 'notBreaching',
    actions: noActions,
    ...more,
  };
}

function beat(value = 1): void {
  cloudWatch.metrics.put({ ...beats, timestamp: host.clock.now(), values: [value] });
}

const stateOf = (name = 'a') => cloudWatch.alarms.find(name)?.state;

describe('metrics', () => {
  it('are told apart by namespace, name and exactly their dimensions, in any order', () => {
    const { metrics } = cloudWatch;
    const both = { namespace: 'n', name: 'Beats', dimensions: { Owner: 'o', Reason: 'r' } };
    metrics.put({ ...both, timestamp: 1_000, values: [1, 5] });
    metrics.put({ ...beats, timestamp: 1_000, values: [7] });
    metrics.put({ ...both, dimensions: { Reason: 'r', Owner: 'o' }, timestamp: 2_000, values: [3] });
    const window = { from: 999, to: 2_000 };
    const statistics = ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'] as const;
    expect(statistics.map((statistic) => metrics.statistic(both, statistic, window))).toEqual([3, 9, 3, 1, 5]);
    expect(metrics.statistic(beats, 'Sum', window)).toBe(7);
    expect(metrics.statistic({ ...beats, dimensions: {} }, 'Sum', window)).toBeUndefined();
    expect(metrics.list()).toEqual([both, beats]);
  });

  it('of a window begin after its beginning and end with its end', () => {
    for (const timestamp of [1_000, 2_000, 3_000]) cloudWatch.metrics.put({ ...beats, timestamp, values: [timestamp] });
    expect(cloudWatch.metrics.statistic(beats, 'Sum', { from: 1_000, to: 2_000 })).toBe(2_000);
    expect(cloudWatch.metrics.statistic(beats, 'Sum', { from: 3_000, to: 9_000 })).toBeUndefined();
  });

  it('come out of log lines of any group, and what is malformed is counted', () => {
    logs.createLogGroup('g');
    const document = (value: unknown) =>
      JSON.stringify({
        _aws: {
          Timestamp: host.clock.now(),
          CloudWatchMetrics: [{ Namespace: 'n', Dimensions: [['Owner']], Metrics: [{ Name: 'Beats' }] }],
        },
        Owner: 'o',
        Beats: value,
      });
    const timestamp = host.clock.now();
    logs.append('g', 's', [
      { timestamp, message: document(4) },
      { timestamp, message: document('many') },
      { timestamp, message: 'text' },
    ]);
    const window = { from: timestamp - 1, to: timestamp };
    expect(cloudWatch.metrics.statistic(beats, 'Sum', window)).toBe(4);
    const errors = { namespace: 'AWS/Logs', name: 'EMFValidationErrors', dimensions: { LogGroupName: 'g' } };
    expect(cloudWatch.metrics.statistic(errors, 'Sum', window)).toBe(1);
    expect(cloudWatch.metrics.list()).toHaveLength(2);
  });

  it('are sampled of queues every minute', async () => {
    cloudWatch.alarms.put(anAlarm());
    const queue = sqs.createQueue('q');
    queue.send({ body: 'a' });
    await host.clock.advance(2 * minute);
    queue.receive({ max: 1 });
    await host.clock.advance(minute - 31_000);
    const of = (name: string) =>
      cloudWatch.metrics.statistic({ namespace: 'AWS/SQS', name, dimensions: { QueueName: 'q' } }, 'Maximum', {
        from: 0,
        to: Number.POSITIVE_INFINITY,
      });
    expect(of('ApproximateNumberOfMessagesVisible')).toBe(1);
    expect(of('ApproximateAgeOfOldestMessage')).toBe(120);
    cloudWatch.goOnTo(host.clock.now() + minute);
    expect(of('ApproximateNumberOfMessagesNotVisible')).toBe(1);
    expect(of('ApproximateAgeOfOldestMessage')).toBe(180);
  });

  it('tell of invocations and their errors', () => {
    cloudWatch.reportInvocation({ functionName: 'f', durationMs: 12, isError: false });
    cloudWatch.reportInvocation({ functionName: 'f', durationMs: 20, isError: true });
    const window = { from: host.clock.now() - 1, to: host.clock.now() };
    const of = (name: string) =>
      cloudWatch.metrics.statistic({ namespace: 'AWS/Lambda', name, dimensions: { FunctionName: 'f' } }, 'Sum', window);
    expect([of('Invocations'), of('Errors'), of('Duration')]).toEqual([2, 1, 32]);
  });
});

describe('an alarm', () => {
  it('waits for a first evaluation, goes off, comes back, and tells each change', async () => {
    const actions = { OK: ['arn:ok'], ALARM: ['arn:alarm'], INSUFFICIENT_DATA: [] };
    cloudWatch.alarms.put(anAlarm({ actions, description: 'd' }));
    expect(stateOf()).toBe('INSUFFICIENT_DATA');
    await host.clock.advance(minute);
    expect(stateOf()).toBe('OK');
    await host.clock.advance(30_000);
    beat();
    expect(stateOf()).toBe('OK');
    await host.clock.advance(30_000);
    expect(stateOf()).toBe('ALARM');
    // The newest datapoint counts until it is out of the range of three periods.
    await host.clock.advance(2 * minute);
    expect(stateOf()).toBe('ALARM');
    await host.clock.advance(minute);
    expect(stateOf()).toBe('OK');

    const told = cloudWatch.alarms.history().map(({ from, to, actions: done }) => [from, to, done]);
    expect(told).toEqual([
      ['INSUFFICIENT_DATA', 'OK', ['arn:ok']],
      ['OK', 'ALARM', ['arn:alarm']],
      ['ALARM', 'OK', ['arn:ok']],
    ]);
    const arn = 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a';
    expect(host.emitted[1]).toMatchObject({
      source: 'aws.cloudwatch',
      detailType: 'CloudWatch Alarm State Change',
      resources: [arn],
      detail: { alarmName: 'a', state: { value: 'ALARM' }, previousState: { value: 'OK' }, configuration: { description: 'd' } },
    });
    expect(cloudWatch.alarms.find('a')?.arn).toBe(arn);
  });

  it('on a metric that stops goes off after two periods more than it evaluates', async () => {
    const dead = { comparison: 'LessThanThreshold', threshold: 1, evaluationPeriods: 3, treatMissingData: 'breaching' } as const;
    cloudWatch.alarms.put(anAlarm(dead));
    await host.clock.advance(30_000);
    beat();
    const states: (string | undefined)[] = [];
    for (let minutes = 1; minutes <= 6; minutes += 1) {
      await host.clock.advance(minute);
      states.push(stateOf());
    }
    expect(states).toEqual(['OK', 'OK', 'OK', 'OK', 'OK', 'ALARM']);
  });

  it('on the same metric filled with zero goes off after exactly what it evaluates', async () => {
    const dead = { comparison: 'LessThanThreshold', threshold: 1, evaluationPeriods: 3, treatMissingData: 'breaching' } as const;
    cloudWatch.alarms.put(anAlarm({ ...dead, fill: 0 }));
    await host.clock.advance(30_000);
    beat();
    const states: (string | undefined)[] = [];
    for (let minutes = 1; minutes <= 4; minutes += 1) {
      await host.clock.advance(minute);
      states.push(stateOf());
    }
    expect(states).toEqual(['OK', 'OK', 'OK', 'ALARM']);
  });

  it('that is replaced keeps its state, and that is deleted is gone with its evaluations', async () => {
    cloudWatch.alarms.put(anAlarm());
    await host.clock.advance(minute);
    cloudWatch.alarms.put(anAlarm({ threshold: 5 }));
    expect(cloudWatch.alarms.list()).toMatchObject([{ name: 'a', threshold: 5, state: 'OK' }]);
    cloudWatch.alarms.delete('a');
    expect(() => cloudWatch.alarms.delete('a')).toThrow('There is no alarm a');
    await expect(host.clock.runUntilIdle()).resolves.toBe(true);
    cloudWatch.alarms.put(anAlarm());
    await host.clock.advance(minute);
    expect(stateOf()).toBe('OK');
  });

  it.each<[Partial<AlarmDefinition>, string]>([
    [{ name: '' }, '1 to 255 characters'],
    [{ periodSeconds: 90 }, 'multiple of 60'],
    [{ periodSeconds: 0 }, 'multiple of 60'],
    [{ evaluationPeriods: 0 }, 'EvaluationPeriods'],
    [{ evaluationPeriods: 2, datapointsToAlarm: 3 }, 'DatapointsToAlarm'],
    [{ periodSeconds: 1_800, evaluationPeriods: 49 }, 'more than a day'],
    [{ periodSeconds: 86_400, evaluationPeriods: 8 }, 'more than a week'],
  ])('that CloudWatch would not take is refused: %j', (more, reason) => {
    expect(() => cloudWatch.alarms.put(anAlarm(more))).toThrow(reason);
    expect(cloudWatch.alarms.list()).toEqual([]);
  });
});
