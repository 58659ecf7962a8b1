import type { ReasonCode } from '../model/reasons.ts';
import type { Run } from '../reconcile/reconcile.ts';
import type { Result } from '../reconcile/result.ts';
import type { Figures, MetricName } from './metrics.ts';
import type { Settings } from './record.ts';

/** Refusals that more or other targets would cure. */
const noRoom: readonly ReasonCode[] = ['pool-empty', 'pool-unattached', 'pool-zone', 'pool-full', 'target-unavailable'];

/** What a run has done, counted: for the record that closes a sweep, and for the metrics. */
export class RunCounts {
  readonly #counts = new Map<string, number>();
  readonly #byReason = new Map<ReasonCode, Partial<Record<MetricName, number>>>();
  readonly #isBacklog: boolean;
  #heldBack = 0;
  #withoutRoom = 0;

  /** @param isBacklog what a gate holds back of such a run, the waiting messages ask for themselves */
  constructor(isBacklog = false) {
    this.#isBacklog = isBacklog;
  }

  add({ action, outcome, reason: { code } }: Result): void {
    const isRefusedByEc2 = outcome === 'blocked' && action.kind === 'session.create';
    const name = outcome === 'failed' ? 'failed' : isRefusedByEc2 ? 'refused' : countNames[action.kind];
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);

    if (action.kind === 'gate.block') this.#heldBack += action.blocked.length;
    if (name !== 'failed' && name !== 'refused') return;
    if (name === 'refused' && noRoom.includes(code)) this.#withoutRoom += 1;
    const metric = metricNames[name];
    const sum = this.#byReason.get(code);
    this.#byReason.set(code, { ...sum, [metric]: (sum?.[metric] ?? 0) + 1 });
  }

  /** The counts by name, for programs. */
  settings(run: Run): Settings {
    const { instances, world } = run.reading;
    return {
      instances: instances.length,
      sessions: world.sessions.length,
      ownSessions: run.plan.ownSessions,
      ...Object.fromEntries(this.#counts),
    };
  }

  /** The counts in one sentence for people. */
  sentence(run: Run): string {
    const inWords = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    const parts = [...this.#counts].map(([name, count]) => `${count} ${inWords(name)}`).sort();
    const looked = `${run.reading.instances.length} instances and ${run.plan.ownSessions} sessions of ours looked at`;
    return parts.length === 0 ? looked : `${looked}: ${parts.join(', ')}`;
  }

  /** What a run has done, held back and refused, where it has; of a run over everything also what it has seen. */
  figures(sweep?: { readonly run: Run; readonly durationMs: number }): Figures {
    const counted = Object.entries(metricNames).map(([name, metric]) => [metric, this.#counts.get(name)]);
    const done: Figures = Object.fromEntries(counted.filter(([, value]) => value !== undefined));
    const blocked = this.#isBacklog || (sweep === undefined && this.#heldBack === 0) ? {} : { ChangesBlocked: this.#heldBack };
    if (sweep === undefined) return { ...done, ...blocked };
    const { reading, plan } = sweep.run;
    const { sessions, accountId } = reading.world;
    return {
      SourcesRefused: 0,
      ...done,
      ...blocked,
      Sweeps: 1,
      SweepDuration: sweep.durationMs,
      Instances: reading.instances.length,
      OwnSessions: plan.ownSessions,
      // Another account's sessions on our targets are seen too, and count against its quota.
      AccountSessions: sessions.filter((session) => session.accountId === accountId).length,
      SourcesWithoutRoom: this.#withoutRoom,
    };
  }

  /** Failures and refusals, for each reason that there was. */
  byReason(): Iterable<readonly [ReasonCode, Figures]> {
    return this.#byReason;
  }
}

const countNames: Readonly<Record<Result['action']['kind'], string>> = {
  'session.create': 'created',
  'session.modify': 'modified',
  'session.delete': 'deleted',
  'session.keep': 'kept',
  'session.shadow': 'shadowed',
  'filter.create': 'filtersCreated',
  'filter.delete': 'filtersDeleted',
  'target.create': 'targetsCreated',
  'target.delete': 'targetsDeleted',
  'target.refuse': 'targetsRefused',
  'instance.skip': 'skipped',
  'instance.refuse': 'refused',
  'instance.tag': 'tagged',
  'gate.block': 'blocked',
};

/** Metrics that are one of the counts. */
const metricNames = {
  created: 'SessionsCreated',
  modified: 'SessionsModified',
  deleted: 'SessionsDeleted',
  filtersCreated: 'FiltersCreated',
  filtersDeleted: 'FiltersDeleted',
  targetsCreated: 'TargetsCreated',
  targetsDeleted: 'TargetsDeleted',
  failed: 'ChangesFailed',
  refused: 'SourcesRefused',
} as const;
