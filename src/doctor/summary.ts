import { checks } from './checks/index.ts';
import type { CheckResult, InstanceDiagnosis } from './diagnose.ts';
import type { Verdict } from './finding.ts';

/** What one check found over many instances. */
export interface CheckSummary {
  readonly check: string;
  readonly title: string;
  readonly pass: number;
  readonly fail: number;
  readonly unknown: number;
  /** Instances that it failed for, in order of id. */
  readonly failing: readonly string[];
}

/** Counts by check, in the order of the checks; those that concerned nobody are left out. */
export function summarize(diagnoses: readonly InstanceDiagnosis[]): readonly CheckSummary[] {
  const byCheck = new Map<string, { readonly counts: Record<Verdict, number>; readonly failing: Set<string> }>();
  const count = ({ check, verdict }: CheckResult, instanceId: string) => {
    const entry = byCheck.get(check) ?? { counts: { pass: 0, fail: 0, unknown: 0 }, failing: new Set<string>() };
    byCheck.set(check, entry);
    entry.counts[verdict] += 1;
    if (verdict === 'fail') entry.failing.add(instanceId);
  };
  for (const { instanceId, checks: own, sessions } of diagnoses) {
    for (const result of [...own, ...sessions.flatMap((session) => session.checks)]) count(result, instanceId);
  }
  return checks.flatMap(({ id, title }) => {
    const entry = byCheck.get(id);
    return entry === undefined ? [] : [{ check: id, title, ...entry.counts, failing: [...entry.failing].sort() }];
  });
}
