import { describe, expect, test } from 'vitest';
import type { EmulatedEvent } from '../../../src/emulator/core.ts';
import type { Rule, RuleTarget } from '../../../src/emulator/eventbridge/event-bus.ts';
import { checkInput, payloadFor, readPath } from '../../../src/emulator/eventbridge/payload.ts';

const event: EmulatedEvent = {
  version: '0',
  id: '7bf73129-1428-4cd3-a780-95db273d1602',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '111122223333',
  time: '2026-11-23T02:40:11Z',
  region: 'eu-west-1',
  resources: ['arn:aws:ec2:eu-west-1:111122223333:instance/i-1'],
  detail: { 'instance-id': 'i-1', state: 'running', count: 3, note: 'say "hi"', tags: [{ k: 'a' }, { k: 'b' }] },
};
const rule: Rule = {
  name: 'r',
  arn: 'arn:aws:events:eu-west-1:111122223333:rule/r',
  state: 'ENABLED',
  eventPattern: { source: ['aws.ec2'] },
  targets: [],
};
const payload = (target: Partial<RuleTarget>): string =>
  payloadFor({ id: 't', arn: 'arn:x', ...target }, rule, event, 1_795_401_600_000);
const transform = (inputTemplate: string, inputPathsMap: Record<string, string> = {}): string =>
  payload({ inputTransformer: { inputTemplate, inputPathsMap } });

describe('payload', () => {
  test('is the event itself when nothing is configured', () => {
    expect(JSON.parse(payload({}))).toEqual(event);
  });

  test('is the constant of Input, byte for byte', () => {
    expect(payload({ input: '{ "a" : 1 }' })).toBe('{ "a" : 1 }');
  });

  test('is the part InputPath names, and an empty object where it leads nowhere', () => {
    expect(payload({ inputPath: '$.detail.state' })).toBe('"running"');
    expect(JSON.parse(payload({ inputPath: '$.detail' }))).toEqual(event.detail);
    expect(payload({ inputPath: '$.detail.nothing' })).toBe('{}');
  });
});

describe('input transformer', () => {
  const paths = {
    instance: '$.detail.instance-id',
    state: '$.detail.state',
    count: '$.detail.count',
    note: '$.detail.note',
    detail: '$.detail',
    none: '$.x',
  };

  test.each([
    ['"instance <instance> is in <state>"', '"instance i-1 is in running"'],
    ['{"instance": <instance>, "state": "<state>"}', '{"instance": "i-1", "state": "running"}'],
    ['{"count": <count>}', '{"count": 3}'],
    ['{"note": "<note>"}', '{"note": "say \\"hi\\""}'],
    ['{"none": <none>, "text": "<none>"}', '{"none": null, "text": ""}'],
    ['{"rule": "<aws.events.rule-name>", "arn": <aws.events.rule-arn>}', `{"rule": "r", "arn": "${rule.arn}"}`],
    ['{"at": "<aws.events.event.ingestion-time>"}', '{"at": "2026-11-23T02:40:00.000Z"}'],
    ['"a \\"<state>\\" b"', '"a \\"running\\" b"'],
  ])('%s', (template, expected) => {
    expect(transform(template, paths)).toBe(expected);
  });

  test('puts in objects, and the whole event with and without its detail', () => {
    expect(JSON.parse(transform('{"d": <detail>}', paths))).toEqual({ d: event.detail });
    expect(JSON.parse(transform('{"e": <aws.events.event.json>}'))).toEqual({ e: event });
    const { detail: _detail, ...envelope } = event;
    expect(JSON.parse(transform('{"e": <aws.events.event>}'))).toEqual({ e: envelope });
  });
});

test.each([
  ['$', event],
  ['$.detail.count', 3],
  ['$.resources[0]', event.resources[0]],
  ['$.resources[1]', undefined],
  ["$['detail']['instance-id']", 'i-1'],
  ['$.detail.tags[*].k', ['a', 'b']],
  ['$.detail.tags[1].k', 'b'],
  ['$.detail.toString', undefined],
])('reads %s', (path, expected) => {
  expect(readPath(event, path)).toEqual(expected);
});

test.each<[string, Partial<RuleTarget>]>([
  ['two inputs', { input: '1', inputPath: '$' }],
  ['input that is no JSON', { input: 'text' }],
  ['a path that is none', { inputPath: 'detail.state' }],
  ['an unknown variable', { inputTransformer: { inputTemplate: '"<a>"', inputPathsMap: { b: '$.x' } } }],
  ['a broken path of a variable', { inputTransformer: { inputTemplate: '"<a>"', inputPathsMap: { a: '$..x' } } }],
])('refuses %s', (_name, target) => {
  expect(() => checkInput({ id: 't', arn: 'arn:x', ...target })).toThrow(
    expect.objectContaining({ code: 'ValidationException' }),
  );
});
