import type { EC2ClientConfig } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { createEc2Client, settleMs } from '../../src/aws/client.ts';
import { createInventory } from '../../src/aws/ec2-inventory.ts';
import { createMirroring } from '../../src/aws/ec2-mirroring.ts';
import { RateLimiter } from '../../src/aws/rate-limiter.ts';
import { apply } from '../../src/reconcile/apply.ts';
import type { Clock } from '../../src/reconcile/ports.ts';
import type { Result } from '../../src/reconcile/result.ts';
import { inProcess } from '../emulator/front/in-process-handler.ts';
import { aSpec, createAction, owner } from '../support/shell/things.ts';
import { createEc2Ports, createParts } from './ec2-bench.ts';

const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Applies one creation whose call EC2 carries out or not, and never answers, with `leftMs` before changes must end. */
async function createWithoutAnswer(options: { readonly takesEffect: boolean; readonly leftMs: number }) {
  const ports = createEc2Ports();
  const parts = await createParts(ports);
  const inner = inProcess(ports.bench.ec2);
  let sent = 0;
  const requestHandler: NonNullable<EC2ClientConfig['requestHandler']> = {
    async handle(
      request: Parameters<typeof inner.requestHandler.handle>[0],
      { abortSignal }: { abortSignal?: AbortSignal } = {},
    ) {
      if (!String(request.body).includes('Action=CreateTrafficMirrorSession')) return inner.requestHandler.handle(request);
      sent += 1;
      if (options.takesEffect) await inner.requestHandler.handle(request);
      return new Promise((_resolve, reject) => {
        const abort = () => reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
        if (abortSignal?.aborted) abort();
        else abortSignal?.addEventListener('abort', abort);
      });
    },
  };
  const deadline = { at: Date.now() + settleMs + options.leftMs };
  const client = createEc2Client({ ...inner, requestHandler, maxAttempts: 5 }, new RateLimiter(realClock, 1), deadline);
  const results: Result[] = [];
  const spec = aSpec({ target: { id: parts.target.id }, filter: { id: parts.filterId } });
  const applied = await apply([createAction(1, { eniId: parts.source.eniId, spec })], {
    inventory: createInventory(client, realClock, deadline),
    mirroring: createMirroring(client, realClock, deadline),
    clock: realClock,
    owner,
    until: deadline.at,
    tokenSalt: 'salt',
    isDryRun: false,
    onResult: (result) => results.push(result),
  });
  return { applied, results, sent, sessions: await ports.inventory.sessions() };
}

describe('the deadline in the middle of a creation', () => {
  it('settles it: EC2 is asked, and the session that is there is told as made', async () => {
    const { applied, results, sessions } = await createWithoutAnswer({ takesEffect: true, leftMs: 60 });
    expect(sessions).toHaveLength(1);
    expect(results).toMatchObject([{ outcome: 'done', sessionId: sessions[0]?.id }]);
    expect(applied).toMatchObject({ done: 1, unfinished: [] });
  });

  it('settles it: a session that is not there is told as failed', async () => {
    const { results, sessions } = await createWithoutAnswer({ takesEffect: false, leftMs: 60 });
    expect(sessions).toEqual([]);
    expect(results).toMatchObject([{ outcome: 'failed', reason: { code: 'api-error' }, errorCode: 'AbortError' }]);
  });

  it('already past sends nothing, tells nothing and leaves the change for later', async () => {
    const { applied, results, sent, sessions } = await createWithoutAnswer({ takesEffect: true, leftMs: -1 });
    expect([sent, sessions, results]).toEqual([0, [], []]);
    expect(applied.unfinished).toHaveLength(1);
  });
});
