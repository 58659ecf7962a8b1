import type { BusEvent, LogLevel } from '../../../src/audit/trail.ts';
import type { CompiledPolicy } from '../../../src/model/policy.ts';
import { findings } from '../../../src/optional-parts.ts';
import { Memory } from '../../../src/reconcile/memory.ts';
import { type BatchOutcome, type ServiceContext, serveBatch } from '../../../src/service.ts';
import { ManualClock } from './clock.ts';
import { FakeEc2 } from './fake-ec2.ts';
import { accountId, aPolicy, aTarget, owner } from './things.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly [name: string]: unknown;
}

/** The service over a fake EC2 and a fake bus, batch by batch. */
export class ServiceRun {
  readonly ec2 = new FakeEc2();
  readonly clock = new ManualClock();
  readonly memory = new Memory();
  readonly lines: LogLine[] = [];
  readonly events: BusEvent[] = [];
  /** What the bus says to an event; undefined takes it. */
  refuse: (event: BusEvent) => string | undefined = () => undefined;
  readonly #context: ServiceContext;
  #runs = 0;

  constructor(policy: CompiledPolicy = aPolicy()) {
    this.ec2.targetList.push(aTarget(1));
    this.#context = {
      owner,
      accountId,
      policy,
      ...(policy.onFinding === undefined ? {} : { findings }),
      inventory: this.ec2,
      mirroring: this.ec2,
      clock: this.clock,
      memory: this.memory,
      bus: {
        put: (events) => {
          const refused = events.flatMap((event) => {
            const error = this.refuse(event);
            if (error === undefined) this.events.push(event);
            return error === undefined ? [] : [{ event, error }];
          });
          return Promise.resolve(refused);
        },
      },
      log: (level, line) => this.lines.push({ level, ...line }),
      takeCalls: () => ({ calls: 7, throttled: 2 }),
      newRunId: () => {
        this.#runs += 1;
        return `run-${this.#runs}`;
      },
    };
  }

  /** Serves one batch with 50 seconds of time, unless told otherwise. */
  serve(events: readonly (string | object)[], forMs = 50_000): Promise<BatchOutcome> {
    const bodies = events.map((event) => (typeof event === 'string' ? event : JSON.stringify(event)));
    return serveBatch(bodies, this.#context, this.clock.now() + forMs);
  }

  /** Serves one batch and forgets what came before it. */
  async serveAnew(events: readonly (string | object)[], forMs?: number): Promise<BatchOutcome> {
    this.lines.length = 0;
    this.events.length = 0;
    this.ec2.calls.length = 0;
    this.ec2.log.length = 0;
    return this.serve(events, forMs);
  }

  /** The audit records, as the log has them. */
  get records(): readonly LogLine[] {
    return this.lines.filter((line) => line.audit === 1);
  }

  /** Each record in short: action, outcome and reason. */
  get story(): readonly string[] {
    return this.records.map(({ action, outcome, reason }) => `${String(action)} ${String(outcome)} ${String(reason)}`);
  }

  /** Commands that the service has sent to itself. */
  get commands(): readonly BusEvent[] {
    return this.events.filter(({ detailType }) => detailType.endsWith('Requested'));
  }
}

const envelope = { version: '0', account: accountId, time: '2026-11-23T02:40:11Z', region: 'eu-west-1' };

export function stateEvent(instanceId: string, state = 'running', id = `state-${instanceId}`) {
  return {
    ...envelope,
    id,
    'detail-type': 'EC2 Instance State-change Notification',
    source: 'aws.ec2',
    resources: [`arn:aws:ec2:eu-west-1:${accountId}:instance/${instanceId}`],
    detail: { 'instance-id': instanceId, state },
  };
}

export function scheduleEvent(id = 'schedule-1') {
  return { ...envelope, id, 'detail-type': 'Scheduled Event', source: 'aws.events', resources: [], detail: {} };
}

export function commandEvent(detailType: string, detail: object, id = 'command-1') {
  return { ...envelope, id, 'detail-type': detailType, source: 'automirror', resources: [], detail };
}
