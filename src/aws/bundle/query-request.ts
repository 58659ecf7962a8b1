/**
 * Stands in for the SDK's serializer of the query protocol in the handler's bundle: that one writes maps, documents, blobs, times and big numbers too, and the dialect of other
 * services. A request of EC2's is structures and lists of text, numbers and booleans.
 * https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
 */
import { extendedEncodeURIComponent } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import { generateIdempotencyToken } from '@smithy/core/serde';

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];

/** Same contract as the original, for EC2. */
export class QueryShapeSerializer {
  /** The protocol sets its dialect here; there is only one. */
  readonly settings = {};
  #text = '';

  setSerdeContext(): void {}

  write(schema: SchemaRef, value: unknown, key = ''): void {
    const kind = NormalizedSchema.of(schema);
    if (kind.isStructSchema()) this.#writeMembers(kind, Object(value), key === '' ? '' : `${key}.`);
    else if (kind.isListSchema()) {
      const items = Array.isArray(value) ? value.filter((item) => item !== undefined && item !== null) : [];
      for (const [index, item] of items.entries()) this.write(kind.getValueSchema(), item, `${key}.${index + 1}`);
    } else this.#text += `&${extendedEncodeURIComponent(key)}=${extendedEncodeURIComponent(String(value))}`;
  }

  flush(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  #writeMembers(kind: NormalizedSchema, values: Readonly<Record<string, unknown>>, prefix: string): void {
    for (const [name, member] of kind.structIterator()) {
      const value = values[name] ?? (member.isIdempotencyToken() ? generateIdempotencyToken() : undefined);
      if (value === undefined) continue;
      const traits: { readonly ec2QueryName?: string; readonly xmlName?: string } = member.getMergedTraits();
      const { ec2QueryName, xmlName = name } = traits;
      this.write(member, value, `${prefix}${ec2QueryName ?? xmlName.charAt(0).toUpperCase() + xmlName.slice(1)}`);
    }
  }
}
