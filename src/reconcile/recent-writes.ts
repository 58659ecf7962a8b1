import type { Reason } from '../model/decision.ts';
import type { ActualFilter } from '../model/filter.ts';
import type { FilterId, SessionId, TargetId } from '../model/ids.ts';
import type { ActualSession } from '../model/session.ts';
import type { ActualTarget } from '../model/target.ts';
import type { World } from '../plan/world.ts';
import type { Result } from './result.ts';
import { madeBy, withDeclared } from './world-after.ts';

/** How long EC2's lists may lack what we have just made (https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html); mostly it is seconds. */
const lagMs = 30_000;

/** Far longer than that. */
const toldMs = 600_000;

/**
 * The sessions, filters and targets that this environment has made and no list of EC2 has shown yet.
 *
 * A launch brings several events, each a pass of its own: without this the second would try to make again what the first has made, fail on the number that
 * is taken, and tell of a failure that is none.
 */
export class RecentWrites {
  readonly #sessions = new Map<SessionId, { readonly made: ActualSession; readonly at: number }>();
  readonly #filters = new Map<FilterId, { readonly made: ActualFilter; readonly at: number }>();
  readonly #targets = new Map<TargetId, { readonly made: ActualTarget; readonly at: number }>();
  /** Sessions whose making has a result already; not forgotten with the others. */
  readonly #told = new Map<SessionId, number>();

  /** To be told of each result. */
  note(result: Result, at: number): void {
    const { action } = result;
    if (action.kind === 'session.modify' || action.kind === 'session.delete') this.#sessions.delete(action.session.id);
    const { session, filter, target } = madeBy(result);
    if (session !== undefined) this.#sessions.set(session.id, { made: session, at });
    if (filter !== undefined) this.#filters.set(filter.id, { made: filter, at });
    if (target !== undefined) this.#targets.set(target.id, { made: target, at });
  }

  /**
   * The result as it is to be told. A sweep sees no more than EC2's lists: it may try to make a session again that they do not show yet, and find it there. That
   * is no second making of it.
   */
  withoutRepeat(result: Result, at: number): Result {
    const { action } = result;
    const { session } = madeBy(result);
    if (action.kind !== 'session.create' || session === undefined) return result;
    for (const [id, told] of this.#told) if (at - told > toldMs) this.#told.delete(id);
    const isRepeat = this.#told.has(session.id);
    this.#told.set(session.id, at);
    if (!isRepeat) return result;
    const { eniId, instanceId, slot, rule } = action;
    const detail = `an earlier run has made ${session.id}, which EC2's lists do not show yet`;
    const reason = { code: 'session-current', detail } satisfies Reason;
    return { ...result, action: { kind: 'session.keep', eniId, instanceId, slot, rule, session, reason }, reason };
  }

  /**
   * Forgets the sessions: what the lists lack may be gone by somebody else's hand. Filters and targets are not: making one twice costs more than missing for
   * half a minute that one was deleted at once.
   */
  forget(): void {
    this.#sessions.clear();
  }

  /** The world with what its lists do not show yet. What they have shown is EC2's to tell from then on. */
  recall(world: World, now: number): World {
    return {
      ...world,
      sessions: [...world.sessions, ...unseen(this.#sessions, world.sessions, now)],
      // A filter may be shown before its rules are.
      filters: withUnseen(world.filters, unseen(this.#filters, world.filters.filter(hasRules), now)),
      targets: [...world.targets, ...unseen(this.#targets, world.targets, now).map((target) => withDeclared(target, world))],
    };
  }
}

function unseen<T extends { readonly id: K }, K extends string>(
  made: Map<K, { readonly made: T; readonly at: number }>,
  shown: readonly { readonly id: K }[],
  now: number,
): readonly T[] {
  const ids = new Set(shown.map(({ id }) => id));
  for (const [id, { at }] of made) if (ids.has(id) || now - at > lagMs) made.delete(id);
  return [...made.values()].map((entry) => entry.made);
}

function withUnseen(filters: readonly ActualFilter[], made: readonly ActualFilter[]): readonly ActualFilter[] {
  const ids = new Set(made.map(({ id }) => id));
  return [...filters.filter(({ id }) => !ids.has(id)), ...made];
}

function hasRules({ content }: ActualFilter): boolean {
  return content.rules.length + content.networkServices.length > 0;
}
