/** One execution environment of the function: the product's own code, wired as `src/app.ts` does, over an emulated account on virtual time. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { HttpResponse } from '@smithy/core/protocols';
import type { LogLevel } from '../src/audit/trail.ts';
import { changeDeadline, createEc2Client, type Deadline } from '../src/aws/client.ts';
import { createInventory } from '../src/aws/ec2-inventory.ts';
import { createMirroring } from '../src/aws/ec2-mirroring.ts';
import { createEventBus } from '../src/aws/event-bus.ts';
import { RateLimiter } from '../src/aws/rate-limiter.ts';
import type { Caller } from '../src/emulator/core.ts';
import type { Emulator } from '../src/emulator/emulator.ts';
import type { CompiledPolicy } from '../src/model/policy.ts';
import { Memory } from '../src/reconcile/memory.ts';
import { serveBatch } from '../src/service.ts';
import { clockOf, directClient, virtualClient, type Way } from './virtual-client.ts';
import { type Call, tellCalls } from './wire-call.ts';

/** From a message that can be received to the function's first line, in a warm environment. */
const invocationMs = 30;
export const functionTimeoutMs = 60_000;
/** As the handler keeps back from its timeout. */
const marginMs = 4_000;
/** As `src/app.ts` has it. */
const sendGraceMs = 500;
/** One way; a call takes about 80 ms. */
const latencyMs = 40;
/** As `createEc2Client` and `src/app.ts` set them. */
const requestTimeoutMs = { ec2: 20_000, bus: 1_500 };
const maxAttempts = { ec2: 5, bus: 2 };

export interface EnvironmentOptions {
  readonly emulator: Emulator;
  readonly caller: Caller;
  readonly owner: string;
  readonly policy: CompiledPolicy;
  readonly log: (level: LogLevel, line: Readonly<Record<string, unknown>>) => void;
  /** The wire's own protocol, form and XML: some five times as slow. */
  readonly isOnWire?: boolean;
  /** What happens where a call arrives. */
  readonly arrive?: Way['arrive'];
  /** Asked at each point at which the function waits for something; true ends the environment there and then. */
  readonly dies?: (where: string) => boolean;
}

export interface Invocation {
  readonly payload: string;
  readonly functionError?: string;
}

/** Answers an invocation; one that dies on the way, or runs out of time, is answered by Lambda with an error, and nothing of it ever runs again. */
export class Environment {
  readonly #options: EnvironmentOptions;
  readonly #deadline: Deadline = { at: 0 };
  readonly #clock;
  readonly #serve: (bodies: readonly string[]) => Promise<'served' | 'retry'>;
  #isDead = false;
  #onDeath: () => void = () => undefined;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    const { emulator, caller, owner, policy, log } = options;
    const clock = clockOf(emulator);
    this.#clock = { now: () => clock.now(), sleep: (ms: number) => this.#wait('sleep', () => clock.sleep(ms)) };
    const ec2 = createEc2Client(this.#client('ec2'), new RateLimiter(this.#clock, policy.limits.apiShare), this.#deadline);
    const events = new EventBridgeClient(this.#client('bus'));
    if (options.isOnWire === true) {
      tellCalls(ec2);
      tellCalls(events);
    } else {
      strip(ec2);
      strip(events);
    }
    const context = {
      owner,
      accountId: caller.accountId,
      policy,
      clock: this.#clock,
      memory: new Memory(),
      inventory: createInventory(ec2, this.#clock, this.#deadline),
      mirroring: createMirroring(ec2, this.#clock, this.#deadline),
      bus: createEventBus(events, 'default', () => clock.now() > this.#deadline.at + sendGraceMs),
      log,
      newRunId: () => emulator.host.newUuid(),
    };
    this.#serve = (bodies) => serveBatch(bodies, context, this.#deadline.at);
    this.#warm = async () => {
      this.#deadline.at = Number.MAX_SAFE_INTEGER;
      await Promise.all([context.inventory.targets(), context.bus.put([{ detailType: 'Warm', detail: {} }])]);
    };
  }

  /** A client's first call reads files, which takes time that a virtual clock knows nothing of. */
  warmUp(): Promise<void> {
    return this.#warm();
  }
  readonly #warm: () => Promise<void>;

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Answers a batch of the queue as Lambda would. */
  async invoke(payload: string): Promise<Invocation> {
    const { host } = this.#options.emulator;
    await clockOf(this.#options.emulator).sleep(invocationMs);
    const { Records }: { Records: { body: string; messageId: string }[] } = JSON.parse(payload);
    this.#deadline.at = host.clock.now() + functionTimeoutMs - marginMs;
    const death = new Promise<Invocation>((resolve) => {
      this.#onDeath = () => resolve({ payload: '', functionError: 'Unhandled' });
    });
    const cancelTimeout = host.clock.after(functionTimeoutMs, () => this.#die());
    const served = this.#serve(Records.map(({ body }) => body)).then((outcome) => {
      const returned = outcome === 'served' ? [] : Records;
      return { payload: JSON.stringify({ batchItemFailures: returned.map(({ messageId }) => ({ itemIdentifier: messageId })) }) };
    });
    const answer = await Promise.race([served, death]);
    cancelTimeout();
    return answer;
  }

  #die(): void {
    this.#isDead = true;
    this.#onDeath();
  }

  /** Where the environment is dead, nothing comes back. */
  async #wait<T>(where: string, work: () => Promise<T>): Promise<T> {
    this.#mayDie(`before ${where}`);
    if (this.#isDead) return never();
    const result = await work().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    if (!this.#isDead) this.#mayDie(`after ${where}`);
    if (this.#isDead) return never();
    if ('error' in result) throw result.error;
    return result.value;
  }

  #mayDie(where: string): void {
    if (this.#options.dies?.(where) === true) this.#die();
  }

  #client(service: 'ec2' | 'bus') {
    const { emulator, caller, arrive, isOnWire } = this.#options;
    const line = { emulator, caller, latencyMs, maxAttempts: maxAttempts[service] };
    const way: Way = {
      travel: (call, go) => this.#wait(call.action, () => this.#patiently(service, call, go)),
      ...(arrive === undefined ? {} : { arrive }),
    };
    return isOnWire === true ? virtualClient(line, way) : directClient(line, way);
  }

  /** Gives a call up when Node's own handler would: the machine's timers know nothing of virtual time. */
  #patiently(service: 'ec2' | 'bus', { action }: Call, go: () => Promise<HttpResponse>): Promise<HttpResponse> {
    const { clock } = this.#options.emulator.host;
    const endsAt =
      service === 'bus'
        ? Number.POSITIVE_INFINITY
        : action.startsWith('Describe')
          ? this.#deadline.at
          : changeDeadline(this.#deadline);
    const left = Math.max(0, endsAt - clock.now());
    const patience = requestTimeoutMs[service];
    return new Promise((resolve, reject) => {
      const giveUp = clock.after(Math.min(left, patience), () => {
        const [name, message] =
          left < patience ? ['AbortError', 'Request aborted'] : ['TimeoutError', `no answer within ${patience} ms`];
        reject(Object.assign(new Error(message), { name }));
      });
      go().then(resolve, reject).finally(giveUp);
    });
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}

/** What looks at nothing that a simulation tells apart, and takes a third of the time of a call that is not encoded. */
const needless = [
  'loggerMiddleware',
  'getUserAgentMiddleware',
  'recursionDetectionMiddleware',
  'hostHeaderMiddleware',
  'contentLengthMiddleware',
];

function strip({ middlewareStack }: { readonly middlewareStack: { remove(name: string): boolean } }): void {
  for (const name of needless) middlewareStack.remove(name);
}
