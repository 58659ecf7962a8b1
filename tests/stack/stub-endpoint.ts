import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly body: string;
  /** How far the server's clock is ahead of the client's, in milliseconds. */
  readonly aheadMs?: number;
  /** Closes the connection before the last byte. */
  readonly cutShort?: boolean;
}

/** An HTTP server that gives the queued answers in turn (the last one for ever) and keeps what it was asked. */
export async function startStubEndpoint() {
  const requests: ReceivedRequest[] = [];
  let answers: Answer[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8');
    });
    request.on('end', () => {
      requests.push({ headers: request.headers, body });
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      // The tests' clock, not the machine's: the SDK repeats a call when its clock and the server's differ.
      const date = new Date(Date.now() + (answer?.aheadMs ?? 0)).toUTCString();
      const content = Buffer.from(answer?.body ?? '');
      response.writeHead(answer?.status ?? 200, { 'x-amzn-requestid': 'request-1', 'content-length': content.length, date });
      if (answer?.cutShort === true) response.write(content.subarray(0, -1), () => response.destroy());
      else response.end(content);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server's address is one
  return {
    url: `http://127.0.0.1:${port}`,
    /** Forgets earlier requests and queues these answers. */
    answerWith(...queue: Answer[]): void {
      requests.length = 0;
      answers = queue;
    },
    requests,
    stop: () => new Promise<unknown>((resolve) => server.close(resolve)),
  };
}
