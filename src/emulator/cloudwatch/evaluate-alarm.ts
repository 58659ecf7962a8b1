/**
 * How an alarm concludes its state from datapoints, missing ones too
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html).
 */
import type { AlarmDefinition, AlarmState } from './alarm-definition.ts';

/**
 * How many periods CloudWatch looks at beyond those to evaluate. The guide says only that there are some and shows two in its tables.
 * An alarm on missing data goes off that much later, unless the metric is filled.
 */
export const RANGE_BEYOND = 2;

/** Of each period of the evaluation range, oldest first: whether it breaches the threshold; undefined where there is no data. */
export type Datapoints = readonly (boolean | undefined)[];

/** The state after these datapoints. */
export function evaluateAlarm(
  alarm: Pick<AlarmDefinition, 'evaluationPeriods' | 'datapointsToAlarm' | 'treatMissingData'>,
  datapoints: Datapoints,
  current: AlarmState,
): AlarmState {
  const { evaluationPeriods, datapointsToAlarm = evaluationPeriods, treatMissingData = 'missing' } = alarm;
  const real = datapoints.filter((breaching) => breaching !== undefined);
  const stateOf = (breaching: number): AlarmState => (breaching >= datapointsToAlarm ? 'ALARM' : 'OK');

  // Enough real ones, be they older: no missing one is looked at.
  if (real.length >= evaluationPeriods) return stateOf(real.slice(-evaluationPeriods).filter(Boolean).length);
  const breaching = real.filter(Boolean).length;
  const missing = evaluationPeriods - real.length;
  switch (treatMissingData) {
    case 'breaching':
      return stateOf(breaching + missing);
    case 'notBreaching':
      return stateOf(breaching);
    case 'ignore':
      if (breaching >= datapointsToAlarm) return 'ALARM';
      return breaching === real.length ? current : 'OK';
    case 'missing':
      if (real.length === 0) return 'INSUFFICIENT_DATA';
      return breaching === real.length ? 'ALARM' : stateOf(breaching);
  }
}
