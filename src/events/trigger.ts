import type { Finding } from '../model/finding.ts';
import type { InstanceId } from '../model/ids.ts';

/** What set a run off, as the audit trail tells it. */
export interface Trigger {
  readonly what:
    | 'instance-state'
    | 'tag-change'
    | 'api-call'
    | 'finding'
    | 'schedule'
    | 'stack'
    | 'sweep-requested'
    | 'reconcile-requested'
    /** So many messages wait that everything is looked at once, instead of what each of them names. */
    | 'backlog'
    | 'command-line'
    | 'unknown';
  readonly eventId?: string;
  /** ARN of who made the API call, where the event tells. */
  readonly principal?: string;
}

/** What one message asks for: where to look, never what to do; only of a finding the words count too. */
export type Request =
  /** `at`: the event's own time (epoch milliseconds, NaN if it tells none), where all it tells is that these instances were to be looked at from then on. */
  | { readonly kind: 'instances'; readonly ids: readonly InstanceId[]; readonly trigger: Trigger; readonly at?: number }
  /** `allowDeletes`: a person has looked at what the gate held back, and wants it done. `rebalance`: a person wants the load of the targets spread evenly. */
  | { readonly kind: 'sweep'; readonly trigger: Trigger; readonly allowDeletes?: true; readonly rebalance?: true }
  | { readonly kind: 'finding'; readonly finding: Finding; readonly trigger: Trigger }
  | {
      readonly kind: 'drop';
      readonly reason: 'event-malformed' | 'event-unknown';
      readonly detail: string;
      readonly trigger: Trigger;
    };
