import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { jsonSchema } from '../../../src/policy/source/json-schema.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const committed: unknown = JSON.parse(read('schema/policy.schema.json'));
const examples = readdirSync(new URL('examples/policies/', root)).filter((name) => name.endsWith('.yml'));

/** Every schema inside a schema, with the path to it. */
function* subschemas(value: unknown, path: string): Generator<readonly [path: string, schema: Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [path, { ...value }];
  for (const [key, inner] of Object.entries(value)) yield* subschemas(inner, `${path}/${key}`);
}

describe('the JSON Schema for editors', () => {
  it('is committed as the code makes it (npx automirror policy schema > schema/policy.schema.json)', () => {
    expect(committed).toEqual(jsonSchema());
  });

  it('allows no unknown key in any map', () => {
    const open = [...subschemas(jsonSchema(), '')].filter(
      ([, schema]) => schema.type === 'object' && schema.properties !== undefined && schema.additionalProperties !== false,
    );
    expect(open.map(([path]) => path)).toEqual([]);
  });

  it('describes every key', () => {
    const undescribed = [...subschemas(jsonSchema(), '')].flatMap(([path, schema]) => {
      const properties = schema.properties;
      if (typeof properties !== 'object' || properties === null || path.endsWith('/properties')) return [];
      return Object.entries(properties)
        .filter(([, property]) => !('description' in property) && !('$ref' in property))
        .map(([key]) => `${path}/${key}`);
    });
    expect(undescribed).toEqual([]);
  });

  const schema = z.fromJSONSchema(jsonSchema());

  it.each([...examples.map((name) => `examples/policies/${name}`), 'policy.yml'])('accepts %s', (path) => {
    expect(schema.safeParse(parse(read(path)) ?? {}).error).toBeUndefined();
  });

  it.each([
    ['an unknown key', { rule: [] }],
    ['a deny list that is a map', { never: {} }],
    ['an empty match', { never: [{}] }],
    ['an empty match in a match', { never: [{ any: [{}] }] }],
    ['an unknown selector', { never: [{ tags: { a: 'b' } }] }],
    ['four sessions', { rules: [{ name: 'a', match: { zone: 'x' }, sessions: [{}, {}, {}, {}] }] }],
    ['a rule without a match', { rules: [{ name: 'a' }] }],
    [
      'a member with two ids',
      { targets: { a: { members: [{ id: 'tmt-0123456789abcdef0', networkInterfaceId: 'eni-0123456789abcdef0' }] } } },
    ],
    ['a protocol that is none', { filters: { a: { ingress: [{ accept: 'tpc' }] } } }],
  ])('refuses %s', (_name, policy) => {
    expect(schema.safeParse(policy).success).toBe(false);
  });
});
