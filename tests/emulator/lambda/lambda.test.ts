import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Caller } from '../../../src/emulator/core.ts';
import type { FunctionConfig } from '../../../src/emulator/lambda/function-config.ts';
import { createLambda, type InvokeResult, type Lambda } from '../../../src/emulator/lambda/lambda.ts';
import { createLogs } from '../../../src/emulator/logs/logs.ts';
import { createTestHost } from '../test-host.ts';

const HANDLERS = fileURLToPath(new URL('./handlers', import.meta.url));
const ROLE = 'arn:aws:iam::111122223333:role/worker';

const open: Lambda[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((lambda) => lambda.stop()));
});

async function setUp(config: Partial<FunctionConfig> = {}) {
  const host = createTestHost();
  const logs = createLogs(host);
  logs.createLogGroup('/aws/lambda/fn');
  const lambda = createLambda(host, {
    logs,
    endpoint: 'http://127.0.0.1:1',
    initTimeoutMs: 3000,
    registerSession: ({ accessKeyId, roleArn, sessionName }): Caller => ({
      accountId: host.accountId,
      arn: `arn:aws:sts::111122223333:assumed-role/worker/${sessionName}`,
      accessKeyId,
      principalId: `AROA:${sessionName}`,
      kind: 'role',
      roleArn,
    }),
  });
  open.push(lambda);
  await lambda.createFunction({
    name: 'fn',
    handler: 'probe.handler',
    code: { path: HANDLERS },
    roleArn: ROLE,
    timeoutSeconds: 10,
    ...config,
  });
  const ask = (task: string, more: object = {}): Promise<InvokeResult> => lambda.invoke('fn', JSON.stringify({ task, ...more }));
  const lines = () => logs.read('/aws/lambda/fn').map(({ message }) => message);
  return { host, logs, lambda, ask, lines };
}

const parsed = (result: InvokeResult): unknown => JSON.parse(result.payload);
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('an execution environment', () => {
  it('starts cold once, then stays warm and keeps its state', async () => {
    const { ask, lambda } = await setUp();
    const first = await ask('count');
    const second = await ask('count');
    expect([first.payload, second.payload]).toEqual(['1', '2']);
    expect(first.initMs).toBeGreaterThan(0);
    expect(second.initMs).toBeUndefined();
    expect(lambda.processes('fn')).toHaveLength(1);
  });

  it('gives the function what Lambda gives it and nothing of this process', async () => {
    process.env.LEAK_PROBE = 'leaked';
    const { ask } = await setUp({ env: { STAGE: 'test' }, memoryMb: 256 });
    const env = parsed(await ask('environment'));
    delete process.env.LEAK_PROBE;
    expect(env).toMatchObject({
      AWS_REGION: 'eu-west-1',
      AWS_LAMBDA_FUNCTION_NAME: 'fn',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/),
      AWS_SESSION_TOKEN: expect.stringMatching(/.+/),
      STAGE: 'test',
      TZ: 'UTC',
    });
    expect(env).not.toHaveProperty('LEAK_PROBE');
    expect(env).not.toHaveProperty('HOME');
    const context = parsed(await ask('context'));
    expect(context).toMatchObject({
      functionName: 'fn',
      memoryLimitInMB: '256',
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:fn',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(context).toHaveProperty('remaining');
    const { remaining } = context as { remaining: number };
    expect(remaining).toBeGreaterThan(8000);
    expect(remaining).toBeLessThanOrEqual(10_000);
  });

  it('survives an error of the handler and reports its type, message and trace', async () => {
    const { ask, lines } = await setUp();
    const failed = await ask('fail');
    expect(failed.functionError).toBe('Unhandled');
    expect(parsed(failed)).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'out of range',
      trace: expect.arrayContaining([expect.stringContaining('probe.cjs')]),
    });
    expect(lines().join('\n')).toContain('ERROR\tInvoke Error \t{"errorType":"RangeError"');
    const cycle = await ask('cycle');
    expect(parsed(cycle)).toMatchObject({ errorType: 'Runtime.MarshalError' });
    expect((await ask('count')).payload).toBe('3');
  });

  it('is replaced after it exited, was killed or left a rejection unhandled', async () => {
    const { ask, lambda } = await setUp();
    const exit = await ask('exit');
    expect(exit.functionError).toBe('Unhandled');
    expect(parsed(exit)).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: exit status 3$/),
    });
    const next = await ask('count');
    expect(next.payload).toBe('1');
    expect(next.initMs).toBeGreaterThan(0);
    const [pid = 0] = lambda.processes('fn');
    const running = ask('hang');
    setTimeout(() => process.kill(pid, 'SIGKILL'), 50);
    expect(parsed(await running)).toMatchObject({ errorMessage: expect.stringContaining('signal: killed') });
    const rejected = await ask('reject');
    expect(parsed(rejected)).toMatchObject({
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'Error: nobody waits',
    });
    expect(lambda.processes('fn')).toEqual([]);
  });

  it.each(['hang', 'spin'])('is killed when a handler that does not end (%s) reaches the timeout', async (task) => {
    const { ask, lambda, lines } = await setUp({ timeoutSeconds: 1 });
    await ask('count');
    const [pid = 0] = lambda.processes('fn');
    const result = await ask(task);
    expect(parsed(result)).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 1\.00 seconds$/),
    });
    // A timer may fire a little early by the clock that measures.
    expect(result.durationMs).toBeGreaterThanOrEqual(990);
    expect(isAlive(pid)).toBe(false);
    expect(lines().join('\n')).toMatch(/Z \S+ Task timed out after 1\.00 seconds/);
  });

  it('ends with stop, idle or busy, and leaves no folder behind', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('lambda-task-')).length;
    const { lambda } = await setUp({
      code: { inline: 'exports.handler = () => new Promise(() => {}, setInterval(() => {}, 1000))' },
      handler: 'index.handler',
    });
    const running = lambda.invoke('fn', '{}');
    while (lambda.processes('fn').length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const [pid = 0] = lambda.processes('fn');
    expect(isAlive(pid)).toBe(true);
    await lambda.stop();
    expect(isAlive(pid)).toBe(false);
    expect(await running).toMatchObject({ functionError: 'Unhandled' });
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('lambda-task-'))).toHaveLength(before);
    await expect(lambda.invoke('fn', '{}')).rejects.toThrow('stopped');
  });

  it('does not outlive the emulator, even in an endless loop', async () => {
    const script = fileURLToPath(new URL('./handlers/doomed-emulator.ts', import.meta.url));
    const parent = spawn(process.execPath, ['--import', 'tsx', script, HANDLERS], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [chunk] = await once(parent.stdout, 'data');
    const pid = Number(String(chunk));
    onTestFinished(() => {
      if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    });
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    for (let tries = 0; isAlive(pid) && tries < 100; tries += 1) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isAlive(pid)).toBe(false);
  });
});

describe('loading of the handler', () => {
  it.each([
    ['an ES module', 'module.handler', { module: 'undefined' }],
    ['a nested export', 'probe.nested.deep', 'deep'],
  ])('takes %s', async (_, handler, expected) => {
    const { lambda } = await setUp({ handler });
    expect(parsed(await lambda.invoke('fn', '{}'))).toEqual(expected);
  });

  it.each([
    ['a file that is not there', 'nothing.handler', 'Runtime.ImportModuleError', "Cannot find module 'nothing'"],
    ['a file that needs one that is not there', 'missing.handler', 'Runtime.ImportModuleError', 'not-there.cjs'],
    ['an export that is not there', 'probe.absent', 'Runtime.HandlerNotFound', 'probe.absent is undefined or not exported'],
    ['an export that is no function', 'probe.constant', 'Runtime.HandlerNotFound', 'not a function'],
    ['a name without an export', 'probe', 'Runtime.MalformedHandlerName', "'probe' is not a valid handler name"],
    ['a handler with a callback', 'probe.callback', 'Runtime.CallbackHandlerDeprecated', 'must be async'],
    ['code that throws', 'broken.handler', 'Error', 'cannot start'],
  ])('reports %s as failed initialization', async (_, handler, errorType, message) => {
    const { lambda } = await setUp({ handler });
    const result = await lambda.invoke('fn', '{}');
    expect(result.functionError).toBe('Unhandled');
    expect(parsed(result)).toMatchObject({ errorType, errorMessage: expect.stringContaining(message) });
    expect(lambda.processes('fn')).toEqual([]);
  });
});

describe('the log of a function', () => {
  it('has the lines of the text format, several lines of one message kept together', async () => {
    const { ask, lines } = await setUp();
    const result = await ask('log');
    const id = result.requestId;
    const expected = [
      /^INIT_START Runtime Version: nodejs:24/,
      new RegExp(`^START RequestId: ${id} Version: \\$LATEST$`),
      new RegExp(`^\\S+Z\t${id}\tINFO\tfirst\nsecond line of one message$`),
      /\tWARN\t\{ careful: true \}$/,
      /\tDEBUG\thidden/,
      /\tERROR\tit broke: TypeError: bad\n/,
      /^\{"raw":1\}$/,
      new RegExp(`^END RequestId: ${id}$`),
      new RegExp(
        `^REPORT RequestId: ${id}\tDuration: [\\d.]+ ms\tBilled Duration: \\d+ ms\tMemory Size: 128 MB\tMax Memory Used: [1-9]\\d* MB\tInit Duration: [\\d.]+ ms`,
      ),
    ];
    expect(lines()).toHaveLength(expected.length);
    for (const pattern of expected)
      expect(
        lines().some((line) => pattern.test(line)),
        String(pattern),
      ).toBe(true);
    expect(lines().at(-1)).toMatch(/^REPORT/);
    expect(result.logTail).toContain('second line of one message');
  });

  it('has the objects of the JSON format, raw output passing through', async () => {
    const { ask, lines } = await setUp({ logFormat: 'JSON' });
    const { requestId } = await ask('log');
    const objects = lines().map((line): Record<string, unknown> => JSON.parse(line));
    expect(objects.filter((line) => 'level' in line)).toEqual([
      { timestamp: expect.stringMatching(/Z$/), level: 'INFO', requestId, message: 'first\nsecond line of one message' },
      { timestamp: expect.any(String), level: 'WARN', requestId, message: { careful: true } },
      {
        timestamp: expect.any(String),
        level: 'ERROR',
        requestId,
        message: expect.stringContaining('it broke: TypeError: bad'),
        errorType: 'TypeError',
        errorMessage: 'bad',
        stackTrace: expect.arrayContaining([expect.stringContaining('probe.cjs')]),
      },
    ]);
    expect(objects).toContainEqual({ raw: 1 });
    expect(objects.flatMap((line) => line.type ?? [])).toEqual(['platform.initStart', 'platform.start', 'platform.report']);
    expect(objects.at(-1)).toMatchObject({
      record: { requestId, status: 'success', metrics: { memorySizeMB: 128, initDurationMs: expect.any(Number) } },
    });
  });

  it.each([
    ['WARN', ['{"level":"WARN"}', '{"level":"error"}']],
    ['INFO', ['{"raw":1}', '{"level":"WARN"}', '{"level":"error"}', '{"level":7}', '[1]', 'text']],
  ] as const)('leaves raw output below %s out, which is INFO unless it says otherwise', async (applicationLogLevel, expected) => {
    const { ask, lines } = await setUp({ logFormat: 'JSON', applicationLogLevel });
    await ask('raw');
    expect(lines().filter((line) => !line.includes('platform.'))).toEqual(expected);
  });

  it('is complete when the invocation returns, however much was written', async () => {
    const { ask, lines } = await setUp();
    await ask('flood');
    expect(lines().filter((line) => line.startsWith('raw '))).toHaveLength(20_000);
    expect(lines().filter((line) => line.includes('\tframed '))).toHaveLength(2000);
  });

  it('stays empty when the role may not write it', async () => {
    const { ask, lines, host } = await setUp();
    host.denyWith((_, { action }) => (action === 'logs:PutLogEvents' ? 'denied' : undefined));
    const result = await ask('log');
    expect(lines()).toEqual([]);
    expect(result.logTail).toContain('REPORT');
    expect(host.asked.find(({ request }) => request.action === 'logs:PutLogEvents')).toMatchObject({
      caller: { roleArn: ROLE },
      request: {
        resources: [
          {
            type: 'log-stream',
            arn: expect.stringMatching(/:log-group:\/aws\/lambda\/fn:log-stream:2026\/11\/23\/\[\$LATEST\][0-9a-f]{32}$/),
          },
        ],
      },
    });
  });
});

describe('concurrency', () => {
  it('runs invocations side by side in environments of their own, and reuses them', async () => {
    const { ask, lambda } = await setUp();
    await Promise.all([ask('count'), ask('count')]);
    expect(lambda.processes('fn')).toHaveLength(2);
    await ask('count');
    expect(lambda.processes('fn')).toHaveLength(2);
  });

  it('refuses more than the reserved concurrency', async () => {
    const { ask } = await setUp({ reservedConcurrency: 1 });
    const first = ask('count');
    await expect(ask('count')).rejects.toMatchObject({ code: 'TooManyRequestsException', status: 429 });
    await first;
    expect((await ask('count')).payload).toBe('2');
  });
});

describe('bad input', () => {
  it.each<[string, Partial<FunctionConfig>, string]>([
    ['a timeout of zero', { timeoutSeconds: 0 }, 'timeoutSeconds'],
    ['too little memory', { memoryMb: 64 }, 'memoryMb'],
    ['a reserved variable', { env: { AWS_REGION: 'x' } }, 'AWS_REGION is reserved'],
    ['too much environment', { env: { BIG: 'x'.repeat(4096) } }, 'at most 4096'],
    ['a runtime it cannot run', { runtime: 'python3.13' }, 'runtime'],
    ['code that is not there', { code: { path: `${HANDLERS}/absent.zip` } }, 'no code at'],
    ['a package that is no zip', { code: { path: `${HANDLERS}/probe.cjs` } }, 'not a zip archive'],
  ])('refuses %s', async (_, config, message) => {
    await expect(setUp(config)).rejects.toThrow(message);
  });

  it('refuses an unknown function, a second one of a name, and a payload that is not JSON', async () => {
    const { lambda } = await setUp();
    await expect(lambda.invoke('other', '{}')).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
    await expect(lambda.createFunction({ name: 'fn', handler: 'a.b', code: { path: HANDLERS }, roleArn: ROLE })).rejects.toThrow(
      'already',
    );
    await expect(lambda.invoke('fn', '{')).rejects.toMatchObject({ code: 'InvalidRequestContentException' });
  });
});
