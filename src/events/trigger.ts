import type { InstanceId } from '../model/ids.ts';

/** What set a run off, as the audit trail tells it. */
export interface Trigger {
  readonly what:
    | 'instance-state'
    | 'tag-change'
    | 'api-call'
    | 'schedule'
    | 'stack'
    | 'sweep-requested'
    | 'reconcile-requested'
    | 'command-line'
    | 'unknown';
  readonly eventId?: string;
  /** ARN of who made the API call, where the event tells. */
  readonly principal?: string;
}

/** What one message asks for: where to look, never what to do. */
export type Request =
  | { readonly kind: 'instances'; readonly ids: readonly InstanceId[]; readonly trigger: Trigger }
  /** `allowDeletes`: a person has looked at what the gate held back, and wants it done. */
  | { readonly kind: 'sweep'; readonly trigger: Trigger; readonly allowDeletes?: true }
  | {
      readonly kind: 'drop';
      readonly reason: 'event-malformed' | 'event-unknown';
      readonly detail: string;
      readonly trigger: Trigger;
    };
