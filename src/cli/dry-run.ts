import type { EniId } from '../model/ids.ts';
import type { CompiledPolicy } from '../model/policy.ts';
import type { Plan } from '../plan/action.ts';
import { type Choice, countLoads, type Placement, place } from '../plan/place.ts';
import type { Scope } from '../plan/world.ts';
import { Memory } from '../reconcile/memory.ts';
import type { Clock, Inventory, Mirroring } from '../reconcile/ports.ts';
import type { Reading } from '../reconcile/read.ts';
import { reconcile } from '../reconcile/reconcile.ts';
import { inWords } from './cli-error.ts';

/** Where a plan is computed from: an account, or what was saved of one. */
export interface PlanSource {
  readonly accountId: string;
  readonly region: string;
  readonly clock: Clock;
  readonly inventory: Inventory;
}

export interface DryRunOptions {
  readonly owner: string;
  readonly policy: CompiledPolicy;
  /** Everything unless given. */
  readonly scope?: Scope;
  readonly allowDeletes?: boolean | undefined;
  readonly rebalance?: boolean | undefined;
  /** Whether to tell how each target was chosen. */
  readonly tellsPlaces?: boolean;
}

/** How the target for one slot of an interface was chosen. */
export interface ChosenPlace {
  readonly choice: Omit<Choice, 'loads'>;
  readonly placement: Placement;
}

export interface DryRun {
  readonly owner: string;
  readonly policy: CompiledPolicy;
  readonly reading: Reading;
  readonly plan: Plan;
  /** By `slotKey`. */
  readonly places: ReadonlyMap<string, ChosenPlace>;
}

/** Reads and plans as the service does, by the same code, and changes nothing. */
export async function dryRun(source: PlanSource, options: DryRunOptions): Promise<DryRun> {
  const { owner, tellsPlaces = false } = options;
  // A person is told of the instances that are left alone too, so all are listed.
  const { candidates: _few, ...policy } = options.policy;
  const places = new Map<string, ChosenPlace>();
  const hopeless: ChosenPlace['choice'][] = [];
  const onChoice = ({ loads, ...choice }: Choice) => {
    if (loads === undefined) hopeless.push(choice);
    else places.set(slotKey(choice.desired), { choice, placement: place(choice.wish, loads) });
  };
  const { reading, plan } = await inWords(
    'EC2 could not be read',
    reconcile(
      { ...source, owner, policy, memory: new Memory(), mirroring: changesNothing },
      {
        scope: options.scope ?? { kind: 'everything' },
        first: new Set(),
        applyUntil: Number.POSITIVE_INFINITY,
        isDryRun: true,
        allowDeletes: options.allowDeletes ?? false,
        rebalance: options.rebalance ?? false,
        onResult: () => undefined,
        asksTargets: true,
        ...(tellsPlaces ? { onChoice } : {}),
      },
    ),
  );
  const loads = countLoads(reading.world.sessions);
  for (const choice of hopeless) places.set(slotKey(choice.desired), { choice, placement: place(choice.wish, loads) });
  return { owner, policy, reading, plan, places };
}

export function slotKey({ eniId, slot }: { readonly eniId: EniId; readonly slot: number }): string {
  return `${eniId}/${slot}`;
}

const refuse = () => Promise.reject(new Error('a dry run changes nothing'));

const changesNothing: Mirroring = {
  tagInstance: refuse,
  createTarget: refuse,
  deleteTarget: refuse,
  createSession: refuse,
  modifySession: refuse,
  tagSession: refuse,
  deleteSession: refuse,
  createFilter: refuse,
  createFilterRule: refuse,
  addNetworkServices: refuse,
  deleteFilter: refuse,
};
