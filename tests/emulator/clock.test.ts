import { describe, expect, it } from 'vitest';
import { createRealClock, createVirtualClock } from '../../src/emulator/clock.ts';

describe('the virtual clock', () => {
  it('runs due tasks in time order, ties in the order they were set', async () => {
    const clock = createVirtualClock(0);
    const ran: string[] = [];
    for (const [name, delay] of [
      ['c', 30],
      ['a', 10],
      ['b1', 20],
      ['b2', 20],
      ['late', 41],
    ] as const) {
      clock.after(delay, () => ran.push(`${name}@${clock.now()}`));
    }
    await clock.advance(40);
    expect(ran).toEqual(['a@10', 'b1@20', 'b2@20', 'c@30']);
    expect(clock.now()).toBe(40);
    expect(clock.pending()).toBe(1);
  });

  it('keeps thousands of tasks in order', async () => {
    const clock = createVirtualClock(0);
    const ran: number[] = [];
    for (let i = 0; i < 2000; i += 1) clock.after((i * 7919) % 997, () => ran.push(clock.now()));
    await clock.advance(1000);
    expect(ran).toHaveLength(2000);
    expect(ran).toEqual(ran.toSorted((a, b) => a - b));
  });

  it('runs tasks that tasks and promises set on the way', async () => {
    const clock = createVirtualClock(0);
    const ran: number[] = [];
    clock.after(5, () => {
      void Promise.resolve().then(() => clock.after(5, () => ran.push(clock.now())));
    });
    await clock.advance(10);
    expect(ran).toEqual([10]);
  });

  it('never runs a cancelled task', async () => {
    const clock = createVirtualClock(0);
    const ran: number[] = [];
    const cancel = clock.after(1, () => ran.push(1));
    cancel();
    cancel();
    expect(clock.pending()).toBe(0);
    await clock.advance(10);
    expect(ran).toEqual([]);
  });

  it('runs until nothing is left, or until the limit', async () => {
    const clock = createVirtualClock(0);
    clock.after(5_000, () => clock.after(5_000, () => undefined));
    expect(await clock.runUntilIdle()).toBe(true);
    expect(clock.now()).toBe(10_000);
    const tick = (): unknown => clock.after(1_000, tick);
    tick();
    expect(await clock.runUntilIdle(3_500)).toBe(false);
    expect(clock.now()).toBe(13_000);
  });

  it('refuses to move twice at once, backwards, and past a task that throws', async () => {
    const clock = createVirtualClock(0);
    const first = clock.advance(10);
    await expect(clock.advance(10)).rejects.toThrow('already moving');
    await first;
    await expect(clock.advance(-1)).rejects.toThrow('cannot move');
    clock.after(1, () => {
      throw new Error('task failed');
    });
    await expect(clock.advance(10)).rejects.toThrow('task failed');
    await clock.advance(1);
  });
});

describe('the real clock', () => {
  it('runs a task after its delay and not when it was cancelled', async () => {
    const clock = createRealClock();
    const ran: string[] = [];
    const cancel = clock.after(1, () => ran.push('cancelled'));
    cancel();
    await new Promise<void>((resolve) => {
      clock.after(20, () => {
        ran.push('due');
        resolve();
      });
      setTimeout(resolve, 1_000);
    });
    expect(ran).toEqual(['due']);
  });
});
