import type { InstanceDiagnosis } from '../../doctor/diagnose.ts';
import type { Facts } from '../../doctor/facts.ts';
import type { Flow } from '../../doctor/flow.ts';
import { summarize } from '../../doctor/summary.ts';

/** The diagnosis as one JSON object, version 1; docs/doctor.md has its shape. */
export function doctorJson(
  { owner, accountId, region }: Facts,
  instances: readonly InstanceDiagnosis[],
  now: number,
  flow: Flow | undefined,
): unknown {
  return {
    doctor: 1,
    time: new Date(now).toISOString(),
    owner,
    accountId,
    region,
    ...(flow === undefined ? {} : { flow: flow.text }),
    summary: summarize(instances),
    instances,
  };
}
