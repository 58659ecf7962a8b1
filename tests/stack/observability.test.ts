import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { metricNamespace, reasonMetrics, runMetrics, sweepMetrics } from '../../src/audit/metrics.ts';
import { at, type JsonObject, propertiesOf, readTemplate, resourcesOf, type Template, textOf } from './template.ts';

const owner = 'automirror-dev';
const ownMetrics: readonly string[] = [...runMetrics, ...sweepMetrics];

let template: Template;
let alarms: [string, JsonObject][];

beforeAll(async () => {
  template = await readTemplate();
  alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm');
});

/** What an alarm looks at: namespace, metric, first dimension and its value. */
function watched(alarm: JsonObject): readonly unknown[] {
  const stat = at(alarm, 'Metrics', 0, 'MetricStat', 'Metric');
  const metric = stat === undefined ? alarm : stat;
  return [
    at(metric, 'Namespace'),
    at(metric, 'MetricName'),
    at(metric, 'Dimensions', 0, 'Name'),
    at(metric, 'Dimensions', 0, 'Value'),
  ];
}

describe('the alarms', () => {
  it('look at both dead letter queues, the function, the queue, and metrics that the service writes for this owner', () => {
    const byOwner = (name: string) => [metricNamespace, name, 'Owner', owner];
    expect(Object.fromEntries(alarms.map(([id, alarm]) => [id, watched(alarm)]))).toEqual({
      UndeliveredEventsAlarm: [
        'AWS/SQS',
        'ApproximateNumberOfMessagesVisible',
        'QueueName',
        { 'Fn::GetAtt': ['RuleDeadLetters', 'QueueName'] },
      ],
      UnprocessedEventsAlarm: [
        'AWS/SQS',
        'ApproximateNumberOfMessagesVisible',
        'QueueName',
        { 'Fn::GetAtt': ['ReconcileDeadLetters', 'QueueName'] },
      ],
      FunctionErrorsAlarm: ['AWS/Lambda', 'Errors', 'FunctionName', { Ref: 'ReconcileLambdaFunction' }],
      QueueDelayAlarm: [
        'AWS/SQS',
        'ApproximateAgeOfOldestMessage',
        'QueueName',
        { 'Fn::GetAtt': ['ReconcileQueue', 'QueueName'] },
      ],
      NoSweepAlarm: byOwner('Sweeps'),
      ReadFailuresAlarm: byOwner('ReadFailures'),
      BlockedChangesAlarm: byOwner('ChangesBlocked'),
      FailedChangesAlarm: byOwner('ChangesFailed'),
      NoRoomAlarm: byOwner('SourcesWithoutRoom'),
      SessionQuotaAlarm: byOwner('AccountSessions'),
    });
    const own = alarms.map(([, alarm]) => watched(alarm)).filter(([namespace]) => namespace === metricNamespace);
    expect(own.every(([, name]) => ownMetrics.includes(String(name)))).toBe(true);
  });

  it('notify only when there is a topic', () => {
    expect(new Set(alarms.map(([, alarm]) => at(alarm, 'AlarmActions', 'Fn::If', 0)))).toEqual(new Set(['NotifyAlarms']));
    expect(template.Conditions.NotifyAlarms).toEqual({ 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AlarmTopicArn' }, ''] }] });
    expect(template.Parameters.AlarmTopicArn).toEqual({ Type: 'String', Default: '' });
  });

  it('keep their state between sweeps where they look at what a sweep has seen', () => {
    const seen = alarms.filter(([, alarm]) =>
      ['ChangesBlocked', 'SourcesWithoutRoom', 'AccountSessions'].includes(textOf(alarm.MetricName ?? '')),
    );
    expect(seen.map(([, alarm]) => [alarm.TreatMissingData, alarm.Statistic])).toEqual(seen.map(() => ['ignore', 'Maximum']));
    expect(seen).toHaveLength(3);
  });

  it('miss sweeps by the time between them', () => {
    const alarm = propertiesOf(template, 'NoSweepAlarm');
    expect(at(alarm, 'Metrics', 0, 'MetricStat', 'Period')).toBe(300);
    expect(alarm).toMatchObject({ EvaluationPeriods: 3, TreatMissingData: 'breaching' });
  });
});

/** As far as it is looked at here. */
const dashboardShape = z.object({
  widgets: z.array(
    z.strictObject({
      type: z.enum(['metric', 'alarm', 'log']),
      width: z.int().min(1).max(24),
      height: z.int().min(1).max(1000),
      properties: z.looseObject({
        title: z.string(),
        alarms: z.array(z.string()).optional(),
        metrics: z.array(z.array(z.union([z.string(), z.looseObject({ expression: z.string().optional() })]))).optional(),
        region: z.string().optional(),
      }),
    }),
  ),
});

describe('the dashboard', () => {
  const widgets = () => {
    const body = textOf(at(propertiesOf(template, 'Dashboard'), 'DashboardBody', 'Fn::Sub'));
    return { body, ...dashboardShape.parse(JSON.parse(body)) };
  };

  it('shows every alarm', () => {
    const [first] = widgets().widgets;
    expect([...(first?.properties.alarms ?? [])].sort()).toEqual(alarms.map(([id]) => `\${${id}.Arn}`).sort());
  });

  it('shows every metric of the service, and no other of its namespace', () => {
    const { body, widgets: all } = widgets();
    const rows = all.flatMap(({ properties }) => properties.metrics ?? []);
    const plain = rows.flatMap(([namespace, name]) => (namespace === metricNamespace && typeof name === 'string' ? [name] : []));
    const searched = [...body.matchAll(/\{automirror,Owner,Reason\} MetricName=\\"(\w+)\\"/g)].map(([, name = '']) => name);
    expect(searched.sort()).toEqual([...reasonMetrics].sort());
    expect(new Set([...plain, ...searched])).toEqual(new Set(ownMetrics.filter((name) => name !== 'SourcesWithoutRoom')));
    expect(
      rows.filter(([namespace]) => namespace === metricNamespace).every((row) => row[2] === 'Owner' && row[3] === owner),
    ).toBe(true);
  });

  it('says where each graph and log is read', () => {
    const placed = widgets().widgets.filter(({ type }) => type !== 'alarm');
    expect(new Set(placed.map(({ properties }) => properties.region))).toEqual(new Set(['$' + '{AWS::Region}']));
  });
});

describe('the saved queries', () => {
  it('are named below the stack, each over one log group of it', () => {
    const queries = resourcesOf(template, 'AWS::Logs::QueryDefinition');
    expect(queries).toHaveLength(6);
    for (const [, query] of queries) {
      expect(query.Name).toMatch(/^automirror-dev\/[^:*/]+$/);
      const [group] = [at(query, 'LogGroupNames', 0)];
      expect([JSON.stringify({ Ref: 'AuditLog' }), '"/aws/lambda/automirror-dev-reconcile"']).toContain(JSON.stringify(group));
    }
  });

  it('name only metrics that the lines of the function’s log have', () => {
    const query = textOf(propertiesOf(template, 'RunsQuery').QueryString);
    const names = [...query.matchAll(/\b[A-Z][a-zA-Z0-9]+\b/g)].map(([name]) => name);
    expect(names.length).toBeGreaterThan(6);
    expect(names.filter((name) => !ownMetrics.includes(name))).toEqual([]);
  });
});
