/** What an alarm looks at and when it is to go off, checked as PutMetricAlarm checks it. */
import { AwsError } from '../core.ts';
import type { MetricIdentity, Statistic } from './metrics.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export type Comparison =
  | 'GreaterThanThreshold'
  | 'GreaterThanOrEqualToThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold';

export interface AlarmDefinition {
  readonly name: string;
  readonly description?: string;
  readonly metric: MetricIdentity;
  readonly statistic: Statistic;
  readonly periodSeconds: number;
  /** The value of a period without data, as by the metric math function `FILL`; only for a metric that has ever had any. */
  readonly fill?: number;
  readonly evaluationPeriods: number;
  /** Default all of the evaluation periods. */
  readonly datapointsToAlarm?: number;
  readonly comparison: Comparison;
  readonly threshold: number;
  /** Default `missing`. */
  readonly treatMissingData?: 'breaching' | 'notBreaching' | 'ignore' | 'missing';
  /** ARNs by the state that a change leads to. */
  readonly actions: Readonly<Record<AlarmState, readonly string[]>>;
}

const DAY_SECONDS = 86_400;

/** Throws `ValidationError`. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
export function checkAlarm(alarm: AlarmDefinition): void {
  const { name, periodSeconds, evaluationPeriods, datapointsToAlarm = evaluationPeriods } = alarm;
  const refuse = (reason: string): never => {
    throw new AwsError('ValidationError', `Alarm ${name}: ${reason}`);
  };
  if (name.length < 1 || name.length > 255) refuse('the name must have 1 to 255 characters');
  if (![10, 30].includes(periodSeconds) && (periodSeconds % 60 !== 0 || periodSeconds < 60))
    refuse('Period must be 10, 30 or a multiple of 60');
  if (evaluationPeriods < 1) refuse('EvaluationPeriods must be at least 1');
  if (datapointsToAlarm < 1 || datapointsToAlarm > evaluationPeriods)
    refuse('DatapointsToAlarm must be between 1 and EvaluationPeriods');
  const longest = periodSeconds >= 3600 ? 7 * DAY_SECONDS : DAY_SECONDS;
  if (periodSeconds * evaluationPeriods > longest)
    refuse(`Metrics cannot be checked across more than ${longest === DAY_SECONDS ? 'a day' : 'a week'}`);
}

export function isBreaching(comparison: Comparison, value: number, threshold: number): boolean {
  switch (comparison) {
    case 'GreaterThanThreshold':
      return value > threshold;
    case 'GreaterThanOrEqualToThreshold':
      return value >= threshold;
    case 'LessThanThreshold':
      return value < threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= threshold;
  }
}
