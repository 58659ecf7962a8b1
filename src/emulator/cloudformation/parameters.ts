/** The values of a template's parameters: given, or by default, and within what the template allows. */
import { type Template, TemplateError, type TemplateParameter } from './template.ts';

/** `CommaDelimitedList` parameters are lists, all others text. */
export type ParameterValue = string | readonly string[];

const TYPES = new Set(['String', 'Number', 'CommaDelimitedList', 'List<Number>']);

/** Throws TemplateError for an unknown, missing or unacceptable parameter. */
export function resolveParameters(
  template: Template,
  given: Readonly<Record<string, string>> = {},
): Readonly<Record<string, ParameterValue>> {
  const unknown = Object.keys(given).find((name) => !(name in template.Parameters));
  if (unknown !== undefined) throw new TemplateError(`Parameter ${unknown} does not exist in the template`);
  return Object.fromEntries(
    Object.entries(template.Parameters).map(([name, declaration]) => {
      const value = given[name] ?? (declaration.Default === undefined ? undefined : String(declaration.Default));
      if (value === undefined) throw new TemplateError(`Parameter ${name} must have a value`);
      const problem = problemOf(declaration, value);
      if (problem !== undefined) throw new TemplateError(`Parameter ${name} ${problem}: ${JSON.stringify(value)}`);
      const isList = declaration.Type === 'CommaDelimitedList' || declaration.Type === 'List<Number>';
      return [name, isList ? value.split(',').map((item) => item.trim()) : value];
    }),
  );
}

function problemOf(declaration: TemplateParameter, value: string): string | undefined {
  const { Type, AllowedValues, AllowedPattern, MinLength, MaxLength, MinValue, MaxValue } = declaration;
  if (!TYPES.has(Type)) return `has type ${Type}, which needs a live account`;
  if (AllowedValues !== undefined && !AllowedValues.map(String).includes(value))
    return `must be one of ${AllowedValues.join(', ')}`;
  if (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(value)) return `must match ${AllowedPattern}`;
  if (MinLength !== undefined && value.length < MinLength) return `must have at least ${MinLength} characters`;
  if (MaxLength !== undefined && value.length > MaxLength) return `must have at most ${MaxLength} characters`;
  if (Type !== 'Number') return undefined;
  const number = Number(value);
  if (value.trim() === '' || Number.isNaN(number)) return 'must be a number';
  if (MinValue !== undefined && number < MinValue) return `must be at least ${MinValue}`;
  return MaxValue !== undefined && number > MaxValue ? `must be at most ${MaxValue}` : undefined;
}
