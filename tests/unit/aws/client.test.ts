import { CreateTrafficMirrorSessionCommand, DescribeInstancesCommand, type EC2ClientConfig } from '@aws-sdk/client-ec2';
import { HttpResponse } from '@smithy/core/protocols';
import { describe, expect, it } from 'vitest';
import { createEc2Client, LostAnswerError, settleMs, timeLeft } from '../../../src/aws/client.ts';
import { DeadlineError, RateLimiter } from '../../../src/aws/rate-limiter.ts';
import { ManualClock, settled } from '../../support/shell/clock.ts';

type Answer = { readonly status: number; readonly body: string } | Error;

const ok: Answer = {
  status: 200,
  body: '<DescribeInstancesResponse><requestId>r</requestId><reservationSet/></DescribeInstancesResponse>',
};
const error = (status: number, code: string): Answer => ({
  status,
  body: `<Response><Errors><Error><Code>${code}</Code><Message>${code} it is</Message></Error></Errors><RequestID>r</RequestID></Response>`,
});
const throttled = error(503, 'RequestLimitExceeded');
const internal = error(500, 'InternalError');

/** Records what the client asks of it, and takes as long as the test says. */
class CountingLimiter extends RateLimiter {
  readonly log: string[] = [];
  onTake: () => void = () => undefined;

  override async take(action: string, deadline: number): Promise<void> {
    this.log.push(`take ${action}`);
    this.onTake();
    return super.take(action, deadline);
  }
  override throttled(action: string): void {
    this.log.push(`throttled ${action}`);
    super.throttled(action);
  }
  override answered(action: string): void {
    this.log.push(`answered ${action}`);
    super.answered(action);
  }
}

function aClient(answers: readonly Answer[], leftMs = 60_000) {
  const clock = new ManualClock();
  const limiter = new CountingLimiter(clock, 1);
  const deadline = { at: clock.now() + leftMs };
  let sent = 0;
  let onSend: () => void = () => undefined;
  const requestHandler: NonNullable<EC2ClientConfig['requestHandler']> = {
    handle: () => {
      const answer = answers[sent] ?? ok;
      sent += 1;
      onSend();
      if (answer instanceof Error) return Promise.reject(answer);
      const body = new TextEncoder().encode(answer.body);
      return Promise.resolve({ response: new HttpResponse({ statusCode: answer.status, headers: {}, body }) });
    },
  };
  const client = createEc2Client(
    {
      region: 'eu-west-1',
      endpoint: 'http://ec2.invalid',
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      requestHandler,
      // No real waiting between attempts.
      retryStrategy: noBackoff,
    },
    limiter,
    deadline,
  );
  return {
    client,
    clock,
    limiter,
    deadline,
    get sent() {
      return sent;
    },
    set onSend(action: () => void) {
      onSend = action;
    },
  };
}

/** The SDK's standard strategy without its waiting: retries what is transient or throttled, five attempts in all. */
const noBackoff = {
  mode: 'standard',
  acquireInitialRetryToken: () => Promise.resolve(token(0)),
  refreshRetryTokenForRetry: (last: { getRetryCount(): number }, { errorType }: { errorType: string }) => {
    const isRetryable = errorType === 'THROTTLING' || errorType === 'TRANSIENT';
    if (!isRetryable || last.getRetryCount() >= 4) return Promise.reject(new Error('No retry token available'));
    return Promise.resolve(token(last.getRetryCount() + 1));
  },
  recordSuccess: () => undefined,
};

function token(count: number) {
  return { getRetryCount: () => count, getRetryDelay: () => 0 };
}

const describeInstances = new DescribeInstancesCommand({});
const createSession = new CreateTrafficMirrorSessionCommand({
  NetworkInterfaceId: 'eni-1',
  TrafficMirrorTargetId: 'tmt-1',
  TrafficMirrorFilterId: 'tmf-1',
  SessionNumber: 1,
});

describe('the EC2 client', () => {
  it('takes one token for each attempt, retries too', async () => {
    const t = aClient([throttled, throttled]);
    const sent = t.client.send(describeInstances);
    while (t.sent < 3) await (t.clock.sleeping > 0 ? t.clock.advance(1_000) : settled());
    await sent;
    expect(t.limiter.log).toEqual([
      'take DescribeInstances',
      'throttled DescribeInstances',
      'take DescribeInstances',
      'throttled DescribeInstances',
      'take DescribeInstances',
      'answered DescribeInstances',
    ]);
  });

  it("takes the tokens of the command's own action", async () => {
    const t = aClient([error(400, 'InvalidParameterValue')]);
    await expect(t.client.send(createSession)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    expect(t.limiter.log).toEqual(['take CreateTrafficMirrorSession', 'answered CreateTrafficMirrorSession']);
  });

  it('gives up after five attempts, with the last answer', async () => {
    const t = aClient(Array.from({ length: 9 }, () => internal));
    await expect(t.client.send(describeInstances)).rejects.toMatchObject({ name: 'InternalError', $metadata: { attempts: 5 } });
    expect(t.sent).toBe(5);
  });

  it('does not retry what EC2 refuses for good', async () => {
    const t = aClient([error(400, 'NetworkInterfaceNotSupported')]);
    await expect(t.client.send(createSession)).rejects.toMatchObject({ $metadata: { attempts: 1 } });
    expect(t.sent).toBe(1);
  });

  it('sends nothing when no token can be had before the deadline', async () => {
    const t = aClient([], -1);
    await expect(t.client.send(describeInstances)).rejects.toBeInstanceOf(DeadlineError);
    expect(t.sent).toBe(0);
  });

  it('sends nothing when the token came too late', async () => {
    const t = aClient([], 60_000);
    t.limiter.onTake = () => t.clock.set(t.deadline.at + 1);
    await expect(t.client.send(describeInstances)).rejects.toBeInstanceOf(DeadlineError);
    expect(t.sent).toBe(0);
  });

  it('stops retrying at the deadline; what was only throttled was not done', async () => {
    const t = aClient([throttled, throttled]);
    t.onSend = () => t.clock.set(t.deadline.at + 1);
    await expect(t.client.send(createSession)).rejects.toBeInstanceOf(DeadlineError);
    expect(t.sent).toBe(1);
  });

  it.each([
    ['an internal error', internal],
    ['a lost connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
  ])('stops retrying at the deadline after %s; whether that took effect is not known', async (_what, first) => {
    const t = aClient([first, ok]);
    t.onSend = () => t.clock.set(t.deadline.at + 1);
    const thrown: unknown = await t.client.send(createSession).catch((reason: unknown) => reason);
    expect(thrown).toBeInstanceOf(LostAnswerError);
    expect(t.sent).toBe(1);
  });

  it('begins no change so late that a lost answer could not be settled, but still reads', async () => {
    const t = aClient([], settleMs - 1);
    await expect(t.client.send(createSession)).rejects.toBeInstanceOf(DeadlineError);
    await expect(t.client.send(describeInstances)).resolves.toBeDefined();
    expect(t.sent).toBe(1);
  });

  it('uses the deadline of the present run, not of the one before', async () => {
    const t = aClient([], -1);
    await expect(t.client.send(describeInstances)).rejects.toBeInstanceOf(DeadlineError);
    t.deadline.at = t.clock.now() + 1_000;
    await expect(t.client.send(describeInstances)).resolves.toBeDefined();
  });
});

describe('timeLeft', () => {
  it('aborts when the time is up', async () => {
    const clock = new ManualClock();
    const { abortSignal } = timeLeft(clock.now() + 5, clock);
    expect(abortSignal.aborted).toBe(false);
    await new Promise((resolve) => abortSignal.addEventListener('abort', resolve));
    expect(abortSignal.aborted).toBe(true);
  });

  it('refuses a call that comes too late', () => {
    const clock = new ManualClock();
    expect(() => timeLeft(clock.now(), clock)).toThrow(DeadlineError);
  });

  it.each([2_147_483_648, 8.64e15, Number.POSITIVE_INFINITY])('does not abort at once with %d ms left', (ms) => {
    const clock = new ManualClock();
    expect(timeLeft(clock.now() + ms, clock).abortSignal.aborted).toBe(false);
  });
});
