/** The refusals that many operations share. */
import { AwsError } from '../core.ts';

export const invalidValue = (parameter: string, value: unknown, why: string): AwsError =>
  new AwsError('InvalidParameterValue', `Value (${String(value)}) for parameter ${parameter} is invalid. ${why}`);

export const missing = (parameter: string): AwsError =>
  new AwsError('MissingParameter', `The request must contain the parameter ${parameter}`);

export const badCombination = (message: string): AwsError => new AwsError('InvalidParameterCombination', message);

/** The text of a parameter that the model calls required; an empty one counts as missing. */
export function required<T>(parameter: string, value: T | undefined): T {
  if (value === undefined || value === '') throw missing(parameter);
  return value;
}

/** Refuses a number outside the bounds (both included); undefined passes. */
export function checkRange(parameter: string, value: number | undefined, low: number, high: number): void {
  if (value === undefined || (value >= low && value <= high)) return;
  throw invalidValue(parameter, value, `Expected a number from ${low} to ${high}.`);
}

/** Narrows text to one of the words allowed; undefined passes. */
export function oneOf<Word extends string>(
  parameter: string,
  value: string | undefined,
  words: readonly Word[],
): Word | undefined {
  if (value === undefined) return undefined;
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw invalidValue(parameter, value, `Expected one of: ${words.join(', ')}.`);
  return word;
}
