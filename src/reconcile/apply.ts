import type { FilterId, SessionId, TargetId } from '../model/ids.ts';
import type { ReasonCode } from '../model/reasons.ts';
import { type Action, type Change, isChange } from '../plan/action.ts';
import { phaseOf } from '../plan/order.ts';
import { destinationText } from '../plan/spec.ts';
import { applyFilterCreate, applyFilterDelete } from './apply-filter.ts';
import { applySessionCreate, applySessionDelete, applySessionModify } from './apply-session.ts';
import { applyTargetCreate, applyTargetDelete } from './apply-target.ts';
import { failureOf } from './failure.ts';
import { type Clock, Ec2Error, type Inventory, type Mirroring } from './ports.ts';
import type { Result } from './result.ts';

/** What applying needs. */
export interface ApplyContext {
  readonly inventory: Inventory;
  readonly mirroring: Mirroring;
  readonly clock: Clock;
  readonly owner: string;
  /** No change is begun after this time (epoch milliseconds). */
  readonly until: number;
  /** Salt of client tokens; see `Memory.tokenSalt`. */
  readonly tokenSalt: string;
  readonly isDryRun: boolean;
  /** Called before the first of these changes is begun; some of them may never be. Absent where nobody keeps a log. */
  readonly onIntent?: ((changes: readonly Change[]) => void) | undefined;
  /** Called once for each result, at once. */
  readonly onResult: (result: Result) => void;
}

export interface Applied {
  /** Changes that were not begun, or not finished, because the time was up; those that have changed something all the same have a result too. */
  readonly unfinished: readonly Change[];
  readonly done: number;
  /** Errors that are no answer of EC2, and so ours; the change that met one has failed. */
  readonly defects: readonly unknown[];
}

/** Changes under way at the same time: enough to use up a bucket of 5 calls a second at 300 ms a call. */
const concurrency = 8;

/** Chains of changes that are told of together before the first of them is begun: one line for each change would double the log. */
const chainsPerIntent = 50;

/** So many denials of one kind in a row are taken for the role's; fewer may be about single sources, which others must not suffer for. */
const denialsInARow = 20;

/**
 * Runs the changes of a plan in its order: phase by phase, several ENIs at a time, the changes of one ENI one after another.
 *
 * Each change ends in a result or is unfinished. A failure stops the later changes of its own ENI and nothing else; a kind of change that IAM denies time
 * and again is not tried any more in this run. Never rejects for what EC2 answers, nor for a bug in one change: others are under way, and must be told of.
 */
export async function apply(actions: readonly Action[], context: ApplyContext): Promise<Applied> {
  const run = new ApplyRun(context);
  const changes = actions.filter(isChange);
  for (const action of actions) {
    if (!isChange(action)) context.onResult(unchanged(action));
  }
  for (const phase of new Set(changes.map(phaseOf))) {
    await run.phase(changes.filter((change) => phaseOf(change) === phase));
  }
  return { unfinished: run.unfinished, done: run.done, defects: run.defects };
}

/** The result of an action that changes nothing. */
function unchanged(action: Exclude<Action, Change>): Result {
  const isBlocked = action.kind === 'instance.refuse' || action.kind === 'target.refuse' || action.kind === 'gate.block';
  return { action, outcome: isBlocked ? 'blocked' : 'done', reason: action.reason };
}

class ApplyRun {
  readonly unfinished: Change[] = [];
  readonly defects: unknown[] = [];
  done = 0;
  readonly #context: ApplyContext;
  /** Filters by content hash and targets by what they stand for, as far as this run has made them. */
  readonly #made: Made = { filters: new Map(), targets: new Map() };
  readonly #brokenChains = new Set<string>();
  readonly #unfinishedChains = new Set<string>();
  /** Filters and targets of sessions that were to be changed or deleted and were not, with such a session. */
  readonly #stillUsed = new Map<string, SessionId>();
  /** Denials since the last success. */
  readonly #denials = new Map<Change['kind'], number>();

  constructor(context: ApplyContext) {
    this.#context = context;
  }

  async phase(changes: readonly Change[]): Promise<void> {
    const chains = chained(changes);
    let told = 0;
    const next = () => {
      if (told === 0) {
        const coming = chains.slice(0, chainsPerIntent);
        told = coming.length;
        this.#intend(coming.flat());
      }
      told -= 1;
      return chains.shift();
    };
    const worker = async () => {
      for (let chain = next(); chain !== undefined; chain = next()) {
        for (const change of chain) await this.#step(change);
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, chains.length) }, worker));
  }

  #intend(changes: readonly Change[]): void {
    const { isDryRun, clock, until, onIntent } = this.#context;
    if (!isDryRun && changes.length > 0 && clock.now() < until) onIntent?.(changes);
  }

  async #step(change: Change): Promise<void> {
    const chain = chainOf(change);
    const result = this.#isForLater(change) ? 'unfinished' : await this.#attempt(change);
    if (result === 'unfinished') {
      this.#leave(change);
      return;
    }
    if (result.outcome === 'done') {
      this.done += 1;
      this.#denials.delete(change.kind);
    } else if (result.reason.code === 'deadline') this.#leave(change);
    else if (result.outcome !== 'dry-run') {
      this.#brokenChains.add(chain);
      if ('session' in change) {
        const { id, filterId, targetId } = change.session;
        this.#stillUsed.set(filterId, id).set(targetId, id);
      }
    }
    this.#context.onResult(result);
  }

  #leave(change: Change): void {
    this.unfinished.push(change);
    this.#unfinishedChains.add(chainOf(change));
  }

  /** The time is up, or was for something that this change comes after. */
  #isForLater(change: Change): boolean {
    if (this.#context.clock.now() >= this.#context.until) return true;
    return [chainOf(change), ...needsOf(change)].some((chain) => this.#unfinishedChains.has(chain));
  }

  async #attempt(change: Change): Promise<Result | 'unfinished'> {
    if (this.#brokenChains.has(chainOf(change)))
      return failure(change, 'skipped', 'an earlier change of this interface was not made');
    if ((this.#denials.get(change.kind) ?? 0) >= denialsInARow)
      return failure(change, 'denied', `IAM denied ${change.kind} earlier in this run`, 'UnauthorizedOperation');
    const user = this.#stillUsed.get(chainOf(change));
    if (user !== undefined) return failure(change, 'skipped', `${user} uses it still, for an earlier change was not made`);
    if (this.#context.isDryRun) return { action: change, outcome: 'dry-run', reason: change.reason };
    const settled = withMade(change, this.#made);
    if (needsOf(settled).length > 0) return failure(change, 'skipped', 'the filter or target that it needs could not be made');
    return this.#run(settled);
  }

  async #run(change: Change): Promise<Result | 'unfinished'> {
    try {
      return await this.#execute(change);
    } catch (error) {
      if (!(error instanceof Ec2Error)) {
        this.defects.push(error);
        const { name, message } = error instanceof Error ? error : { name: 'Unknown', message: String(error) };
        return failure(change, 'api-error', `an error of the service itself: ${message}`, name);
      }
      if (error.class === 'deadline') return 'unfinished';
      if (error.class === 'denied') this.#denials.set(change.kind, (this.#denials.get(change.kind) ?? 0) + 1);
      return failureOf(change, error);
    }
  }

  async #execute(change: Change): Promise<Result> {
    switch (change.kind) {
      case 'filter.create': {
        const result = await applyFilterCreate(change, this.#context);
        if (result.outcome === 'done' && result.filterId !== undefined)
          this.#made.filters.set(change.profile.hash, result.filterId);
        return result;
      }
      case 'filter.delete':
        return applyFilterDelete(change, this.#context);
      case 'target.create': {
        const result = await applyTargetCreate(change, this.#context);
        if (result.targetId !== undefined) this.#made.targets.set(destinationText(change.destination), result.targetId);
        return result;
      }
      case 'target.delete':
        return applyTargetDelete(change, this.#context);
      case 'session.create':
        return applySessionCreate(change, this.#context);
      case 'session.modify':
        return applySessionModify(change, this.#context);
      case 'session.delete':
        return applySessionDelete(change, this.#context);
    }
  }
}

interface Made {
  readonly filters: Map<string, FilterId>;
  readonly targets: Map<string, TargetId>;
}

/** The change with the filter and the target that were made for it, so that its result tells which ones. */
function withMade(change: Change, made: Made): Change {
  if (!('spec' in change)) return change;
  const { filter, target } = change.spec;
  const filterId = 'hash' in filter ? made.filters.get(filter.hash) : undefined;
  const targetId = 'destination' in target ? made.targets.get(target.destination) : undefined;
  const spec = {
    ...change.spec,
    ...(filterId === undefined ? {} : { filter: { id: filterId } }),
    ...(targetId === undefined ? {} : { target: { id: targetId } }),
  };
  if (change.kind === 'session.create') return { ...change, spec };
  const after: Readonly<Record<string, string | undefined>> = { filter: filterId, target: targetId };
  const changes = change.changes.map((one) => {
    const id = after[one.field];
    return id === undefined ? one : { ...one, after: id };
  });
  return { ...change, changes, spec };
}

/** Groups changes by chain, in order of each chain's first change. */
function chained(changes: readonly Change[]): Change[][] {
  const chains = new Map<string, Change[]>();
  for (const change of changes) {
    const chain = chains.get(chainOf(change));
    if (chain === undefined) chains.set(chainOf(change), [change]);
    else chain.push(change);
  }
  return [...chains.values()];
}

/** Changes with one chain run one after another. */
function chainOf(change: Change): string {
  switch (change.kind) {
    case 'filter.create':
      return change.profile.hash;
    case 'filter.delete':
      return change.filter.id;
    case 'target.create':
      return `new:${destinationText(change.destination)}`;
    case 'target.delete':
      return change.target.id;
    case 'session.create':
    case 'session.modify':
    case 'session.delete':
      return change.eniId;
  }
}

/** Chains of the filter and the target that a change needs and that earlier ones of the same plan make. */
function needsOf(change: Change): readonly string[] {
  if (!('spec' in change)) return [];
  const { filter, target } = change.spec;
  return [...('hash' in filter ? [filter.hash] : []), ...('destination' in target ? [`new:${target.destination}`] : [])];
}

function failure(action: Change, code: ReasonCode, detail: string, errorCode?: string): Result {
  return { action, outcome: 'failed', reason: { code, detail }, ...(errorCode === undefined ? {} : { errorCode }) };
}
