/**
 * CloudFormation's intrinsic functions.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
import { TemplateError } from './template.ts';

/** What a value may refer to. The functions return undefined for a name they do not know. */
export interface Scope {
  /** A parameter, pseudo parameter or resource. */
  ref(name: string): unknown;
  attribute(logicalId: string, name: string): unknown;
  condition(name: string): boolean | undefined;
  mapping(name: string, topKey: string, secondKey: string): unknown;
}

/** What `AWS::NoValue` resolves to; properties and list items with it are left out. */
export const NO_VALUE = Symbol('AWS::NoValue');

type Evaluate = (argument: unknown, scope: Scope, path: string) => unknown;

function fail(path: string, problem: string): never {
  throw new TemplateError(`${path}: ${problem}`);
}

/** A JSON object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown, path: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return fail(path, `needs text, not ${JSON.stringify(value)}`);
}

function list(value: unknown, path: string, length?: number): readonly unknown[] {
  if (!Array.isArray(value)) return fail(path, 'needs a list');
  if (length !== undefined && value.length !== length) return fail(path, `needs a list of ${length}`);
  return value;
}

function reference(name: unknown, scope: Scope, path: string): unknown {
  const id = text(name, path);
  if (id === 'AWS::NoValue') return NO_VALUE;
  return scope.ref(id) ?? fail(path, `Unresolved reference to ${id}`);
}

function attribute(argument: unknown, scope: Scope, path: string): unknown {
  const [id, ...rest] = typeof argument === 'string' ? argument.split('.') : list(argument, path);
  const logicalId = text(id, path);
  const name = rest.map((part) => text(resolveValue(part, scope, path), path)).join('.');
  return scope.attribute(logicalId, name) ?? fail(path, `Unresolved attribute ${logicalId}.${name}`);
}

function substitute(argument: unknown, scope: Scope, path: string): string {
  const [template, variables] = typeof argument === 'string' ? [argument, {}] : list(argument, path, 2);
  if (!isObject(variables)) return fail(path, 'needs a map of variables');
  return text(template, path).replace(/\$\{(!?)([^}]*)\}/g, (_, escaped: string, body: string) => {
    if (escaped !== '') return `\${${body}}`;
    const name = body.trim();
    if (Object.hasOwn(variables, name)) return text(resolveValue(variables[name], scope, path), path);
    const value = name.includes('.') ? attribute(name, scope, path) : reference(name, scope, path);
    return text(value, path);
  });
}

/** Evaluates a condition: an intrinsic that gives true or false. */
export function resolveCondition(value: unknown, scope: Scope, path: string): boolean {
  if (isObject(value)) {
    const [entry] = Object.entries(value);
    const [name, argument] = entry ?? ['', undefined];
    const each = (high: number) => {
      const items = list(argument, path);
      if (items.length < 1 || items.length > high) fail(path, `${name} needs 1 to ${high} conditions`);
      return items.map((item) => resolveCondition(item, scope, path));
    };
    switch (name) {
      case 'Condition':
        return scope.condition(text(argument, path)) ?? fail(path, `Unresolved condition ${text(argument, path)}`);
      case 'Fn::Equals': {
        const [left, right] = list(argument, path, 2).map((item) => resolveValue(item, scope, path));
        return (
          JSON.stringify(left) === JSON.stringify(right) ||
          (!isObject(left) && !isObject(right) && String(left) === String(right))
        );
      }
      case 'Fn::And':
        return each(10).every(Boolean);
      case 'Fn::Or':
        return each(10).some(Boolean);
      case 'Fn::Not':
        return !each(1)[0];
    }
  }
  return fail(path, 'is not a condition');
}

/** The branch of Fn::If that is taken, not resolved yet. */
export function chooseBranch(argument: unknown, scope: Scope, path: string): unknown {
  const [name, whenTrue, whenFalse] = list(argument, path, 3);
  const holds = scope.condition(text(name, path)) ?? fail(path, `Unresolved condition ${text(name, path)}`);
  return holds ? whenTrue : whenFalse;
}

const FUNCTIONS: Readonly<Record<string, Evaluate>> = {
  Ref: reference,
  'Fn::GetAtt': attribute,
  'Fn::Sub': substitute,
  'Fn::If': (argument, scope, path) => resolveValue(chooseBranch(argument, scope, path), scope, path),
  'Fn::Join': (argument, scope, path) => {
    const [delimiter, items] = list(argument, path, 2);
    return list(resolveValue(items, scope, path), path)
      .map((item) => text(item, path))
      .join(text(delimiter, path));
  },
  'Fn::Split': (argument, scope, path) => {
    const [delimiter, source] = list(argument, path, 2);
    return text(resolveValue(source, scope, path), path).split(text(delimiter, path));
  },
  'Fn::Select': (argument, scope, path) => {
    const [index, items] = list(argument, path, 2);
    const position = Number(resolveValue(index, scope, path));
    return list(resolveValue(items, scope, path), path)[position] ?? fail(path, `Fn::Select finds nothing at ${position}`);
  },
  'Fn::Base64': (argument, scope, path) => Buffer.from(text(resolveValue(argument, scope, path), path)).toString('base64'),
  'Fn::FindInMap': (argument, scope, path) => {
    const [name = '', top = '', second = ''] = list(argument, path, 3).map((item) => text(resolveValue(item, scope, path), path));
    return scope.mapping(name, top, second) ?? fail(path, `Unresolved mapping ${name}.${top}.${second}`);
  },
  'Fn::Equals': (argument, scope, path) => resolveCondition({ 'Fn::Equals': argument }, scope, path),
};

/** The function an object stands for, with its argument; undefined for a plain object. */
export function intrinsicOf(value: Readonly<Record<string, unknown>>, path: string): readonly [string, unknown] | undefined {
  const entries = Object.entries(value);
  const found = entries.find(([key]) => key === 'Ref' || key.startsWith('Fn::'));
  if (found === undefined) return undefined;
  if (entries.length > 1) fail(path, `${found[0]} must be the only key of its object`);
  return found;
}

/** Replaces every intrinsic function in the value; throws TemplateError, beginning with `path`, for one that cannot be resolved. */
export function resolveValue(value: unknown, scope: Scope, path: string): unknown {
  if (Array.isArray(value)) {
    return value.map((item, index) => resolveValue(item, scope, `${path}[${index}]`)).filter((item) => item !== NO_VALUE);
  }
  if (!isObject(value)) return value;
  const intrinsic = intrinsicOf(value, path);
  if (intrinsic !== undefined) {
    const [name, argument] = intrinsic;
    const evaluate = FUNCTIONS[name] ?? fail(path, `Intrinsic function ${name} is not supported`);
    return evaluate(argument, scope, path);
  }
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, resolveValue(item, scope, `${path}.${key}`)])
      .filter(([, item]) => item !== NO_VALUE),
  );
}
