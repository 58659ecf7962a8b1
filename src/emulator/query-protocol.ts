/** The AWS query protocol of version 1: `Name.member.N` in, XML out. EC2 has a dialect of its own, see `ec2/protocol`. */
import { z } from 'zod';
import { AwsError, type Service, type ServiceRequest } from './core.ts';

/** A tree of elements: text, a list of `member` elements, or named children; what is undefined is left out. */
export type Element = string | readonly Element[] | { readonly [name: string]: Element | undefined };

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function xml(element: Element): string {
  if (typeof element === 'string') return element.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
  if (isList(element)) return element.map((item) => `<member>${xml(item)}</member>`).join('');
  return Object.entries(element)
    .map(([name, child]) => (child === undefined ? '' : `<${name}>${xml(child)}</${name}>`))
    .join('');
}

function isList(element: Element): element is readonly Element[] {
  return Array.isArray(element);
}

/** One operation: decoded parameters in, the result's members out. Throws AwsError. */
export type QueryOperation = (input: unknown, request: ServiceRequest) => Element;

/** An operation whose input is checked by a schema; parameters that the schema does not know are ignored. */
export function queryOperation<T>(schema: z.ZodType<T>, run: (input: T, request: ServiceRequest) => Element): QueryOperation {
  return (input, request) => {
    const parsed = schema.safeParse(input);
    if (parsed.success) return run(parsed.data, request);
    const [issue] = parsed.error.issues;
    throw new AwsError('ValidationError', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid input'}`);
  };
}

/** A number, as the query string carries it. */
export const numeric = z.string().regex(/^\d+$/, 'must be a number').transform(Number);

export interface QueryServiceOptions {
  readonly namespace: string;
  readonly version: string;
  readonly operations: Readonly<Record<string, QueryOperation>>;
}

/** A service of the query protocol; it answers errors itself and never throws. */
export function createQueryService({ namespace, version, operations }: QueryServiceOptions): Service {
  return {
    handle(request) {
      const { requestId } = request;
      const parameters = new URLSearchParams(request.body === '' ? (request.path.split('?')[1] ?? '') : request.body);
      const action = parameters.get('Action') ?? '';
      const respond = (status: number, body: string) =>
        Promise.resolve({ status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body });
      try {
        const run = Object.hasOwn(operations, action) ? operations[action] : undefined;
        if (run === undefined) throw new AwsError('InvalidAction', `Could not find operation ${action} for version ${version}`);
        const result = xml({ [`${action}Result`]: run(decode(parameters), request), ResponseMetadata: { RequestId: requestId } });
        return respond(200, `<${action}Response xmlns="${namespace}">${result}</${action}Response>`);
      } catch (error) {
        const shown =
          error instanceof AwsError ? error : new AwsError('InternalFailure', `The emulator failed: ${String(error)}`, 500);
        const type = shown.status < 500 ? 'Sender' : 'Receiver';
        const body = xml({ Error: { Type: type, Code: shown.code, Message: shown.message }, RequestId: requestId });
        return respond(shown.status, `<ErrorResponse xmlns="${namespace}">${body}</ErrorResponse>`);
      }
    },
  };
}

interface Node {
  text?: string;
  readonly children: Map<string, Node>;
}

/** `Subnets.member.1=a` as `{ Subnets: ['a'] }`. */
function decode(parameters: URLSearchParams): unknown {
  const root: Node = { children: new Map() };
  for (const [name, text] of parameters) {
    let node = root;
    for (const part of name.split('.')) {
      const child: Node = node.children.get(part) ?? { children: new Map() };
      node.children.set(part, child);
      node = child;
    }
    node.text = text;
  }
  return treeOf(root);
}

function treeOf({ text, children }: Node): unknown {
  if (children.size === 0) return text;
  const members = children.get('member');
  if (members !== undefined)
    return [...members.children].sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => treeOf(child));
  return Object.fromEntries([...children].map(([name, child]) => [name, treeOf(child)]));
}
