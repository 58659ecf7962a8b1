/** Writes EC2's XML: success documents by walking the operation's response schema, and error documents. */
import type { NormalizedSchema } from '@smithy/core/schema';
import { responseName } from './schema.ts';

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
};
const escapeText = (text: string): string => text.replace(/[&<>"'\r]/g, (character) => ESCAPES[character] ?? character);

const element = (name: string, content: string): string => (content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`);

/** Reads a member of a response object; anything that is not an object is a mistake of an operation. */
function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`A response holds ${typeof value} where an object with ${name} belongs`);
  return Reflect.get(value, name);
}

function encodeScalar(schema: NormalizedSchema, value: unknown): string {
  if (schema.isTimestampSchema()) {
    if (!(value instanceof Date)) throw new TypeError('A response holds a time that is not a Date');
    return value.toISOString();
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TypeError(`A response holds ${typeof value} where text, a number or a boolean belongs`);
}

function encodeValue(schema: NormalizedSchema, value: unknown): string {
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) throw new TypeError('A response holds something else where a list belongs');
    return value.map((item: unknown) => element('item', encodeValue(schema.getValueSchema(), item))).join('');
  }
  if (schema.isStructSchema()) return encodeMembers(schema, value);
  return encodeScalar(schema, value);
}

function encodeMembers(schema: NormalizedSchema, value: unknown): string {
  let text = '';
  for (const [name, memberSchema] of schema.structIterator()) {
    const content = member(value, name);
    if (content !== undefined && content !== null)
      text += element(responseName(name, memberSchema), encodeValue(memberSchema, content));
  }
  return text;
}

/** The success document of an action; an action whose model has no response says `<return>true</return>`, as EC2 does. */
export function encodeOutput(action: string, schema: NormalizedSchema, output: object, requestId: string): string {
  const members = schema.isStructSchema() ? encodeMembers(schema, output) : '';
  const content = members === '' && !hasMembers(schema) ? '<return>true</return>' : members;
  return `${DECLARATION}<${action}Response xmlns="${NAMESPACE}"><requestId>${escapeText(requestId)}</requestId>${content}</${action}Response>`;
}

function hasMembers(schema: NormalizedSchema): boolean {
  return schema.isStructSchema() && !schema.structIterator().next().done;
}

/** The error document; note `RequestID`, spelled unlike the success document's. */
export function encodeError(code: string, message: string, requestId: string): string {
  const error = `<Error><Code>${escapeText(code)}</Code><Message>${escapeText(message)}</Message></Error>`;
  return `${DECLARATION}<Response><Errors>${error}</Errors><RequestID>${escapeText(requestId)}</RequestID></Response>`;
}
