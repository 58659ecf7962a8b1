import { isOurs, nameTag } from '../model/ownership.ts';
import type { InstanceSubject } from './check.ts';
import { checks } from './checks/index.ts';
import type { Facts } from './facts.ts';
import type { Finding, Verdict } from './finding.ts';
import type { Flow } from './flow.ts';
import { sessionsOn } from './sessions-on.ts';

/** What one check found. */
export interface CheckResult extends Finding {
  readonly check: string;
  readonly title: string;
}

export interface SessionDiagnosis {
  readonly sessionId: string;
  readonly eniId: string;
  readonly targetId: string;
  readonly checks: readonly CheckResult[];
}

export interface InstanceDiagnosis {
  readonly instanceId: string;
  readonly name?: string;
  /** The worst of all its checks. */
  readonly verdict: Verdict;
  readonly checks: readonly CheckResult[];
  readonly sessions: readonly SessionDiagnosis[];
}

/** Runs every check over every instance that was read with a decision, and each of its sessions that are ours; in order of id. */
export function diagnose(facts: Facts, subjects: readonly string[], flow?: Flow): readonly InstanceDiagnosis[] {
  return [...subjects].sort().flatMap((id) => {
    const instance = facts.instances[id];
    const decision = facts.decisions[id];
    return instance === undefined || decision === undefined ? [] : [diagnoseInstance({ instance, decision }, facts, flow)];
  });
}

function diagnoseInstance(subject: InstanceSubject, facts: Facts, flow: Flow | undefined): InstanceDiagnosis {
  const { instance } = subject;
  const own = instance.networkInterfaces.flatMap(({ id }) =>
    sessionsOn(facts, id).filter((session) => isOurs(facts.owner, facts.accountId, session)),
  );
  const ofInstance = checks.flatMap((check): CheckResult[] => {
    const finding = check.about === 'instance' ? check.examine(subject, facts) : undefined;
    return finding === undefined ? [] : [{ check: check.id, title: check.title, ...finding }];
  });
  const sessions = own.map((session): SessionDiagnosis => {
    const results = checks.flatMap((check): CheckResult[] => {
      const asked = { ...subject, session, ...(flow === undefined ? {} : { flow }) };
      const finding = check.about === 'session' ? check.examine(asked, facts) : undefined;
      return finding === undefined ? [] : [{ check: check.id, title: check.title, ...finding }];
    });
    return { sessionId: session.id, eniId: session.eniId, targetId: session.targetId, checks: results };
  });
  const name = instance.tags[nameTag];
  return {
    instanceId: instance.id,
    ...(name === undefined ? {} : { name }),
    verdict: worstVerdict([...ofInstance, ...sessions.flatMap((session) => session.checks)]),
    checks: ofInstance,
    sessions,
  };
}

function worstVerdict(results: readonly CheckResult[]): Verdict {
  if (results.some(({ verdict }) => verdict === 'fail')) return 'fail';
  return results.some(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'pass';
}
