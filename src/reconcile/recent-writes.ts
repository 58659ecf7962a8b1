import type { ActualFilter } from '../model/filter.ts';
import type { FilterId, SessionId } from '../model/ids.ts';
import type { ActualSession } from '../model/session.ts';
import type { World } from '../plan/world.ts';
import type { Result } from './result.ts';

/** How long EC2's lists may lack what we have just made (https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html); mostly it is seconds. */
const lagMs = 30_000;

/**
 * The sessions and filters that this environment has made and no list of EC2 has shown yet.
 *
 * A launch brings several events, each a pass of its own: without this the second would try to make again what the first has made, fail on the number that
 * is taken, and tell of a failure that is none.
 */
export class RecentWrites {
  readonly #sessions = new Map<SessionId, { readonly made: ActualSession; readonly at: number }>();
  readonly #filters = new Map<FilterId, { readonly made: ActualFilter; readonly at: number }>();

  /** To be told of each result. */
  note({ action, outcome, sessionId, filterId }: Result, at: number): void {
    if (action.kind === 'session.modify' || action.kind === 'session.delete') this.#sessions.delete(action.session.id);
    if (outcome !== 'done') return;
    if (action.kind === 'session.create' && sessionId !== undefined && 'id' in action.spec.filter) {
      const { filter, ...spec } = action.spec;
      this.#sessions.set(sessionId, { made: { ...spec, id: sessionId, eniId: action.eniId, filterId: filter.id }, at });
    } else if (action.kind === 'filter.create' && filterId !== undefined) {
      const { content } = action.profile;
      this.#filters.set(filterId, { made: { id: filterId, content, ruleIds: [], tags: action.tags }, at });
    }
  }

  /** Forgets everything: what the lists lack may be gone by somebody else's hand. */
  forget(): void {
    this.#sessions.clear();
    this.#filters.clear();
  }

  /** The world with what its lists do not show yet. What they have shown is EC2's to tell from then on. */
  recall(world: World, now: number): World {
    return {
      ...world,
      sessions: [...world.sessions, ...unseen(this.#sessions, world.sessions, now)],
      // A filter may be shown before its rules are.
      filters: withUnseen(world.filters, unseen(this.#filters, world.filters.filter(hasRules), now)),
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
