/**
 * What every emulated service shares: time, identity, ids, events, authorization and the one error type that goes on the wire.
 * Nothing here knows a particular service; each service is a folder beside this file.
 */

/** Milliseconds since the epoch, and timers on the same clock; real time for `npm start`, virtual time for simulation. */
export interface Clock {
  now(): number;
  /** Runs `task` once after `delayMs` (never before the current call has returned); the result cancels it. */
  after(delayMs: number, task: () => void): () => void;
}

/** Who made a request, as SigV4 and STS would tell. */
export interface Caller {
  readonly accountId: string;
  readonly arn: string;
  readonly accessKeyId: string;
  readonly principalId: string;
  /** `user`: everything is allowed, as for an administrator. `role`: the role's policies decide. */
  readonly kind: 'user' | 'role';
  /** The role's own ARN (`arn:aws:iam::…:role/name`) when `kind` is `role`: CloudTrail's `sessionIssuer.arn`. */
  readonly roleArn?: string;
}

/** One resource an action touches, with what IAM can see of it. */
export interface AuthorizedResource {
  /** The type as the Service Authorization Reference writes it, e.g. `traffic-mirror-session`. */
  readonly type: string;
  /** `arn:aws:ec2:REGION:ACCOUNT:TYPE/ID`; `TYPE/*` for one that is about to be created. */
  readonly arn: string;
  /** Tags the resource has now (`aws:ResourceTag/KEY`); leave out for one about to be created. */
  readonly resourceTags?: Readonly<Record<string, string>>;
  /** Tags the request puts on it (`aws:RequestTag/KEY`, `aws:TagKeys`). */
  readonly requestTags?: Readonly<Record<string, string>>;
  /** Tag keys the request names without a value (DeleteTags). */
  readonly requestTagKeys?: readonly string[];
}

/** One IAM decision to take: the action on every one of the resources (none: resource `*`). */
export interface AuthorizationRequest {
  /** `ec2:CreateTrafficMirrorSession` */
  readonly action: string;
  readonly resources: readonly AuthorizedResource[];
  /** Further condition keys, e.g. `ec2:CreateAction`, `ec2:Region`. */
  readonly context?: Readonly<Record<string, string>>;
}

export interface Authorizer {
  /** Returns undefined when allowed, otherwise the sentence that AWS would put into the error's message. */
  deny(caller: Caller, request: AuthorizationRequest): string | undefined;
}

/** An event as EventBridge delivers it. */
export interface EmulatedEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO time to the second, as EventBridge writes it. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** What every service gets from its host. */
export interface Host {
  readonly clock: Clock;
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  /** Uniform in [0, 1), seeded. */
  random(): number;
  /** `prefix-` and 17 lower-case hex digits, seeded, never repeated: `newId('tms')`. */
  newId(prefix: string): string;
  /** A v4-shaped UUID, seeded. */
  newUuid(): string;
  /** Puts an event of AWS's own on the default bus; id, account, time and region are filled in. */
  emit(event: {
    readonly source: string;
    readonly detailType: string;
    readonly resources?: readonly string[];
    readonly detail: unknown;
  }): void;
  readonly authorizer: Authorizer;
}

/** A request as the HTTP front has read it: whole body, headers in lower case, caller known. */
export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly caller: Caller;
  readonly requestId: string;
}

export interface ServiceResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A service that answers requests of one SigV4 signing name (`ec2`, `events`, `sqs`, `logs`, `sts`, `monitoring`). */
export interface Service {
  handle(request: ServiceRequest): Promise<ServiceResponse>;
}

/** An error that a client sees: `code` and `message` as on the wire. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
