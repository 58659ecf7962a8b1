/** The one HTTP endpoint of the emulator: finds the service and the caller of a request; keeps web pages out. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Caller, Service, ServiceResponse } from './core.ts';

/** A request before anybody looked at it; `path` includes the query string, header names are in lower case. */
export interface FrontRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How unsigned requests find a service: by `X-Amz-Target` prefix, or by the `Version` of the query protocol. */
export interface ServiceRouting {
  readonly targetPrefix?: string;
  readonly version?: string;
}

export interface RoutedService extends ServiceRouting {
  readonly service: Service;
}

export interface FrontOptions {
  /** By SigV4 signing name; may grow later. */
  readonly services: ReadonlyMap<string, RoutedService>;
  readonly callerOf: (accessKeyId: string | undefined) => Caller;
  readonly newRequestId: () => string;
  /** Host names, beside loopback's, that requests may be for. */
  readonly ownHost: () => string;
  /** Answers below {@link ADMIN_PREFIX}; `rest` is what follows it. */
  readonly admin: (rest: string, request: FrontRequest) => ServiceResponse;
}

export type FrontHandler = (request: FrontRequest) => Promise<ServiceResponse>;

/** Where the emulator's own controls are. */
export const ADMIN_PREFIX = '/_automirror-emulator/';

/** More than the largest request of any emulated service. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

const LOOPBACK_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Answers any request; never rejects. Signatures are not verified. */
export function createFront(options: FrontOptions): FrontHandler {
  return async (request) => {
    const refusal = refuseForeign(request, options.ownHost());
    if (refusal !== undefined) return refusal;
    const [path = '/', query = ''] = request.path.split('?', 2);
    if (path.startsWith(ADMIN_PREFIX)) return options.admin(path.slice(ADMIN_PREFIX.length), request);
    if (path === '/health') return json(200, { status: 'ok' });
    const credential = credentialOf(request, query);
    const name = credential?.signingName ?? unsignedName(request, query, options.services);
    const requestId = options.newRequestId();
    if (name === undefined) {
      const isRoot = path === '/' && request.method === 'GET';
      return json(isRoot ? 200 : 404, {
        emulator: 'automirror',
        about: 'An emulated AWS account on this machine. Use any AWS client with this endpoint URL.',
        services: [...options.services.keys()],
        admin: `${ADMIN_PREFIX}state`,
      });
    }
    const routed = options.services.get(name);
    if (routed === undefined) return unknownService(name, request, requestId);
    const { method, headers, body } = request;
    return await routed.service.handle({
      method,
      path: request.path,
      headers,
      body,
      caller: options.callerOf(credential?.accessKeyId),
      requestId,
    });
  };
}

/**
 * A page in a browser can send requests to loopback. Such requests carry an Origin, or (after DNS rebinding) a Host that is not ours;
 * AWS clients send neither.
 */
function refuseForeign({ headers }: FrontRequest, ownHost: string): ServiceResponse | undefined {
  const host = headers.host;
  const hostName = host?.replace(/:\d+$/, '').toLowerCase();
  if (hostName !== undefined && !LOOPBACK_HOSTS.has(hostName) && hostName !== ownHost) {
    return json(403, { error: 'ForbiddenHost', message: `This emulator answers only on loopback names, not ${host}.` });
  }
  if (headers.origin !== undefined || headers['sec-fetch-site'] === 'cross-site') {
    return json(403, { error: 'ForbiddenOrigin', message: 'This emulator does not answer web pages.' });
  }
  return undefined;
}

interface Credential {
  readonly accessKeyId: string;
  readonly signingName: string;
}

/** `KEY/20261123/REGION/SERVICE/aws4_request` of the header, or of a presigned URL. */
function credentialOf(request: FrontRequest, query: string): Credential | undefined {
  const scope =
    /Credential=([^,\s]+)/.exec(request.headers.authorization ?? '')?.[1] ??
    new URLSearchParams(query).get('X-Amz-Credential') ??
    '';
  const [accessKeyId, , , signingName, terminator] = scope.split('/');
  if (accessKeyId === undefined || signingName === undefined || terminator !== 'aws4_request') return undefined;
  return { accessKeyId, signingName };
}

function unsignedName(request: FrontRequest, query: string, services: ReadonlyMap<string, RoutedService>): string | undefined {
  const target = request.headers['x-amz-target']?.split('.')[0];
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  const parameters = new URLSearchParams(isForm ? request.body : query);
  const version = parameters.has('Action') ? parameters.get('Version') : null;
  for (const [name, { targetPrefix, version: own }] of services) {
    if (target === undefined ? own !== undefined && own === version : targetPrefix === target) return name;
  }
  return undefined;
}

function unknownService(name: string, request: FrontRequest, requestId: string): ServiceResponse {
  const message = `The emulator has no service with the signing name ${name}.`;
  if (request.headers['x-amz-target'] !== undefined || request.headers['content-type']?.includes('json') === true) {
    return json(400, { __type: 'UnknownOperationException', message });
  }
  const safe = message.replaceAll(/[<>&]/g, '');
  return {
    status: 400,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>${safe}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
  };
}

export function json(status: number, body: unknown): ServiceResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(body)}\n` };
}

export interface Listener {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Serves the handler on a loopback address. Rejects when the port is taken. */
export async function listen(handle: FrontHandler, address: { readonly host: string; readonly port: number }): Promise<Listener> {
  const server = createServer((incoming, outgoing) => {
    void serve(handle, incoming, outgoing);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, resolve);
  });
  const { port } = addressOf(server.address());
  return {
    endpoint: `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('The emulator is not listening on a TCP port');
  return address;
}

async function serve(handle: FrontHandler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  try {
    const body = await readBody(incoming);
    const response =
      body === undefined
        ? json(413, { __type: 'RequestEntityTooLargeException', message: `A request may have at most ${MAX_BODY_BYTES} bytes.` })
        : await handle({ method: incoming.method ?? 'GET', path: incoming.url ?? '/', headers: flat(incoming), body });
    if (body === undefined) outgoing.setHeader('connection', 'close');
    outgoing.writeHead(response.status, response.headers).end(response.body);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!outgoing.headersSent) outgoing.writeHead(500, { 'content-type': 'application/json' });
    outgoing.end(JSON.stringify({ __type: 'InternalFailure', message: `The emulator failed: ${message}` }));
  }
}

/** The body as text; undefined when it is too large. */
async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function flat(incoming: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
