import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stateEvent } from '../../support/shell/service-run.ts';
import { anInstanceId, aPolicy } from '../../support/shell/things.ts';

type Handler = typeof import('../../../handlers/reconcile.ts').handler;
let handler: Handler;
const lines: string[] = [];

beforeAll(async () => {
  vi.stubGlobal('__COMPILED_POLICY__', aPolicy());
  vi.stubEnv('AUTOMIRROR_OWNER', 'automirror-test');
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
  // Port 9 of this machine, where nobody listens: the bus refuses at once.
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  ({ handler } = await import('../../../handlers/reconcile.ts'));
});

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

const aBatch = (...bodies: string[]): SQSEvent => ({
  Records: bodies.map(
    (body, n): SQSRecord => ({
      messageId: `message-${n}`,
      receiptHandle: 'r',
      body,
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: '0', SenderId: 's', ApproximateFirstReceiveTimestamp: '0' },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:work.fifo',
      awsRegion: 'eu-west-1',
    }),
  ),
});

function aContext(remainingMs: number): Context {
  const invokedFunctionArn = 'arn:aws:lambda:eu-west-1:111122223333:function:automirror';
  return { invokedFunctionArn, getRemainingTimeInMillis: () => remainingMs } as Context;
}

describe('the handler', () => {
  it('is done with messages that it cannot read', async () => {
    lines.length = 0;
    await expect(handler(aBatch('poison', '{}'), aContext(60_000))).resolves.toEqual({ batchItemFailures: [] });
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { audit: 1, action: 'event.drop', reason: 'event-malformed', owner: 'automirror-test' },
      { audit: 1, action: 'event.drop', reason: 'event-malformed' },
    ]);
  });

  it('gives the whole batch back when no time is left to read, and says so in the log though the bus is away', async () => {
    lines.length = 0;
    const batch = aBatch(JSON.stringify(stateEvent(anInstanceId(1))), 'poison');
    await expect(handler(batch, aContext(4_000))).resolves.toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-0' }, { itemIdentifier: 'message-1' }],
    });
    const logged = lines.map((line) => JSON.parse(line) as { reason?: string; error?: string });
    expect(logged.map(({ reason }) => reason)).toEqual(['event-malformed', 'read-failed', undefined, undefined]);
    expect(logged[2]).toMatchObject({ _aws: {}, Owner: 'automirror-test', ReadFailures: 1 });
    expect(logged[3]?.error).toMatch(/ECONNREFUSED/);
  });

  it('sends nothing when the function is about to be cut off: the log has it', async () => {
    lines.length = 0;
    await handler(aBatch(JSON.stringify(stateEvent(anInstanceId(1)))), aContext(3_000));
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { reason: 'read-failed' },
      { ReadFailures: 1 },
      { error: 'the time to send was up', record: { reason: 'read-failed' } },
    ]);
  });

  it('declares two parameters, for a third would ask Lambda for a callback', () => {
    expect(handler).toHaveLength(2);
  });
});
