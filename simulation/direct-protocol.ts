/**
 * The SDK's clients without form, JSON and XML: the input goes to the emulated service as it is, and so does the output. All else (retries, middleware, time
 * limits, the classes of errors) is the client's own, so that the product's adapters run unchanged.
 */
import { EC2ServiceException } from '@aws-sdk/client-ec2';
import { HttpRequest, HttpResponse } from '@smithy/core/protocols';
import type { $ClientProtocol } from '@smithy/types';
import { AwsError, type Caller } from '../src/emulator/core.ts';
import type { Emulator } from '../src/emulator/emulator.ts';
import type { Call } from './wire-call.ts';

/** What became of it. */
export type DirectAnswer = { readonly output: object } | { readonly error: AwsError };

const actionHeader = 'x-simulated-action';
const requestIdHeader = 'x-amzn-requestid';

export const directProtocol: $ClientProtocol<HttpRequest, HttpResponse> = {
  getShapeId: () => 'simulation#direct',
  getRequestType: () => HttpRequest,
  getResponseType: () => HttpResponse,
  getPayloadCodec() {
    throw new Error('there is no codec: nothing is encoded');
  },
  setSerdeContext: () => undefined,
  updateServiceEndpoint: (request) => request,
  serializeRequest({ name }, input) {
    const headers = { [actionHeader]: name };
    const request = new HttpRequest({ method: 'POST', hostname: 'emulator.invalid', path: '/', headers });
    request.body = input;
    return Promise.resolve(request);
  },
  deserializeResponse(_operation, _context, response) {
    const answer = directAnswerOf(response);
    const $metadata = { httpStatusCode: response.statusCode, requestId: response.headers[requestIdHeader] ?? '' };
    if ('error' in answer) {
      const { code, message, status } = answer.error;
      return Promise.reject(
        new EC2ServiceException({ name: code, message, $fault: status >= 500 ? 'server' : 'client', $metadata }),
      );
    }
    // The emulated operation answers in the shape that the caller's command declares.
    return Promise.resolve({ ...answer.output, $metadata } as never);
  },
};

/** Nobody checks signatures. */
export const noSigner = { sign: <T>(request: T): Promise<T> => Promise.resolve(request) };

/** What a request of `directProtocol` asks for. */
export function directCallOf({ headers, body }: HttpRequest): Call {
  return { action: headers[actionHeader] ?? '', input: body };
}

/** What a response of `answerDirectly` tells. */
export function directAnswerOf({ body }: HttpResponse): DirectAnswer {
  return body;
}

/** Hands a call to the emulated service whose it is. */
export async function answerDirectly(emulator: Emulator, caller: Caller, { action, input }: Call): Promise<HttpResponse> {
  const requestId = emulator.host.newUuid();
  const answer =
    action === 'PutEvents'
      ? await putEvents(emulator, caller, input, requestId)
      : await ec2(emulator, caller, { action, input }, requestId);
  const statusCode = 'error' in answer ? answer.error.status : 200;
  return new HttpResponse({ statusCode, headers: { [requestIdHeader]: requestId }, body: answer });
}

async function ec2({ ec2: service }: Emulator, caller: Caller, call: Call, requestId: string): Promise<DirectAnswer> {
  try {
    return { output: await service.answer({ ...call, caller, requestId }) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { error };
  }
}

async function putEvents({ events }: Emulator, caller: Caller, input: object, requestId: string): Promise<DirectAnswer> {
  const headers = { 'x-amz-target': 'AWSEvents.PutEvents', 'content-type': 'application/x-amz-json-1.1' };
  const { status, body } = await events.handle({
    method: 'POST',
    path: '/',
    headers,
    body: JSON.stringify(input),
    caller,
    requestId,
  });
  const answer: { __type?: string; message?: string } = JSON.parse(body);
  if (status === 200) return { output: answer };
  return { error: new AwsError(answer.__type ?? 'InternalFailure', answer.message ?? '', status) };
}
