/** A compiled CloudFormation template as JSON, checked as far as its shape goes. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** Thrown for a template that cannot be deployed; the message names the logical id or section. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

const parameterShape = z.looseObject({
  Type: z.string(),
  Default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  AllowedValues: z.array(z.union([z.string(), z.number(), z.boolean()])).optional(),
  AllowedPattern: z.string().optional(),
  MinLength: z.coerce.number().optional(),
  MaxLength: z.coerce.number().optional(),
  MinValue: z.coerce.number().optional(),
  MaxValue: z.coerce.number().optional(),
});

const resourceShape = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).optional(),
  DependsOn: z.union([z.string(), z.array(z.string())]).optional(),
  Condition: z.string().optional(),
  DeletionPolicy: z.enum(['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot']).optional(),
});

const templateShape = z.strictObject({
  AWSTemplateFormatVersion: z.literal('2010-09-09').optional(),
  Description: z.string().optional(),
  Metadata: z.unknown().optional(),
  Parameters: z.record(z.string(), parameterShape).default({}),
  Mappings: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), resourceShape),
  Outputs: z.record(z.string(), z.looseObject({ Value: z.unknown(), Condition: z.string().optional() })).default({}),
});

export type Template = z.infer<typeof templateShape>;
export type TemplateParameter = z.infer<typeof parameterShape>;

/** Checks a parsed template; macros (`Transform`) and rules are refused, as nothing here runs them. */
export function checkTemplate(value: unknown): Template {
  const { data, error } = templateShape.safeParse(value);
  if (error !== undefined) {
    const [issue] = error.issues;
    throw new TemplateError(`Template format error at ${issue?.path.join('.') || 'the top'}: ${issue?.message}`);
  }
  if (Object.keys(data.Resources).length === 0) throw new TemplateError('Template format error: it has no resources');
  const wrong = Object.keys(data.Resources).find((id) => !/^[A-Za-z0-9]+$/.test(id));
  if (wrong !== undefined) throw new TemplateError(`Template format error: resource name ${wrong} is not alphanumeric`);
  return data;
}

/** Reads and checks a template file. */
export async function loadTemplate(path: string): Promise<Template> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new TemplateError(`The template ${path} cannot be read as JSON: ${String(cause)}`, { cause });
  }
  return checkTemplate(value);
}
