import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './run-script.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: JsonObject;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters: JsonObject;
  readonly Conditions: JsonObject;
  readonly Metadata: JsonObject;
}

export const packageDir = join(root, '.serverless');

/** The CloudFormation template as packaged. */
export async function readTemplate(): Promise<Template> {
  return JSON.parse(await readFile(join(packageDir, 'cloudformation-template-update-stack.json'), 'utf8'));
}

/** The properties of a resource; throws when the template has no such resource. */
export function propertiesOf(template: Pick<Template, 'Resources'>, id: string): JsonObject {
  const resource = template.Resources[id];
  if (resource === undefined) throw new Error(`the template has no resource ${id}`);
  return resource.Properties;
}

/** Resources of a type, by logical id. */
export function resourcesOf(template: Pick<Template, 'Resources'>, type: string): [string, JsonObject][] {
  return Object.entries(template.Resources).flatMap(([id, resource]) =>
    resource.Type === type ? [[id, resource.Properties] as [string, JsonObject]] : [],
  );
}

/** Value at a path of keys, or undefined; the tests compare it, so its type does not matter. */
export function at(value: Json | undefined, ...path: (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => {
    if (inner === null || typeof inner !== 'object') return undefined;
    return Object.entries(inner).find(([name]) => name === String(key))?.[1];
  }, value);
}

/** The value as text; throws when it is something else. */
export function textOf(value: Json | undefined): string {
  if (typeof value !== 'string') throw new Error(`${JSON.stringify(value)} is no text`);
  return value;
}
