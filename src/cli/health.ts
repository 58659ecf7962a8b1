import type { ClientConfig } from './account.ts';
import { said } from './cli-error.ts';
import type { Trail, TrailEntry } from './trail.ts';

/** Something that could be found out, or why it could not: what is not known is never well. */
export type Known<T> = ({ readonly known: true } & T) | { readonly known: false; readonly why: string };

export interface LastSweep {
  /** ISO time of the record. */
  readonly at: string;
  readonly ageSeconds: number;
  readonly detail: string;
  /** Of the policy that the deployed service ran with. */
  readonly policyHash: string;
}

export interface AlarmState {
  readonly name: string;
  readonly state: string;
  readonly reason: string;
}

const hourMs = 3_600_000;

/** A sweep is recorded every few minutes, so the last one is mostly found in the first and shortest search. */
const searchesMs = [hourMs, 24 * hourMs, 14 * 24 * hourMs];

const goodSweep = '{ $.detail.action = "sweep.complete" && $.detail.reason = "sweep-done" }';

/** The last sweep that looked at everything and did what was to do, by the audit trail. */
export async function lastGoodSweep(trail: Trail, now: number): Promise<Known<LastSweep>> {
  try {
    for (const searchMs of searchesMs) {
      let last: TrailEntry | undefined;
      for await (const entry of trail.records(now - searchMs, goodSweep)) last = entry;
      if (last === undefined) continue;
      const { time, detail = '', policyHash } = last.record;
      return { known: true, at: time, ageSeconds: Math.max(0, Math.round((now - Date.parse(time)) / 1000)), detail, policyHash };
    }
    return { known: false, why: `${trail.group} has none in the last 14 days` };
  } catch (error) {
    return { known: false, why: `${trail.group} could not be read: ${said(error)}` };
  }
}

/** The states of the alarms of a stack, whose names begin with the stack's. */
export async function alarmsOf(stack: string, config: ClientConfig): Promise<Known<{ readonly alarms: readonly AlarmState[] }>> {
  const { CloudWatchClient, paginateDescribeAlarms } = await import('@aws-sdk/client-cloudwatch');
  const client = new CloudWatchClient({ ...config, maxAttempts: 3 });
  try {
    const alarms: AlarmState[] = [];
    for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client }, { AlarmNamePrefix: `${stack}-` })) {
      alarms.push(
        ...MetricAlarms.map(({ AlarmName = '', StateValue = 'unknown', StateReason = '' }) => ({
          name: AlarmName,
          state: StateValue,
          reason: StateReason,
        })),
      );
    }
    if (alarms.length === 0) return { known: false, why: `CloudWatch has no alarm whose name begins with ${stack}-` };
    return { known: true, alarms };
  } catch (error) {
    return { known: false, why: `CloudWatch could not be asked: ${said(error)}` };
  }
}
