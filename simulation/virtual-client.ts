/** AWS SDK clients that reach an emulated account in this process, with latency and retries on its virtual clock. */
import { type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import type { RetryStrategyV2, StandardRetryToken } from '@smithy/types';
import type { Caller } from '../src/emulator/core.ts';
import type { Emulator } from '../src/emulator/emulator.ts';
import type { Clock } from '../src/reconcile/ports.ts';
import { answerDirectly, directCallOf, directProtocol, noSigner } from './direct-protocol.ts';
import { type Call, wireCallOf } from './wire-call.ts';

/** The product's own kind of clock over the emulated account's. */
export function clockOf({ host }: Pick<Emulator, 'host'>): Clock {
  return {
    now: () => host.clock.now(),
    sleep: (ms) => new Promise((resolve) => void host.clock.after(ms, resolve)),
  };
}

/** What stands on the way of a call; each may look, wait, fail, or never come back. */
export interface Way {
  /** The whole way, there and back. */
  readonly travel?: (call: Call, go: () => Promise<HttpResponse>) => Promise<HttpResponse>;
  /** The moment at which the call is answered. */
  readonly arrive?: (call: Call, go: () => Promise<HttpResponse>) => Promise<HttpResponse>;
}

/** How a client gets to the account. */
export interface Line {
  readonly emulator: Emulator;
  /** Decides who calls. */
  readonly caller: Pick<Caller, 'accessKeyId'>;
  /** One way; a fifth more or less at random, so that calls do not arrive in step. */
  readonly latencyMs: number;
  /** Default 5, as the EC2 client has it. */
  readonly maxAttempts?: number;
}

/** Client configuration over the wire's own protocol: form in, XML out, as AWS has it. */
export function virtualClient(line: Line, way: Way = {}) {
  const { emulator } = line;
  return {
    ...common(line),
    requestHandler: handlerOver(line, way, wireCallOf, async ({ method, path, headers, body }) => {
      const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
      const answer = await emulator.handle({ method, path, headers: Object.fromEntries(lowered), body: textOf(body) });
      const { status, headers: answered } = answer;
      return new HttpResponse({ statusCode: status, headers: { ...answered }, body: Buffer.from(answer.body) });
    }),
  };
}

/** Client configuration without form and XML: several times as fast. */
export function directClient(line: Line & { readonly caller: Caller }, way: Way = {}) {
  const { emulator, caller } = line;
  return {
    ...common(line),
    protocol: directProtocol,
    signer: noSigner,
    requestHandler: handlerOver(line, way, directCallOf, (request) => answerDirectly(emulator, caller, directCallOf(request))),
  };
}

function handlerOver(
  { emulator, latencyMs }: Line,
  { travel = (_call, go) => go(), arrive = (_call, go) => go() }: Way,
  callOf: (request: HttpRequest) => Call,
  answer: (request: HttpRequest) => Promise<HttpResponse>,
) {
  const clock = clockOf(emulator);
  const oneWay = () => clock.sleep(Math.round(latencyMs * (0.8 + emulator.host.random() * 0.4)));
  return {
    async handle(request: HttpRequest): Promise<{ response: HttpResponse }> {
      const call = callOf(request);
      const response = await travel(call, async () => {
        await oneWay();
        const answered = await arrive(call, () => answer(request));
        await oneWay();
        return answered;
      });
      return { response };
    },
  };
}

function common({ emulator, caller: { accessKeyId }, maxAttempts = 5 }: Line) {
  return {
    region: emulator.host.region,
    endpoint: 'http://emulator.invalid',
    credentials: { accessKeyId, secretAccessKey: 'secret' },
    retryStrategy: virtualRetries(emulator, clockOf(emulator), maxAttempts),
  };
}

function textOf(body: unknown): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : typeof body === 'string' ? body : '';
}

const longestPauseMs = 20_000;

/** The SDK's standard retries (full jitter from 50 ms, after a throttle from 1 s, doubled each time): its own would sleep on the machine's clock. */
function virtualRetries({ host }: Emulator, clock: Clock, maxAttempts: number): RetryStrategyV2 {
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
