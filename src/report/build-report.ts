import { adviceOn } from '../doctor/advice.ts';
import type { Decision } from '../model/decision.ts';
import type { Instance } from '../model/instance.ts';
import { instanceTag, isOurs, nameTag, ruleTag } from '../model/ownership.ts';
import type { CompiledPolicy } from '../model/policy.ts';
import { hoursPerMonth } from '../model/price.ts';
import { accountQuotas } from '../model/quotas.ts';
import type { ActualSession } from '../model/session.ts';
import type { Action, Plan } from '../plan/action.ts';
import { findPoolMembers } from '../plan/pools.ts';
import { destinationText, filterText, targetText } from '../plan/spec.ts';
import { sourceCapacity } from '../plan/target-capacity.ts';
import type { Reading } from '../reconcile/read.ts';
import type { Cost, Coverage, DriftRow, RefusalRow, Report, RowState, SessionRow, TargetRow, Trail } from './model.ts';

export interface ReportInput {
  readonly owner: string;
  readonly accountId: string;
  readonly region: string;
  readonly policy: CompiledPolicy;
  readonly reading: Reading;
  readonly plan: Plan;
  readonly trail: Trail;
  /** Epoch milliseconds. */
  readonly now: number;
  /** USD of one session for an hour. */
  readonly pricePerHour: number;
}

/** Makes the report of what was read and planned; the same for the same values. */
export function buildReport(input: ReportInput): Report {
  const { owner, accountId, region, policy, reading, plan, trail, now } = input;
  const { sessions } = reading.world;
  const mine = sessions.filter((one) => (one.accountId ?? accountId) === accountId);
  const ours = sessions.filter((one) => isOurs(owner, accountId, one));
  const instances = new Map<string, Instance>(reading.instances.map((instance) => [instance.id, instance]));
  const rows = [...existingRows(ours, plan, instances), ...missingRows(plan, instances)].sort(byName);
  return {
    report: 1,
    time: new Date(now).toISOString(),
    owner,
    accountId,
    region,
    policyHash: policy.hash,
    coverage: coverageOf(reading, rows, ours.length, sessions.length - ours.length, plan),
    cost: costOf(ours.length, input.pricePerHour),
    quota: { used: mine.length, sessionsPerAccount: accountQuotas.sessions, maxSessions: policy.limits.maxSessions },
    rows,
    targets: targetRows(input, new Set(ours)),
    refusals: plan.actions.flatMap((action) => refusalOf(action, instances)),
    drift: plan.actions.flatMap((action) => driftOf(action)),
    trail,
  };
}

function byName(a: SessionRow, b: SessionRow): number {
  return compare(a.name || a.instance, b.name || b.instance) || compare(a.eni, b.eni) || a.number - b.number;
}

/** By code units: the same everywhere. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function nameOf(instance: Instance | undefined, fallback: string): string {
  return instance?.tags[nameTag] ?? fallback;
}

function existingRows(
  ours: readonly ActualSession[],
  plan: Plan,
  instances: ReadonlyMap<string, Instance>,
): readonly SessionRow[] {
  const states = new Map<string, RowState>();
  for (const action of plan.actions) {
    if (action.kind === 'session.modify') states.set(action.session.id, 'to change');
    if (action.kind === 'session.delete') states.set(action.session.id, 'to delete');
    if (action.kind === 'gate.block')
      for (const held of action.blocked)
        if (held.kind !== 'session.create')
          states.set(held.session.id, held.kind === 'session.delete' ? 'to delete' : 'to change');
  }
  return ours.map((session) => {
    const instanceId = session.tags[instanceTag] ?? '';
    const instance = instances.get(instanceId);
    return {
      session: session.id,
      state: states.get(session.id) ?? 'as wanted',
      instance: instanceId,
      name: nameOf(instance, session.tags[nameTag] ?? ''),
      zone: instance?.zone ?? '',
      eni: session.eniId,
      target: session.targetId,
      filter: session.filterId,
      number: session.sessionNumber,
      packetLength: session.packetLength ?? null,
      rule: session.tags[ruleTag] ?? '',
    };
  });
}

function missingRows(plan: Plan, instances: ReadonlyMap<string, Instance>): readonly SessionRow[] {
  const creations = plan.actions.flatMap((action): readonly Action[] =>
    action.kind === 'gate.block' ? action.blocked : [action],
  );
  return creations.flatMap((action) => {
    if (action.kind !== 'session.create') return [];
    const instance = instances.get(action.instanceId);
    return {
      session: '',
      state: 'missing',
      instance: action.instanceId,
      name: nameOf(instance, ''),
      zone: instance?.zone ?? '',
      eni: action.eniId,
      target: targetText(action.spec.target),
      filter: filterText(action.spec.filter),
      number: action.spec.sessionNumber,
      packetLength: action.spec.packetLength ?? null,
      rule: action.rule,
    };
  });
}

function coverageOf(
  reading: Reading,
  rows: readonly SessionRow[],
  sessions: number,
  foreignSessions: number,
  plan: Plan,
): Coverage {
  // The plan refuses what the policy wanted, where no target has room.
  const refused = new Set(plan.actions.flatMap((action) => (action.kind === 'instance.refuse' ? [action.instanceId] : [])));
  const lacking = new Set(rows.flatMap(({ state, instance }) => (state === 'missing' ? [instance] : [])));
  const leftAlone: Record<string, number> = {};
  const counts = { mirrored: 0, incomplete: 0, refused: 0 };
  for (const decision of reading.decisions) {
    if (decision.outcome === 'skip') leftAlone[decision.reason.code] = (leftAlone[decision.reason.code] ?? 0) + 1;
    else counts[standing(decision, refused, lacking)] += 1;
  }
  return { instances: reading.instances.length, ...counts, leftAlone, sessions, foreignSessions };
}

function standing(
  { instanceId, outcome }: Decision,
  refused: ReadonlySet<string>,
  lacking: ReadonlySet<string>,
): 'mirrored' | 'incomplete' | 'refused' {
  if (outcome === 'refuse' || refused.has(instanceId)) return 'refused';
  return lacking.has(instanceId) ? 'incomplete' : 'mirrored';
}

function costOf(sessions: number, pricePerHour: number): Cost {
  const perHour = sessions * pricePerHour;
  return { currency: 'USD', pricePerHour, perHour, perMonth: perHour * hoursPerMonth };
}

function targetRows({ policy, reading }: ReportInput, ours: ReadonlySet<ActualSession>): readonly TargetRow[] {
  const { targets, sessions } = reading.world;
  const load = new Map<string, { ours: number; others: number }>();
  for (const session of sessions) {
    const counted = load.get(session.targetId) ?? { ours: 0, others: 0 };
    load.set(session.targetId, counted);
    counted[ours.has(session) ? 'ours' : 'others'] += 1;
  }
  const pools = [...findPoolMembers(policy.pools, targets)];
  const rows = targets.map((target): TargetRow => {
    const capacity = sourceCapacity(target);
    return {
      target: target.id,
      name: target.tags[nameTag] ?? '',
      type: target.type,
      zone: target.zone ?? '',
      pools: pools.flatMap(([name, members]) => (members.some(({ id }) => id === target.id) ? [name] : [])),
      ...(load.get(target.id) ?? { ours: 0, others: 0 }),
      capacity: Number.isFinite(capacity) ? capacity : null,
      isDead: target.interfaceState !== undefined,
    };
  });
  // Sessions can outlive the sight of their target: it was deleted by its owner, or is not shared any more.
  const known = new Set<string>(targets.map(({ id }) => id));
  const unseen = [...load].flatMap(([target, counted]): TargetRow[] =>
    known.has(target)
      ? []
      : [{ target, name: '', type: 'not shown', zone: '', pools: [], ...counted, capacity: null, isDead: true }],
  );
  return [...rows, ...unseen].sort((a, b) => compare(a.zone, b.zone) || compare(a.target, b.target));
}

/** What is refused, and what a person is warned of. */
function refusalOf(action: Action, instances: ReadonlyMap<string, Instance>): readonly RefusalRow[] {
  const { code, detail } = action.reason;
  const told = { code, detail, fix: adviceOn(code) ?? '' };
  if (action.kind === 'target.refuse') return [{ instance: '', name: '', eni: destinationText(action.destination), ...told }];
  if (action.kind !== 'instance.refuse' && action.kind !== 'session.shadow') return [];
  const { instanceId = '', eniId = '' } = action;
  return [{ instance: instanceId, name: nameOf(instances.get(instanceId), ''), eni: eniId, ...told }];
}

function driftOf(action: Action): readonly DriftRow[] {
  const { code, detail } = action.reason;
  switch (action.kind) {
    case 'session.create':
      return [{ change: 'create session', what: action.eniId, instance: action.instanceId, code, detail, fields: [] }];
    case 'session.modify': {
      const fields = action.changes.map(({ field, before = '(none)', after = '(none)' }) => `${field}: ${before} -> ${after}`);
      return [{ change: 'modify session', what: action.session.id, instance: action.instanceId ?? '', code, detail, fields }];
    }
    case 'session.delete':
      return [{ change: 'delete session', what: action.session.id, instance: action.instanceId ?? '', code, detail, fields: [] }];
    case 'filter.create':
      return [{ change: 'create filter', what: action.profile.name, instance: '', code, detail, fields: [] }];
    case 'filter.delete':
      return [{ change: 'delete filter', what: action.filter.id, instance: '', code, detail, fields: [] }];
    case 'target.create':
      return [{ change: 'create target', what: destinationText(action.destination), instance: '', code, detail, fields: [] }];
    case 'target.delete':
      return [{ change: 'delete target', what: action.target.id, instance: '', code, detail, fields: [] }];
    case 'gate.block':
      return [
        { change: 'held back', what: action.gate, instance: '', code, detail, fields: [`${action.blocked.length} changes`] },
      ];
    case 'session.keep':
    case 'session.shadow':
    case 'target.refuse':
    case 'instance.skip':
    case 'instance.refuse':
      return [];
  }
}
