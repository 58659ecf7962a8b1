/**
 * Filter patterns of FilterLogEvents, the common part: plain terms, quoted terms, `-exclusion`, `?optional`, and JSON comparisons
 * `{ $.field = "x" && $.n > 3 }` (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html).
 */
import { AwsError } from '../core.ts';

export type LineTest = (message: string) => boolean;

/** Throws `InvalidParameterException` for what is outside the supported part. */
export function parseFilterPattern(pattern: string): LineTest {
  const trimmed = pattern.trim();
  if (trimmed === '') return () => true;
  if (trimmed.startsWith('{')) return jsonPattern(trimmed);
  if (trimmed.startsWith('[') || trimmed.startsWith('%'))
    throw invalid(pattern, 'space-delimited and regular expression patterns are not supported');
  return termPattern(trimmed);
}

function invalid(pattern: string, reason: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid filter pattern ${pattern}: ${reason}.`);
}

/** All plain terms, none of the excluded ones, and (when only optional ones are given) at least one of those. */
function termPattern(pattern: string): LineTest {
  const required: string[] = [];
  const excluded: string[] = [];
  const optional: string[] = [];
  const term = /([-?]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))(?=\s|$)\s*/gy;
  for (let at = 0; at < pattern.length; at = term.lastIndex) {
    term.lastIndex = at;
    const found = term.exec(pattern);
    if (found === null) throw invalid(pattern, 'a quote is not closed');
    const text = found[2]?.replaceAll(/\\(.)/g, '$1') ?? found[3] ?? '';
    if (found[2] === undefined && /[^\w]/.test(text)) throw invalid(pattern, `the term ${text} must be in double quotes`);
    if (found[1] === '-') excluded.push(text);
    else if (found[1] === '?') optional.push(text);
    else required.push(text);
  }
  return (message) =>
    required.every((text) => message.includes(text)) &&
    !excluded.some((text) => message.includes(text)) &&
    (optional.length === 0 || required.length > 0 || optional.some((text) => message.includes(text)));
}

type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';

const COMPARISON =
  /^\$((?:\.[\w-]+|\[\d+\]|\['[^']+'\])+)\s*(?:(NOT EXISTS)|(IS (?:NULL|TRUE|FALSE))|(!=|<=|>=|=|<|>)\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"{}()&|]+)))$/;

function jsonPattern(pattern: string): LineTest {
  if (!pattern.endsWith('}')) throw invalid(pattern, 'the closing brace is missing');
  const inner = pattern.slice(1, -1).trim();
  const alternatives = splitOutsideQuotes(inner, '||').map((part) =>
    splitOutsideQuotes(part, '&&').map((one) =>
      comparison(
        one
          .trim()
          .replace(/^\((.*)\)$/s, '$1')
          .trim(),
        pattern,
      ),
    ),
  );
  return (message) => {
    const json = parseJson(message);
    return json !== undefined && alternatives.some((all) => all.every((test) => test(json)));
  };
}

function comparison(text: string, pattern: string): (json: unknown) => boolean {
  const found = COMPARISON.exec(text);
  if (found === null) throw invalid(pattern, `"${text}" is not a comparison such as $.field = "x"`);
  const [, selector = '', absent, is, operator, quoted, bare] = found;
  const path = [...selector.matchAll(/\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]/g)].map((step) => step[1] ?? step[2] ?? step[3] ?? '');
  const read = (json: unknown): unknown => path.reduce(member, json);
  if (absent !== undefined) return (json) => read(json) === undefined;
  if (is !== undefined) {
    const wanted = is === 'IS NULL' ? null : is === 'IS TRUE';
    return (json) => read(json) === wanted;
  }
  const wanted = quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? '';
  return (json) => compare(read(json), operator, wanted, quoted === undefined);
}

function compare(actual: unknown, operator: string | undefined, wanted: string, isBare: boolean): boolean {
  if (isOperator(operator) && isBare && !Number.isNaN(Number(wanted))) {
    return typeof actual === 'number' && NUMERIC[operator](actual, Number(wanted));
  }
  if (typeof actual !== 'string' && typeof actual !== 'number' && typeof actual !== 'boolean')
    return operator === '!=' && actual !== undefined;
  const isEqual = new RegExp(`^${wanted.replaceAll(/[.+?^${}()|[\]\\/-]/g, '\\$&').replaceAll('*', '.*')}$`, 's').test(
    String(actual),
  );
  return operator === '=' ? isEqual : operator === '!=' && !isEqual;
}

const NUMERIC: Readonly<Record<Operator, (left: number, right: number) => boolean>> = {
  '=': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

function isOperator(text: string | undefined): text is Operator {
  return text !== undefined && Object.hasOwn(NUMERIC, text);
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

function splitOutsideQuotes(text: string, separator: '||' | '&&'): readonly string[] {
  const parts = [''];
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"' && text.charAt(at - 1) !== '\\') isQuoted = !isQuoted;
    if (!isQuoted && text.startsWith(separator, at)) {
      parts.push('');
      at += 1;
    } else parts.push(`${parts.pop() ?? ''}${char}`);
  }
  return parts;
}

function parseJson(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
