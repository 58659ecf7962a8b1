/** The emulated account and Region: every service on one host, with or without a socket. */
import type { Authorizer, Caller, Clock, Host, Service, ServiceResponse } from './core.ts';
import type { Ec2, Ec2Options } from './ec2/service.ts';
import type { EventBus } from './eventbridge/event-bus.ts';
import type { FrontRequest } from './http-front.ts';
import type { Logs } from './logs/logs.ts';
import type { Sqs } from './sqs/sqs.ts';

export interface EmulatorOptions {
  /** Default: real time. */
  readonly clock?: Clock;
  /** Seeds ids and randomness; default 1. */
  readonly seed?: number;
  /** Default `111122223333`. */
  readonly accountId?: string;
  /** Default `eu-west-1`. */
  readonly region?: string;
  readonly ec2?: Partial<Ec2Options>;
  /** Default 0, any free port. */
  readonly port?: number;
  /** Loopback only; default `127.0.0.1`. */
  readonly host?: '127.0.0.1' | '::1';
}

export interface RoleSession {
  readonly accessKeyId: string;
  readonly roleArn: string;
  readonly sessionName: string;
}

export interface Emulator {
  /** `http://127.0.0.1:PORT`; of an emulator without a socket, an address that nothing listens on. */
  readonly endpoint: string;
  readonly host: Host;
  readonly ec2: Ec2;
  readonly events: EventBus;
  readonly sqs: Sqs;
  readonly logs: Logs;
  /** From now on requests signed with this access key come from a session of the role. */
  registerSession(session: RoleSession): Caller;
  /** Replaces who decides; until then everything is allowed. */
  setAuthorizer(authorizer: Authorizer): void;
  /** Adds a service to the front by its SigV4 signing name, e.g. `cloudformation`. */
  registerService(signingName: string, service: Service): void;
  /** Answers a request as the HTTP front does, without a socket. */
  handle(request: FrontRequest): Promise<ServiceResponse>;
  /** Runs before the sockets close; for what was built on this emulator. */
  onStop(task: () => Promise<void> | void): void;
  stop(): Promise<void>;
}

/** Composes the services without a socket, for simulation in process. */
export declare function createEmulator(options?: EmulatorOptions): Emulator;

/** Composes the services and listens on loopback. */
export declare function startEmulator(options?: EmulatorOptions): Promise<Emulator>;
