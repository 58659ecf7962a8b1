/** examples/sensor/template.yml as CloudFormation reads it. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse, type ScalarTag } from 'yaml';
import type { Json, JsonObject, Template } from '../stack/template.ts';

interface SensorTemplate extends Pick<Template, 'Resources' | 'Parameters'> {
  readonly Outputs: JsonObject;
}

/** The short forms that the template uses, as the functions that they stand for. */
const shortForms: ScalarTag[] = [
  { tag: '!Ref', resolve: (text) => ({ Ref: text }) },
  { tag: '!GetAtt', resolve: (text) => ({ 'Fn::GetAtt': text.split('.') }) },
  { tag: '!Sub', resolve: (text) => ({ 'Fn::Sub': text }) },
];

/** The template with its loop over `SourceCidrs` unrolled, as the transform `AWS::LanguageExtensions` does it. */
export function readSensorTemplate(sourceCidrs: readonly string[]): SensorTemplate {
  const text = readFileSync(resolve(import.meta.dirname, '../../examples/sensor/template.yml'), 'utf8');
  const { Resources, Parameters, Outputs } = parse(text, { customTags: shortForms });
  const entries = Object.entries<Json>(Resources).flatMap(([name, value]): [string, Json][] =>
    name.startsWith('Fn::ForEach::') ? unrolled(value, sourceCidrs) : [[name, value]],
  );
  // The cast: checkTemplate compares the shape with AWS's specification in a test.
  return { Resources: Object.fromEntries(entries) as unknown as SensorTemplate['Resources'], Parameters, Outputs };
}

function unrolled(loop: Json, values: readonly string[]): [string, Json][] {
  if (!Array.isArray(loop)) throw new Error('a loop is a list of identifier, collection and output');
  const [identifier, collection, output]: readonly Json[] = loop;
  if (typeof identifier !== 'string') throw new Error('the identifier of a loop is text');
  if (JSON.stringify(collection) !== '{"Ref":"SourceCidrs"}') throw new Error('the loop is not over SourceCidrs');
  return values.flatMap((value) =>
    Object.entries(output ?? {}).map(([name, fragment]: [string, Json]): [string, Json] => [
      name.replace(`&{${identifier}}`, value.replaceAll(/[^A-Za-z0-9]/g, '')),
      JSON.parse(JSON.stringify(fragment).replaceAll(`{"Ref":"${identifier}"}`, JSON.stringify(value))),
    ]),
  );
}
