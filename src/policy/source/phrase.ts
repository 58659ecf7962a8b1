import * as z from 'zod';

/*
 * Every schema of the policy carries, as its zod error, the phrase that completes "expected …": the sentence around it (what was found, where,
 * what was probably meant) is made in one place, `describe-issue.ts`. A closed object instead carries the list of its keys, for the same reason.
 */

/** An object that takes these keys and no others. */
export function closed<Shape extends z.ZodRawShape>(phrase: string, shape: Shape) {
  const keys = Object.keys(shape).join(' ');
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? keys : phrase) });
}

/** Text that is not blank. */
export function text(phrase: string) {
  return z.string(phrase).regex(/\S/, phrase);
}

/** Text of one form. */
export function form(phrase: string, pattern: RegExp) {
  return z.string(phrase).regex(pattern, phrase);
}

/** A whole number within bounds, both included. */
export function whole(phrase: string, min: number, max: number) {
  return z.int(phrase).min(min, phrase).max(max, phrase);
}

/** One item or a list of at least one. */
export function oneOrMore<Item extends z.ZodType>(phrase: string, item: Item) {
  return z.union([item, z.array(item, phrase).min(1, `${phrase}; an empty list says nothing`)], phrase);
}
