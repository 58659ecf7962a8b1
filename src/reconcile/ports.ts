import type { ActualFilter, FilterRule } from '../model/filter.ts';
import type { EniId, FilterId, InstanceId, SessionId, TargetId } from '../model/ids.ts';
import type { AttachmentStatus, Instance, InstanceFilter } from '../model/instance.ts';
import type { TargetDestination } from '../model/policy.ts';
import type { ActualSession } from '../model/session.ts';
import type { Tags } from '../model/tags.ts';
import type { ActualTarget } from '../model/target.ts';

/** Time, so that tests and simulations bring their own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** What DescribeNetworkInterfaces tells of one ENI beyond DescribeInstances. */
export interface InterfaceFacts {
  readonly id: EniId;
  /** Where it is attached; absent when it is free. */
  readonly attachment?: { readonly instanceId?: InstanceId; readonly status: AttachmentStatus };
  readonly zone?: string;
  readonly requesterManaged?: boolean;
  readonly ipv6Native?: boolean;
  readonly tags: Tags;
}

/**
 * Reads of EC2. Each answer is complete: every page was read, or the promise rejects. An id that EC2 does not know is missing from the answer, no error.
 */
export interface Inventory {
  /** One filter lets through what it lets through; an instance that is not in its answer may be there all the same. */
  instances(which: readonly InstanceId[] | 'all' | InstanceFilter): Promise<readonly Instance[]>;
  networkInterfaces(which: readonly EniId[] | 'all'): Promise<readonly InterfaceFacts[]>;
  sessions(): Promise<readonly ActualSession[]>;
  /** The sessions of one ENI, read to settle a call whose answer was lost. */
  sessionsOf(eniId: EniId): Promise<readonly ActualSession[]>;
  /** Targets as listed; zone and instance behind an ENI target are not known here. */
  targets(): Promise<readonly ActualTarget[]>;
  filters(): Promise<readonly ActualFilter[]>;
  /** Tags of all VPCs and subnets, by id; one without tags is not there. */
  networkTags(): Promise<ReadonlyMap<string, Tags>>;
  /** Ends the reads that are under way after the page that they wait for: nobody wants their answers any more, and each page takes a token of EC2's. */
  abandon?(): void;
}

export interface NewSession {
  readonly eniId: EniId;
  readonly targetId: TargetId;
  readonly filterId: FilterId;
  readonly sessionNumber: number;
  readonly packetLength?: number;
  readonly vni?: number;
  readonly tags: Tags;
  readonly clientToken: string;
}

/** New values of a session; `packetLength: null` lifts the limit. */
export interface SessionModification {
  readonly targetId?: TargetId;
  readonly filterId?: FilterId;
  readonly sessionNumber?: number;
  readonly packetLength?: number | null;
  readonly vni?: number;
}

/** What every change tells: the id EC2 gave the request, for the audit trail. */
export interface Receipt {
  readonly requestId: string | undefined;
}

/** Changes to EC2: one method is one call. A call that EC2 refuses rejects with an `Ec2Error`. */
export interface Mirroring {
  createSession(session: NewSession): Promise<Receipt & { readonly sessionId: SessionId }>;
  modifySession(id: SessionId, modification: SessionModification): Promise<Receipt>;
  tagSession(id: SessionId, tags: Tags): Promise<Receipt>;
  /** Sets tags on an instance; those of other keys stay. */
  tagInstance(id: InstanceId, tags: Tags): Promise<Receipt>;
  deleteSession(id: SessionId): Promise<Receipt>;
  createFilter(filter: {
    readonly description: string;
    readonly tags: Tags;
    readonly clientToken: string;
  }): Promise<Receipt & { readonly filterId: FilterId }>;
  createFilterRule(filterId: FilterId, rule: FilterRule, clientToken: string): Promise<Receipt>;
  addNetworkServices(filterId: FilterId, services: readonly string[]): Promise<Receipt>;
  deleteFilter(id: FilterId): Promise<Receipt>;
  createTarget(target: {
    readonly destination: TargetDestination;
    readonly description: string;
    readonly tags: Tags;
    readonly clientToken: string;
  }): Promise<Receipt & { readonly targetId: TargetId }>;
  deleteTarget(id: TargetId): Promise<Receipt>;
}

/**
 * What an error of EC2 means for what to do next.
 *
 * `gone`: the thing named does not exist. `unsettled`: the answer was lost, or the code says nothing certain: describe before believing anything.
 */
export type ErrorClass =
  | 'gone'
  | 'in-use'
  | 'unsupported'
  | 'quota'
  | 'denied'
  | 'throttled'
  | 'invalid'
  | 'deadline'
  | 'unsettled';

/** An error of EC2, classified; `cause` is the error as the client threw it. */
export class Ec2Error extends Error {
  override readonly name = 'Ec2Error';
  readonly class: ErrorClass;
  readonly code: string;
  readonly requestId: string | undefined;
  constructor(
    errorClass: ErrorClass,
    code: string,
    message: string,
    options?: { readonly requestId?: string | undefined; readonly cause?: unknown },
  ) {
    super(message, { cause: options?.cause });
    this.class = errorClass;
    this.code = code;
    this.requestId = options?.requestId;
  }
}
