import pc from 'picocolors';
import { nameTag } from '../../model/ownership.ts';
import type { Tags } from '../../model/tags.ts';
import type { Action, FieldChange, Plan } from '../../plan/action.ts';
import { isChange } from '../../plan/action.ts';
import { destinationText, filterText, targetText } from '../../plan/spec.ts';
import type { Consequences } from '../estimate.ts';
import { useText } from './numbers.ts';

export type Colors = ReturnType<typeof pc.createColors>;

/** A plan as people read it: one line a change, with its fields and its reason; what stays as it is comes as a count. */
export function planText(plan: Plan, after: Consequences, isTerminal: boolean): string {
  const colors = pc.createColors(isTerminal && pc.isColorSupported);
  const lines = actionsText(plan.actions, colors);
  const kept = plan.actions.filter((action) => action.kind === 'session.keep').length;
  const skipped = plan.actions.filter((action) => action.kind === 'instance.skip').length;
  const count = (kind: Action['kind']) => plan.actions.filter((action) => action.kind === kind).length;
  const summary = [
    `${count('session.create')} to create`,
    `${count('session.modify')} to modify`,
    `${count('session.delete')} to delete`,
    `${kept} as wanted`,
    `${count('instance.refuse')} refused`,
    `${skipped} left alone`,
  ].join(', ');
  const nothing = plan.actions.some(isChange) ? [] : ['Nothing to change: every session is as the policy wants it.'];
  const tail = [...nothing, `Plan: ${summary}.`, ...consequenceLines(after), ''];
  return [...lines, ...(lines.length > 0 ? [''] : []), ...tail].join('\n');
}

function consequenceLines({ cost, quotas }: Consequences): readonly string[] {
  const { now, after } = cost.perMonth;
  const usd = (amount: number) => amount.toFixed(2);
  const month = now === after ? `${usd(now)} a month` : `${usd(now)} a month now, ${usd(after)} after it`;
  return [
    `Cost: about USD ${month}, at ${cost.pricePerSessionHour} a session-hour.`,
    ...quotas.filter(({ name }) => name === 'sessions').map((sessions) => `Quota: ${useText(sessions)}.`),
  ];
}

/** Actions of one plan, each with its reason; what changes nothing and refuses nothing takes no line. */
export function actionsText(actions: readonly Action[], colors: Colors): readonly string[] {
  const newFilters = new Map(
    actions.flatMap((action) => (action.kind === 'filter.create' ? [[action.profile.hash, action.profile.name]] : [])),
  );
  return actions.flatMap((action) => actionLines(action, colors, newFilters));
}

/** The plan as one JSON object, version 1: `{ plan: 1, changes, refused, blocked, shadowed, kept, skipped, cost, quotas }`. */
export function planJson(plan: Plan, after: Consequences): unknown {
  const of = (kinds: readonly Action['kind'][]) => plan.actions.filter((action) => kinds.includes(action.kind));
  return {
    plan: 1,
    changes: plan.actions.filter(isChange),
    refused: of(['instance.refuse', 'target.refuse']),
    blocked: of(['gate.block']),
    shadowed: of(['session.shadow']),
    kept: of(['session.keep']).length,
    skipped: of(['instance.skip']).length,
    ...after,
  };
}

/** Names of the filters that the plan itself makes, by content hash: they have no id yet. */
type NewFilters = ReadonlyMap<string, string>;

function actionLines(action: Action, colors: Colors, newFilters: NewFilters): readonly string[] {
  const because = `      ${colors.dim(`${action.reason.code}: ${action.reason.detail}`)}`;
  switch (action.kind) {
    case 'session.create': {
      const { spec, instanceId, eniId, slot, rule } = action;
      const length = spec.packetLength === undefined ? 'whole packets' : `${spec.packetLength} bytes of each packet`;
      const filter = filterName(filterText(spec.filter), newFilters);
      return [
        colors.green(`  + session on ${eniId}${of(instanceId, spec.tags)}`),
        `      to ${targetText(spec.target)}, filter ${filter}, number ${spec.sessionNumber}, ${length}; rule ${rule}, slot ${slot}`,
        because,
      ];
    }
    case 'session.modify':
      return [
        colors.yellow(`  ~ session ${action.session.id} on ${action.eniId}${of(action.instanceId, action.session.tags)}`),
        ...action.changes.map((change) => `      ${fieldText(change, newFilters)}`),
        because,
      ];
    case 'session.delete':
      return [
        colors.red(`  - session ${action.session.id} on ${action.eniId}${of(action.instanceId, action.session.tags)}`),
        because,
      ];
    case 'filter.create':
      return [
        colors.green(`  + filter ${action.profile.name} (${action.profile.hash}), ${action.profile.content.rules.length} rules`),
        because,
      ];
    case 'filter.delete':
      return [colors.red(`  - filter ${action.filter.id}`), because];
    case 'target.create':
      return [colors.green(`  + target for ${destinationText(action.destination)}`), because];
    case 'target.delete':
      return [colors.red(`  - target ${action.target.id}`), because];
    case 'target.refuse':
      return [colors.magenta(`  ! target for ${destinationText(action.destination)} refused`), because];
    case 'instance.refuse': {
      const where = action.eniId === undefined ? '' : ` ${action.eniId}`;
      return [colors.magenta(`  ! ${action.instanceId}${where} refused`), because];
    }
    case 'session.shadow':
      return [colors.magenta(`  ! packets on ${action.eniId}`), because];
    case 'gate.block':
      return [colors.magenta(`  ! held back by ${action.gate}: ${action.blocked.length} changes`), because];
    case 'session.keep':
    case 'instance.skip':
      return [];
  }
}

/** The instance with its name, as our tag on the session has it. */
function of(instanceId: string | undefined, tags: Tags): string {
  const name = tags[nameTag];
  const named = name === undefined || name === instanceId ? '' : ` (${name})`;
  return instanceId === undefined ? '' : ` of ${instanceId}${named}`;
}

function filterName(text: string, newFilters: NewFilters): string {
  return newFilters.get(text.replace(/^new:/, '')) ?? text;
}

function fieldText({ field, before, after }: FieldChange, newFilters: NewFilters): string {
  const shown = (value: string | undefined) => (value === undefined ? '(none)' : filterName(value, newFilters));
  return `${field}: ${shown(before)} -> ${shown(after)}`;
}
