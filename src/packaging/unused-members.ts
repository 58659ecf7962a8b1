/** Members of the SDK's classes and objects that the handler never calls: a bundler drops functions that nobody names, but not members. */
import { type Node, parse } from 'acorn';

/**
 * By module: what is left out of it. Some are still named by code that cannot be reached either; a call would throw that it is no function.
 * A test fails when a name here is called by what is left of the bundle and not in `namedByDeadCode`.
 */
export const unusedMembers: Readonly<Record<string, readonly string[]>> = {
  // Signed URLs, and the signatures of event streams and plain strings: requests are all that is signed.
  '@smithy/signature-v4/dist-es/SignatureV4.js': ['presign', 'signEvent', 'signMessage', 'signString'],
  // Event streams, which no operation has, and what REST protocols need.
  '@smithy/core/dist-es/submodules/protocols/HttpProtocol.js': [
    'serializeEventStream',
    'deserializeEventStream',
    'loadEventStreamCapability',
    'resolveEventStreamMarshaller',
    'getEventStreamMarshaller',
    'deserializeHttpMessage',
    'getDefaultContentType',
    'resolveError',
  ],
  '@aws-sdk/core/dist-es/submodules/protocols/query/AwsQueryProtocol.js': ['getDefaultContentType'],
  '@aws-sdk/core/dist-es/submodules/protocols/json/AwsJson1_1Protocol.js': ['getDefaultContentType'],
  // The same, and services that answer to clients of the query protocol in another one.
  '@aws-sdk/core/dist-es/submodules/protocols/ProtocolLib.js': [
    'resolveRestContentType',
    'setQueryCompatError',
    'queryCompatOutput',
  ],
  // `instanceof` over two copies of the SDK: there is one, and errors are told apart by their codes.
  '@smithy/core/dist-es/submodules/client/smithy-client/exceptions.js': ['isInstance', 'Symbol.hasInstance'],
  // For plug-ins and people who look at a client.
  '@smithy/core/dist-es/submodules/client/middleware-stack/MiddlewareStack.js': ['remove', 'removeByTag', 'clone'],
  '@smithy/core/dist-es/submodules/schema/TypeRegistry.js': ['register', 'clear'],
  '@smithy/node-http-handler/dist-es/node-http-handler.js': ['updateHttpClientConfig', 'httpHandlerConfigs'],
};

/** Members of `unusedMembers` that the bundle still names, where the code that does cannot be reached. */
export const namedByDeadCode: readonly string[] = [
  // SignatureV4.sign, for what is no request.
  'signEvent',
  'signMessage',
  'signString',
  // RpcProtocol, for operations with an event stream.
  'serializeEventStream',
  'deserializeEventStream',
  // AwsJsonRpcProtocol, for a service that its model calls query compatible.
  'setQueryCompatError',
  'queryCompatOutput',
];

/** A setting's selector in `~/.aws/config`, which Lambda has not: left out wherever it is. */
export const configFileSelectorMember = /^ +configFileSelector(?::|\()/m;

/**
 * The module's source without the methods and properties of these names (a computed one as it is written), in whatever class or object they are. Throws when one is not
 * there: an SDK update has renamed it.
 */
export function withoutMembers(source: string, names: readonly string[]): string {
  const found = members(parse(source, { ecmaVersion: 'latest', sourceType: 'module' }), source).filter(({ name }) =>
    names.includes(name),
  );
  const missing = names.find((wanted) => found.every(({ name }) => name !== wanted));
  if (missing !== undefined) throw new Error(`the SDK has no member ${missing} any more`);

  // From the end, so that the places of the others stay true.
  return found
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end }) => {
      const after = /^\s*,/.exec(text.slice(end))?.[0].length ?? 0;
      return text.slice(0, start) + text.slice(end + after);
    }, source);
}

interface Member {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Every named member of a class or an object literal below the node; those of patterns, which take things apart, are none. */
function members(node: object, source: string): Member[] {
  const below = Object.values(node).flatMap((child: unknown) =>
    Array.isArray(child)
      ? child.flatMap((one) => (isNode(one) ? members(one, source) : []))
      : isNode(child)
        ? members(child, source)
        : [],
  );
  if (!('type' in node) || (node.type !== 'ClassBody' && node.type !== 'ObjectExpression')) return below;
  const list: unknown = 'body' in node ? node.body : 'properties' in node ? node.properties : [];
  const own = (Array.isArray(list) ? list : []).flatMap((member: unknown) => (isNode(member) ? named(member, source) : []));
  return [...own, ...below];
}

function named(member: Node, source: string): Member[] {
  if (!('key' in member) || !isNode(member.key)) return [];
  return [{ name: source.slice(member.key.start, member.key.end), start: member.start, end: member.end }];
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value && 'end' in value;
}
