/** The AWS JSON 1.0 and 1.1 protocols: `X-Amz-Target: PREFIX.Operation` in, JSON out, errors as `__type`. */
import type { z } from 'zod';
import { AwsError, type Service, type ServiceRequest, type ServiceResponse } from './core.ts';

/** One operation: parsed JSON body in, result out (undefined: an empty object). Throws AwsError. */
export type JsonOperation = (input: unknown, request: ServiceRequest) => unknown;

export interface JsonServiceOptions {
  /** What precedes the dot in `X-Amz-Target`, e.g. `AWSEvents`. */
  readonly targetPrefix: string;
  readonly version: '1.0' | '1.1';
  readonly operations: Readonly<Record<string, JsonOperation>>;
  /** Makes the service's error of a message that its schema refuses; `path` names the member. */
  readonly invalid: (problem: InvalidMember) => AwsError;
  /** The `__type` and further headers of an error, where the service deviates from the plain code. */
  readonly describeError?: (error: AwsError) => { readonly type: string; readonly headers: Readonly<Record<string, string>> };
}

export interface InvalidMember {
  readonly path: string;
  readonly isMissing: boolean;
  readonly reason: string;
}

/** Raised by {@link operation} and turned into the service's own error by the service. */
class InvalidInput extends Error {
  readonly problem: InvalidMember;
  constructor(problem: InvalidMember) {
    super(problem.reason);
    this.problem = problem;
  }
}

/** An operation whose input is checked by a schema; members that the schema does not know are ignored, as AWS does. */
export function operation<T>(schema: z.ZodType<T>, run: (input: T, request: ServiceRequest) => unknown): JsonOperation {
  return (input, request) => {
    const parsed = schema.safeParse(input);
    if (parsed.success) return run(parsed.data, request);
    const [issue] = parsed.error.issues;
    const path = issue === undefined ? '' : issue.path.join('.');
    throw new InvalidInput({
      path,
      isMissing: issue?.code === 'invalid_type' && valueAt(input, issue.path) === undefined,
      reason: issue?.message ?? 'invalid input',
    });
  };
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** A service of the JSON protocol; it answers errors itself and never throws. */
export function createJsonService(options: JsonServiceOptions): Service {
  const contentType = `application/x-amz-json-${options.version}`;
  const respond = (
    status: number,
    body: unknown,
    requestId: string,
    headers: Readonly<Record<string, string>> = {},
  ): ServiceResponse => ({
    status,
    headers: { 'content-type': contentType, 'x-amzn-requestid': requestId, ...headers },
    body: JSON.stringify(body ?? {}),
  });
  return {
    async handle(request) {
      try {
        return respond(200, await runOperation(options, request), request.requestId);
      } catch (error) {
        const shown = asAwsError(error, options);
        const { type, headers } = options.describeError?.(shown) ?? { type: shown.code, headers: {} };
        return respond(shown.status, { __type: type, message: shown.message }, request.requestId, {
          'x-amzn-errortype': type,
          ...headers,
        });
      }
    },
  };
}

async function runOperation(options: JsonServiceOptions, request: ServiceRequest): Promise<unknown> {
  const target = request.headers['x-amz-target'] ?? '';
  const [prefix, name = ''] = target.split('.', 2);
  const run = prefix === options.targetPrefix && Object.hasOwn(options.operations, name) ? options.operations[name] : undefined;
  if (run === undefined)
    throw new AwsError('UnknownOperationException', `The emulator does not have the operation ${target || '(none)'}.`);
  return await run(parseBody(request.body), request);
}

function parseBody(body: string): unknown {
  if (body.trim() === '') return {};
  try {
    return JSON.parse(body);
  } catch {
    throw new AwsError('SerializationException', 'The request body is not valid JSON.');
  }
}

function asAwsError(error: unknown, options: JsonServiceOptions): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof InvalidInput) return options.invalid(error.problem);
  return new AwsError('InternalFailure', `The emulator failed: ${error instanceof Error ? error.message : String(error)}`, 500);
}
