/** EventBridge event patterns: validity and matching, as https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html tells. */
import { compileLeaf, invalidPattern, isJsonObject, type LeafMatcher } from './pattern-operators.ts';

/** Longest pattern that PutRule takes, in characters. */
export const MAX_PATTERN_CHARACTERS = 2048;
/** Most combinations that the `$or` lists of one pattern may multiply to. */
const MAX_OR_COMBINATIONS = 1000;

type JsonObject = Readonly<Record<string, unknown>>;

interface ObjectMatcher {
  readonly leaves: readonly (readonly [key: string, leaf: LeafMatcher])[];
  readonly objects: readonly (readonly [key: string, matcher: ObjectMatcher])[];
  /** Each an `$or`: at least one of its alternatives must match the same object. */
  readonly alternatives: readonly (readonly ObjectMatcher[])[];
}

/** A pattern found valid; says whether an event matches. */
export type EventMatcher = (event: unknown) => boolean;

/** Compiles a pattern given as a parsed JSON value. Throws `InvalidEventPatternException` that says why and where. */
export function compilePattern(pattern: unknown): EventMatcher {
  if (!isJsonObject(pattern)) throw invalidPattern('Filter is not an object');
  const combinations = countCombinations(pattern);
  if (combinations > MAX_OR_COMBINATIONS) {
    throw invalidPattern(`The $or lists multiply to ${combinations} combinations; at most ${MAX_OR_COMBINATIONS} are allowed`);
  }
  const matcher = compileObject(pattern, []);
  return (event) => isJsonObject(event) && matchesObject(matcher, event, [event]);
}

/** Compiles a pattern given as JSON text, as PutRule takes it; also checks its length. */
export function parsePattern(patternText: string): { readonly pattern: unknown; readonly matches: EventMatcher } {
  if (patternText.length > MAX_PATTERN_CHARACTERS) {
    throw invalidPattern(`The pattern has ${patternText.length} characters; at most ${MAX_PATTERN_CHARACTERS} are allowed`);
  }
  let pattern: unknown;
  try {
    pattern = JSON.parse(patternText);
  } catch (error) {
    throw invalidPattern(`Not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { pattern, matches: compilePattern(pattern) };
}

/** Whether the event matches the pattern. Throws like {@link compilePattern}. */
export function matchesPattern(pattern: unknown, event: unknown): boolean {
  return compilePattern(pattern)(event);
}

function compileObject(pattern: JsonObject, path: readonly string[]): ObjectMatcher {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw invalidPattern('Empty objects are not allowed', path);
  const leaves: [string, LeafMatcher][] = [];
  const objects: [string, ObjectMatcher][] = [];
  const alternatives: ObjectMatcher[][] = [];
  for (const [key, value] of entries) {
    const at = [...path, key];
    if (key === '$or') alternatives.push(compileOr(value, at));
    else if (Array.isArray(value)) leaves.push([key, compileLeaf(value, at)]);
    else if (isJsonObject(value)) objects.push([key, compileObject(value, at)]);
    else throw invalidPattern(`"${key}" must be an object or an array`, path);
  }
  return { leaves, objects, alternatives };
}

function compileOr(value: unknown, path: readonly string[]): ObjectMatcher[] {
  if (!Array.isArray(value) || value.length < 2 || !value.every(isJsonObject)) {
    throw invalidPattern('$or must be an array of at least two objects', path);
  }
  return value.map((alternative) => compileObject(alternative, path));
}

/** The product of the lengths of all `$or` lists, as the documentation counts it. */
function countCombinations(pattern: unknown): number {
  if (Array.isArray(pattern)) return pattern.reduce<number>((product, item) => product * countCombinations(item), 1);
  if (!isJsonObject(pattern)) return 1;
  return Object.entries(pattern).reduce(
    (product, [key, value]) => product * (key === '$or' && Array.isArray(value) ? value.length : 1) * countCombinations(value),
    1,
  );
}

/**
 * `object` is the one candidate that every field must match in together; `everywhere` holds all objects of the event at this path.
 * The two differ inside arrays of objects: fields must agree within one element, but `exists: false` means nowhere at the path.
 */
function matchesObject(matcher: ObjectMatcher, object: JsonObject | undefined, everywhere: readonly JsonObject[]): boolean {
  return (
    matcher.leaves.every(([key, leaf]) => matchesLeaf(leaf, key, object, everywhere)) &&
    matcher.objects.every(([key, inner]) => {
      const below = everywhere.flatMap((one) => elements(own(one, key)).filter(isJsonObject));
      const candidates = object === undefined ? [] : elements(own(object, key)).filter(isJsonObject);
      if (candidates.length === 0) return matchesObject(inner, undefined, below);
      return candidates.some((candidate) => matchesObject(inner, candidate, below));
    }) &&
    matcher.alternatives.every((any) => any.some((alternative) => matchesObject(alternative, object, everywhere)))
  );
}

function matchesLeaf(leaf: LeafMatcher, key: string, object: JsonObject | undefined, everywhere: readonly JsonObject[]): boolean {
  if (leaf.absent && !everywhere.some((one) => leafValues(own(one, key)).length > 0)) return true;
  if (object === undefined) return false;
  const values = leafValues(own(object, key));
  return leaf.tests.some((test) => values.some(test));
}

function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A value as its elements: an array's, nested ones flattened; nothing for undefined. */
function elements(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];
}

function leafValues(value: unknown): readonly unknown[] {
  return elements(value).filter((one) => !isJsonObject(one));
}
