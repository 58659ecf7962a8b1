import type { Run } from '../reconcile/reconcile.ts';
import type { Result } from '../reconcile/result.ts';
import type { Settings } from './record.ts';

/** What a run has done, counted for the record that closes a sweep. */
export class RunCounts {
  readonly #counts = new Map<string, number>();

  add({ action, outcome }: Result): void {
    const name = outcome === 'failed' ? 'failed' : (countNames[action.kind] ?? action.kind);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
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
  'gate.block': 'blocked',
};
