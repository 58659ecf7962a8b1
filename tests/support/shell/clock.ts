import type { Clock } from '../../../src/reconcile/ports.ts';

/** 2026-11-23T02:40:00Z, when every test of the shell begins. */
export const startOfTest = Date.UTC(2026, 10, 23, 2, 40);

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that stands still until a test moves it; whoever sleeps is woken in the order of the times they wait for. */
export class ManualClock implements Clock {
  #now = startOfTest;
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#sleepers.push({ at: this.#now + ms, wake: resolve });
    });
  }

  /** Number of callers asleep. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Sets the time, without waking anybody: for a clock that somebody sets back, too. */
  set(to: number): void {
    this.#now = to;
  }

  /** Moves time on, and lets everybody act whose time has come. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settled();
      const [next] = this.#sleepers.filter((sleeper) => sleeper.at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    this.#now = until;
    await settled();
  }
}

/** Resolves when all promises that can go on have gone on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
