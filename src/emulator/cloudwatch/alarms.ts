/** Alarms that watch metrics: evaluated every minute, with a history and the event of each change. */
import { AwsError, type Host } from '../core.ts';
import { type AlarmDefinition, type AlarmState, checkAlarm, isBreaching } from './alarm-definition.ts';
import { evaluateAlarm, RANGE_BEYOND } from './evaluate-alarm.ts';
import type { Metrics } from './metrics.ts';

/** One change of state. */
export interface AlarmChange {
  readonly alarm: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly from: AlarmState;
  readonly to: AlarmState;
  /** Actions that the change sets off, by ARN; nothing receives them here. */
  readonly actions: readonly string[];
}

export interface Alarm extends AlarmDefinition {
  readonly arn: string;
  readonly state: AlarmState;
  /** When the state was reached, epoch milliseconds. */
  readonly since: number;
}

export interface Alarms {
  /** Creates or replaces; a new one has `INSUFFICIENT_DATA` until it is evaluated. Throws `ValidationError`. */
  put(alarm: AlarmDefinition): void;
  /** Throws `ResourceNotFound`. */
  delete(name: string): void;
  find(name: string): Alarm | undefined;
  list(): readonly Alarm[];
  /** Every change so far, oldest first, also of alarms that are gone. */
  history(): readonly AlarmChange[];
  /** Concludes the state of every alarm at a moment, which is never before the last one. */
  evaluate(at: number): void;
}

interface Watched {
  readonly definition: AlarmDefinition;
  state: AlarmState;
  since: number;
}

/** Creates a set of alarms without any. */
export function createAlarms(host: Host, metrics: Metrics): Alarms {
  const watched = new Map<string, Watched>();
  const changes: AlarmChange[] = [];
  const arnOf = (name: string): string => `arn:${host.partition}:cloudwatch:${host.region}:${host.accountId}:alarm:${name}`;
  const show = ({ definition, state, since }: Watched): Alarm => ({ ...definition, arn: arnOf(definition.name), state, since });

  function datapoint({ metric, statistic, periodSeconds, fill, comparison, threshold }: AlarmDefinition, to: number) {
    const value =
      metrics.statistic(metric, statistic, { from: to - periodSeconds * 1000, to }) ?? (metrics.has(metric) ? fill : undefined);
    return value === undefined ? undefined : isBreaching(comparison, value, threshold);
  }

  function change(alarm: Watched, to: AlarmState, at: number): void {
    const { state: from, definition } = alarm;
    alarm.state = to;
    alarm.since = at;
    changes.push({ alarm: definition.name, at, from, to, actions: definition.actions[to] });
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    const timestamp = new Date(at).toISOString();
    host.emit({
      source: 'aws.cloudwatch',
      detailType: 'CloudWatch Alarm State Change',
      resources: [arnOf(definition.name)],
      detail: {
        alarmName: definition.name,
        state: { value: to, timestamp },
        previousState: { value: from },
        configuration: definition.description === undefined ? {} : { description: definition.description },
      },
    });
  }

  return {
    put(definition) {
      checkAlarm(definition);
      const before = watched.get(definition.name);
      const { state = 'INSUFFICIENT_DATA', since = host.clock.now() } = before ?? {};
      watched.set(definition.name, { definition, state, since });
    },
    delete(name) {
      if (!watched.delete(name)) throw new AwsError('ResourceNotFound', `There is no alarm ${name}`, 404);
    },
    find(name) {
      const found = watched.get(name);
      return found === undefined ? undefined : show(found);
    },
    list: () => [...watched.values()].map(show),
    history: () => changes,
    evaluate(at) {
      for (const alarm of watched.values()) {
        const { definition } = alarm;
        const periods = definition.evaluationPeriods + RANGE_BEYOND;
        const ends = Array.from({ length: periods }, (_, index) => at - (periods - 1 - index) * definition.periodSeconds * 1000);
        const next = evaluateAlarm(
          definition,
          ends.map((to) => datapoint(definition, to)),
          alarm.state,
        );
        if (next !== alarm.state) change(alarm, next, at);
      }
    },
  };
}
