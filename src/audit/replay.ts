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

/**
 * The sessions that there must be, by the trail alone: told its records from the oldest to the newest, it makes and deletes as they say.
 *
 * A session that the service makes for a slot of an interface proves that the one before was gone, whoever deleted it: that one is `replaced`.
 */
export class Replay {
  readonly #held = new Map<string, ReplayedSession>();
  readonly #replaced = new Map<string, ReplayedSession>();
  readonly #bySlot = new Map<string, string>();
  /** Of all records told. */
  records = 0;
  /** ISO time of the oldest record; undefined before there is one. */
  begins: string | undefined;

  tell(record: AuditRecord): void {
    this.records += 1;
    this.begins ??= record.time;
    const { sessionId, action, outcome } = record;
    if (sessionId === undefined || outcome !== 'done') return;
    if (action === 'session.delete') this.#delete(sessionId);
    else if (action === 'session.create' || action === 'session.modify' || action === 'session.keep')
      this.#see(sessionId, record, action === 'session.create');
  }

  /** Sessions that there must be. */
  get held(): ReadonlyMap<string, ReplayedSession> {
    return this.#held;
  }

  /** Sessions that were made by the service and must be gone, although it has not deleted them. */
  get replaced(): ReadonlyMap<string, ReplayedSession> {
    return this.#replaced;
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

function seatOf(session: Pick<ReplayedSession, 'eniId' | 'slot'> | undefined): string | undefined {
  return session?.eniId === undefined || session.slot === undefined ? undefined : `${session.eniId}/${session.slot}`;
}
