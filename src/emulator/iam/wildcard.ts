/** IAM's wildcards: `*` is any text, `?` any one character. */

/** Marks a character that came from a policy variable or an escape and therefore stands for itself. */
const LITERAL = '\u0000';

/** Makes text that `matchesWildcard` takes literally even where it holds `*` or `?`. */
export function literal(text: string): string {
  return text.replace(/[*?]/g, (character) => LITERAL + character);
}

function toExpression(pattern: string): string {
  let expression = '';
  for (let index = 0; index < pattern.length; index += 1) {
    let character = pattern.charAt(index);
    if (character === LITERAL) {
      index += 1;
      character = pattern.charAt(index);
    } else if (character === '*') {
      expression += '[^]*';
      continue;
    } else if (character === '?') {
      expression += '[^]';
      continue;
    }
    expression += character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  }
  return expression;
}

const compiled = new Map<string, RegExp>();

/** Whether the whole of `text` fits the pattern; case matters unless `ignoreCase` is set. */
export function matchesWildcard(pattern: string, text: string, ignoreCase = false): boolean {
  const key = `${ignoreCase ? 'i' : 's'}${pattern}`;
  let expression = compiled.get(key);
  if (expression === undefined) {
    expression = new RegExp(`^${toExpression(pattern)}$`, ignoreCase ? 'iu' : 'u');
    compiled.set(key, expression);
  }
  return expression.test(text);
}

/** Compares two ARNs component by component, as ArnLike and ArnEquals do: a wildcard does not reach over a colon of the first five. */
export function matchesArn(pattern: string, arn: string): boolean {
  const wanted = splitArn(pattern);
  const given = splitArn(arn);
  if (wanted === undefined || given === undefined) return false;
  return wanted.every((part, index) => matchesWildcard(part, given[index] ?? ''));
}

function splitArn(arn: string): readonly string[] | undefined {
  const parts = arn.split(':');
  if (parts.length < 6) return undefined;
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}
