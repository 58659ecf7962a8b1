import type { CompiledPolicy } from '../../../src/model/policy.ts';
import type { Action, FieldChange, FilterRef, ModifySession, Plan, SessionSpec } from '../../../src/plan/action.ts';
import { destinationText, targetText } from '../../../src/plan/spec.ts';

/** A plan as lines for people, in plan order; the form in which case files state what they expect. */
export function renderPlan(plan: Plan, policy: CompiledPolicy): readonly string[] {
  const actions = plan.actions.filter(({ kind }) => kind !== 'session.shadow');
  return [...actions.map((action) => renderAction(action, policy)), ...plan.followUp.map((id) => `followUp ${id}`)];
}

/** What a plan has to say of sessions that take packets from each other; kept apart, for most cases are about something else. */
export function renderShadows(plan: Plan): readonly string[] {
  return plan.actions.flatMap((action) =>
    action.kind === 'session.shadow' ? `${action.sessionId ?? `${action.eniId}/${action.slot}`}: ${action.reason.detail}` : [],
  );
}

function renderAction(action: Action, policy: CompiledPolicy): string {
  const { code } = action.reason;
  switch (action.kind) {
    case 'filter.create':
      return `filter.create ${action.profile.name}: ${code}`;
    case 'filter.delete':
      return `filter.delete ${action.filter.id}: ${code}`;
    case 'session.create':
      return `session.create ${action.eniId}/${action.slot} ${renderSpec(action.spec, policy)}: ${code}`;
    case 'session.modify':
      return `session.modify ${action.session.id} ${action.changes.map((change) => renderChange(change, action, policy)).join(' ')}: ${code}`;
    case 'session.delete':
      return `session.delete ${action.session.id}: ${code}`;
    case 'session.keep':
      return `session.keep ${action.session.id}: ${code}`;
    case 'instance.skip':
    case 'instance.refuse': {
      const where = action.eniId === undefined ? '' : ` ${action.eniId}${action.slot === undefined ? '' : `/${action.slot}`}`;
      return `${action.kind} ${action.instanceId}${where}: ${code}`;
    }
    case 'target.create':
    case 'target.refuse':
      return `${action.kind} ${destinationText(action.destination)}: ${code}`;
    case 'target.delete':
      return `target.delete ${action.target.id}: ${code}`;
    case 'session.shadow':
      return `session.shadow ${action.eniId}/${action.slot}: ${code}`;
    case 'gate.block':
      return `gate.block ${action.gate}: ${code}`;
  }
}

function renderSpec(spec: SessionSpec, policy: CompiledPolicy): string {
  const words = [`> ${targetText(spec.target)}`, renderFilter(spec.filter, policy), `#${spec.sessionNumber}`];
  if (spec.packetLength !== undefined) words.push(`length=${spec.packetLength}`);
  if (spec.vni !== undefined) words.push(`vni=${spec.vni}`);
  return words.join(' ');
}

function renderFilter(filter: FilterRef, policy: CompiledPolicy): string {
  if ('id' in filter) return filter.id;
  return `new:${Object.values(policy.filters).find((profile) => profile.hash === filter.hash)?.name ?? filter.hash}`;
}

function renderChange({ field, before, after }: FieldChange, { session, spec }: ModifySession, policy: CompiledPolicy): string {
  switch (field) {
    case 'tags': {
      const keys = Object.keys(spec.tags).filter((key) => spec.tags[key] !== session.tags[key]);
      return `tags[${keys.map((key) => key.replace('automirror:', '')).join(',')}]`;
    }
    case 'filter':
      return `filter=${before}>${renderFilter(spec.filter, policy)}`;
    case 'target':
    case 'sessionNumber':
    case 'packetLength':
    case 'vni':
      return `${field}=${before ?? 'none'}>${after ?? 'none'}`;
  }
}
