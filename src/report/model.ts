/**
 * What the report shows, as plain data: the page carries it as JSON and draws it, `--json` prints it. Version 1.
 *
 * It is made for the page: ids and texts, no object of the product's own.
 */
export interface Report {
  readonly report: 1;
  readonly time: string;
  readonly owner: string;
  readonly accountId: string;
  readonly region: string;
  readonly policyHash: string;
  readonly coverage: Coverage;
  readonly cost: Cost;
  readonly quota: Quota;
  readonly rows: readonly SessionRow[];
  readonly targets: readonly TargetRow[];
  readonly refusals: readonly RefusalRow[];
  readonly drift: readonly DriftRow[];
  readonly trail: Trail;
}

/** Instances of the account, each in one of these, and the sessions. */
export interface Coverage {
  readonly instances: number;
  /** Every session that the policy wants of it is there. */
  readonly mirrored: number;
  /** The policy wants sessions that are not there, or not all of them. */
  readonly incomplete: number;
  readonly refused: number;
  /** Left alone, by reason code. */
  readonly leftAlone: Readonly<Record<string, number>>;
  /** Sessions of ours that exist. */
  readonly sessions: number;
  /** Sessions of others that this account sees. */
  readonly foreignSessions: number;
}

export interface Cost {
  readonly currency: 'USD';
  /** Of one session, for an hour. */
  readonly pricePerHour: number;
  readonly perHour: number;
  /** 730 hours. */
  readonly perMonth: number;
}

/** https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html */
export interface Quota {
  /** Sessions that this account has made, ours and other tools'. */
  readonly used: number;
  readonly sessionsPerAccount: number;
  /** `limits.maxSessions` of the policy. */
  readonly maxSessions: number;
}

/** `as wanted`: nothing to do. `missing`: wanted and not there. `to change`, `to delete`: there, and the next sweep would act. */
export type RowState = 'as wanted' | 'to change' | 'to delete' | 'missing';

/** One session of ours, or one that is wanted. */
export interface SessionRow {
  /** Empty when it does not exist yet. */
  readonly session: string;
  readonly state: RowState;
  readonly instance: string;
  readonly name: string;
  readonly zone: string;
  readonly eni: string;
  readonly target: string;
  readonly filter: string;
  readonly number: number;
  /** Bytes; null: whole packets. */
  readonly packetLength: number | null;
  readonly rule: string;
}

export interface TargetRow {
  readonly target: string;
  readonly name: string;
  readonly type: string;
  /** Empty where it has none or it is not known. */
  readonly zone: string;
  readonly pools: readonly string[];
  readonly ours: number;
  readonly others: number;
  /** Null: no limit. */
  readonly capacity: number | null;
  /** Its interface is gone or attached to nothing, or the target itself is not to be seen: it carries nothing. */
  readonly isDead: boolean;
}

/** What is refused, or a warning: of an instance, one interface of it, or what the policy declares as a target. */
export interface RefusalRow {
  readonly instance: string;
  readonly name: string;
  readonly eni: string;
  readonly code: string;
  readonly detail: string;
  readonly fix: string;
}

/** A change that the next sweep would make. */
export interface DriftRow {
  readonly change: string;
  readonly what: string;
  readonly instance: string;
  readonly code: string;
  readonly detail: string;
  /** `target: tmt-1 -> tmt-2` */
  readonly fields: readonly string[];
}

/** One audit record, as far as it is shown; what does not apply is absent. */
export interface TrailEntry {
  readonly time: string;
  readonly action: string;
  readonly outcome: string;
  readonly reason: string;
  readonly detail?: string;
  readonly instanceId?: string;
  readonly sessionId?: string;
  readonly principal?: string;
  readonly trigger?: string;
}

/** The last changes, the latest first; or why they are not known. */
export type Trail = { readonly entries: readonly TrailEntry[] } | { readonly unknown: string };
