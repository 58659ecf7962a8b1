/** Finds the request and response shapes of an operation in the model that the EC2 client publishes. */
import * as sdk from '@aws-sdk/client-ec2';
import { NormalizedSchema } from '@smithy/core/schema';

export interface OperationShapes {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
}

const exported: Readonly<Record<string, unknown>> = { ...sdk };
const found = new Map<string, OperationShapes>();

/** A lazily read schema: the model stores shapes as functions so that they may refer to each other. */
function isThunk(value: unknown): value is () => Parameters<typeof NormalizedSchema.of>[0] {
  return typeof value === 'function';
}

/** Shapes by action name (`DescribeInstances`), or undefined when EC2 has no such action; read on first use. */
export function operationShapes(name: string): OperationShapes | undefined {
  const known = found.get(name);
  if (known !== undefined) return known;
  const schema = exported[`${name}$`];
  if (!Array.isArray(schema) || schema[0] !== 9) return undefined;
  const [input, output]: unknown[] = schema.slice(4);
  if (!isThunk(input) || !isThunk(output)) return undefined;
  const shapes = { name, input: NormalizedSchema.of(input()), output: NormalizedSchema.of(output()) };
  found.set(name, shapes);
  return shapes;
}

const capitalise = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** A trait that holds text, or undefined. */
function textTrait(schema: NormalizedSchema, trait: 'ec2QueryName' | 'xmlName'): string | undefined {
  const value: unknown = schema.getMemberTraits()[trait];
  return typeof value === 'string' ? value : undefined;
}

/** The name of a member in a request: `ec2QueryName`, else the capitalised XML name, else the capitalised member name. */
export function requestName(member: string, schema: NormalizedSchema): string {
  return textTrait(schema, 'ec2QueryName') ?? capitalise(textTrait(schema, 'xmlName') ?? member);
}

/** The element name of a member in a response. */
export function responseName(member: string, schema: NormalizedSchema): string {
  return textTrait(schema, 'xmlName') ?? member;
}

/** How many members, from the first on, a request must carry: the model lists required members first and counts them. */
export function requiredCount(schema: NormalizedSchema): number {
  const shape: unknown = schema.getSchema();
  if (!Array.isArray(shape)) return 0;
  const count: unknown = shape[6];
  return typeof count === 'number' ? count : 0;
}
