/** Records by id with a history long enough for eventual consistency: commands read what is, describes read what is seen. */
import type { Clock } from '../core.ts';

export type ChangeKind = 'create' | 'modify' | 'delete';

interface Version<T> {
  readonly visibleAt: number;
  /** Undefined: gone. */
  readonly value: T | undefined;
}

/** The reading half, which a collection of any records fulfils. */
export interface Lookup<T> {
  get(id: string): T | undefined;
  seen(id: string): T | undefined;
  seenAll(): T[];
}

/** Records are replaced, never changed in place, so that an earlier version can still be shown. */
export class Collection<T, Index extends string = never> implements Lookup<T> {
  readonly #clock: Clock;
  readonly #lagMs: (kind: ChangeKind) => number;
  readonly #keyOf: Readonly<Record<Index, (value: T) => string>>;
  readonly #current = new Map<string, T>();
  readonly #history = new Map<string, Version<T>[]>();
  readonly #indexes = new Map<string, Map<string, Set<string>>>();

  /** `indexes` names the keys by which `by` and `countBy` find records. */
  constructor(clock: Clock, lagMs: (kind: ChangeKind) => number, indexes: Readonly<Record<Index, (value: T) => string>>) {
    this.#clock = clock;
    this.#lagMs = lagMs;
    this.#keyOf = indexes;
  }

  get(id: string): T | undefined {
    return this.#current.get(id);
  }

  /** In the order of creation. */
  all(): T[] {
    return [...this.#current.values()];
  }

  by(index: Index, key: string): T[] {
    return [...(this.#indexes.get(index)?.get(key) ?? [])].flatMap((id) => this.#current.get(id) ?? []);
  }

  countBy(index: Index, key: string): number {
    return this.#indexes.get(index)?.get(key)?.size ?? 0;
  }

  put(id: string, value: T): void {
    const before = this.#current.get(id);
    this.#remember(id, before, value, before === undefined ? 'create' : 'modify');
    if (before !== undefined) this.#unindex(id, before);
    this.#current.set(id, value);
    this.#eachKey(value, (ids) => ids.add(id));
  }

  /** Replaces some fields of a record that exists; does nothing when it is gone. */
  patch(id: string, changes: Partial<T>): void {
    const before = this.#current.get(id);
    if (before !== undefined) this.put(id, { ...before, ...changes });
  }

  remove(id: string): void {
    const before = this.#current.get(id);
    if (before === undefined) return;
    this.#remember(id, before, undefined, 'delete');
    this.#unindex(id, before);
    this.#current.delete(id);
  }

  /** The version that a describe shows now. */
  seen(id: string): T | undefined {
    const versions = this.#history.get(id);
    if (versions === undefined) return this.#current.get(id);
    const now = this.#clock.now();
    const shown = versions.findLastIndex((version) => version.visibleAt <= now);
    if (shown === versions.length - 1) this.#history.delete(id);
    return versions[shown]?.value;
  }

  seenAll(): T[] {
    if (this.#history.size === 0) return this.all();
    const ids = new Set([...this.#current.keys(), ...this.#history.keys()]);
    return [...ids].flatMap((id) => this.seen(id) ?? []);
  }

  #remember(id: string, before: T | undefined, value: T | undefined, kind: ChangeKind): void {
    const lagMs = this.#lagMs(kind);
    const versions = this.#history.get(id);
    if (versions === undefined && lagMs <= 0) return;
    const earlier = versions ?? [{ visibleAt: Number.NEGATIVE_INFINITY, value: before }];
    // A later change never becomes visible before an earlier one.
    const visibleAt = Math.max(this.#clock.now() + lagMs, earlier.at(-1)?.visibleAt ?? 0);
    this.#history.set(id, [...earlier, { visibleAt, value }]);
  }

  #unindex(id: string, value: T): void {
    this.#eachKey(value, (ids) => ids.delete(id));
  }

  #eachKey(value: T, visit: (ids: Set<string>) => void): void {
    for (const index in this.#keyOf) {
      const key = this.#keyOf[index](value);
      let keys = this.#indexes.get(index);
      if (keys === undefined) {
        keys = new Map();
        this.#indexes.set(index, keys);
      }
      let ids = keys.get(key);
      if (ids === undefined) {
        ids = new Set();
        keys.set(key, ids);
      }
      visit(ids);
      if (ids.size === 0) keys.delete(key);
    }
  }
}
