import type { ReasonCode } from '../model/reasons.ts';
import type { Intent } from './intent.ts';
import type { AuditRecord } from './record.ts';

/** What the trail tells of one session. */
export interface ReplayedSession {
  readonly sessionId: string;
  readonly eniId: string | undefined;
  readonly slot: number | undefined;
  readonly instanceId: string | undefined;
  /** ISO time of the last record that tells that it was there. */
  readonly lastSeen: string;
}

/** A change of ours that was begun, and of which no record tells that it was done. */
export interface Attempt {
  readonly runId: string;
  /** ISO time. */
  readonly time: string;
}

/** Failures after which nobody can tell whether EC2 has acted. */
const inDoubt: ReadonlySet<string> = new Set<ReasonCode>(['api-error', 'throttled', 'deadline']);

/**
 * The sessions that there must be, by the trail alone: told its records from the oldest to the newest, it makes and deletes as they say.
 *
 * A session that the service makes for a slot of an interface proves that the one before was gone, whoever deleted it: that one is `replaced`.
 * What was begun and not told of is an attempt: it explains a session that no record tells of, or one that is gone without a record.
 */
export class Replay {
  readonly #held = new Map<string, ReplayedSession>();
  readonly #replaced = new Map<string, ReplayedSession>();
  readonly #bySlot = new Map<string, string>();
  /** By run and what was done, see `deedOf`. */
  readonly #done = new Set<string>();
  /** By what was begun; in each, by run. */
  readonly #attempts = new Map<string, Map<string, Attempt>>();
  /** Of all records told. */
  records = 0;
  /** ISO time of the oldest record; undefined before there is one. */
  begins: string | undefined;

  tell(record: AuditRecord): void {
    this.records += 1;
    this.begins ??= record.time;
    const { sessionId, action, outcome, runId } = record;
    const deed = deedOf(record);
    if (deed !== undefined && outcome === 'done') this.#done.add(`${runId} ${deed}`);
    if (deed !== undefined && outcome === 'failed' && inDoubt.has(record.reason)) this.#attempt(deed, record);
    if (sessionId === undefined || outcome !== 'done') return;
    if (action === 'session.delete') this.#delete(sessionId);
    else if (action === 'session.create' || action === 'session.modify' || action === 'session.keep')
      this.#see(sessionId, record, action === 'session.create');
  }

  /** Told of what a run was about to do, before or after the records of that run. */
  intend(intent: Intent): void {
    for (const change of intent.changes) {
      const deed = deedOf(change);
      if (deed !== undefined) this.#attempt(deed, intent);
    }
  }

  /** The latest attempt to make a session for this slot of this interface, or to delete this session, that no record of the same run tells the end of. */
  attempt(about: Subject, action: Deed): Attempt | undefined {
    const deed = deedOf({ ...about, action });
    const open = [...(this.#attempts.get(deed ?? '')?.values() ?? [])].filter(({ runId }) => !this.#done.has(`${runId} ${deed}`));
    return open.reduce<Attempt | undefined>((last, one) => (last === undefined || one.time > last.time ? one : last), undefined);
  }

  /** Sessions that there must be. */
  get held(): ReadonlyMap<string, ReplayedSession> {
    return this.#held;
  }

  /** Sessions that were made by the service and must be gone, although it has not deleted them. */
  get replaced(): ReadonlyMap<string, ReplayedSession> {
    return this.#replaced;
  }

  #attempt(deed: string, { runId, time }: Attempt): void {
    const byRun = this.#attempts.get(deed) ?? new Map<string, Attempt>();
    this.#attempts.set(deed, byRun.set(runId, { runId, time }));
  }

  #delete(sessionId: string): void {
    const seat = seatOf(this.#held.get(sessionId));
    if (seat !== undefined && this.#bySlot.get(seat) === sessionId) this.#bySlot.delete(seat);
    this.#held.delete(sessionId);
    this.#replaced.delete(sessionId);
  }

  #see(sessionId: string, { eniId, slot, instanceId, time }: AuditRecord, isCreation: boolean): void {
    const seen = { sessionId, eniId, slot, instanceId, lastSeen: time };
    const old = seatOf(this.#held.get(sessionId));
    if (old !== undefined && this.#bySlot.get(old) === sessionId) this.#bySlot.delete(old);
    const seat = seatOf(seen);
    const other = seat === undefined ? undefined : this.#held.get(this.#bySlot.get(seat) ?? '');
    if (isCreation && other !== undefined && other.sessionId !== sessionId) {
      this.#held.delete(other.sessionId);
      this.#replaced.set(other.sessionId, other);
    }
    this.#held.set(sessionId, seen);
    this.#replaced.delete(sessionId);
    if (seat !== undefined) this.#bySlot.set(seat, sessionId);
  }
}

type Deed = 'session.create' | 'session.delete';

interface Subject {
  readonly sessionId?: string | undefined;
  readonly eniId?: string | undefined;
  readonly slot?: number | undefined;
}

/** What begins or ends a session, as text that is the same before and after: what is to be made has no id yet. */
function deedOf({ action, sessionId, eniId, slot }: Subject & { readonly action: string }): string | undefined {
  if (action === 'session.delete') return sessionId === undefined ? undefined : `${action} ${sessionId}`;
  const seat = seatOf({ eniId, slot });
  return action === 'session.create' && seat !== undefined ? `${action} ${seat}` : undefined;
}

function seatOf(session: Subject | undefined): string | undefined {
  return session?.eniId === undefined || session.slot === undefined ? undefined : `${session.eniId}/${session.slot}`;
}
