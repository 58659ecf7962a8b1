import type { Reason } from '../model/decision.ts';
import type { FilterId, InstanceId, SessionId, TargetId } from '../model/ids.ts';
import type { Tags } from '../model/tags.ts';
import type { Action } from '../plan/action.ts';

/** What a finding does to an instance; beside the plan, which a later event brings about. */
export interface TagInstance {
  readonly kind: 'instance.tag';
  readonly instanceId: InstanceId;
  /** What is set; absent where the finding is not followed. */
  readonly tags?: Tags;
  readonly reason: Reason;
}

/**
 * What became of one action.
 *
 * `done`: EC2 is as the action wants it (for an action that changes nothing: it was found so). `failed`: it is not, or nobody can tell.
 * `blocked`: a rule of the policy, of EC2 or a gate forbids it. `dry-run`: it would have been done.
 */
export interface Result {
  readonly action: Action | TagInstance;
  readonly outcome: 'done' | 'failed' | 'blocked' | 'dry-run';
  /** The action's own reason; for a failure, why it failed. */
  readonly reason: Reason;
  readonly errorCode?: string;
  readonly requestId?: string;
  /** Of a session, filter or target that the action made. */
  readonly sessionId?: SessionId;
  readonly filterId?: FilterId;
  readonly targetId?: TargetId;
}
