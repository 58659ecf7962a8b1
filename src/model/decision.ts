import type { EniId, InstanceId } from './ids.ts';
import type { ReasonCode } from './reasons.ts';
import type { DesiredSession } from './session.ts';

/** A reason with the sentence that tells it of this case. */
export interface Reason {
  readonly code: ReasonCode;
  readonly detail: string;
}

/** A rule (or an entry of `never`) that was looked at, and why it did or did not match. */
export interface Considered {
  readonly rule: string;
  readonly matched: boolean;
  readonly why: string;
}

/** A network interface, or one slot of it, that gets no session although its instance was selected. */
export interface LeftOut {
  readonly eniId: EniId;
  readonly slot?: number;
  readonly outcome: 'skip' | 'refuse';
  readonly reason: Reason;
}

/**
 * What the policy says of one instance.
 *
 * `mirror`: `sessions` holds at least one desired session. `skip`: nothing is asked for. `refuse`: mirroring is asked for and cannot or must not be done.
 */
export interface Decision {
  readonly instanceId: InstanceId;
  readonly outcome: 'mirror' | 'skip' | 'refuse';
  readonly reason: Reason;
  readonly rule?: string;
  readonly sessions: readonly DesiredSession[];
  readonly leftOut: readonly LeftOut[];
  readonly considered: readonly Considered[];
  /** Things that do not change the outcome but that a person should know, e.g. a tag that the rule does not let override. */
  readonly notes: readonly string[];
}
