import type { Change } from '../plan/action.ts';
import { destinationText, slotOf } from '../plan/spec.ts';
import type { TagInstance } from '../reconcile/result.ts';
import type { RunFacts } from './record.ts';

/** What can be told of beforehand. */
export type Begun = Change | Pick<TagInstance, 'kind' | 'instanceId'>;

/** A change as it is told of before it is begun: what it is about, and nothing of what it sets. */
export interface IntendedChange {
  readonly action: Begun['kind'];
  readonly instanceId?: string;
  readonly eniId?: string;
  readonly slot?: number;
  readonly sessionId?: string;
  readonly filterId?: string;
  readonly targetId?: string;
  /** Content hash of a filter, or what a target stands for: that which is made has no id yet. */
  readonly name?: string;
}

/**
 * A line of the function's log, of version 1, written before the first of its changes is begun. A change that it names and whose record is missing may have
 * happened: the process died before it could tell.
 */
export interface Intent extends RunFacts {
  readonly intent: 1;
  readonly time: string;
  readonly changes: readonly IntendedChange[];
}

/** Makes the line that goes before changes. */
export function toIntent(changes: readonly Begun[], run: RunFacts, time: Date): Intent {
  return { intent: 1, time: time.toISOString(), ...run, changes: changes.map(intended) };
}

function intended(change: Begun): IntendedChange {
  const { kind: action } = change;
  switch (change.kind) {
    case 'filter.create':
      return { action, name: change.profile.hash };
    case 'filter.delete':
      return { action, filterId: change.filter.id };
    case 'target.create':
      return { action, name: destinationText(change.destination) };
    case 'target.delete':
      return { action, targetId: change.target.id };
    case 'instance.tag':
      return { action, instanceId: change.instanceId };
    case 'session.create':
      return { action, eniId: change.eniId, slot: change.slot };
    case 'session.modify':
    case 'session.delete': {
      const slot = slotOf(change.session);
      return { action, sessionId: change.session.id, eniId: change.eniId, ...(slot === undefined ? {} : { slot }) };
    }
  }
}
