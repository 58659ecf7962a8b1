import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Instance } from '../../../src/model/instance.ts';
import { Memory } from '../../../src/reconcile/memory.ts';
import { ec2Error } from '../../support/shell/fake-ec2.ts';
import { commandEvent, ServiceRun, scheduleEvent, stateEvent } from '../../support/shell/service-run.ts';
import { anEniId, anInstance, anInstanceId } from '../../support/shell/things.ts';

// The same scripts in every run; another seed finds others: SEED=7 npx vitest run tests/unit/service/coverage-laws.test.ts
fc.configureGlobal({ seed: Number(process.env.SEED ?? 2026) });

const shapes = ['on', 'off', 'stopped', 'gone'] as const;
type Shape = (typeof shapes)[number];

/** What happens, in the order in which it does. */
type Step =
  /** `delayMs`: until its event is in the queue; `copies`: how often it comes; no event at all when it is lost. */
  | { readonly kind: 'change'; readonly n: number; readonly to: Shape; readonly delayMs: number; readonly copies: number }
  | { readonly kind: 'wait'; readonly ms: number }
  /** `lagMs`: how far behind EC2's lists are. */
  | { readonly kind: 'serve'; readonly lagMs: number }
  | { readonly kind: 'sweep'; readonly lagMs: number };

interface Version {
  readonly at: number;
  readonly shape: Shape;
}

/** As many as a gate lets a sweep delete in any case. */
const instanceCount = 10;
const theirNumbers = Array.from({ length: instanceCount }, (_, n) => n + 1);

/** One run of the service over a changing account. */
class Account {
  readonly service = new ServiceRun();
  /** What became of each instance, oldest first. */
  readonly history = new Map<number, Version[]>();
  /** Events acknowledged without a look that EC2 had not shown to the pass which they are taken to be covered by. */
  readonly unseen: string[] = [];
  covered = 0;
  passes = 0;
  readonly #isCold: boolean;
  readonly #queue: { readonly at: number; readonly event: object }[] = [];
  readonly #changeOf = new Map<string, { readonly n: number; readonly version: number }>();
  /** How many versions of each instance the last pass over everything could see. */
  #seen = new Map<number, number>();
  #lagMs = 0;
  #told = 0;

  constructor(isCold: boolean) {
    this.#isCold = isCold;
    const { ec2, clock } = this.service;
    ec2.onCall = (call, [which]) => {
      // So a slice of ten seconds ends before ten creations are begun.
      if (call === 'createSession') clock.set(clock.now() + 1_500);
      if (call === 'instances') this.#show(!Array.isArray(which));
    };
  }

  async take(step: Step): Promise<void> {
    const { clock } = this.service;
    if (step.kind === 'wait') clock.set(clock.now() + step.ms);
    else if (step.kind === 'change') this.#change(step);
    else {
      this.#lagMs = step.lagMs;
      await this.#serve(step.kind === 'sweep' ? [scheduleEvent(`sweep-${clock.now()}`)] : this.#due());
    }
  }

  /** Lets EC2 catch up and serves the queue to its end; then, if wanted, one sweep and what it asks for. */
  async quiet(withSweep: boolean): Promise<void> {
    const { clock } = this.service;
    this.#lagMs = 0;
    clock.set(clock.now() + 200_000);
    await this.#drain();
    if (withSweep) await this.#serve([scheduleEvent('last')]);
    await this.#drain();
  }

  async #drain(): Promise<void> {
    for (let round = 0; round < 200; round += 1) {
      const batch = this.#due();
      if (batch.length === 0) return;
      await this.#serve(batch);
      this.service.clock.set(this.service.clock.now() + 1_000);
    }
    throw new Error('the queue never gets empty');
  }

  /** Numbers of the instances with a session of ours; one told twice has two. */
  get mirrored(): readonly number[] {
    const sessions = [...this.service.ec2.sessionsById.values()].map(({ eniId }) => eniId);
    return theirNumbers.flatMap((n) => sessions.filter((eniId) => eniId === anEniId(n)).map(() => n));
  }

  get wanted(): readonly number[] {
    return theirNumbers.filter((n) => this.history.get(n)?.at(-1)?.shape === 'on');
  }

  #change({ n, to, delayMs, copies }: Extract<Step, { kind: 'change' }>): void {
    const versions = this.history.get(n) ?? [];
    if (versions.at(-1)?.shape === 'gone' || versions.at(-1)?.shape === to) return;
    const now = this.service.clock.now();
    this.history.set(n, [...versions, { at: now, shape: to }]);
    for (let copy = 0; copy < copies; copy += 1) {
      this.#told += 1;
      const id = `event-${this.#told}`;
      this.#changeOf.set(id, { n, version: versions.length + 1 });
      const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
      this.#queue.push({ at: now + delayMs * (copy + 1), event: { ...stateEvent(anInstanceId(n), to, id), time } });
    }
  }

  /** Up to ten messages, as they came in. */
  #due(): object[] {
    this.#queue.sort((a, b) => a.at - b.at);
    const now = this.service.clock.now();
    const count = this.#queue.filter(({ at }) => at <= now).length;
    return this.#queue.splice(0, Math.min(10, count)).map(({ event }) => event);
  }

  async #serve(batch: readonly object[]): Promise<void> {
    if (batch.length === 0) return;
    const { service } = this;
    if (this.#isCold) Object.assign(service.memory, new Memory());
    await service.serveAnew(batch);
    for (const { level, eventId } of service.lines) if (level === 'debug') this.#check(String(eventId));
    for (const { detailType, detail } of service.commands) {
      this.#told += 1;
      this.#queue.push({ at: service.clock.now(), event: commandEvent(detailType, detail, `command-${this.#told}`) });
    }
  }

  #check(eventId: string): void {
    this.covered += 1;
    const change = this.#changeOf.get(eventId);
    if (change === undefined || (this.#seen.get(change.n) ?? 0) < change.version) this.unseen.push(eventId);
  }

  /** Makes the fake show what EC2 shows: the account as it was a little while ago. */
  #show(isEverything: boolean): void {
    const { ec2, clock } = this.service;
    if (isEverything) {
      this.passes += 1;
      this.#seen = new Map();
    }
    ec2.instancesById.clear();
    ec2.interfacesById.clear();
    for (const [n, versions] of this.history) {
      const visible = versions.filter(({ at }) => at <= clock.now() - this.#lagMs);
      if (isEverything) this.#seen.set(n, visible.length);
      const last = visible.at(-1);
      if (last !== undefined) this.#put(n, last.shape);
    }
  }

  #put(n: number, shape: Shape): void {
    const { ec2 } = this.service;
    ec2.addInstance(described(n, shape));
    // Its interface outlives it.
    if (shape === 'gone') ec2.interfacesById.set(anEniId(n), { id: anEniId(n), tags: {} });
  }
}

function described(n: number, shape: Shape): Instance {
  if (shape === 'on') return anInstance(n);
  if (shape === 'off') return anInstance(n, { tags: { mirror: 'false' } });
  if (shape === 'stopped') return anInstance(n, { state: 'stopped' });
  return anInstance(n, { state: 'terminated', tags: {}, networkInterfaces: [] });
}

async function run(account: Account, steps: readonly Step[]): Promise<void> {
  for (const step of steps) await account.take(step);
}

const lag = fc.integer({ min: 0, max: 10_000 });
const instance = fc.integer({ min: 1, max: instanceCount });

/** With `consistent`, lists are never behind and no event is lost: then events alone must suffice. */
function stepsOf(consistent: boolean): fc.Arbitrary<Step[]> {
  const lagMs = consistent ? fc.constant(0) : lag;
  return fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('change' as const),
          n: instance,
          to: fc.constantFrom<Shape>(...shapes, 'on', 'on', 'off'),
          delayMs: fc.integer({ min: 0, max: 40_000 }),
          copies: fc.integer({ min: consistent ? 1 : 0, max: 12 }),
        }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 25_000 }) }) },
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('serve' as const), lagMs }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('sweep' as const), lagMs }) },
    ),
    { minLength: 20, maxLength: 80 },
  );
}

describe('coverage', () => {
  it('acknowledges only events whose change EC2 had shown to the last pass over everything, while its lists lag at most ten seconds', async () => {
    let covered = 0;
    await fc.assert(
      fc.asyncProperty(stepsOf(false), async (steps) => {
        const account = new Account(false);
        await run(account, steps);
        covered += account.covered;
        expect(account.unseen).toEqual([]);
      }),
      { numRuns: 150 },
    );
    expect(covered).toBeGreaterThan(200);
  });

  it('ends, after quiet and one sweep, as the service ends without it, and as the tags want it: whatever lagged, failed or was lost', async () => {
    await fc.assert(
      fc.asyncProperty(stepsOf(false), instance, fc.integer({ min: 0, max: 3 }), async (steps, failing, times) => {
        const [warm, cold] = [new Account(false), new Account(true)];
        for (const account of [warm, cold]) {
          const error = ec2Error('quota', 'TrafficMirrorSessionLimitExceeded');
          account.service.ec2.fail('createSession', error, { about: anEniId(failing), times });
          await run(account, steps);
          await account.quiet(false);
          for (let left = 0; left <= times; left += 1) await account.quiet(true);
        }
        expect(warm.wanted).toEqual(cold.wanted);
        expect(warm.mirrored).toEqual(cold.mirrored);
        expect(warm.mirrored).toEqual(warm.wanted);
      }),
      { numRuns: 100 },
    );
  });

  it('needs no sweep where no event is lost and the lists are up to date', async () => {
    let [covered, deepPasses] = [0, 0];
    await fc.assert(
      fc.asyncProperty(stepsOf(true), async (steps) => {
        const account = new Account(false);
        await run(account, steps);
        await account.quiet(false);
        covered += account.covered;
        deepPasses += account.passes - steps.filter(({ kind }) => kind === 'sweep').length;
        expect(account.mirrored).toEqual(account.wanted);
      }),
      { numRuns: 150 },
    );
    expect(covered).toBeGreaterThan(200);
    expect(deepPasses).toBeGreaterThan(20);
  });
});
