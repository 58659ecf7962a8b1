import { describe, expect, it } from 'vitest';
import type { AlarmDefinition, AlarmState } from '../../../src/emulator/cloudwatch/alarm-definition.ts';
import { evaluateAlarm } from '../../../src/emulator/cloudwatch/evaluate-alarm.ts';

type Treatment = NonNullable<AlarmDefinition['treatMissingData']>;

const treatments: readonly Treatment[] = ['missing', 'ignore', 'breaching', 'notBreaching'];

/** As the guide writes them: 0 is within the threshold, X breaches it, - is missing; the oldest comes first. */
const read = (text: string) => text.split(' ').map((mark) => (mark === '-' ? undefined : mark === 'X'));

function outcomes(datapointsToAlarm: number, text: string, current: AlarmState): readonly string[] {
  return treatments.map((treatMissingData) =>
    evaluateAlarm({ evaluationPeriods: 3, datapointsToAlarm, treatMissingData }, read(text), current),
  );
}

const insufficient = 'INSUFFICIENT_DATA';
const all = (state: AlarmState) => [state, state, state, state];

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html has these two tables.
describe('an alarm on missing data', () => {
  describe.each<AlarmState>(['OK', 'ALARM'])('that was in state %s', (current) => {
    it.each([
      ['0 - X - X', all('OK')],
      ['- - - - 0', all('OK')],
      ['- - - - -', [insufficient, current, 'ALARM', 'OK']],
      ['0 X X - X', all('ALARM')],
      ['- - X - -', ['ALARM', current, 'ALARM', 'OK']],
    ])('goes off for three of three as the guide says: %s', (text, expected) => {
      expect(outcomes(3, text, current)).toEqual(expected);
    });

    it.each([
      ['0 - X - X', all('ALARM')],
      ['0 0 X 0 X', all('ALARM')],
      ['0 - X - -', ['OK', 'OK', 'ALARM', 'OK']],
      ['- - - - 0', ['OK', 'OK', 'ALARM', 'OK']],
      ['- - - X -', ['ALARM', current, 'ALARM', 'OK']],
    ])('goes off for two of three as the guide says: %s', (text, expected) => {
      expect(outcomes(2, text, current)).toEqual(expected);
    });
  });

  it('believes the newest of a sparse metric until it is out of range', () => {
    const alarm = { evaluationPeriods: 1, treatMissingData: 'ignore' } as const;
    expect(evaluateAlarm(alarm, read('X 0 -'), 'ALARM')).toBe('OK');
    expect(evaluateAlarm(alarm, read('0 X -'), 'OK')).toBe('ALARM');
    expect(evaluateAlarm(alarm, read('- - -'), 'ALARM')).toBe('ALARM');
  });
});
