/** DescribeAlarms: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html */
import { z } from 'zod';
import { AwsError, type Host } from '../core.ts';
import { type JsonOperation, operation } from '../json-protocol.ts';
import type { Alarm, Alarms } from './alarms.ts';

const MAX_RECORDS = 100;
const DEFAULT_RECORDS = 50;

const requestShape = z.object({
  AlarmNames: z.array(z.string()).max(MAX_RECORDS).optional(),
  AlarmNamePrefix: z.string().min(1).optional(),
  AlarmTypes: z.array(z.enum(['MetricAlarm', 'CompositeAlarm', 'LogAlarm'])).optional(),
  StateValue: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']).optional(),
  MaxRecords: z.number().int().min(1).max(MAX_RECORDS).optional(),
  NextToken: z.string().optional(),
});

/** Serves the alarms in order of name, by pages. */
export function describeAlarms(host: Host, alarms: Pick<Alarms, 'list'>): JsonOperation {
  return operation(requestShape, (input, { caller }) => {
    const arn = `arn:${host.partition}:cloudwatch:${host.region}:${host.accountId}:alarm:*`;
    const denial = host.authorizer.deny(caller, { action: 'cloudwatch:DescribeAlarms', resources: [{ type: 'alarm', arn }] });
    if (denial !== undefined) throw new AwsError('AccessDenied', denial, 403);
    const { AlarmNames, AlarmNamePrefix, AlarmTypes, StateValue, MaxRecords = DEFAULT_RECORDS, NextToken } = input;
    if (AlarmNames !== undefined && AlarmNamePrefix !== undefined)
      throw new AwsError('ValidationError', 'AlarmNames and AlarmNamePrefix cannot be given together.');
    if (NextToken !== undefined && !/^\d+$/.test(NextToken)) throw new AwsError('InvalidNextToken', 'The next token is invalid.');
    const found = [...alarms.list()]
      .filter(
        ({ name, state }) =>
          (AlarmNames === undefined || AlarmNames.includes(name)) &&
          name.startsWith(AlarmNamePrefix ?? '') &&
          (AlarmTypes === undefined || AlarmTypes.includes('MetricAlarm')) &&
          (StateValue === undefined || StateValue === state),
      )
      .sort((left, right) => (left.name < right.name ? -1 : 1));
    const from = Number(NextToken ?? 0);
    const to = from + MaxRecords;
    const next = to < found.length ? { NextToken: String(to) } : {};
    return { MetricAlarms: found.slice(from, to).map(show), CompositeAlarms: [], ...next };
  });
}

function show(alarm: Alarm): unknown {
  const { name, arn, description, state, since, comparison, threshold, evaluationPeriods, datapointsToAlarm, actions } = alarm;
  return {
    AlarmName: name,
    AlarmArn: arn,
    ...(description === undefined ? {} : { AlarmDescription: description }),
    StateValue: state,
    StateReason: `${state} since ${new Date(since).toISOString()}`,
    StateUpdatedTimestamp: since / 1000,
    ComparisonOperator: comparison,
    Threshold: threshold,
    EvaluationPeriods: evaluationPeriods,
    ...(datapointsToAlarm === undefined ? {} : { DatapointsToAlarm: datapointsToAlarm }),
    TreatMissingData: alarm.treatMissingData ?? 'missing',
    AlarmActions: actions.ALARM,
    OKActions: actions.OK,
    InsufficientDataActions: actions.INSUFFICIENT_DATA,
  };
}
