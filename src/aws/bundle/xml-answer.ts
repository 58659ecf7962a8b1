/**
 * Stands in for the SDK's reader of XML answers in the handler's bundle: that one reads maps, unions, blobs, many forms of time, flattened lists and event streams too.
 * What is decoded of EC2's answers is structures and lists of text, numbers, booleans and times as `2026-11-23T02:40:11.000Z`; a test looks.
 *
 * The name of an element is that of the member with a small first letter, unless the schema says otherwise: src/packaging/sdk-schemas.ts leaves out what follows
 * from this.
 */
import { parseXML } from '@aws-sdk/xml-builder';
import { getValueFromTextNode } from '@smithy/core/client';
import { NormalizedSchema } from '@smithy/core/schema';

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];

/** Member, name of its element, schema. */
type Member = readonly [string, string, NormalizedSchema];

const membersOf = new WeakMap<object, readonly Member[]>();

/** Same contract as the original, for EC2. */
export class XmlShapeDeserializer {
  readonly settings = {};

  setSerdeContext(): void {}

  async read(schema: SchemaRef, bytes: Uint8Array): Promise<unknown> {
    return this.readSchema(schema, parse(new TextDecoder().decode(bytes)));
  }

  readSchema(schema: SchemaRef, value: unknown): unknown {
    const kind = NormalizedSchema.of(schema);
    if (kind.isListSchema()) return this.#readList(kind.getValueSchema(), value);
    if (value === undefined || value === null || kind.isUnitSchema()) return undefined;
    if (kind.isStructSchema()) return this.#readMembers(kind, Object(value));
    if (typeof value !== 'string' || kind.isStringSchema()) return value;
    if (kind.isNumericSchema()) return Number(value);
    if (kind.isTimestampSchema()) return new Date(value);
    return kind.isBooleanSchema() ? value.toLowerCase() === 'true' : value;
  }

  #readList(item: NormalizedSchema, value: unknown): readonly unknown[] {
    const { xmlName = 'item' } = item.getMergedTraits();
    const items: unknown = Object(Array.isArray(value) ? value[0] : value)[xmlName];
    if (items === undefined || items === null) return [];
    return (Array.isArray(items) ? items : [items]).map((one) => this.readSchema(item, one));
  }

  #readMembers(kind: NormalizedSchema, value: Readonly<Record<string, unknown>>): object {
    const read: Record<string, unknown> = {};
    for (const [name, element, member] of members(kind)) {
      const inner = value[element];
      if (inner !== undefined && inner !== null) read[name] = this.readSchema(member, inner);
    }
    return read;
  }
}

/** Worked out once for each structure: a list has thousands of them. */
function members(kind: NormalizedSchema): readonly Member[] {
  const structure: unknown = kind.getSchema();
  const key: object = Object(structure);
  const known = membersOf.get(key);
  if (known !== undefined) return known;
  const found = [...kind.structIterator()].map(([name, member]): Member => {
    const { xmlName = name.charAt(0).toLowerCase() + name.slice(1) } = member.getMemberTraits();
    return [name, xmlName, member];
  });
  membersOf.set(key, found);
  return found;
}

/** The content of the root element. */
function parse(xml: string): unknown {
  if (xml === '') return {};
  try {
    return getValueFromTextNode(Object(Object.values(parseXML(xml))[0]));
  } catch (error) {
    // The SDK shows it to whoever catches this.
    Object.defineProperty(Object(error), '$responseBodyText', { value: xml });
    throw error;
  }
}
