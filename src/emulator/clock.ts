/** The two clocks an emulated account can run on: real time, and virtual time that only moves when it is told to. */
import type { Clock } from './core.ts';

/** Time that stands still until somebody moves it; due tasks run in time order, ties in the order they were set. */
export interface VirtualClock extends Clock {
  /**
   * Moves time forward by `ms`, running each task when it falls due and letting promises settle before and after each one.
   * Rejects when a task throws, and when another move is still under way.
   */
  advance(ms: number): Promise<void>;
  /**
   * Moves from task to task until none is left, at most `limitMs` of virtual time (default one day).
   * Resolves to whether nothing is left; periodic tasks never end, so give them a limit.
   */
  runUntilIdle(limitMs?: number): Promise<boolean>;
  /** How many tasks wait. */
  pending(): number;
}

interface Task {
  readonly at: number;
  readonly sequence: number;
  readonly run: () => void;
  cancelled: boolean;
}

const DAY_MS = 86_400_000;
/** The longest delay that a Node timer keeps; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

const isBefore = (a: Task, b: Task): boolean => a.at < b.at || (a.at === b.at && a.sequence < b.sequence);

/** A binary heap: simulations hold tens of thousands of timers. */
function pushTask(heap: Task[], task: Task): void {
  let index = heap.push(task) - 1;
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || !isBefore(task, parent)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = task;
}

function popTask(heap: Task[]): Task | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (top === undefined || last === undefined || heap.length === 0) return top;
  let index = 0;
  for (;;) {
    const leftIndex = index * 2 + 1;
    const left = heap[leftIndex];
    if (left === undefined) break;
    const right = heap[leftIndex + 1];
    const useRight = right !== undefined && isBefore(right, left);
    const child = useRight ? right : left;
    if (!isBefore(child, last)) break;
    heap[index] = child;
    index = useRight ? leftIndex + 1 : leftIndex;
  }
  heap[index] = last;
  return top;
}

/** Lets everything that is ready in this process happen; an SDK call needs a few turns of the event loop between its promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Starts at `startMs` (epoch milliseconds). */
export function createVirtualClock(startMs = Date.UTC(2026, 10, 23)): VirtualClock {
  const heap: Task[] = [];
  let now = startMs;
  let sequence = 0;
  let waiting = 0;
  let moving = false;

  function nextDue(until: number): Task | undefined {
    for (let top = heap[0]; top !== undefined; top = heap[0]) {
      if (top.cancelled) popTask(heap);
      else return top.at <= until ? popTask(heap) : undefined;
    }
    return undefined;
  }

  async function moveTo(until: number): Promise<void> {
    if (moving) throw new Error('The virtual clock is already moving: await the move before');
    moving = true;
    try {
      await settle();
      for (let task = nextDue(until); task !== undefined; task = nextDue(until)) {
        now = Math.max(now, task.at);
        task.cancelled = true;
        waiting -= 1;
        task.run();
        await settle();
      }
    } finally {
      moving = false;
    }
  }

  return {
    now: () => now,
    pending: () => waiting,
    after(delayMs, run) {
      const task: Task = { at: now + Math.max(0, delayMs), sequence: sequence++, run, cancelled: false };
      pushTask(heap, task);
      waiting += 1;
      return () => {
        if (task.cancelled) return;
        task.cancelled = true;
        waiting -= 1;
      };
    },
    async advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`The virtual clock cannot move by ${ms} ms`);
      const until = now + ms;
      await moveTo(until);
      now = until;
      await settle();
    },
    async runUntilIdle(limitMs = DAY_MS) {
      await moveTo(now + limitMs);
      return waiting === 0;
    },
  };
}

/** Real time. Its timers do not keep the process alive; a listening socket does. */
export function createRealClock(): Clock {
  return {
    now: () => Date.now(),
    after(delayMs, task) {
      const due = Date.now() + delayMs;
      let timer: NodeJS.Timeout;
      const arm = (): void => {
        const left = due - Date.now();
        timer = setTimeout(left > LONGEST_TIMER_MS ? arm : task, Math.min(Math.max(0, left), LONGEST_TIMER_MS)).unref();
      };
      arm();
      return () => clearTimeout(timer);
    },
  };
}
