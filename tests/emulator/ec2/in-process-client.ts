/** The real EC2 client on the emulated service, without a socket: requests are handed over as the HTTP front would. */
import { Readable } from 'node:stream';
import { EC2Client, type EC2ClientConfig } from '@aws-sdk/client-ec2';
import type { Caller } from '../../../src/emulator/core.ts';
import { createEc2, type Ec2, type Ec2Options } from '../../../src/emulator/ec2/service.ts';
import { createTestHost, type TestHost, testUser } from '../test-host.ts';

type RequestHandler = NonNullable<EC2ClientConfig['requestHandler']>;

/** What the client hands to its transport. */
interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** One attempt per call unless `maxAttempts` says otherwise, so that tests see each answer. */
export function inProcessClient(ec2: Ec2, host: TestHost, caller: Caller = testUser, maxAttempts = 1): EC2Client {
  const requestHandler: RequestHandler = {
    async handle(request: WireRequest) {
      const query = new URLSearchParams(
        Object.entries(request.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
      ).toString();
      const { status, headers, body } = await ec2.handle({
        method: request.method,
        path: query === '' ? request.path : `${request.path}?${query}`,
        headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
        body: typeof request.body === 'string' ? request.body : '',
        caller,
        requestId: host.newUuid(),
      });
      return { response: { statusCode: status, headers: { ...headers }, body: Readable.from([Buffer.from(body)]) } };
    },
  };
  return new EC2Client({
    region: host.region,
    endpoint: 'http://ec2.invalid',
    credentials: { accessKeyId: caller.accessKeyId, secretAccessKey: 'secret' },
    maxAttempts,
    requestHandler,
  });
}

export interface Bench {
  readonly host: TestHost;
  readonly ec2: Ec2;
  readonly client: EC2Client;
}

/** A host, an emulated EC2 and a client of it. */
export function createBench(options: Partial<Ec2Options> = {}): Bench {
  const host = createTestHost();
  const ec2 = createEc2(host, options);
  return { host, ec2, client: inProcessClient(ec2, host) };
}

/** Sends parameters as they are, for what the client would not send; answers the status and the XML. */
export async function sendRaw(
  bench: Bench,
  parameters: string,
  method: 'GET' | 'POST' = 'POST',
): Promise<{ readonly status: number; readonly body: string }> {
  const isPost = method === 'POST';
  return await bench.ec2.handle({
    method,
    path: isPost ? '/' : `/?${parameters}`,
    headers: { 'user-agent': 'raw' },
    body: isPost ? parameters : '',
    caller: testUser,
    requestId: 'request-1',
  });
}

/** The code and message of the refusal of a call; fails when the call succeeds. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ readonly code: string; readonly message: string; readonly status: number | undefined }> {
  let answer: unknown;
  try {
    answer = await call;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const metadata: unknown = Reflect.get(error, '$metadata');
    const status: unknown =
      typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined;
    return { code: error.name, message: error.message, status: typeof status === 'number' ? status : undefined };
  }
  throw new Error(`The call was not refused: ${JSON.stringify(answer)}`);
}
