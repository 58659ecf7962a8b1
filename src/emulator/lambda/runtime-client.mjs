/**
 * What runs inside an execution environment: loads the handler, asks the Runtime API for invocations and answers them.
 * File descriptor 3 is closed when the emulator is gone; 4 takes log messages as JSON lines, one per message, however many lines that has.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, inspect } from 'node:util';
import { Worker } from 'node:worker_threads';

const LOG_FD = 4;
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const { env } = process;
const [host, port] = (env.AWS_LAMBDA_RUNTIME_API ?? '').split(':');
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const isJson = env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
const lowestLevel = Math.max(0, LEVELS.indexOf(env.AWS_LAMBDA_LOG_LEVEL ?? 'TRACE'));
let requestId;

// A thread of its own, so that a handler in an endless loop does not outlive the emulator either.
new Worker(
  `const { Socket } = require('node:net');
   const end = () => process.kill(process.pid, 'SIGKILL');
   new Socket({ fd: 3 }).on('close', end).on('error', end).resume();`,
  { eval: true, env: {} },
).unref();

class RuntimeError extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

function call(method, path, body, headers = {}) {
  return new Promise((done, failed) => {
    const options = { host, port, method, agent, path: `/2018-06-01/runtime/${path}`, headers };
    const outgoing = request(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => done({ headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }));
    });
    outgoing.on('error', failed);
    outgoing.end(body);
  });
}

/** A full pipe makes Node queue what was written; an answer must not overtake it. */
async function flushOutput() {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0) await new Promise((done) => stream.write('', done));
  }
}

function writeFrame(frame) {
  writeSync(LOG_FD, `${JSON.stringify(frame)}\n`);
}

function errorFields(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), stackTrace: [] };
  return { errorType: error.name, errorMessage: error.message, stackTrace: (error.stack ?? '').split('\n') };
}

function jsonLine(level, timestamp, args) {
  const line = { timestamp, level, ...(requestId === undefined ? {} : { requestId }) };
  const plain = (value) => (value instanceof Error ? Object.assign(errorFields(value), value) : value);
  if (args.length === 1 && typeof args[0] === 'object' && args[0] !== null) {
    try {
      return JSON.stringify({ ...line, message: plain(args[0]) }, (_, value) =>
        typeof value === 'bigint' ? String(value) : plain(value),
      );
    } catch {
      return JSON.stringify({ ...line, message: inspect(args[0]) });
    }
  }
  const error = args.find((value) => value instanceof Error);
  return JSON.stringify({ ...line, message: format(...args), ...(error === undefined ? {} : errorFields(error)) });
}

function log(level, args) {
  const now = Date.now();
  const timestamp = new Date(now).toISOString();
  if (isJson && LEVELS.indexOf(level) < lowestLevel) return;
  const message = isJson
    ? jsonLine(level, timestamp, args)
    : `${timestamp}\t${requestId ?? 'undefined'}\t${level}\t${format(...args)}`;
  writeFrame({ timestamp: now, message });
}

for (const [method, level] of Object.entries({
  log: 'INFO',
  info: 'INFO',
  debug: 'DEBUG',
  trace: 'TRACE',
  warn: 'WARN',
  error: 'ERROR',
})) {
  console[method] = (...args) => log(level, args);
}

/** Logs an error as Lambda does, and tells the Runtime API. */
async function reportError(path, error, label) {
  const { errorType, errorMessage, stackTrace } = errorFields(error);
  if (isJson) log('ERROR', [error instanceof Error ? error : { errorType, errorMessage, stackTrace }]);
  else log('ERROR', [`${label} \t${JSON.stringify({ errorType, errorMessage, stack: stackTrace })}`]);
  await flushOutput();
  const body = JSON.stringify({ errorType, errorMessage, trace: stackTrace });
  await call('POST', path, body, { 'lambda-runtime-function-error-type': 'Unhandled', 'content-type': 'application/json' });
}

function locateModule(taskRoot, path) {
  const base = resolve(taskRoot, path);
  const file = ['', '.js', '.mjs', '.cjs']
    .map((extension) => base + extension)
    .find((candidate) => extname(candidate) !== '' && existsSync(candidate));
  if (file === undefined) throw new RuntimeError('Runtime.ImportModuleError', `Error: Cannot find module '${path}'`);
  return file;
}

/** `.js` is what the nearest package.json inside the package says it is, CommonJS by default. */
function isModule(file, taskRoot) {
  if (extname(file) !== '.js') return extname(file) === '.mjs';
  for (let folder = dirname(file); folder.startsWith(taskRoot); folder = dirname(folder)) {
    const manifest = resolve(folder, 'package.json');
    if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, 'utf8')).type === 'module';
    if (folder === dirname(folder)) break;
  }
  return false;
}

async function loadModule(taskRoot, path) {
  const file = locateModule(taskRoot, path);
  try {
    return isModule(file, taskRoot) ? await import(pathToFileURL(file).href) : createRequire(file)(file);
  } catch (error) {
    if (error instanceof SyntaxError) throw new RuntimeError('Runtime.UserCodeSyntaxError', `SyntaxError: ${error.message}`);
    if (error instanceof Error && (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_MODULE_NOT_FOUND')) {
      throw new RuntimeError('Runtime.ImportModuleError', `Error: ${error.message}`);
    }
    throw error;
  }
}

async function loadHandler() {
  const name = env._HANDLER ?? '';
  const match = /^((?:.*\/)?[^./]+)\.(.+)$/.exec(name);
  if (match === null || name.includes('..'))
    throw new RuntimeError('Runtime.MalformedHandlerName', `'${name}' is not a valid handler name`);
  const module = await loadModule(resolve(env.LAMBDA_TASK_ROOT ?? '.'), match[1]);
  const find = (root) => match[2].split('.').reduce((value, key) => value?.[key], root);
  const handler = find(module) ?? find(module.default);
  if (handler === undefined) throw new RuntimeError('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new RuntimeError('Runtime.HandlerNotFound', `${name} is not a function`);
  if (handler.length > 2) {
    throw new RuntimeError(
      'Runtime.CallbackHandlerDeprecated',
      `${name} declares a callback: from Node.js 24 on a handler must be async`,
    );
  }
  return handler;
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function serialize(result) {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch (error) {
    throw new RuntimeError(
      'Runtime.MarshalError',
      `Unable to stringify response body: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

async function serve(handler) {
  for (;;) {
    requestId = undefined;
    const { headers, body } = await call('GET', 'invocation/next');
    requestId = headers['lambda-runtime-aws-request-id'];
    env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
    try {
      const answer = serialize(await handler(JSON.parse(body), contextOf(headers)));
      writeFrame({ maxMemoryMb: Math.ceil(process.resourceUsage().maxRSS / 1024) });
      await flushOutput();
      await call('POST', `invocation/${requestId}/response`, answer, { 'content-type': 'application/json' });
    } catch (error) {
      writeFrame({ maxMemoryMb: Math.ceil(process.resourceUsage().maxRSS / 1024) });
      await reportError(`invocation/${requestId}/error`, error, 'Invoke Error');
    }
  }
}

const currentErrorPath = () => (requestId === undefined ? 'init/error' : `invocation/${requestId}/error`);
process.on('uncaughtException', (error) => {
  void reportError(currentErrorPath(), error, 'Uncaught Exception').finally(() => process.exit(129));
});
process.on('unhandledRejection', (reason) => {
  const error = new RuntimeError('Runtime.UnhandledPromiseRejection', String(reason));
  if (reason instanceof Error) error.stack = `${error.name}: ${reason.stack}`;
  void reportError(currentErrorPath(), error, 'Unhandled Promise Rejection').finally(() => process.exit(128));
});

let handler;
try {
  handler = await loadHandler();
} catch (error) {
  await reportError('init/error', error, 'Init Error');
  process.exit(1);
}
await serve(handler);
