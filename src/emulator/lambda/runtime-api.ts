/** The Lambda Runtime API of one execution environment, on a loopback port of its own. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What the environment is handed when it asks for the next invocation. */
export interface RuntimeInvocation {
  readonly requestId: string;
  /** JSON text. */
  readonly payload: string;
  /** Real time, epoch milliseconds. */
  readonly deadlineMs: number;
  readonly functionArn: string;
  readonly traceId: string;
}

/** What the runtime reports of itself. */
export interface RuntimeListener {
  /** The runtime asked for an invocation: initialized, or done with the one before. */
  onNext(): void;
  onResponse(requestId: string, payload: string): void;
  onError(requestId: string, error: string): void;
  onInitError(error: string): void;
}

export interface RuntimeApi {
  /** `127.0.0.1:PORT`, for `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** Answers the runtime's waiting request; false when none waits. */
  hand(invocation: RuntimeInvocation): boolean;
  close(): Promise<void>;
}

const PREFIX = '/2018-06-01/runtime/';
/** A synchronous answer has at most 6 MB. */
const LARGEST_ANSWER_BYTES = 6_291_556;

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk)));
  return Buffer.concat(chunks).toString('utf8');
}

/** Listens on a free loopback port until closed. */
export async function openRuntimeApi(listener: RuntimeListener): Promise<RuntimeApi> {
  let waiting: ServerResponse | undefined;
  let currentRequestId: string | undefined;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').startsWith(PREFIX) ? (request.url ?? '').slice(PREFIX.length) : '';
    const match = /^invocation\/([^/]+)\/(response|error)$/.exec(path);
    if (request.method === 'GET' && path === 'invocation/next') {
      waiting = response;
      response.on('close', () => {
        if (waiting === response) waiting = undefined;
      });
      listener.onNext();
      return;
    }
    const body = await readBody(request);
    if (request.method !== 'POST' || (match === null && path !== 'init/error')) {
      return answer(response, 404, { errorType: 'NotFound', errorMessage: `${request.method} ${request.url}` });
    }
    if (match === null) {
      answer(response, 202, { status: 'OK' });
      return listener.onInitError(body);
    }
    const [, requestId = '', kind] = match;
    if (requestId !== currentRequestId)
      return answer(response, 400, { errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' });
    currentRequestId = undefined;
    const size = Buffer.byteLength(body);
    if (kind === 'response' && size > LARGEST_ANSWER_BYTES) {
      const errorType = 'Function.ResponseSizeTooLarge';
      const errorMessage = `Response payload size exceeded maximum allowed payload size (${LARGEST_ANSWER_BYTES} bytes).`;
      answer(response, 413, { errorType, errorMessage });
      return listener.onError(requestId, JSON.stringify({ errorType, errorMessage }));
    }
    answer(response, 202, { status: 'OK' });
    if (kind === 'response') listener.onResponse(requestId, body);
    else listener.onError(requestId, body);
  }

  const server = createServer((request, response) => {
    // A killed environment breaks its connection; nobody is left to answer.
    serve(request, response).catch(() => response.destroy());
  });
  // The runtime may be idle for hours between two requests.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('The Runtime API has no port');

  return {
    address: `127.0.0.1:${bound.port}`,
    hand(invocation) {
      if (waiting === undefined) return false;
      const response = waiting;
      waiting = undefined;
      currentRequestId = invocation.requestId;
      response.writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': invocation.requestId,
        'lambda-runtime-deadline-ms': String(invocation.deadlineMs),
        'lambda-runtime-invoked-function-arn': invocation.functionArn,
        'lambda-runtime-trace-id': invocation.traceId,
      });
      response.end(invocation.payload);
      return true;
    },
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
