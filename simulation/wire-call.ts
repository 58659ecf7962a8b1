/** Which call a request on the wire belongs to, so that it can be watched without reading its form. */
import type { HttpRequest } from '@smithy/core/protocols';
import type { BuildMiddleware, MiddlewareStack } from '@smithy/types';

/** One attempt of a call, as it leaves the client. */
export interface Call {
  readonly action: string;
  /** In the shapes of the SDK. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** A member of a call's input, or of a log line, that is text; empty where it is not there. */
export function textIn(record: Readonly<Record<string, unknown>>, ...members: readonly string[]): string {
  const found = members.map((member) => record[member]).find((value) => typeof value === 'string');
  return typeof found === 'string' ? found : '';
}

const header = 'x-simulated-call';
const calls = new Map<string, Call>();
let told = 0;

/** Makes a client tell with each request which call it is of. */
export function tellCalls<Input extends object, Output extends object>({
  middlewareStack,
}: {
  readonly middlewareStack: MiddlewareStack<Input, Output>;
}): void {
  const tell: BuildMiddleware<Input, Output> = (next, context) => async (args) => {
    told += 1;
    const id = String(told);
    // Every command of a client of AWS has a structure as its input, and its requests are HTTP's.
    calls.set(id, { action: String(context.commandName ?? '').replace(/Command$/, ''), input: args.input as Call['input'] });
    (args.request as HttpRequest).headers[header] = id;
    try {
      return await next(args);
    } finally {
      calls.delete(id);
    }
  };
  middlewareStack.add(tell, { step: 'build', name: 'simulationTellCall' });
}

/** The call of a request; one without a name for a client that does not tell. */
export function wireCallOf({ headers }: Pick<HttpRequest, 'headers'>): Call {
  return calls.get(headers[header] ?? '') ?? { action: '', input: {} };
}
