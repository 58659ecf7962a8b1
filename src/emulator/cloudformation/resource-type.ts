/** What a resource type is to a stack: the shape of its properties and how it is created and removed. */
import { z } from 'zod';
import type { Emulator } from '../emulator.ts';
import type { Platform } from './platform.ts';
import { TemplateError } from './template.ts';

/** A function's `Code` property, resolved. */
export interface FunctionCode {
  readonly S3Bucket?: string | undefined;
  readonly S3Key?: string | undefined;
  readonly ZipFile?: string | undefined;
}

export interface ResourceContext {
  readonly emulator: Emulator;
  readonly platform: Platform;
  readonly logicalId: string;
  readonly stackName: string;
  /** Where the code of a function is on this machine. */
  readonly artifactOf: (code: FunctionCode) => string;
  /** Added to every function's environment, over what the template says. */
  readonly environment: Readonly<Record<string, string>>;
  /** `STACK-LOGICALID-RANDOM`, as CloudFormation names what the template does not name. */
  readonly generateName: (longest?: number) => string;
}

export interface CreatedResource {
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes?: Readonly<Record<string, string>>;
  remove?(): Promise<void> | void;
}

/** Creates a resource from its resolved properties. */
export type CreateResource = (properties: unknown, context: ResourceContext) => Promise<CreatedResource>;

/** Makes a resource type from the shape of its properties; a property outside of the shape is refused by name. */
export function resourceType<Shape extends z.ZodRawShape>(
  shape: Shape,
  create: (properties: z.output<z.ZodObject<Shape>>, context: ResourceContext) => Promise<CreatedResource> | CreatedResource,
): CreateResource {
  const schema = z.strictObject(shape);
  return async (properties, context) => {
    const { data, error } = schema.safeParse(properties);
    if (error !== undefined) {
      const [issue] = error.issues;
      throw new TemplateError(`${context.logicalId}: ${['Properties', ...(issue?.path ?? [])].join('.')}: ${issue?.message}`);
    }
    return create(data, context);
  };
}

/** Text; CloudFormation also takes numbers and booleans. */
export const text = z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]);
/** A number, or text with one, as parameters give. */
export const numeric = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+$/, 'must be a number')
    .transform(Number),
]);
/** A boolean, or its text. */
export const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((value) => value === 'true')]);
/** A JSON document, as an object or as its text. */
export const document = z.union([
  z.record(z.string(), z.unknown()),
  z.string().transform((value, context): unknown => {
    try {
      return JSON.parse(value);
    } catch {
      context.addIssue('must be JSON');
      return z.NEVER;
    }
  }),
]);
/** A property that is accepted and changes nothing in the emulator. */
export const inert = z.unknown().optional();
