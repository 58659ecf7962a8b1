import { describe, expect, it } from 'vitest';
import { resolveCondition, resolveValue, type Scope } from '../../../src/emulator/cloudformation/intrinsics.ts';
import { referencesOf } from '../../../src/emulator/cloudformation/references.ts';

const NAMES: Readonly<Record<string, unknown>> = {
  Stage: 'prod',
  Count: '2',
  Zones: ['a', 'b', 'c'],
  Empty: '',
  'AWS::Region': 'eu-west-1',
  Queue: 'https://queue',
};
const scope: Scope = {
  ref: (name) => NAMES[name],
  attribute: (id, name) => (id === 'Queue' && name === 'Arn' ? 'arn:queue' : undefined),
  condition: (name) => ({ Yes: true, No: false })[name],
  mapping: (name, top, second) => (`${name}.${top}.${second}` === 'Sizes.prod.memory' ? 512 : undefined),
};

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: as Fn::Sub writes them
const VALUES: readonly (readonly [unknown, unknown])[] = [
  ['plain', 'plain'],
  [{ a: [1, true, null] }, { a: [1, true, null] }],
  [{ Ref: 'Stage' }, 'prod'],
  [{ Ref: 'Empty' }, ''],
  [{ Ref: 'Zones' }, ['a', 'b', 'c']],
  [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:queue'],
  [{ 'Fn::GetAtt': 'Queue.Arn' }, 'arn:queue'],
  [{ 'Fn::Sub': 'x-${Stage}-${AWS::Region}-${Queue.Arn}' }, 'x-prod-eu-west-1-arn:queue'],
  [{ 'Fn::Sub': '${!Literal} ${ Stage }' }, '${Literal} prod'],
  [{ 'Fn::Sub': ['${Name}/${Stage}', { Name: { 'Fn::Select': [1, { Ref: 'Zones' }] } }] }, 'b/prod'],
  [{ 'Fn::Join': ['-', ['a', { Ref: 'Stage' }, 3]] }, 'a-prod-3'],
  [{ 'Fn::Join': [',', { Ref: 'Zones' }] }, 'a,b,c'],
  [{ 'Fn::Split': ['-', 'a-b-c'] }, ['a', 'b', 'c']],
  [{ 'Fn::Select': ['0', { 'Fn::Split': [',', 'x,y'] }] }, 'x'],
  [{ 'Fn::If': ['Yes', { Ref: 'Stage' }, { Ref: 'NotThere' }] }, 'prod'],
  [{ 'Fn::If': ['No', 'a', 'b'] }, 'b'],
  [{ keep: 1, drop: { 'Fn::If': ['No', 'a', { Ref: 'AWS::NoValue' }] } }, { keep: 1 }],
  [
    ['a', { Ref: 'AWS::NoValue' }, 'b'],
    ['a', 'b'],
  ],
  [{ 'Fn::FindInMap': ['Sizes', { Ref: 'Stage' }, 'memory'] }, 512],
  [{ 'Fn::Base64': { Ref: 'Stage' } }, 'cHJvZA=='],
];

const BROKEN: readonly (readonly [unknown, string])[] = [
  [{ Ref: 'NotThere' }, 'Here: Unresolved reference to NotThere'],
  [{ a: [{ Ref: 'NotThere' }] }, 'Here.a[0]: Unresolved reference to NotThere'],
  [{ 'Fn::GetAtt': ['Queue', 'Size'] }, 'Unresolved attribute Queue.Size'],
  [{ 'Fn::Sub': '${NotThere}' }, 'Unresolved reference to NotThere'],
  [{ 'Fn::Sub': '${Zones}' }, 'needs text'],
  [{ 'Fn::Select': [9, ['a']] }, 'finds nothing at 9'],
  [{ 'Fn::If': ['Maybe', 1, 2] }, 'Unresolved condition Maybe'],
  [{ 'Fn::Join': ['-'] }, 'needs a list of 2'],
  [{ 'Fn::ImportValue': 'other' }, 'Fn::ImportValue is not supported'],
  [{ Ref: 'Stage', more: 1 }, 'Ref must be the only key'],
  [{ 'Fn::FindInMap': ['Sizes', 'test', 'memory'] }, 'Unresolved mapping Sizes.test.memory'],
];

describe('intrinsic functions', () => {
  it.each(VALUES)('%j gives %j', (value, expected) => {
    expect(resolveValue(value, scope, 'Here')).toEqual(expected);
  });

  it.each(BROKEN)('%j is refused: %s', (value, message) => {
    expect(() => resolveValue(value, scope, 'Here')).toThrow(message);
  });
});

describe('conditions', () => {
  it.each([
    [{ 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] }, true],
    [{ 'Fn::Equals': [{ Ref: 'Count' }, 2] }, true],
    [{ 'Fn::Equals': [{ Ref: 'Stage' }, 'test'] }, false],
    [{ 'Fn::Not': [{ Condition: 'No' }] }, true],
    [{ 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] }, false],
    [{ 'Fn::Or': [{ Condition: 'Yes' }, { Condition: 'No' }] }, true],
    [{ Condition: 'Yes' }, true],
  ])('%j is %s', (value, expected) => {
    expect(resolveCondition(value, scope, 'Conditions.X')).toBe(expected);
  });

  it.each([
    [{ Condition: 'Maybe' }, 'Unresolved condition Maybe'],
    [{ Ref: 'Stage' }, 'is not a condition'],
    ['yes', 'is not a condition'],
  ])('%j is refused', (value, message) => {
    expect(() => resolveCondition(value, scope, 'Conditions.X')).toThrow(message);
  });
});

describe('references', () => {
  it('finds Ref, GetAtt and both forms of Sub, and only in branches that are taken', () => {
    const value = {
      a: { Ref: 'A' },
      b: [{ 'Fn::GetAtt': ['B', 'Arn'] }, { 'Fn::GetAtt': 'C.Arn' }],
      c: { 'Fn::Sub': '${D}-${E.Arn}-${!Not}' },
      d: { 'Fn::Sub': ['${F}-${Own}', { Own: { Ref: 'G' } }] },
      e: { 'Fn::If': ['Yes', { Ref: 'H' }, { Ref: 'Skipped' }] },
    };
    expect([...referencesOf(value, scope, 'Here')].sort()).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']);
  });
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as Fn::Sub writes them
