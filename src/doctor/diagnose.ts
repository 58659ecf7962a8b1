import { isOwnedBy, nameTag } from '../model/ownership.ts';
import type { ActualSession } from '../model/session.ts';
import type { InstanceSubject } from './check.ts';
import { checks } from './checks/index.ts';
import type { ById, Facts } from './facts.ts';
import type { Finding, Verdict } from './finding.ts';
import type { Flow } from './flow.ts';

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
  const sessions = sessionsByInterface(facts);
  return [...subjects].sort().flatMap((id) => {
    const instance = facts.instances[id];
    const decision = facts.decisions[id];
    return instance === undefined || decision === undefined
      ? []
      : [diagnoseInstance({ instance, decision }, sessions, facts, flow)];
  });
}

function diagnoseInstance(
  subject: InstanceSubject,
  byInterface: ById<Facts['sessions']>,
  facts: Facts,
  flow: Flow | undefined,
): InstanceDiagnosis {
  const { instance } = subject;
  const own = instance.networkInterfaces.flatMap(({ id }) => byInterface[id] ?? []);
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

function sessionsByInterface({ sessions, owner, accountId }: Facts): ById<Facts['sessions']> {
  const ours = sessions.filter((session) => isOwnedBy(owner, session.tags) && (session.accountId ?? accountId) === accountId);
  const byInterface: Record<string, ActualSession[]> = {};
  for (const session of ours) {
    const others = byInterface[session.eniId] ?? [];
    others.push(session);
    byInterface[session.eniId] = others;
  }
  return byInterface;
}

function worstVerdict(results: readonly CheckResult[]): Verdict {
  if (results.some(({ verdict }) => verdict === 'fail')) return 'fail';
  return results.some(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'pass';
}
