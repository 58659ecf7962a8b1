/** AWS SDK clients that reach an emulated account in this process, with latency and retries on its virtual clock. */
import { type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import type { RetryStrategyV2, StandardRetryToken } from '@smithy/types';
import type { Emulator } from '../src/emulator/emulator.ts';
import type { Clock } from '../src/reconcile/ports.ts';

/** The product's own kind of clock over the emulated account's. */
export function clockOf({ host }: Pick<Emulator, 'host'>): Clock {
  return {
    now: () => host.clock.now(),
    sleep: (ms) => new Promise((resolve) => void host.clock.after(ms, resolve)),
  };
}

/**
 * Client configuration: requests take `latencyMs` each way, a fifth more or less at random, so that calls do not arrive in step.
 *
 * @param accessKeyId decides who calls, as in `Emulator.registerSession`
 */
export function virtualClient(emulator: Emulator, accessKeyId: string, latencyMs: number) {
  const clock = clockOf(emulator);
  const travel = () => clock.sleep(Math.round(latencyMs * (0.8 + emulator.host.random() * 0.4)));
  return {
    region: emulator.host.region,
    endpoint: 'http://emulator.invalid',
    credentials: { accessKeyId, secretAccessKey: 'secret' },
    retryStrategy: virtualRetries(emulator, clock),
    requestHandler: {
      async handle({ method, path, headers, body }: HttpRequest): Promise<{ response: HttpResponse }> {
        await travel();
        const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
        const answer = await emulator.handle({ method, path, headers: Object.fromEntries(lowered), body: textOf(body) });
        await travel();
        const { status, headers: answered } = answer;
        return { response: new HttpResponse({ statusCode: status, headers: { ...answered }, body: Buffer.from(answer.body) }) };
      },
    },
  };
}

function textOf(body: unknown): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : typeof body === 'string' ? body : '';
}

const maxAttempts = 5;
const longestPauseMs = 20_000;

/** The SDK's standard retries (full jitter from 50 ms, after a throttle from 1 s, doubled each time): its own would sleep on the machine's clock. */
function virtualRetries({ host }: Emulator, clock: Clock): RetryStrategyV2 {
  const token = (count: number): StandardRetryToken => ({
    getRetryCount: () => count,
    getRetryDelay: () => 0,
    getRetryCost: () => undefined,
  });
  return {
    acquireInitialRetryToken: () => Promise.resolve(token(0)),
    async refreshRetryTokenForRetry(before, { errorType }) {
      const count = before.getRetryCount() + 1;
      const isWorthwhile = errorType === 'THROTTLING' || errorType === 'TRANSIENT';
      if (!isWorthwhile || count >= maxAttempts) throw new Error('no further attempt');
      const base = errorType === 'THROTTLING' ? 1_000 : 50;
      await clock.sleep(Math.round(host.random() * Math.min(longestPauseMs, base * 2 ** (count - 1))));
      return token(count);
    },
    recordSuccess: () => undefined,
  };
}
