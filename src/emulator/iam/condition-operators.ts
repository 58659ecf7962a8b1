/**
 * The condition operators of IAM.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { BlockList, isIP } from 'node:net';
import { matchesArn, matchesWildcard } from './wildcard.ts';

/** Compares one value of the request with one of the policy. */
type Comparison = (given: string, wanted: string) => boolean;

interface OperatorKind {
  readonly compare: Comparison;
  /** Negated operators want *none* of the policy's values to match, and a missing key satisfies them. */
  readonly negated: boolean;
}

/** An operator name taken apart. */
export interface ParsedOperator {
  readonly base: string;
  readonly kind: OperatorKind | 'Null';
  readonly ifExists: boolean;
  readonly set?: 'ForAllValues' | 'ForAnyValue';
}

/** Undoes the marks of policy variables for operators without wildcards. */
const plain = (wanted: string): string => wanted.replaceAll('\u0000', '');

const equalText: Comparison = (given, wanted) => given === plain(wanted);
const equalIgnoringCase: Comparison = (given, wanted) => given.toLowerCase() === plain(wanted).toLowerCase();
const like: Comparison = (given, wanted) => matchesWildcard(wanted, given);
const arnLike: Comparison = (given, wanted) => matchesArn(wanted, given);

const numeric =
  (test: (given: number, wanted: number) => boolean): Comparison =>
  (given, wanted) => {
    const [left, right] = [Number(given), Number(wanted)];
    return given.trim() !== '' && !Number.isNaN(left) && !Number.isNaN(right) && test(left, right);
  };

/** ISO 8601 or seconds since the epoch. */
const instant = (text: string): number => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text));

const dated =
  (test: (given: number, wanted: number) => boolean): Comparison =>
  (given, wanted) => {
    const [left, right] = [instant(given), instant(wanted)];
    return !Number.isNaN(left) && !Number.isNaN(right) && test(left, right);
  };

const inRange: Comparison = (given, wanted) => {
  const [network = '', bits] = wanted.split('/');
  const family = isIP(network);
  if (family === 0 || isIP(given) !== family) return false;
  const name = family === 4 ? 'ipv4' : 'ipv6';
  const range = new BlockList();
  range.addSubnet(network, bits === undefined ? (family === 4 ? 32 : 128) : Number(bits), name);
  return range.check(given, name);
};

const positive = (compare: Comparison): OperatorKind => ({ compare, negated: false });
const negative = (compare: Comparison): OperatorKind => ({ compare, negated: true });

const KINDS: Readonly<Record<string, OperatorKind | 'Null'>> = {
  StringEquals: positive(equalText),
  StringNotEquals: negative(equalText),
  StringEqualsIgnoreCase: positive(equalIgnoringCase),
  StringNotEqualsIgnoreCase: negative(equalIgnoringCase),
  StringLike: positive(like),
  StringNotLike: negative(like),
  NumericEquals: positive(numeric((a, b) => a === b)),
  NumericNotEquals: negative(numeric((a, b) => a === b)),
  NumericLessThan: positive(numeric((a, b) => a < b)),
  NumericLessThanEquals: positive(numeric((a, b) => a <= b)),
  NumericGreaterThan: positive(numeric((a, b) => a > b)),
  NumericGreaterThanEquals: positive(numeric((a, b) => a >= b)),
  DateEquals: positive(dated((a, b) => a === b)),
  DateNotEquals: negative(dated((a, b) => a === b)),
  DateLessThan: positive(dated((a, b) => a < b)),
  DateLessThanEquals: positive(dated((a, b) => a <= b)),
  DateGreaterThan: positive(dated((a, b) => a > b)),
  DateGreaterThanEquals: positive(dated((a, b) => a >= b)),
  Bool: positive(equalIgnoringCase),
  BinaryEquals: positive(equalText),
  IpAddress: positive(inRange),
  NotIpAddress: negative(inRange),
  // AWS documents that ArnEquals and ArnLike behave alike: both take wildcards.
  ArnEquals: positive(arnLike),
  ArnLike: positive(arnLike),
  ArnNotEquals: negative(arnLike),
  ArnNotLike: negative(arnLike),
  Null: 'Null',
};

const NAMES = new Map(Object.entries(KINDS).map(([name, kind]) => [name.toLowerCase(), { name, kind }]));

function parse(operator: string): ParsedOperator | undefined {
  const match = /^(?:(ForAllValues|ForAnyValue):)?(.+?)(IfExists)?$/i.exec(operator);
  const found = NAMES.get((match?.[2] ?? '').toLowerCase());
  if (match === null || found === undefined) return undefined;
  const ifExists = match[3] !== undefined;
  if (found.kind === 'Null' && ifExists) return undefined;
  const prefix = match[1]?.toLowerCase();
  return {
    base: found.name,
    kind: found.kind,
    ifExists,
    ...(prefix === undefined ? {} : { set: prefix === 'forallvalues' ? 'ForAllValues' : 'ForAnyValue' }),
  };
}

/**
 * Whether the condition holds for what the request has under the key (undefined: the key is absent).
 * Several policy values are alternatives; negated operators want none of them.
 */
function holds(operator: ParsedOperator, given: readonly string[] | undefined, wanted: readonly string[]): boolean {
  const present = given !== undefined && given.length > 0;
  const { kind } = operator;
  if (kind === 'Null') return wanted.some((value) => (value.toLowerCase() === 'true') === !present);
  if (!present) return operator.ifExists || operator.set === 'ForAllValues' || (kind.negated && operator.set === undefined);
  const one = (value: string): boolean => wanted.some((candidate) => kind.compare(value, candidate)) !== kind.negated;
  if (operator.set === 'ForAllValues') return given.every(one);
  if (operator.set === 'ForAnyValue') return given.some(one);
  return kind.negated ? given.every(one) : given.some(one);
}

/** Parsing and applying of condition operators. */
export const conditionOperators = { parse, holds };
