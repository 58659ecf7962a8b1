import type { Action } from '../plan/action.ts';
import { countLoads } from '../plan/place.ts';
import { findPoolMembers } from '../plan/pools.ts';
import { sourceCapacity } from '../plan/target-capacity.ts';
import type { DryRun } from './dry-run.ts';
import { limitsInUse, monthlyCost, type Use } from './estimate.ts';
import type { AlarmState, Known, LastSweep } from './health.ts';

/** How things stand; the shape of `status --json`, version 1. */
export interface Status {
  readonly status: 1;
  readonly owner: string;
  readonly accountId: string;
  readonly region: string;
  readonly policyHash: string;
  readonly instances: {
    readonly listed: number;
    /** Of which mirroring is asked for: mirrored, to be mirrored, and refused. */
    readonly selected: number;
    /** With at least one session. */
    readonly mirrored: number;
    readonly refused: number;
  };
  readonly interfaces: { readonly wanted: number; readonly mirrored: number };
  /** Instances, interfaces or slots that are refused, by reason code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly sessions: {
    readonly ours: number;
    readonly others: number;
    readonly asWanted: number;
    readonly toCreate: number;
    readonly toModify: number;
    readonly toDelete: number;
    /** Of those to modify: changed by hand. */
    readonly drifted: number;
    /** Of those to delete: nothing asks for them any more, or their interface is free. */
    readonly orphans: number;
    /** Changes that a gate holds back. */
    readonly heldBack: number;
  };
  readonly pools: readonly PoolLoad[];
  readonly quotas: readonly Use[];
  readonly cost: { readonly pricePerSessionHour: number; readonly perMonth: number; readonly currency: 'USD' };
  readonly lastGoodSweep: Known<LastSweep>;
  readonly alarms: Known<{ readonly alarms: readonly AlarmState[] }>;
}

interface PoolLoad {
  readonly name: string;
  readonly zoneRule: string;
  readonly load: number;
  /** null: no limit. */
  readonly capacity: number | null;
  readonly targets: readonly {
    readonly targetId: string;
    readonly type: string;
    readonly zone?: string;
    readonly load: number;
    readonly capacity: number | null;
  }[];
}

/** Counts what was read and planned. */
export function statusOf(
  { owner, policy, reading, plan }: DryRun,
  region: string,
  price: number,
  health: Pick<Status, 'lastGoodSweep' | 'alarms'>,
): Status {
  const { decisions, instances, world } = reading;
  const { actions, ownSessions } = plan;
  const of = <K extends Action['kind']>(kind: K) =>
    actions.filter((action): action is Action & { readonly kind: K } => action.kind === kind);
  const standing = [...of('session.keep'), ...of('session.modify')];
  const deleted = of('session.delete');
  const refusals = new Map(of('instance.refuse').map((one) => [`${one.instanceId}/${one.eniId}/${one.slot}`, one.reason.code]));
  return {
    status: 1,
    owner,
    accountId: world.accountId,
    region,
    policyHash: policy.hash,
    instances: {
      listed: instances.length,
      selected: decisions.filter(({ outcome }) => outcome !== 'skip').length,
      mirrored: distinct(standing.map(({ instanceId }) => instanceId)),
      refused: distinct(of('instance.refuse').map(({ instanceId }) => instanceId)),
    },
    interfaces: {
      wanted: distinct(decisions.flatMap(({ sessions }) => sessions.map(({ eniId }) => eniId))),
      mirrored: distinct(standing.map(({ eniId }) => eniId)),
    },
    refused: counted([...refusals.values()]),
    sessions: {
      ours: ownSessions,
      others: world.sessions.length - ownSessions,
      asWanted: of('session.keep').length,
      toCreate: of('session.create').length,
      toModify: distinct(of('session.modify').map(({ session }) => session.id)),
      toDelete: deleted.length,
      drifted: distinct(of('session.modify').flatMap(({ session, reason }) => (reason.code === 'drift' ? session.id : []))),
      orphans: deleted.filter(({ reason }) => !isReplaced.has(reason.code)).length,
      heldBack: of('gate.block').flatMap(({ blocked }) => blocked).length,
    },
    pools: poolLoads(policy, world),
    quotas: limitsInUse(world, plan, policy.limits.maxSessions),
    cost: { pricePerSessionHour: price, perMonth: monthlyCost(ownSessions, price), currency: 'USD' },
    ...health,
  };
}

/** Deleted although its source is wanted: another session takes its place, or serves it already. */
const isReplaced: ReadonlySet<string> = new Set(['duplicate-session', 'settings-changed', 'target-left-pool']);

function poolLoads({ pools }: DryRun['policy'], { targets, sessions }: DryRun['reading']['world']): readonly PoolLoad[] {
  const loads = countLoads(sessions);
  return [...findPoolMembers(pools, targets)].map(([name, members]) => {
    const each = members.map((target) => ({ target, load: loads.get(target.id) ?? 0, capacity: sourceCapacity(target) }));
    return {
      name,
      zoneRule: pools[name]?.zone ?? 'prefer',
      load: sum(each.map(({ load }) => load)),
      capacity: finite(sum(each.map(({ capacity }) => capacity))),
      targets: each.map(({ target, load, capacity }) => ({
        targetId: target.id,
        type: target.type,
        ...(target.zone === undefined ? {} : { zone: target.zone }),
        load,
        capacity: finite(capacity),
      })),
    };
  });
}

function distinct(items: readonly (string | undefined)[]): number {
  return new Set(items.filter((item) => item !== undefined)).size;
}

function counted(codes: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const code of [...codes].sort()) counts.set(code, (counts.get(code) ?? 0) + 1);
  return Object.fromEntries(counts);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** JSON has no infinity. */
function finite(number: number): number | null {
  return Number.isFinite(number) ? number : null;
}
