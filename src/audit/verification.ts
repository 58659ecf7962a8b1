import type { ActualSession } from '../model/session.ts';
import { slotOf } from '../plan/spec.ts';
import type { Attempt, Replay, ReplayedSession } from './replay.ts';

/** A session that only one side tells of. */
export interface Difference {
  readonly sessionId: string;
  readonly eniId?: string;
  readonly instanceId?: string;
  /**
   * `interface-gone`, `replaced`: the end of the session is known. `interrupted`: a run of ours was about to make or delete it, and died, or lost EC2's
   * answer, before it could tell. `unrecorded`: nobody knows, and somebody should look.
   */
  readonly why: 'interface-gone' | 'replaced' | 'interrupted' | 'unrecorded';
  readonly detail: string;
}

/** The sessions by the trail beside those in EC2. */
export interface Comparison {
  /** Whether every session is accounted for. */
  readonly equal: boolean;
  /** By the trail: those that went with their interface are not counted. */
  readonly sessions: { readonly byTrail: number; readonly inEc2: number };
  /** By the trail they are there, and EC2 does not know them. */
  readonly missing: readonly Difference[];
  /** EC2 knows them, and the trail does not. */
  readonly extra: readonly Difference[];
}

/** What EC2 tells, and how far back the trail goes. */
export interface Evidence {
  /** Our sessions. */
  readonly ours: readonly ActualSession[];
  /** Those of the interfaces that missing sessions were on which are still there. */
  readonly livingInterfaces: ReadonlySet<string>;
  /** null: for ever. */
  readonly retentionDays: number | null;
}

/** The sessions that are there by the trail and not in EC2. */
export function missingSessions(replay: Replay, ours: readonly ActualSession[]): readonly ReplayedSession[] {
  const there = new Set<string>(ours.map(({ id }) => id));
  return [...replay.held.values()].filter(({ sessionId }) => !there.has(sessionId));
}

/** Compares the sessions that the trail yields, and what was begun beside it, with those of EC2. */
export function compareWithTrail(replay: Replay, { ours, livingInterfaces, retentionDays }: Evidence): Comparison {
  const there = new Set<string>(ours.map(({ id }) => id));
  const missing = [
    ...missingSessions(replay, ours).map((session) => {
      if (session.eniId === undefined || !livingInterfaces.has(session.eniId)) return gone(session);
      const attempt = replay.attempt(session, 'session.delete');
      return attempt === undefined ? lost(session) : { ...subject(session), ...interrupted('deleted', attempt) };
    }),
    ...[...replay.replaced.values()].filter(({ sessionId }) => !there.has(sessionId)).map(replaced),
  ];
  const extra = ours
    .filter(({ id }) => !replay.held.has(id) && !replay.replaced.has(id))
    .map((session) => {
      const attempt = replay.attempt({ eniId: session.eniId, slot: slotOf(session) }, 'session.create');
      const what = attempt === undefined ? unknown(replay.begins, retentionDays) : interrupted('made', attempt);
      return { sessionId: session.id, eniId: session.eniId, ...what };
    });
  return {
    equal: [...missing, ...extra].every(({ why }) => why !== 'unrecorded'),
    sessions: { byTrail: replay.held.size - missing.filter(({ why }) => why === 'interface-gone').length, inEc2: ours.length },
    missing,
    extra,
  };
}

function subject({ sessionId, eniId, instanceId }: ReplayedSession): Pick<Difference, 'sessionId' | 'eniId' | 'instanceId'> {
  return { sessionId, ...(eniId === undefined ? {} : { eniId }), ...(instanceId === undefined ? {} : { instanceId }) };
}

function gone(session: ReplayedSession): Difference {
  return { ...subject(session), why: 'interface-gone', detail: 'EC2 deletes the sessions of an interface together with it' };
}

function lost(session: ReplayedSession): Difference {
  const detail = `there at ${session.lastSeen}; since then deleted by somebody else and not put back yet, or the record of its deletion was lost`;
  return { ...subject(session), why: 'unrecorded', detail };
}

function replaced(session: ReplayedSession): Difference {
  const detail = 'deleted by somebody else; the service has put another one in its place';
  return { ...subject(session), why: 'replaced', detail };
}

function interrupted(done: 'made' | 'deleted', { runId, time }: Attempt): Pick<Difference, 'why' | 'detail'> {
  const detail = `to be ${done} by run ${runId}, which told at ${time} that it would and could not tell that it had; CloudTrail has the call`;
  return { why: 'interrupted', detail };
}

function unknown(begins: string | undefined, retentionDays: number | null): Pick<Difference, 'why' | 'detail'> {
  const since = begins === undefined ? 'has no record at all' : `begins at ${begins}`;
  const kept = retentionDays === null ? 'keeps records for ever' : `keeps records for ${retentionDays} days`;
  return {
    why: 'unrecorded',
    detail: `no record tells of it: the trail ${since} and ${kept}, so it may be older; or somebody else made it with our owner tag, or its record was lost`,
  };
}
