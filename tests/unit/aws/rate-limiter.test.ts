import { describe, expect, it } from 'vitest';
import { DeadlineError, RateLimiter } from '../../../src/aws/rate-limiter.ts';
import { ManualClock } from '../../support/shell/clock.ts';

const create = 'CreateTrafficMirrorSession';
const forever = Number.POSITIVE_INFINITY;

function aLimiter(apiShare = 1) {
  const clock = new ManualClock();
  const limiter = new RateLimiter(clock, apiShare);
  /** Takes tokens until one would have to be waited for. */
  const drain = async (action: string) => {
    let taken = 0;
    for (;;) {
      try {
        await limiter.take(action, clock.now());
        taken += 1;
      } catch {
        return taken;
      }
    }
  };
  return { clock, limiter, drain };
}

describe('RateLimiter', () => {
  it.each([
    ['CreateTrafficMirrorSession', 1, 50],
    ['ModifyTrafficMirrorSession', 0.1, 50],
    ['DescribeTrafficMirrorSessions', 0.1, 100],
    ['DescribeInstances', 1, 100],
    ['DescribeInstances', 0.5, 50],
    ['DescribeNetworkInterfaces', 0.25, 25],
    ['CreateTags', 0.5, 50],
    ['DescribeInstances', 0.001, 1],
  ])('lets a burst of %s pass at a share of %d: %i calls', async (action, share, burst) => {
    expect(await aLimiter(share).drain(action)).toBe(burst);
  });

  it.each([
    [create, 5],
    ['DescribeTrafficMirrorSessions', 20],
    ['CreateTags', 10],
  ])('refills the bucket of %s by %i a second', async (action, perSecond) => {
    const { clock, drain } = aLimiter();
    await drain(action);
    await clock.advance(1_000);
    expect(await drain(action)).toBe(perSecond);
    await clock.advance(100);
    expect(await drain(action)).toBe(Math.floor(perSecond / 10));
  });

  it('never holds more than a burst, however long nobody calls', async () => {
    const { clock, drain } = aLimiter();
    await drain(create);
    await clock.advance(3_600_000);
    expect(await drain(create)).toBe(50);
  });

  it('keeps a bucket for each action', async () => {
    const { drain } = aLimiter();
    await drain(create);
    expect(await drain('DeleteTrafficMirrorSession')).toBe(50);
  });

  it('wakes waiting callers in the order they came, each at its turn', async () => {
    const { clock, limiter, drain } = aLimiter();
    await drain(create);
    const start = clock.now();
    const woken: string[] = [];
    const waiting = ['a', 'b', 'c'].map(async (name) => {
      await limiter.take(create, forever);
      woken.push(`${name} after ${clock.now() - start} ms`);
    });
    await clock.advance(1_000);
    await Promise.all(waiting);
    expect(woken).toEqual(['a after 200 ms', 'b after 400 ms', 'c after 600 ms']);
  });

  it('refuses at once a turn that would come after the deadline, and takes no token for it', async () => {
    const { clock, limiter, drain } = aLimiter();
    await drain(create);
    await expect(limiter.take(create, clock.now() + 199)).rejects.toBeInstanceOf(DeadlineError);
    await expect(limiter.take(create, clock.now() + 199)).rejects.toThrow(`${create} could be called in 200 ms`);
    expect(clock.sleeping).toBe(0);

    const taken = limiter.take(create, clock.now() + 200);
    await clock.advance(200);
    await expect(taken).resolves.toBeUndefined();
  });

  it('refuses a turn that came after the deadline, because the machine slept longer than it was asked to', async () => {
    const { clock, limiter, drain } = aLimiter();
    await drain(create);
    const taken = expect(limiter.take(create, clock.now() + 300)).rejects.toBeInstanceOf(DeadlineError);
    clock.set(clock.now() + 301);
    await clock.advance(0);
    await taken;
  });

  it('empties the bucket and halves its pace when EC2 throttles', async () => {
    const { clock, limiter, drain } = aLimiter();
    limiter.throttled(create);
    expect(await drain(create)).toBe(0);
    await clock.advance(2_000);
    expect(await drain(create)).toBe(5);
    limiter.throttled(create);
    await clock.advance(4_000);
    expect(await drain(create)).toBe(5);
  });

  it('halves its pace once for all calls that were under way together', async () => {
    const { clock, limiter, drain } = aLimiter();
    const sentAt = limiter.now();
    await clock.advance(50);
    for (let n = 0; n < 8; n += 1) limiter.throttled(create, sentAt);
    await clock.advance(2_000);
    expect(await drain(create)).toBe(5);
    limiter.throttled(create, limiter.now());
    await clock.advance(4_000);
    expect(await drain(create)).toBe(5);
  });

  it('never gets slower than a twentieth of the pace', async () => {
    const { clock, limiter, drain } = aLimiter();
    for (let n = 0; n < 50; n += 1) limiter.throttled(create);
    await clock.advance(20_000);
    expect(await drain(create)).toBe(5);
  });

  it('gets a twentieth of its pace back with each answer, up to the whole', async () => {
    const { clock, limiter, drain } = aLimiter();
    limiter.throttled(create);
    for (let n = 0; n < 10; n += 1) limiter.answered(create);
    await clock.advance(1_000);
    expect(await drain(create)).toBe(5);
    for (let n = 0; n < 100; n += 1) limiter.answered(create);
    await clock.advance(1_000);
    expect(await drain(create)).toBe(5);
  });

  it('throttling one action slows no other', async () => {
    const { limiter, drain } = aLimiter();
    limiter.throttled(create);
    expect(await drain('DeleteTrafficMirrorSession')).toBe(50);
  });

  it('loses no token when the clock is set back', async () => {
    const { clock, drain, limiter } = aLimiter();
    await limiter.take(create, forever);
    clock.set(clock.now() - 60_000);
    expect(await drain(create)).toBe(49);
  });

  it('counts what it lets pass and what was throttled, since it was asked last', async () => {
    const { clock, limiter, drain } = aLimiter();
    const taken = await drain(create);
    limiter.throttled(create);
    // Refused at once, and so no call.
    await expect(limiter.take(create, clock.now())).rejects.toThrow(DeadlineError);
    expect(limiter.takeCalls()).toEqual({ calls: taken, throttled: 1 });
    expect(limiter.takeCalls()).toEqual({ calls: 0, throttled: 0 });
  });
});
