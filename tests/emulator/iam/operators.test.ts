import { describe, expect, it } from 'vitest';
import { conditionOperators } from '../../../src/emulator/iam/condition-operators.ts';

type Row = [operator: string, given: string[] | undefined, wanted: string[], holds: boolean];

const ROWS: readonly Row[] = [
  ['StringEquals', ['a'], ['b', 'a'], true],
  ['StringEquals', ['A'], ['a'], false],
  ['StringEquals', ['a*'], ['a*'], true],
  ['StringEquals', ['ab'], ['a*'], false],
  ['StringEquals', undefined, ['a'], false],
  ['StringEqualsIfExists', undefined, ['a'], true],
  ['StringEqualsIfExists', ['b'], ['a'], false],
  ['StringNotEquals', ['c'], ['a', 'b'], true],
  ['StringNotEquals', ['b'], ['a', 'b'], false],
  ['StringNotEquals', undefined, ['a'], true],
  ['StringEqualsIgnoreCase', ['TRUE'], ['true'], true],
  ['StringNotEqualsIgnoreCase', ['TRUE'], ['true'], false],
  ['StringLike', ['web-12'], ['db-*', 'web-??'], true],
  ['StringLike', ['web-1'], ['web-??'], false],
  ['StringLike', ['Web-12'], ['web-*'], false],
  ['StringNotLike', ['web-12'], ['web-*'], false],
  ['ArnEquals', ['arn:aws:events:eu-west-1:1:rule/a'], ['arn:aws:events:*:1:rule/*'], true],
  ['ArnLike', ['arn:aws:events:eu-west-1:1:rule/a'], ['arn:aws:events:*:rule/a'], false],
  ['ArnNotLike', ['arn:aws:events:eu-west-1:1:rule/a'], ['arn:aws:events:*:1:rule/b'], true],
  ['ArnLike', ['not an arn'], ['*'], false],
  ['Bool', ['true'], ['True'], true],
  ['Bool', ['false'], ['true'], false],
  ['Bool', undefined, ['false'], false],
  ['BoolIfExists', undefined, ['true'], true],
  ['Null', undefined, ['true'], true],
  ['Null', ['x'], ['true'], false],
  ['Null', ['x'], ['false'], true],
  ['Null', undefined, ['false'], false],
  ['NumericLessThan', ['3'], ['10'], true],
  ['NumericLessThan', ['10'], ['3'], false],
  ['NumericGreaterThanEquals', ['10'], ['10'], true],
  ['NumericEquals', ['1.0'], ['1'], true],
  ['NumericEquals', ['one'], ['1'], false],
  ['NumericNotEquals', ['2'], ['1', '3'], true],
  ['DateLessThan', ['2026-11-23T00:00:00Z'], ['2026-11-24T00:00:00Z'], true],
  ['DateGreaterThan', ['1795400000'], ['2026-01-01T00:00:00Z'], true],
  ['IpAddress', ['10.1.2.3'], ['192.168.0.0/16', '10.0.0.0/8'], true],
  ['IpAddress', ['11.1.2.3'], ['10.0.0.0/8'], false],
  ['IpAddress', ['2001:db8::1'], ['2001:db8::/32'], true],
  ['NotIpAddress', ['10.1.2.3'], ['10.0.0.0/8'], false],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'c'], true],
  ['ForAllValues:StringEquals', ['a', 'x'], ['a', 'b'], false],
  ['ForAllValues:StringEquals', undefined, ['a'], true],
  ['ForAnyValue:StringEquals', ['x', 'a'], ['a'], true],
  ['ForAnyValue:StringEquals', ['x'], ['a'], false],
  ['ForAnyValue:StringEquals', undefined, ['a'], false],
  ['ForAnyValue:StringNotEquals', ['a', 'x'], ['a'], true],
  ['ForAllValues:StringNotLike', ['a', 'x'], ['a*'], false],
];

describe('condition operators', () => {
  it.each(ROWS)('%s of %j against %j is %s', (name, given, wanted, expected) => {
    const operator = conditionOperators.parse(name);
    expect(operator).toBeDefined();
    expect(operator && conditionOperators.holds(operator, given, wanted)).toBe(expected);
  });

  it.each(['StringMatches', 'NullIfExists', 'ForSomeValues:StringEquals', ''])('does not know %j', (name) => {
    expect(conditionOperators.parse(name)).toBeUndefined();
  });
});
