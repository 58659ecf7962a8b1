/** A request handler for AWS SDK clients that calls a service directly, without a socket. */
import { Readable } from 'node:stream';
import { type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import type { Caller, Service } from '../../../src/emulator/core.ts';
import { testUser } from '../test-host.ts';

export interface InProcessHandler {
  handle(request: HttpRequest): Promise<{ response: HttpResponse }>;
}

/** Client configuration that reaches `service` as `caller`; no retries, so that every error is seen. */
export function inProcess(service: Service, caller: Caller = testUser) {
  let requests = 0;
  const requestHandler: InProcessHandler = {
    async handle(request) {
      requests += 1;
      const {
        status,
        headers,
        body: answer,
      } = await service.handle({
        method: request.method,
        path: request.path,
        headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
        body: textOf(request.body),
        caller,
        requestId: `request-${requests}`,
      });
      return {
        response: new HttpResponse({ statusCode: status, headers: { ...headers }, body: Readable.from([Buffer.from(answer)]) }),
      };
    },
  };
  return {
    region: 'eu-west-1',
    endpoint: 'http://emulator.invalid',
    credentials: { accessKeyId: caller.accessKeyId, secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler,
  };
}

function textOf(body: unknown): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : typeof body === 'string' ? body : '';
}
