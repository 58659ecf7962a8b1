import type { InstanceId } from '../model/ids.ts';
import type { ActualSession } from '../model/session.ts';
import type { Action, ModifySession } from './action.ts';
import { nearestFree } from './numbers.ts';
import { destinationText, sessionChanges } from './spec.ts';

/** Two digits each, for they are compared as text. */
const phases: Readonly<Record<Action['kind'], number>> = {
  'filter.create': 10,
  'session.delete': 11,
  'target.create': 12,
  'session.modify': 13,
  'session.create': 14,
  'filter.delete': 15,
  'target.delete': 16,
  'gate.block': 20,
  'target.refuse': 21,
  'instance.refuse': 22,
  'instance.skip': 23,
  'session.shadow': 24,
  'session.keep': 25,
};

/** The phase an action belongs to; all of one phase are done before the next begins, so that a target's place is free before it is taken. */
export function phaseOf(action: Action): number {
  return phases[action.kind];
}

/**
 * Sorts actions into the order of a plan: by phase; within a phase those of `first` come first and those of `last` last, then by instance, ENI and slot.
 * The order does not depend on the order of the input.
 */
export function inPlanOrder(
  actions: readonly Action[],
  first: ReadonlySet<InstanceId> = new Set(),
  last: ReadonlySet<InstanceId> = new Set(),
): readonly Action[] {
  const keyed = actions.map((action) => ({ action, key: sortKey(action, first, last) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ action }) => action);
}

function sortKey(action: Action, first: ReadonlySet<InstanceId>, last: ReadonlySet<InstanceId>): string {
  const instanceId = 'instanceId' in action ? action.instanceId : undefined;
  const eniId = 'eniId' in action ? action.eniId : undefined;
  const slot = 'slot' in action ? action.slot : undefined;
  const step = action.kind === 'session.modify' ? String(action.step ?? 0).padStart(3, '0') : '';
  const turn = instanceId === undefined ? 1 : first.has(instanceId) ? 0 : last.has(instanceId) ? 2 : 1;
  return [
    phaseOf(action),
    turn,
    instanceId ?? '~',
    eniId ?? '',
    step,
    String(slot ?? 99).padStart(2, '0'),
    objectOf(action),
  ].join(' ');
}

/** What tells actions of one kind and place apart. */
function objectOf(action: Action): string {
  if ('session' in action) return action.session.id;
  switch (action.kind) {
    case 'filter.create':
      return action.profile.hash;
    case 'filter.delete':
      return action.filter.id;
    case 'target.create':
    case 'target.refuse':
      return destinationText(action.destination);
    case 'target.delete':
      return action.target.id;
    case 'gate.block':
      return action.gate;
    case 'session.shadow':
      return `${action.sessionId ?? ''} ${action.reason.detail}`;
    case 'session.create':
    case 'instance.skip':
    case 'instance.refuse':
      return '';
  }
}

/**
 * Orders the modifications of one ENI so that no two sessions ever hold one number, and numbers each with its `step`.
 * A ring (two that want each other's number) is opened by moving one to a free number first.
 *
 * @param occupied numbers on the ENI that other sessions hold while the modifications run
 */
export function orderNumberChanges(
  modifications: readonly ModifySession[],
  occupied: ReadonlySet<number>,
): readonly ModifySession[] {
  const waiting = [...modifications];
  const held = new Set([...occupied, ...waiting.map((action) => action.session.sessionNumber)]);
  const ordered: ModifySession[] = [];
  const run = (action: ModifySession) => {
    held.delete(action.session.sessionNumber);
    held.add(action.spec.sessionNumber);
    ordered.push({ ...action, step: ordered.length });
  };
  while (waiting.length > 0) {
    const free = waiting.findIndex(
      ({ session, spec }) => spec.sessionNumber === session.sessionNumber || !held.has(spec.sessionNumber),
    );
    if (free >= 0) {
      for (const action of waiting.splice(free, 1)) run(action);
      continue;
    }
    const [stuck] = waiting;
    if (stuck === undefined) break;
    const detour = nearestFree(stuck.spec.sessionNumber, held);
    run(detourTo(stuck, detour));
    waiting[0] = rebase(stuck, detour);
  }
  return ordered;
}

function detourTo(action: ModifySession, sessionNumber: number): ModifySession {
  const { session } = action;
  const change = { field: 'sessionNumber', before: String(session.sessionNumber), after: String(sessionNumber) } as const;
  const spec = {
    target: { id: session.targetId },
    filter: { id: session.filterId },
    sessionNumber,
    tags: {},
    ...(session.packetLength === undefined ? {} : { packetLength: session.packetLength }),
  };
  return { ...action, spec, changes: [change] };
}

function rebase(action: ModifySession, sessionNumber: number): ModifySession {
  const session: ActualSession = { ...action.session, sessionNumber };
  return { ...action, session, changes: sessionChanges(session, action.spec) };
}
