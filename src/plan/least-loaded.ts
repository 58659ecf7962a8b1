import type { ActualTarget } from '../model/target.ts';
import { isAttached, type PlacementWish, type TargetLoads } from './place.ts';
import { isOnInstance } from './pools.ts';
import { sourceCapacity } from './target-capacity.ts';

/** Finds the target for one wish after another, as `place` would. Between two finds loads may only grow. */
export type FindTarget = (wish: PlacementWish) => ActualTarget | undefined;

/**
 * Makes a finder over the pools that wishes name, which asks a heap instead of looking at every member for every wish: what matters for thousands of sources
 * and hundreds of targets.
 */
export function leastLoadedFinder(loads: TargetLoads): FindTarget {
  const pools = new Map<readonly ActualTarget[], PoolQueues>();
  return (wish) => {
    const queues = pools.get(wish.members) ?? poolQueues(wish.members, loads);
    pools.set(wish.members, queues);
    if (wish.pool.zone !== 'ignore') {
      const near = wish.zone === undefined ? undefined : queues.zones.get(wish.zone)?.first(wish);
      const anywhere = queues.everyZone.first(wish);
      const best = near !== undefined && anywhere !== undefined ? firstOf(near, anywhere) : (near ?? anywhere);
      if (best !== undefined) return best.target;
      if (wish.pool.zone === 'require') return undefined;
    }
    return queues.all.first(wish)?.target;
  };
}

interface PoolQueues {
  readonly all: TargetQueue;
  /** Load balancers and endpoints, which serve every zone. */
  readonly everyZone: TargetQueue;
  readonly zones: ReadonlyMap<string, TargetQueue>;
}

function poolQueues(all: readonly ActualTarget[], loads: TargetLoads): PoolQueues {
  const members = all.filter(isAttached);
  const byZone = new Map<string, ActualTarget[]>();
  for (const target of members) {
    if (target.type !== 'network-interface' || target.zone === undefined) continue;
    const inZone = byZone.get(target.zone) ?? [];
    inZone.push(target);
    byZone.set(target.zone, inZone);
  }
  return {
    all: new TargetQueue(members, loads),
    everyZone: new TargetQueue(
      members.filter((target) => target.type !== 'network-interface'),
      loads,
    ),
    zones: new Map([...byZone].map(([zone, targets]) => [zone, new TargetQueue(targets, loads)])),
  };
}

interface Entry {
  readonly target: ActualTarget;
  readonly capacity: number;
  /** As it was when the entry was last looked at; the true load may have grown since. */
  load: number;
}

function firstOf(a: Entry, b: Entry): Entry {
  return comesBefore(a, b) ? a : b;
}

function comesBefore(a: Entry, b: Entry): boolean {
  return a.load === b.load ? a.target.id < b.target.id : a.load < b.load;
}

/** Targets with room, the least loaded on top: a binary heap whose entries are brought up to date when they come to the top. */
class TargetQueue {
  readonly #heap: Entry[] = [];
  readonly #loads: TargetLoads;

  constructor(targets: readonly ActualTarget[], loads: TargetLoads) {
    this.#loads = loads;
    for (const target of targets) this.#push({ target, capacity: sourceCapacity(target), load: loads.get(target.id) ?? 0 });
  }

  /** The least loaded target with room that is not on the wisher's own instance; the lowest id of equals. */
  first(wish: PlacementWish): Entry | undefined {
    const ownInstance: Entry[] = [];
    let top = this.#settledTop();
    while (top !== undefined && isOnInstance(top.target, wish.instanceId)) {
      ownInstance.push(top);
      this.#pop();
      top = this.#settledTop();
    }
    for (const entry of ownInstance) this.#push(entry);
    return top;
  }

  #settledTop(): Entry | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      const load = this.#loads.get(top.target.id) ?? 0;
      if (load === top.load && load < top.capacity) return top;
      this.#pop();
      if (load < top.capacity) this.#push({ ...top, load });
    }
    return undefined;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !comesBefore(entry, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      if (left === undefined) break;
      const takesRight = right !== undefined && comesBefore(right, left);
      const child = takesRight ? right : left;
      if (!comesBefore(child, last)) break;
      heap[index] = child;
      index = 2 * index + (takesRight ? 2 : 1);
    }
    heap[index] = last;
  }
}
