/** An emulated account with two stacks of the product in it, on virtual time, in any weather, under the eyes of a witness. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createVirtualClock, type VirtualClock } from '../src/emulator/clock.ts';
import { createEmulator, type Emulator } from '../src/emulator/emulator.ts';
import { tagRule } from '../src/packaging/tag-rule.ts';
import { watchedTagKeys } from '../src/policy/watched-tags.ts';
import { refusal } from './answers.ts';
import { type Conditions, type Deed, isServiceDeed } from './deeds.ts';
import { Environment, type Invocation } from './environment.ts';
import { History } from './history.ts';
import { People } from './people.ts';
import { type SimulatedPolicy, simulatedPolicies } from './policies.ts';
import { type DeployedStack, deploy, waitingIn } from './stack.ts';
import { limitBy } from './virtual-timeouts.ts';
import type { Call } from './wire-call.ts';
import { type Pass, Witness } from './witness.ts';

/** The longest that a list may be behind. */
const longestLagMs = 9_000;
/** How long the product counts on what it has made itself, though no list shows it. */
const recallMs = 30_000;
const slackMs = longestLagMs + recallMs + 1_000;
/** An invocation's time, and what of it still arrives after its end. */
const longestPassMs = 150_000;

const owners = ['automirror-blue', 'automirror-green'] as const;

/** One stack with what changes of it. */
class SimulatedStack {
  readonly owner: string;
  policy: SimulatedPolicy;
  environment: Environment | undefined;
  deployed: DeployedStack | undefined;
  /** Points of waiting until the next crash. */
  crashIn = Number.POSITIVE_INFINITY;
  lastBodies: readonly string[] = [];

  constructor(owner: string, policy: SimulatedPolicy) {
    this.owner = owner;
    this.policy = policy;
  }
}

interface Delay {
  readonly action: string;
  readonly ms: number;
  left: number;
}

export class SimulatedAccount {
  readonly clock: VirtualClock = createVirtualClock();
  readonly emulator: Emulator;
  readonly witness: Witness;
  readonly history: History;
  readonly people: People;
  readonly stacks: readonly SimulatedStack[];
  /** Told of every line of the function's log. */
  onLine: (owner: string, line: Readonly<Record<string, unknown>>) => void = () => undefined;
  readonly #isOnWire: boolean;
  #delays: Delay[] = [];
  #busRefusals = 0;
  readonly #passes = new AsyncLocalStorage<Pass>();
  #unlimit: () => void = () => undefined;

  private constructor(seed: number, conditions: Conditions, isOnWire: boolean) {
    this.#isOnWire = isOnWire;
    this.emulator = createEmulator({
      clock: this.clock,
      seed,
      ec2: {
        throttling: conditions.throttling,
        pendingMs: conditions.pendingMs,
        attachMs: conditions.attachMs,
        detachMs: conditions.attachMs,
        shuffleSeed: conditions.shuffleSeed,
        errorSpelling: conditions.errorSpelling,
        tokenAfterDeletion: conditions.tokenAfterDeletion,
        duplicateSessionNumberCode: conditions.duplicateSessionNumberCode,
        stateEventLatencyMs: 300,
        tagEventLatencyMs: 800,
      },
    });
    this.stacks = owners.map((owner, index) => new SimulatedStack(owner, policyAt(conditions.policies[index] ?? 0)));
    const subjects = this.stacks.map((stack) => ({ owner: stack.owner, policy: () => stack.policy.plain }));
    const { host, ec2 } = this.emulator;
    this.history = new History(ec2.world, host.accountId, () => this.clock.now(), subjects, longestPassMs + slackMs);
    this.witness = new Witness(this.emulator, this.history, (owner) => this.#stackOf(owner).policy.plain, slackMs, longestLagMs);
    this.people = new People(this.emulator, owners);
  }

  /** Deploys both stacks; the sweeps that follow come by themselves. */
  static async create(seed: number, conditions: Conditions, isOnWire: boolean): Promise<SimulatedAccount> {
    await warmUp(isOnWire);
    const account = new SimulatedAccount(seed, conditions, isOnWire);
    account.#unlimit = limitBy(account.clock);
    for (const stack of account.stacks) {
      stack.deployed = await deploy(account.emulator, stack.owner, (payload) => account.#invoke(stack, payload));
      account.#putTagRule(stack);
    }
    if (!conditions.isRoleAsked) account.emulator.setAuthorizer({ deny: () => undefined });
    account.history.look();
    return account;
  }

  /** Answers what came of a deed, for people. */
  async carryOut(deed: Deed): Promise<string> {
    const { ec2, events } = this.emulator;
    if (!isServiceDeed(deed)) return this.people.carryOut(deed);
    switch (deed.do) {
      case 'deploy': {
        const stack = this.#stackAt(deed.stack);
        stack.policy = policyAt(deed.policy);
        stack.environment = undefined;
        this.#putTagRule(stack);
        this.#tellDeployed(stack);
        return `${stack.owner}: "${stack.policy.name}"`;
      }
      case 'ask for sweep': {
        const { owner } = this.#stackAt(deed.stack);
        this.#command('Sweep Requested', { owner, ...(deed.allowDeletes ? { allowDeletes: true } : {}) });
        return owner;
      }
      case 'ask to reconcile': {
        const { owner } = this.#stackAt(deed.stack);
        const ids = ec2.world.instances().map(({ instanceId }) => instanceId);
        const instanceIds = ids.slice(Math.floor(deed.instance * ids.length)).slice(0, 3);
        this.#command('Reconcile Requested', { owner, instanceIds });
        return `${owner} ${instanceIds.join(' ')}`;
      }
      case 'send rubbish': {
        const stack = this.#stackAt(deed.stack);
        this.#send(stack, ['{"detail-type": 7}']);
        return stack.owner;
      }
      case 'redeliver': {
        const stack = this.#stackAt(deed.stack);
        this.#send(stack, stack.lastBodies);
        return `${stack.owner}, ${stack.lastBodies.length} messages`;
      }
      case 'fail calls': {
        const { action, code, status, times, skip, after, page } = deed;
        ec2.controls.fail({
          action,
          error: { code, status },
          times,
          skip,
          after,
          callerKind: 'role',
          ...(page === undefined ? {} : { page }),
        });
        return '';
      }
      case 'delay calls':
        this.#delays.push({ action: deed.action, ms: deed.ms, left: deed.times });
        return '';
      case 'let bus refuse':
        this.#busRefusals += deed.times;
        return '';
      case 'lag': {
        const { settings } = ec2.controls;
        settings[`${deed.kind}LagMs`] = Math.min(deed.ms, longestLagMs);
        // Tags of a create call are part of the creation, and are seen with it.
        settings.createLagMs = Math.max(settings.createLagMs, settings.tagLagMs);
        return '';
      }
      case 'cut pages':
        Object.assign(ec2.controls.settings, { largestPageSize: deed.size, emptyPage: deed.emptyPage });
        return '';
      case 'disturb events':
        Object.assign(events.delivery, {
          lossShare: deed.lossShare,
          duplicateShare: deed.duplicateShare,
          reorderMs: deed.reorderMs,
        });
        return '';
      case 'crash': {
        const stack = this.#stackAt(deed.stack);
        stack.crashIn = deed.afterWaits;
        return stack.owner;
      }
      case 'start cold': {
        const stack = this.#stackAt(deed.stack);
        // Lambda ends an environment only between invocations.
        if (waitingIn(this.#deployed(stack)) === 0) stack.environment = undefined;
        return stack.owner;
      }
      case 'fair weather':
        this.calm();
        return '';
      case 'nothing':
        return '';
    }
  }

  /** No fault, no lag, no loss from now on. */
  calm(): void {
    const { ec2, events } = this.emulator;
    ec2.controls.clearFaults();
    Object.assign(ec2.controls.settings, {
      createLagMs: 0,
      modifyLagMs: 0,
      deleteLagMs: 0,
      tagLagMs: 0,
      largestPageSize: 0,
      emptyPage: 0,
    });
    Object.assign(events.delivery, { lossShare: 0, duplicateShare: 0, reorderMs: 0 });
    this.#delays = [];
    this.#busRefusals = 0;
    for (const stack of this.stacks) stack.crashIn = Number.POSITIVE_INFINITY;
  }

  waiting(): number {
    return this.stacks.reduce((sum, stack) => sum + waitingIn(this.#deployed(stack)), 0);
  }

  askForSweeps(allowDeletes: boolean): void {
    for (const { owner } of this.stacks) this.#command('Sweep Requested', { owner, ...(allowDeletes ? { allowDeletes } : {}) });
  }

  /** Whether the last sweep of some stack was held back by a gate. */
  readonly blocked = new Set<string>();

  async stop(): Promise<void> {
    this.#unlimit();
    for (const stack of this.stacks) void this.#deployed(stack).mapping.stop();
    await this.emulator.stop();
  }

  async #invoke(stack: SimulatedStack, payload: string): Promise<Invocation> {
    const { owner } = stack;
    const { Records }: { Records: { body: string }[] } = JSON.parse(payload);
    stack.lastBodies = Records.map(({ body }) => body);
    // One may have died between invocations, over what the last one had left under way.
    if (stack.environment?.isDead === true) stack.environment = undefined;
    stack.environment ??= this.#start(stack);
    const { environment } = stack;
    const pass = this.witness.invoked(owner, stack.lastBodies, environment);
    const crashes = this.#crashes;
    // A call that is tried again after its invocation has ended is still that invocation's.
    const answer = await this.#passes.run(pass, () => environment.invoke(payload));
    const isCrash =
      answer.functionError !== undefined && this.#crashes > crashes && environment.isDead && this.#crashed.has(environment);
    const isReturned = answer.payload.includes('itemIdentifier');
    this.witness.ended(owner, answer.functionError === undefined ? 'answered' : isCrash ? 'crashed' : 'timed out', isReturned);
    if (environment.isDead && stack.environment === environment) stack.environment = undefined;
    return answer;
  }

  #crashes = 0;
  readonly #crashed = new WeakSet<Environment>();

  #start(stack: SimulatedStack): Environment {
    const environment: Environment = new Environment({
      emulator: this.emulator,
      caller: this.#deployed(stack).caller,
      owner: stack.owner,
      policy: stack.policy.compiled,
      isOnWire: this.#isOnWire,
      log: (_level, line) => {
        if (line.action === 'gate.block') this.blocked.add(stack.owner);
        this.onLine(stack.owner, line);
        this.witness.line(stack.owner, line);
      },
      arrive: async (call, go) => {
        const pass = this.#passes.getStore();
        if (pass === undefined) throw new Error(`${stack.owner} calls without being asked`);
        const hasWaited = await this.#delay(call);
        if (call.action === 'PutEvents' && this.#busRefusals > 0) {
          this.#busRefusals -= 1;
          return refusal('InternalFailure', 500, this.#isOnWire);
        }
        return this.witness.arrive(pass, call, hasWaited, go);
      },
      dies: () => {
        stack.crashIn -= 1;
        if (stack.crashIn > 0) return false;
        stack.crashIn = Number.POSITIVE_INFINITY;
        this.#crashes += 1;
        this.#crashed.add(environment);
        return true;
      },
    });
    return environment;
  }

  async #delay({ action }: Call): Promise<boolean> {
    const delay = this.#delays.find((one) => one.left > 0 && (one.action === '*' || one.action === action));
    if (delay === undefined) return false;
    delay.left -= 1;
    await new Promise<void>((resolve) => void this.clock.after(delay.ms, resolve));
    return true;
  }

  #putTagRule(stack: SimulatedStack): void {
    const { events, host } = this.emulator;
    const name = this.#deployed(stack).ruleName('TagChangeRule');
    const rule = events.rules().find((one) => one.name === name);
    if (rule === undefined) throw new Error(`there is no rule ${name}`);
    const { pattern } = tagRule(watchedTagKeys(stack.policy.compiled));
    events.putRule({ ...rule, eventPattern: { ...pattern, account: [host.accountId], region: [host.region] } });
  }

  #tellDeployed(stack: SimulatedStack): void {
    const { id } = this.#deployed(stack);
    const detail = {
      'stack-id': id,
      'status-details': { status: 'UPDATE_COMPLETE', 'status-reason': '' },
      'client-request-token': '',
    };
    this.emulator.host.emit({
      source: 'aws.cloudformation',
      detailType: 'CloudFormation Stack Status Change',
      resources: [id],
      detail,
    });
  }

  #command(detailType: string, detail: object): void {
    this.emulator.host.emit({ source: 'automirror', detailType, detail });
  }

  #send(stack: SimulatedStack, bodies: readonly string[]): void {
    const { queue } = this.#deployed(stack);
    for (const body of bodies) queue.send({ body, groupId: 'reconcile', deduplicationId: this.emulator.host.newUuid() });
  }

  #stackAt(share: number): SimulatedStack {
    const stack = this.stacks[Math.floor(share * this.stacks.length)];
    if (stack === undefined) throw new RangeError(`there is no stack at ${share}`);
    return stack;
  }

  #stackOf(owner: string): SimulatedStack {
    const stack = this.stacks.find((one) => one.owner === owner);
    if (stack === undefined) throw new RangeError(`there is no stack ${owner}`);
    return stack;
  }

  #deployed({ deployed, owner }: SimulatedStack): DeployedStack {
    if (deployed === undefined) throw new Error(`${owner} is not deployed yet`);
    return deployed;
  }
}

const warm = new Map<boolean, Promise<void>>();

/** The first client of a process reads files, which takes time that a virtual clock knows nothing of: the run would not be the same again. */
function warmUp(isOnWire: boolean): Promise<void> {
  const running =
    warm.get(isOnWire) ??
    (async () => {
      const clock = createVirtualClock();
      const emulator = createEmulator({ clock });
      const caller = emulator.registerSession({
        accessKeyId: 'ASIAWARM',
        roleArn: 'arn:aws:iam::111122223333:role/warm',
        sessionName: 'warm',
      });
      const environment = new Environment({
        emulator,
        caller,
        owner: 'warm',
        policy: policyAt(0).compiled,
        isOnWire,
        log: () => undefined,
      });
      let isWarm = false;
      const warming = environment.warmUp().then(() => {
        isWarm = true;
      });
      while (!isWarm) await clock.advance(10);
      await warming;
      await emulator.stop();
    })();
  warm.set(isOnWire, running);
  return running;
}

function policyAt(index: number): SimulatedPolicy {
  const policy = simulatedPolicies[index];
  if (policy === undefined) throw new RangeError(`there is no simulated policy ${index}`);
  return policy;
}
