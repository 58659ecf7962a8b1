import type * as z from 'zod';
import type { IssuePath } from './located.ts';
import { didYouMean } from './suggestion.ts';

/** A problem of the file before it has a line: where by path, whether the key or its value is meant, and the sentence. */
export interface Problem {
  readonly path: IssuePath;
  readonly at: 'key' | 'value';
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/**
 * Turns what zod found in `input` into problems; the phrases come from the schema, see `phrase.ts`, and a check of our own brings its sentence.
 * Where a key is unknown, what its map lacks is not told as well: the one follows from the other.
 */
export function describeIssues(issues: readonly Issue[], input: unknown): readonly Problem[] {
  const misspelled = new Set(issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? [issue.path.join('\n')] : [])));
  const told = issues.filter((issue) => issue.code !== 'custom' || !misspelled.has(issue.path.join('\n')));
  return told.flatMap((issue) => describeIssue(issue, [], input));
}

function describeIssue(issue: Issue, base: IssuePath, input: unknown): readonly Problem[] {
  const path = [...base, ...issue.path.filter((step) => typeof step !== 'symbol')];
  const value = valueAt(input, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = issue.message.split(' ');
      return issue.keys.map((key) => ({
        path: [...path, key],
        at: 'key',
        message: `unknown key "${key}"${didYouMean(key, known) || `; the keys here are ${known.join(', ')}`}`,
      }));
    }
    case 'invalid_union': {
      const inner = meantBranch(issue.errors);
      return inner === undefined
        ? [expected(path, value, issue.message)]
        : inner.flatMap((part) => describeIssue(part, path, input));
    }
    case 'invalid_key': {
      const [reason] = issue.issues;
      return [{ path, at: 'key', message: `expected ${reason?.message ?? issue.message}, found "${String(path.at(-1))}"` }];
    }
    case 'custom':
      return [{ path, at: 'value', message: issue.message }];
    case 'invalid_value': {
      const problem = expected(path, value, issue.message);
      const hint =
        typeof value === 'string'
          ? didYouMean(
              value,
              issue.values.filter((candidate) => typeof candidate === 'string'),
            )
          : '';
      return [{ ...problem, message: `${problem.message}${hint}` }];
    }
    case 'invalid_type':
    case 'invalid_format':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'too_big':
    case 'too_small':
      return [expected(path, value, issue.message)];
  }
}

/** Of a union's branches, the one whose shape fits and only a part of it is wrong; undefined where none fits. */
function meantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return (
    branches.find((issues) => issues.length > 0 && issues.every((issue) => issue.path.length > 0)) ??
    branches.find((issues) => issues.every((issue) => issue.code !== 'invalid_type' && issue.code !== 'invalid_union'))
  );
}

function expected(path: IssuePath, value: unknown, phrase: string): Problem {
  if (value === undefined) return { path, at: 'value', message: `is missing; expected ${phrase}` };
  if (value === null) return { path, at: 'value', message: `has no value; expected ${phrase}` };
  return { path, at: 'value', message: `expected ${phrase}, found ${shown(value)}` };
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (isRecord(value)) return Object.keys(value).length === 0 ? 'an empty map {}' : 'a map';
  const text = JSON.stringify(value);
  return typeof value === 'string' ? (value.trim() === '' ? 'empty text' : text) : `${typeof value} ${text}`;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueAt(input: unknown, path: IssuePath): unknown {
  let value = input;
  for (const step of path) {
    if (Array.isArray(value)) value = value[Number(step)];
    else if (isRecord(value) && Object.hasOwn(value, step)) value = value[String(step)];
    else return undefined;
  }
  return value;
}
