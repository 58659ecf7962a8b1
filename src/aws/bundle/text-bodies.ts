/**
 * Stands in for what the SDK does with bodies of any kind in the handler's bundle: files, blobs, streams of browsers. Here a request's body is text, and an
 * answer's body is a stream of Node.js, read to its end.
 */
import type { ClientRequest } from 'node:http';
import type { Readable } from 'node:stream';

/** Bytes of a request's body. */
export const calculateBodyLength = (body: string): number => Buffer.byteLength(body);

/** Sends the body and ends the request; the original also waits for `100 Continue`, which only S3 is asked for. */
export async function writeRequestBody(httpRequest: ClientRequest, { body }: { readonly body: string }): Promise<void> {
  httpRequest.end(body);
}

/** All bytes of an answer; fails as the stream does. */
export async function streamCollector(stream: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The same; an answer that is read twice has been read, and is empty. */
export async function collectBody(body: Readable | Uint8Array): Promise<Uint8Array> {
  return body instanceof Uint8Array ? body : streamCollector(body);
}
