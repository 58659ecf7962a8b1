/** The match expressions of an event pattern's leaf: `[ "a", {"prefix": "b"}, {"exists": false} ]`. */
import ipaddr from 'ipaddr.js';
import { AwsError } from '../core.ts';

/** Decides about one leaf value of an event. */
export type ValueTest = (value: unknown) => boolean;

/** One leaf of a pattern: any of the tests on any of the field's values, or (with `absent`) the field not being there. */
export interface LeafMatcher {
  readonly tests: readonly ValueTest[];
  readonly absent: boolean;
}

/** EventBridge's own limit on numbers in patterns. */
const NUMBER_BOUND = 5_000_000_000;

/** The error that PutRule and TestEventPattern answer; `path` says where in the pattern. */
export function invalidPattern(reason: string, path: readonly string[] = []): AwsError {
  const where = path.length === 0 ? '' : ` (at ${path.join('.')})`;
  return new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}${where}`);
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Compiles a leaf's list of alternatives. Throws InvalidEventPatternException. */
export function compileLeaf(alternatives: readonly unknown[], path: readonly string[]): LeafMatcher {
  if (alternatives.length === 0) throw invalidPattern('Empty arrays are not allowed', path);
  const tests: ValueTest[] = [];
  let absent = false;
  for (const alternative of alternatives) {
    if (Array.isArray(alternative)) throw invalidPattern('Match value must be String, number, true, false, or null', path);
    if (!isJsonObject(alternative)) tests.push((value) => value === alternative);
    else if (only(alternative, path)[0] === 'exists') {
      const { exists } = alternative;
      if (typeof exists !== 'boolean') throw invalidPattern('exists match pattern must be either true or false.', path);
      if (exists) tests.push(() => true);
      else absent = true;
    } else tests.push(compileExpression(alternative, path));
  }
  return { tests, absent };
}

function compileExpression(expression: Readonly<Record<string, unknown>>, path: readonly string[]): ValueTest {
  const [operator, operand] = only(expression, path);
  switch (operator) {
    case 'prefix':
    case 'suffix':
      return affix(operator, operand, path);
    case 'equals-ignore-case':
      return equalsIgnoreCase(operand, path);
    case 'wildcard':
      return wildcard(operand, path);
    case 'anything-but':
      return anythingBut(operand, path);
    case 'numeric':
      return numeric(operand, path);
    case 'cidr':
      return cidr(operand, path);
    default:
      throw invalidPattern(`Unrecognized match type ${operator}`, path);
  }
}

function only(expression: Readonly<Record<string, unknown>>, path: readonly string[]): readonly [string, unknown] {
  const [first, ...others] = Object.entries(expression);
  if (first === undefined) throw invalidPattern('Empty objects are not allowed', path);
  if (others.length > 0) throw invalidPattern('Only one key allowed in match expression', path);
  return first;
}

function text(operator: string, operand: unknown, path: readonly string[]): string {
  if (typeof operand !== 'string') throw invalidPattern(`${operator} match pattern must be a string`, path);
  return operand;
}

/** Tests strings only; every other type of value fails. */
function onStrings(test: (value: string) => boolean): ValueTest {
  return (value) => typeof value === 'string' && test(value);
}

function affix(operator: 'prefix' | 'suffix', operand: unknown, path: readonly string[]): ValueTest {
  if (isJsonObject(operand)) {
    const [nested, inner] = only(operand, path);
    if (nested !== 'equals-ignore-case') throw invalidPattern(`Unsupported ${operator} match expression: ${nested}`, path);
    const folded = text(`${operator} equals-ignore-case`, inner, path).toLowerCase();
    return onStrings((value) => hasAffix(operator, value.toLowerCase(), folded));
  }
  const wanted = text(operator, operand, path);
  return onStrings((value) => hasAffix(operator, value, wanted));
}

function hasAffix(operator: 'prefix' | 'suffix', value: string, wanted: string): boolean {
  return operator === 'prefix' ? value.startsWith(wanted) : value.endsWith(wanted);
}

function equalsIgnoreCase(operand: unknown, path: readonly string[]): ValueTest {
  const folded = text('equals-ignore-case', operand, path).toLowerCase();
  return onStrings((value) => value.toLowerCase() === folded);
}

function wildcard(operand: unknown, path: readonly string[]): ValueTest {
  const pattern = text('wildcard', operand, path);
  let source = '';
  let previousWasStar = false;
  for (let at = 0; at < pattern.length; at += 1) {
    let char = pattern.charAt(at);
    const isStar = char === '*';
    if (isStar && previousWasStar) throw invalidPattern(`Consecutive wildcard characters at pos ${at - 1}`, path);
    if (char === '\\') {
      at += 1;
      char = pattern.charAt(at);
      if (char !== '*' && char !== '\\') throw invalidPattern(`Invalid escape character at pos ${at - 1}`, path);
    }
    source += isStar ? '.*' : char.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
    previousWasStar = isStar;
  }
  const expression = new RegExp(`^${source}$`, 's');
  return onStrings((value) => expression.test(value));
}

function anythingBut(operand: unknown, path: readonly string[]): ValueTest {
  if (isJsonObject(operand)) return anythingButExpression(operand, path);
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (values.length === 0) throw invalidPattern('Empty arrays are not allowed', path);
  const types = new Set(values.map((value) => typeof value));
  if (types.size > 1 || !(types.has('string') || types.has('number'))) {
    throw invalidPattern(
      'Inside anything-but list, either all values must be number or all must be string; mixed type is not supported',
      path,
    );
  }
  return (value) => !values.includes(value);
}

function anythingButExpression(operand: Readonly<Record<string, unknown>>, path: readonly string[]): ValueTest {
  const [operator, inner] = only(operand, path);
  if (operator !== 'prefix' && operator !== 'suffix' && operator !== 'equals-ignore-case' && operator !== 'wildcard') {
    throw invalidPattern(`Unsupported anything-but pattern: ${operator}`, path);
  }
  const operands: readonly unknown[] = Array.isArray(inner) ? inner : [inner];
  if (operands.length === 0) throw invalidPattern('Empty arrays are not allowed', path);
  const tests = operands.map((one) => {
    if (one === '') throw invalidPattern('Null prefix/suffix not allowed', path);
    if ((operator === 'prefix' || operator === 'suffix') && isJsonObject(one)) text(`anything-but ${operator}`, one, path);
    return compileExpression({ [operator]: one }, path);
  });
  return (value) => !tests.some((test) => test(value));
}

function numeric(operand: unknown, path: readonly string[]): ValueTest {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) {
    throw invalidPattern('numeric match pattern must be [operator, number] or [operator, number, operator, number]', path);
  }
  const parts: readonly unknown[] = operand;
  const first = comparison(parts[0], parts[1], path);
  if (parts.length === 2) return (value) => typeof value === 'number' && first.test(value);
  const second = comparison(parts[2], parts[3], path);
  const isRange = first.operator.startsWith('>') && second.operator.startsWith('<');
  if (!isRange) throw invalidPattern(`Bad numeric range operator: ${first.operator} … ${second.operator}`, path);
  if (first.bound >= second.bound) throw invalidPattern('Bottom must be less than top', path);
  return (value) => typeof value === 'number' && first.test(value) && second.test(value);
}

interface Comparison {
  readonly operator: string;
  readonly bound: number;
  readonly test: (value: number) => boolean;
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function comparison(operator: unknown, bound: unknown, path: readonly string[]): Comparison {
  const compare = typeof operator === 'string' && Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
  if (typeof operator !== 'string' || compare === undefined) {
    throw invalidPattern(`Unrecognized numeric range operator: ${String(operator)}`, path);
  }
  if (typeof bound !== 'number') throw invalidPattern('Value of numeric match must be numeric', path);
  if (Math.abs(bound) > NUMBER_BOUND) {
    throw invalidPattern(`Value must be between -${NUMBER_BOUND} and ${NUMBER_BOUND}, inclusive`, path);
  }
  return { operator, bound, test: (value) => compare(value, bound) };
}

function cidr(operand: unknown, path: readonly string[]): ValueTest {
  const range = text('cidr', operand, path);
  if (!ipaddr.isValidCIDR(range)) throw invalidPattern(`Malformed CIDR, one '/' and a valid address required: ${range}`, path);
  const [network, bits] = ipaddr.parseCIDR(range);
  return onStrings((value) => {
    if (!ipaddr.isValid(value) || (value.includes('.') && !ipaddr.IPv4.isValidFourPartDecimal(value) && !value.includes(':')))
      return false;
    const address = ipaddr.parse(value);
    return address.kind() === network.kind() && address.match(network, bits);
  });
}
