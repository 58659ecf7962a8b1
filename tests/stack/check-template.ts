import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import type { Property, PropertyType, SpecDatabase } from '@aws-cdk/service-spec-types';
import type { Json, JsonObject, Template } from './template.ts';

type Properties = Readonly<Record<string, Property>>;

/**
 * Compares every resource with AWS's own specification of its type. Returns one line per unknown type, unknown or missing property and
 * value of the wrong kind; intrinsic functions stand for any value.
 */
export async function checkTemplate(template: Pick<Template, 'Resources'>): Promise<string[]> {
  const spec = await loadAwsServiceSpec();
  return Object.entries(template.Resources).flatMap(([id, { Type, Properties: given }]) => {
    const [found] = spec.lookup('resource', 'cloudFormationType', 'equals', Type);
    return found === undefined ? [`${id}: unknown type ${Type}`] : checkProperties(spec, found.properties, given ?? {}, id);
  });
}

function checkProperties(spec: SpecDatabase, known: Properties, given: JsonObject, path: string): string[] {
  const missing = Object.keys(known).filter((name) => known[name]?.required === true && !(name in given));
  return [
    ...missing.map((name) => `${path}: ${name} is missing`),
    ...Object.entries(given).flatMap(([name, value]) => {
      const property = known[name];
      if (property === undefined) return [`${path}: ${name} is unknown`];
      return checkValue(spec, property.type, value, `${path}.${name}`);
    }),
  ];
}

function checkValue(spec: SpecDatabase, type: PropertyType, value: Json, path: string): string[] {
  if (isIntrinsic(value)) return [];
  switch (type.type) {
    case 'array':
      if (!Array.isArray(value)) return [`${path}: must be a list`];
      return value.flatMap((element: Json, index) => checkValue(spec, type.element, element, `${path}[${index}]`));
    case 'map':
      if (!isObject(value)) return [`${path}: must be a map`];
      return Object.entries(value).flatMap(([key, element]) => checkValue(spec, type.element, element, `${path}.${key}`));
    case 'ref':
      if (!isObject(value)) return [`${path}: must be an object`];
      return checkProperties(spec, spec.get('typeDefinition', type.reference.$ref).properties, value, path);
    case 'string':
      return typeof value === 'string' ? [] : [`${path}: must be a string`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path}: must be true or false`];
    case 'integer':
    case 'number':
      // CloudFormation takes numbers in quotes, which is how command line parameters arrive.
      return Number.isFinite(Number(value)) && value !== '' ? [] : [`${path}: must be a number`];
    case 'date-time':
    case 'json':
    case 'null':
    case 'tag':
    case 'union':
      return [];
  }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isIntrinsic(value: Json): boolean {
  const [key, ...others] = isObject(value) ? Object.keys(value) : [];
  return key !== undefined && others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'));
}
