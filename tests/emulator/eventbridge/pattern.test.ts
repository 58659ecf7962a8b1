import { describe, expect, test } from 'vitest';
import { matchesPattern, parsePattern } from '../../../src/emulator/eventbridge/pattern.ts';

/** Pattern and event of one field `f`. */
const field = (alternatives: unknown[], value: unknown): boolean =>
  matchesPattern({ detail: { f: alternatives } }, { detail: { f: value } });

/** operator, values that match, values that do not. */
const operators: readonly (readonly [name: string, alternatives: unknown[], matching: unknown[], other: unknown[]])[] = [
  ['exact text', ['a', 'b'], ['a', 'b', ['x', 'b']], ['c', 'A', '', null, 1, []]],
  ['exact number', [300], [300, 3.0e2], ['300', 301]],
  ['exact boolean', [true], [true], ['true', false]],
  ['null', [null], [null, ['a', null]], ['', 'null', 0]],
  ['empty string', [''], [''], [' ', null]],
  ['prefix', [{ prefix: 'eu-' }], ['eu-west-1', 'eu-'], ['us-eu-', 'EU-west-1', 5]],
  ['prefix, ignoring case', [{ prefix: { 'equals-ignore-case': 'EU-' } }], ['eu-west-1', 'Eu-x'], ['us-east-1']],
  ['suffix', [{ suffix: '.png' }], ['a.png'], ['a.PNG', 'png']],
  ['suffix, ignoring case', [{ suffix: { 'equals-ignore-case': '.png' } }], ['a.PnG'], ['a.jpg']],
  ['equals-ignore-case', [{ 'equals-ignore-case': 'On' }], ['on', 'ON'], ['one', true]],
  ['wildcard', [{ wildcard: 'web-*-prod' }], ['web-1-prod', 'web--prod'], ['web-prod', 'xweb-1-prod', 'web-1-prod2']],
  ['wildcard, escaped star', [{ wildcard: 'a\\*b*' }], ['a*b', 'a*bc'], ['axb']],
  ['wildcard, escaped backslash', [{ wildcard: 'a\\\\*' }], ['a\\x'], ['a*', 'ax']],
  ['wildcard, other characters are plain', [{ wildcard: 'a.c(*)' }], ['a.c(1)'], ['abc(1)', 'a.c1']],
  ['anything-but text', [{ 'anything-but': 'a' }], ['b', 1, true, ['a', 'b']], ['a', ['a', 'a']]],
  ['anything-but list', [{ 'anything-but': ['a', 'b'] }], ['c'], ['a', 'b']],
  ['anything-but number', [{ 'anything-but': [1, 2] }], [3, '1'], [1, 2]],
  ['anything-but prefix', [{ 'anything-but': { prefix: 'init' } }], ['running', 5], ['initializing']],
  ['anything-but prefixes', [{ 'anything-but': { prefix: ['a', 'b'] } }], ['c'], ['ax', 'bx']],
  ['anything-but suffix', [{ 'anything-but': { suffix: ['.txt', '.rtf'] } }], ['a.png'], ['a.txt', 'b.rtf']],
  ['anything-but ignoring case', [{ 'anything-but': { 'equals-ignore-case': ['init', 'Run'] } }], ['x'], ['INIT', 'run']],
  ['anything-but wildcard', [{ 'anything-but': { wildcard: '*/lib/*' } }], ['a/bin/b'], ['a/lib/b']],
  ['anything-but wildcards', [{ 'anything-but': { wildcard: ['*/lib/*', '*/bin/*'] } }], ['a/x/b'], ['a/lib/b', 'a/bin/b']],
  ['numeric equal', [{ numeric: ['=', 7] }], [7, 7.0], ['7', 8]],
  ['numeric less', [{ numeric: ['<', 7] }], [6.9, -1], [7]],
  ['numeric range', [{ numeric: ['>=', 7, '<', 9] }], [7, 8.99], [6.99, 9, '8']],
  ['cidr of IPv4', [{ cidr: '10.0.0.0/24' }], ['10.0.0.255', '10.0.0.0'], ['10.0.1.0', '::1', 'nonsense', '10']],
  ['cidr of IPv6', [{ cidr: '2001:db8::/32' }], ['2001:db8::1', '2001:db8:ffff::'], ['2001:db9::1', '10.0.0.1']],
  ['exists', [{ exists: true }], ['', null, 0, false, ['a']], [{ g: 1 }, []]],
  ['any of several', ['a', { prefix: 'b' }, { numeric: ['>', 5] }], ['a', 'bx', 6], ['c', 5]],
];

describe('operators', () => {
  test.each(operators)('%s', (_name, alternatives, matching, other) => {
    for (const value of matching) expect({ value, matches: field(alternatives, value) }).toEqual({ value, matches: true });
    for (const value of other) expect({ value, matches: field(alternatives, value) }).toEqual({ value, matches: false });
  });

  test('exists false needs the leaf to be absent, and takes an object for absent', () => {
    const pattern = { detail: { errorCode: [{ exists: false }] } };
    expect(matchesPattern(pattern, { detail: {} })).toBe(true);
    expect(matchesPattern(pattern, {})).toBe(true);
    expect(matchesPattern(pattern, { detail: { errorCode: {} } })).toBe(true);
    expect(matchesPattern(pattern, { detail: { errorCode: 'Client.X' } })).toBe(false);
    expect(matchesPattern(pattern, { detail: { errorCode: null } })).toBe(false);
  });

  test('a value or absence, whichever there is', () => {
    const pattern = { f: ['a', { exists: false }] };
    expect(matchesPattern(pattern, {})).toBe(true);
    expect(matchesPattern(pattern, { f: 'a' })).toBe(true);
    expect(matchesPattern(pattern, { f: 'b' })).toBe(false);
  });
});

describe('structure', () => {
  const event = {
    source: 'aws.tag',
    'detail-type': 'Tag Change on Resource',
    resources: ['arn:1', 'arn:2'],
    detail: { service: 'ec2', 'resource-type': 'instance', 'changed-tag-keys': ['env', 'mirror'], tags: { 'a.b': 'x' } },
  };

  test('fields mean and, lists mean or', () => {
    const pattern = { source: ['aws.tag'], detail: { service: ['ec2'], 'resource-type': ['instance', 'network-interface'] } };
    expect(matchesPattern(pattern, event)).toBe(true);
    expect(matchesPattern({ ...pattern, detail: { service: ['rds'] } }, event)).toBe(false);
  });

  test('any element of an array in the event suffices', () => {
    expect(matchesPattern({ detail: { 'changed-tag-keys': ['mirror'] } }, event)).toBe(true);
    expect(matchesPattern({ resources: [{ suffix: '2' }] }, event)).toBe(true);
    expect(matchesPattern({ detail: { 'changed-tag-keys': ['other'] } }, event)).toBe(false);
  });

  test('a key with a dot is a name and not a path', () => {
    expect(matchesPattern({ detail: { tags: { 'a.b': ['x'] } } }, event)).toBe(true);
    expect(matchesPattern({ detail: { tags: { a: { b: ['x'] } } } }, event)).toBe(false);
  });

  test('fields of one array element must match together', () => {
    const list = {
      items: [
        { id: 1, state: 'on' },
        { id: 2, state: 'off' },
      ],
    };
    expect(matchesPattern({ items: { id: [2], state: ['off'] } }, list)).toBe(true);
    expect(matchesPattern({ items: { id: [2], state: ['on'] } }, list)).toBe(false);
    expect(matchesPattern({ items: { size: [{ exists: false }] } }, list)).toBe(true);
    expect(matchesPattern({ items: { id: [{ exists: false }] } }, { items: [{ x: 1 }, { id: 2 }] })).toBe(false);
  });

  test('$or at the top and inside', () => {
    const pattern = { source: ['aws.ec2'], $or: [{ a: [1] }, { b: [{ prefix: 'x' }] }] };
    expect(matchesPattern(pattern, { source: 'aws.ec2', a: 1 })).toBe(true);
    expect(matchesPattern(pattern, { source: 'aws.ec2', b: 'xy' })).toBe(true);
    expect(matchesPattern(pattern, { source: 'aws.ec2', a: 2 })).toBe(false);
    expect(matchesPattern(pattern, { source: 'aws.tag', a: 1 })).toBe(false);
    const nested = { detail: { $or: [{ a: [1], b: [2] }, { c: { $or: [{ d: [3] }, { e: [4] }] } }] } };
    expect(matchesPattern(nested, { detail: { a: 1, b: 2 } })).toBe(true);
    expect(matchesPattern(nested, { detail: { a: 1 } })).toBe(false);
    expect(matchesPattern(nested, { detail: { c: { e: 4 } } })).toBe(true);
  });

  test('names from the prototype are not fields', () => {
    expect(matchesPattern({ toString: [{ exists: true }] }, {})).toBe(false);
  });
});

describe('validity', () => {
  const invalid: readonly (readonly [reason: string, pattern: unknown])[] = [
    ['Filter is not an object', []],
    ['Filter is not an object', 'text'],
    ['Empty objects are not allowed', {}],
    ['Empty objects are not allowed (at detail)', { detail: {} }],
    ['"source" must be an object or an array', { source: 'aws.ec2' }],
    ['Empty arrays are not allowed (at detail.state)', { detail: { state: [] } }],
    ['Match value must be String, number, true, false, or null', { a: [['b']] }],
    ['Only one key allowed in match expression', { a: [{ prefix: 'x', suffix: 'y' }] }],
    ['Unrecognized match type preffix', { a: [{ preffix: 'x' }] }],
    ['prefix match pattern must be a string', { a: [{ prefix: 5 }] }],
    ['Unsupported prefix match expression: wildcard', { a: [{ prefix: { wildcard: 'x*' } }] }],
    ['exists match pattern must be either true or false', { a: [{ exists: 'true' }] }],
    ['mixed type is not supported', { a: [{ 'anything-but': ['a', 1] }] }],
    ['mixed type is not supported', { a: [{ 'anything-but': [true] }] }],
    ['Unsupported anything-but pattern: numeric', { a: [{ 'anything-but': { numeric: ['=', 1] } }] }],
    ['Null prefix/suffix not allowed', { a: [{ 'anything-but': { prefix: '' } }] }],
    ['Consecutive wildcard characters at pos 1', { a: [{ wildcard: 'a**' }] }],
    ['Invalid escape character at pos 1', { a: [{ wildcard: 'a\\b' }] }],
    ['Unrecognized numeric range operator: ==', { a: [{ numeric: ['==', 1] }] }],
    ['Value of numeric match must be numeric', { a: [{ numeric: ['=', '1'] }] }],
    ['Value must be between', { a: [{ numeric: ['<', 5_000_000_001] }] }],
    ['Bad numeric range operator', { a: [{ numeric: ['<', 9, '>', 7] }] }],
    ['Bottom must be less than top', { a: [{ numeric: ['>', 9, '<', 7] }] }],
    ['numeric match pattern must be', { a: [{ numeric: ['>'] }] }],
    ['Malformed CIDR', { a: [{ cidr: '10.0.0.0' }] }],
    ['Malformed CIDR', { a: [{ cidr: '10.0.0.0/33' }] }],
    ['$or must be an array of at least two objects', { $or: [{ a: [1] }] }],
    ['$or must be an array of at least two objects', { $or: { a: [1] } }],
  ];
  test.each(invalid)('refuses: %s', (reason, pattern) => {
    expect(() => matchesPattern(pattern, {})).toThrow(
      expect.objectContaining({ code: 'InvalidEventPatternException', message: expect.stringContaining(reason) }),
    );
  });

  test('refuses more than 1000 combinations of $or lists', () => {
    const list = (length: number) => Array.from({ length }, (_, n) => ({ a: [n] }));
    expect(() => matchesPattern({ $or: list(1000) }, {})).not.toThrow();
    expect(() => matchesPattern({ $or: list(40), b: { $or: list(26) } }, {})).toThrow('1040 combinations');
  });

  test('refuses text that is too long or no JSON', () => {
    const text = (length: number) => JSON.stringify({ a: ['x'.repeat(length - 10)] });
    expect(parsePattern(text(2048)).matches({})).toBe(false);
    expect(() => parsePattern(text(2049))).toThrow('2049 characters');
    expect(() => parsePattern('{"a": [1}')).toThrow('Not valid JSON');
  });
});
