import type { ActualSession } from '../model/session.ts';
import type { Facts } from './facts.ts';

const indexes = new WeakMap<readonly ActualSession[], ReadonlyMap<string, readonly ActualSession[]>>();

/** Every session on an interface, ours and others'; looked up in an index that is made once for each list, for thousands of sources ask. */
export function sessionsOn({ sessions }: Pick<Facts, 'sessions'>, eniId: string): readonly ActualSession[] {
  const index = indexes.get(sessions) ?? indexByInterface(sessions);
  indexes.set(sessions, index);
  return index.get(eniId) ?? [];
}

function indexByInterface(sessions: readonly ActualSession[]): ReadonlyMap<string, readonly ActualSession[]> {
  const index = new Map<string, ActualSession[]>();
  for (const session of sessions) {
    const others = index.get(session.eniId) ?? [];
    others.push(session);
    index.set(session.eniId, others);
  }
  return index;
}
