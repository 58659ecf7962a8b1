/** What a simulation looks at in an answer, whichever protocol it is in. */
import { HttpResponse } from '@smithy/core/protocols';
import { AwsError } from '../src/emulator/core.ts';
import { type DirectAnswer, directAnswerOf } from './direct-protocol.ts';

/** Undefined for a success. */
export function errorCodeOf(response: HttpResponse): string | undefined {
  if (response.statusCode < 400) return undefined;
  return codeIn(response, 'Code', '__type') ?? 'Unknown';
}

export function errorMessageOf(response: HttpResponse): string {
  return codeIn(response, 'Message', 'message') ?? '';
}

export function nextTokenOf(response: HttpResponse): string | undefined {
  if (response.body instanceof Uint8Array) return /<nextToken>([^<]+)</.exec(textOf(response.body))?.[1];
  const answer = directAnswerOf(response);
  return 'output' in answer && 'NextToken' in answer.output ? (answer.output.NextToken as string | undefined) : undefined;
}

/** A refusal that the simulation makes up; a client on the wire is told as EventBridge would tell it. */
export function refusal(code: string, status: number, isOnWire: boolean): HttpResponse {
  const message = `Injected fault: ${code}`;
  const answer: DirectAnswer = { error: new AwsError(code, message, status) };
  const body = isOnWire ? Buffer.from(JSON.stringify({ __type: code, message })) : answer;
  return new HttpResponse({ statusCode: status, headers: {}, body });
}

function codeIn(response: HttpResponse, element: string, member: string): string | undefined {
  if (!(response.body instanceof Uint8Array)) {
    const answer = directAnswerOf(response);
    if (!('error' in answer)) return undefined;
    return element === 'Code' ? answer.error.code : answer.error.message;
  }
  const found = new RegExp(`<${element}>([^<]+)<|"${member}":"([^"]+)"`).exec(textOf(response.body));
  return found?.[1] ?? found?.[2];
}

function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}
