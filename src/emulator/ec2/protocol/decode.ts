/** Turns flat EC2 query parameters into the input object that the operation's schema describes, strictly. */
import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../../core.ts';
import type { Parameters } from './form.ts';
import { requestName, requiredCount } from './schema.ts';

/** Parameters as a tree: `Filter.1.Value.2` is three levels below the root. */
interface Node {
  text?: string;
  readonly children: Map<string, Node>;
}

const invalid = (name: string, value: string, why: string): AwsError =>
  new AwsError('InvalidParameterValue', `Value (${value}) for parameter ${name} is invalid. ${why}`);

function grow(parameters: Parameters): Node {
  const root: Node = { children: new Map() };
  for (const [name, value] of parameters) {
    let node = root;
    for (const part of name.split('.')) {
      let child = node.children.get(part);
      if (child === undefined) {
        child = { children: new Map() };
        node.children.set(part, child);
      }
      node = child;
    }
    node.text = value;
  }
  return root;
}

function unknown(path: string): AwsError {
  return new AwsError('UnknownParameter', `The parameter ${path} is not recognized`);
}

function firstLeaf(node: Node, path: string): string {
  for (const [name, child] of node.children) return firstLeaf(child, path === '' ? name : `${path}.${name}`);
  return path;
}

function decodeScalar(schema: NormalizedSchema, text: string, path: string): unknown {
  if (schema.isBooleanSchema()) {
    if (text === 'true' || text === 'false') return text === 'true';
    throw invalid(path, text, 'Expected true or false.');
  }
  if (schema.isTimestampSchema()) {
    const at = new Date(text);
    if (Number.isNaN(at.getTime())) throw invalid(path, text, 'Expected an ISO 8601 time.');
    return at;
  }
  if (schema.isNumericSchema()) {
    if (!/^[+-]?\d{1,10}$/.test(text) || Math.abs(Number(text)) > 2_147_483_647)
      throw invalid(path, text, 'Expected an integer.');
    return Number(text);
  }
  if (schema.isBlobSchema()) return new Uint8Array(Buffer.from(text, 'base64'));
  return text;
}

function decodeList(schema: NormalizedSchema, node: Node, path: string): unknown[] {
  // `Name=` without an index is how some clients write an empty list.
  if (node.text !== undefined && node.text !== '') throw unknown(path);
  const entries = [...node.children].map(([index, child]) => {
    if (!/^[1-9]\d{0,6}$/.test(index)) throw unknown(firstLeaf(child, `${path}.${index}`));
    return { index: Number(index), child };
  });
  entries.sort((a, b) => a.index - b.index);
  return entries.map(({ index, child }) => decode(schema.getValueSchema(), child, `${path}.${index}`));
}

function decodeStruct(schema: NormalizedSchema, node: Node, path: string): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  const members = new Map<string, { readonly member: string; readonly schema: NormalizedSchema }>();
  const missing: string[] = [];
  let left = requiredCount(schema);
  for (const [member, memberSchema] of schema.structIterator()) {
    const name = requestName(member, memberSchema);
    members.set(name, { member, schema: memberSchema });
    if (left > 0 && !node.children.has(name)) missing.push(name);
    left -= 1;
  }
  for (const [name, child] of node.children) {
    const childPath = path === '' ? name : `${path}.${name}`;
    const known = members.get(name);
    if (known === undefined) throw unknown(firstLeaf(child, childPath));
    value[known.member] = decode(known.schema, child, childPath);
  }
  if (missing.length > 0) {
    const names = missing.map((name) => (path === '' ? name : `${path}.${name}`));
    throw new AwsError('MissingParameter', `The request must contain the parameter ${names.join(', ')}`);
  }
  return value;
}

function decode(schema: NormalizedSchema, node: Node, path: string): unknown {
  if (schema.isListSchema()) return decodeList(schema, node, path);
  if (schema.isStructSchema()) {
    if (node.text !== undefined && node.text !== '') throw unknown(path);
    return decodeStruct(schema, node, path);
  }
  if (node.children.size > 0) throw unknown(firstLeaf(node, path));
  return decodeScalar(schema, node.text ?? '', path);
}

/**
 * The input object with the member names of the model.
 * Throws `UnknownParameter`, `MissingParameter` and `InvalidParameterValue`, naming the parameter as it is on the wire.
 */
export function decodeInput(schema: NormalizedSchema, parameters: Parameters): Record<string, unknown> {
  const root = grow(parameters);
  if (!schema.isStructSchema()) {
    const [name] = parameters.keys();
    if (name !== undefined) throw unknown(name);
    return {};
  }
  return decodeStruct(schema, root, '');
}
