/**
 * Reads an IAM policy document into a form that is easy to evaluate, and refuses what IAM would refuse.
 * Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
import { conditionOperators } from './condition-operators.ts';

/** One line of a Condition block: operator, key as written, and the values of which one must match. */
export interface Condition {
  /** As written, e.g. `ForAllValues:StringLikeIfExists`. */
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** `not` turns the list round: NotAction, NotResource, NotPrincipal. */
export interface PatternList {
  readonly not: boolean;
  readonly patterns: readonly string[];
}

/** Who a resource policy speaks of; `*` for everybody. `Service` and `AWS` entries are listed as written. */
export interface Principals {
  readonly not: boolean;
  readonly everybody: boolean;
  readonly services: readonly string[];
  readonly accounts: readonly string[];
}

export interface Statement {
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  readonly action: PatternList;
  /** Absent in a trust policy only. */
  readonly resource?: PatternList;
  /** Present in a resource or trust policy only. */
  readonly principal?: Principals;
  readonly conditions: readonly Condition[];
}

export interface Policy {
  /** Policy variables such as `${aws:username}` exist from `2012-10-17` on. */
  readonly version: '2008-10-17' | '2012-10-17';
  readonly statements: readonly Statement[];
}

/** Thrown for a document that IAM would answer with `MalformedPolicyDocument`; the message names the place. */
export class MalformedPolicyError extends Error {
  override readonly name = 'MalformedPolicyError';
}

type Json = Readonly<Record<string, unknown>>;

const STATEMENT_KEYS = [
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Principal',
  'NotPrincipal',
  'Condition',
];

function fail(path: string, problem: string): never {
  throw new MalformedPolicyError(`${path}: ${problem}`);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function strings(value: unknown, path: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) fail(path, 'must not be empty');
  return list.map((item, index) => (typeof item === 'string' ? item : fail(`${path}[${index}]`, 'must be a string')));
}

/** Condition values may also be JSON numbers and booleans, which IAM compares as text. */
function conditionValues(value: unknown, path: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => {
    if (typeof item === 'string') return item;
    if (typeof item === 'number' || typeof item === 'boolean') return String(item);
    return fail(path, 'values must be strings, numbers or booleans');
  });
}

function patternList(statement: Json, name: 'Action' | 'Resource', path: string): PatternList | undefined {
  const negated = `Not${name}`;
  if (name in statement && negated in statement) fail(path, `has both ${name} and ${negated}`);
  if (name in statement) return { not: false, patterns: strings(statement[name], `${path}.${name}`) };
  if (negated in statement) return { not: true, patterns: strings(statement[negated], `${path}.${negated}`) };
  return undefined;
}

function principals(statement: Json, path: string): Principals | undefined {
  if ('Principal' in statement && 'NotPrincipal' in statement) fail(path, 'has both Principal and NotPrincipal');
  const not = 'NotPrincipal' in statement;
  const value = not ? statement.NotPrincipal : statement.Principal;
  if (value === undefined) return undefined;
  if (value === '*') return { not, everybody: true, services: [], accounts: [] };
  if (!isObject(value)) return fail(`${path}.Principal`, 'must be "*" or an object');
  const of = (kind: string) => (kind in value ? strings(value[kind], `${path}.Principal.${kind}`) : []);
  const accounts = of('AWS');
  return { not, everybody: accounts.includes('*'), services: of('Service'), accounts };
}

function conditions(value: unknown, path: string): readonly Condition[] {
  if (value === undefined) return [];
  if (!isObject(value)) return fail(path, 'must be an object');
  return Object.entries(value).flatMap(([operator, keys]) => {
    if (conditionOperators.parse(operator) === undefined) fail(`${path}.${operator}`, 'is not a condition operator of IAM');
    if (!isObject(keys)) return fail(`${path}.${operator}`, 'must be an object');
    return Object.entries(keys).map(([key, values]) => ({
      operator,
      key,
      values: conditionValues(values, `${path}.${operator}.${key}`),
    }));
  });
}

function statementOf(value: unknown, path: string): Statement {
  if (!isObject(value)) return fail(path, 'must be an object');
  const unknown = Object.keys(value).find((key) => !STATEMENT_KEYS.includes(key));
  if (unknown !== undefined) fail(`${path}.${unknown}`, 'is not an element of a statement');
  const effect = value.Effect;
  if (effect !== 'Allow' && effect !== 'Deny') return fail(`${path}.Effect`, 'must be "Allow" or "Deny"');
  const action = patternList(value, 'Action', path) ?? fail(path, 'needs Action or NotAction');
  const resource = patternList(value, 'Resource', path);
  const principal = principals(value, path);
  if (resource === undefined && principal === undefined) fail(path, 'needs Resource or NotResource');
  const sid = value.Sid;
  return {
    effect,
    action,
    conditions: conditions(value.Condition, `${path}.Condition`),
    ...(typeof sid === 'string' ? { sid } : {}),
    ...(resource === undefined ? {} : { resource }),
    ...(principal === undefined ? {} : { principal }),
  };
}

/**
 * Parses a policy document: an object, or its JSON text.
 * Throws MalformedPolicyError when IAM would refuse it.
 */
export function parsePolicy(document: unknown): Policy {
  let value = document;
  if (typeof document === 'string') {
    try {
      value = JSON.parse(document);
    } catch (cause) {
      throw new MalformedPolicyError('the policy is not JSON', { cause });
    }
  }
  if (!isObject(value)) throw new MalformedPolicyError('the policy must be an object');
  const version = value.Version ?? '2008-10-17';
  if (version !== '2008-10-17' && version !== '2012-10-17') return fail('Version', `unknown version ${JSON.stringify(version)}`);
  const statement = value.Statement;
  const list: readonly unknown[] = Array.isArray(statement) ? statement : [statement];
  return { version, statements: list.map((item, index) => statementOf(item, `Statement[${index}]`)) };
}
