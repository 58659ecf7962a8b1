import { NormalizedSchema } from '@smithy/core/schema';
import { decodedMembers } from '../../src/packaging/decoded-members.ts';

type Schema = Parameters<typeof NormalizedSchema.of>[0];

/** An answer of the whole SDK without what the bundled client is told to skip, structure by structure. */
export function asDecoded(schema: Schema, answer: unknown): unknown {
  const shape = NormalizedSchema.of(schema);
  if (Array.isArray(answer)) return answer.map((item) => asDecoded(shape.getValueSchema(), item));
  if (!shape.isStructSchema() || typeof answer !== 'object' || answer === null) return answer;
  const kept = decodedMembers[structureOf(shape)];
  const members = Object.entries(answer).filter(([name]) => name === '$metadata' || (kept?.includes(name) ?? true));
  const schemas = shape.getMemberSchemas();
  return Object.fromEntries(
    members.map(([name, member]) => {
      const inner = schemas[name];
      return [name, inner === undefined ? member : asDecoded(inner, member)];
    }),
  );
}

/** Names of members by structure, as they are read of an answer. */
export type MembersRead = Map<string, Set<string>>;

/** An answer in which everything is there, once, and which writes down what is read of it. Page tokens are absent. */
export function recordedAnswer(schema: Schema, read: MembersRead): unknown {
  const shape = NormalizedSchema.of(schema);
  if (shape.isListSchema()) return [recordedAnswer(shape.getValueSchema(), read)];
  if (shape.isTimestampSchema()) return new Date(0);
  if (shape.isNumericSchema()) return 1;
  if (shape.isBooleanSchema()) return true;
  if (!shape.isStructSchema()) return 'text';
  const structure = structureOf(shape);
  const members = shape.getMemberSchemas();
  return new Proxy(
    {},
    {
      get(_target, name) {
        if (typeof name !== 'string' || name === 'then' || name === 'NextToken') return undefined;
        const member = members[name];
        if (member === undefined) throw new Error(`the SDK's ${structure} has no member ${name}`);
        read.set(structure, (read.get(structure) ?? new Set()).add(name));
        return recordedAnswer(member, read);
      },
    },
  );
}

function structureOf(shape: NormalizedSchema): string {
  return shape.getName()?.replace(/^.*#/, '') ?? '';
}
