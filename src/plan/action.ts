import type { Reason } from '../model/decision.ts';
import type { ActualFilter } from '../model/filter.ts';
import type { EniId, FilterId, InstanceId, SessionId, TargetId } from '../model/ids.ts';
import type { FilterProfile, TargetDestination } from '../model/policy.ts';
import type { ActualSession } from '../model/session.ts';
import type { Tags } from '../model/tags.ts';
import type { ActualTarget } from '../model/target.ts';

/** A filter that exists, or one by content hash that a `filter.create` earlier in the same plan makes. */
export type FilterRef = { readonly id: FilterId } | { readonly hash: string };

/** A target that exists, or one by what it stands for that a `target.create` earlier in the same plan makes. */
export type TargetRef = { readonly id: TargetId } | { readonly destination: string };

/** All that a session is to be, in EC2's terms. */
export interface SessionSpec {
  readonly target: TargetRef;
  readonly filter: FilterRef;
  readonly sessionNumber: number;
  /** Bytes; absent: whole packets. */
  readonly packetLength?: number;
  /** Absent: whatever EC2 gave. */
  readonly vni?: number;
  /** Our tags, complete. */
  readonly tags: Tags;
}

export type SessionField = 'target' | 'filter' | 'sessionNumber' | 'packetLength' | 'vni' | 'tags';

/** One field that differs, as text for people; `before` is absent where there was nothing. */
export interface FieldChange {
  readonly field: SessionField;
  readonly before?: string;
  readonly after?: string;
}

/** What a session action is about, whichever it is. */
export interface SessionSubject {
  readonly eniId: EniId;
  readonly instanceId: InstanceId | undefined;
  readonly slot: number | undefined;
  readonly rule: string | undefined;
  readonly reason: Reason;
}

export interface CreateFilter {
  readonly kind: 'filter.create';
  readonly profile: FilterProfile;
  readonly tags: Tags;
  readonly reason: Reason;
}

export interface DeleteFilter {
  readonly kind: 'filter.delete';
  readonly filter: ActualFilter;
  readonly reason: Reason;
}

export interface CreateTarget {
  readonly kind: 'target.create';
  readonly destination: TargetDestination;
  readonly tags: Tags;
  readonly reason: Reason;
}

export interface DeleteTarget {
  readonly kind: 'target.delete';
  readonly target: ActualTarget;
  readonly reason: Reason;
}

/** A target that the policy declares and that cannot be made. */
export interface RefuseTarget {
  readonly kind: 'target.refuse';
  readonly destination: TargetDestination;
  readonly reason: Reason;
}

export interface CreateSession extends SessionSubject {
  readonly kind: 'session.create';
  readonly instanceId: InstanceId;
  readonly slot: number;
  readonly rule: string;
  readonly spec: SessionSpec;
}

export interface ModifySession extends SessionSubject {
  readonly kind: 'session.modify';
  readonly session: ActualSession;
  readonly spec: SessionSpec;
  /** Never empty. */
  readonly changes: readonly FieldChange[];
  /** Place among the modifications of one ENI, where the order counts. */
  readonly step?: number;
}

export interface DeleteSession extends SessionSubject {
  readonly kind: 'session.delete';
  readonly session: ActualSession;
}

export interface KeepSession extends SessionSubject {
  readonly kind: 'session.keep';
  readonly session: ActualSession;
}

/** A session that takes packets which another one's filter accepts too; `sessionId` is absent where ours is yet to be made. */
export interface ReportShadow extends SessionSubject {
  readonly kind: 'session.shadow';
  readonly sessionId?: SessionId;
}

/** An instance (or one interface or slot of it) that asks for nothing, or whose wish is not granted. */
export interface LeaveSource {
  readonly kind: 'instance.skip' | 'instance.refuse';
  readonly instanceId: InstanceId;
  readonly eniId?: EniId;
  readonly slot?: number;
  readonly rule?: string;
  readonly reason: Reason;
}

/** A gate that took changes out of the plan. */
export interface BlockByGate {
  readonly kind: 'gate.block';
  readonly gate: 'maxDeletesPerSweep' | 'maxSessions';
  readonly reason: Reason;
  /** What was taken out, in plan order. */
  readonly blocked: readonly SessionAction[];
}

export type SessionAction = CreateSession | ModifySession | DeleteSession;
export type Change = CreateFilter | DeleteFilter | CreateTarget | DeleteTarget | SessionAction;
export type Action = Change | KeepSession | ReportShadow | LeaveSource | RefuseTarget | BlockByGate;

/**
 * What to do, in an order of which every prefix leaves EC2 in a legal state: filters first, then deletions, targets (whose interfaces must be no sources by
 * then), modifications, creations, and unused filters and targets last; what changes nothing follows at the end.
 */
export interface Plan {
  readonly actions: readonly Action[];
  /** Our sessions as the plan found them, for gates that count shares. */
  readonly ownSessions: number;
  /** Instances outside the scope that must be looked at because a source of the scope has moved to them; sorted. */
  readonly followUp: readonly InstanceId[];
  /** Targets that have room for what is planned there only because the plan deletes or moves other sessions away; sorted. */
  readonly tightTargets: readonly TargetId[];
}

/** Whether an action would change anything in EC2. */
export function isChange(action: Action): action is Change {
  switch (action.kind) {
    case 'filter.create':
    case 'filter.delete':
    case 'target.create':
    case 'target.delete':
    case 'session.create':
    case 'session.modify':
    case 'session.delete':
      return true;
    case 'session.keep':
    case 'session.shadow':
    case 'instance.skip':
    case 'instance.refuse':
    case 'target.refuse':
    case 'gate.block':
      return false;
  }
}
