/** The emulated account and Region: every service on one host, with or without a socket. */
import { createAdmin } from './admin.ts';
import { deliverySettings, ec2Settings, summarize } from './admin-sections.ts';
import { createRealClock } from './clock.ts';
import { type CloudWatch, createCloudWatch } from './cloudwatch/cloudwatch.ts';
import { createCloudWatchService } from './cloudwatch/get-metric-data.ts';
import type { Authorizer, Caller, Clock, Host, Service, ServiceResponse } from './core.ts';
import { createEc2, type Ec2, type Ec2Options } from './ec2/service.ts';
import { createElb, type Elb } from './elb/elb.ts';
import { createEventBus, type EventBus } from './eventbridge/event-bus.ts';
import { createFront, type FrontRequest, listen, type RoutedService, type ServiceRouting } from './http-front.ts';
import { createCallers, type RoleSession, seededIds, seededRandom } from './identity.ts';
import { createLogs, type Logs } from './logs/logs.ts';
import { createSqs, type Sqs } from './sqs/sqs.ts';
import { createSts } from './sts/sts.ts';

export type { RoleSession } from './identity.ts';

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

export interface Emulator {
  /** `http://127.0.0.1:PORT`; of an emulator without a socket, an address that nothing listens on. */
  readonly endpoint: string;
  readonly host: Host;
  readonly ec2: Ec2;
  readonly events: EventBus;
  readonly sqs: Sqs;
  readonly logs: Logs;
  readonly elb: Elb;
  readonly cloudWatch: CloudWatch;
  /** From now on requests signed with this access key come from a session of the role. */
  registerSession(session: RoleSession): Caller;
  /** Replaces who decides; until then everything is allowed. */
  setAuthorizer(authorizer: Authorizer): void;
  /** Adds a service to the front by its SigV4 signing name, e.g. `cloudformation`. */
  registerService(signingName: string, service: Service, routing?: ServiceRouting): void;
  /** Answers a request as the HTTP front does, without a socket. */
  handle(request: FrontRequest): Promise<ServiceResponse>;
  /** Runs before the sockets close, last added first; for what was built on this emulator. */
  onStop(task: () => Promise<void> | void): void;
  /** Ends schedules and deliveries and closes the socket. May be called twice. */
  stop(): Promise<void>;
}

/** Reserved by RFC 2606: what queue URLs begin with when there is no socket. */
const NO_ENDPOINT = 'http://emulator.invalid';

/** Composes the services without a socket, for simulation in process. */
export function createEmulator(options: EmulatorOptions = {}): Emulator {
  return compose(options, () => NO_ENDPOINT);
}

/** Composes the services and listens on loopback. Rejects when the port is taken. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  let endpoint = NO_ENDPOINT;
  const emulator = compose(options, () => endpoint);
  const listener = await listen((request) => emulator.handle(request), {
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
  });
  endpoint = listener.endpoint;
  let isClosed = false;
  return {
    ...emulator,
    get endpoint() {
      return endpoint;
    },
    async stop() {
      await emulator.stop();
      if (!isClosed) await listener.close();
      isClosed = true;
    },
  };
}

function compose(options: EmulatorOptions, endpoint: () => string): Emulator {
  const random = seededRandom(options.seed ?? 1);
  const ids = seededIds(random);
  const account = { accountId: options.accountId ?? '111122223333', region: options.region ?? 'eu-west-1', partition: 'aws' };
  const callers = createCallers(account, ids);
  const clock = options.clock ?? createRealClock();
  let authorizer: Authorizer = { deny: () => undefined };
  let put: EventBus['put'] = () => {};

  const host: Host = {
    ...account,
    ...ids,
    clock,
    random,
    authorizer: { deny: (caller, request) => authorizer.deny(caller, request) },
    emit: ({ source, detailType, resources = [], detail }) =>
      put({
        version: '0',
        id: ids.newUuid(),
        'detail-type': detailType,
        source,
        account: account.accountId,
        time: `${new Date(clock.now()).toISOString().slice(0, 19)}Z`,
        region: account.region,
        resources,
        detail,
      }),
  };
  const sqs = createSqs(host, { endpoint });
  const logs = createLogs(host);
  const cloudWatch = createCloudWatch(host, { logs, sqs });
  const events = createEventBus(host, { sqs, logs });
  put = (event) => events.put(event);
  const ec2 = createEc2(host, options.ec2);
  const elb = createElb(host, ec2);
  const services = new Map<string, RoutedService>([
    ['ec2', { service: ec2, version: '2016-11-15' }],
    ['events', { service: events, targetPrefix: 'AWSEvents' }],
    ['sqs', { service: sqs, targetPrefix: 'AmazonSQS' }],
    ['logs', { service: logs, targetPrefix: 'Logs_20140328' }],
    ['elasticloadbalancing', { service: elb, version: '2015-12-01' }],
    ['monitoring', { service: createCloudWatchService(host, cloudWatch), targetPrefix: 'GraniteServiceVersion20100801' }],
    ['sts', { service: createSts(), version: '2011-06-15' }],
  ]);
  const handle = createFront({
    services,
    callerOf: (accessKeyId) => callers.callerOf(accessKeyId),
    newRequestId: () => host.newUuid(),
    ownHost: () => new URL(endpoint()).hostname,
    admin: createAdmin({
      settings: {
        ec2: { values: ec2.controls.settings, allowed: ec2Settings },
        delivery: { values: events.delivery, allowed: deliverySettings },
      },
      faults: ec2.controls,
      calls: ec2.calls,
      reportFigure: (instanceId, name, value) =>
        cloudWatch.metrics.put({
          namespace: 'AWS/EC2',
          name,
          dimensions: { InstanceId: instanceId },
          values: [value],
          timestamp: clock.now(),
        }),
      state: () => summarize({ ec2, events, sqs, logs }),
    }),
  });
  let stopTasks: (() => Promise<void> | void)[] = [];

  return {
    get endpoint() {
      return endpoint();
    },
    host,
    ec2,
    events,
    sqs,
    logs,
    elb,
    cloudWatch,
    registerSession: (session) => callers.register(session),
    setAuthorizer(next) {
      authorizer = next;
    },
    registerService(signingName, service, routing = {}) {
      services.set(signingName, { ...routing, service });
    },
    handle,
    onStop(task) {
      stopTasks.push(task);
    },
    async stop() {
      const tasks = stopTasks.toReversed();
      stopTasks = [];
      for (const task of tasks) await task();
      events.stop();
    },
  };
}
