import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../../src/events/parse.ts';
import { owner } from '../../support/shell/things.ts';

// The same examples in every run; another seed finds others: SEED=7 npx vitest run tests/unit/events/parse.test.ts
fc.configureGlobal({ seed: Number(process.env.SEED ?? 2026) });

const folder = new URL('../../fixtures/events/', import.meta.url);
const fixtures = readdirSync(folder).map((file) => {
  const { event, request } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { event: object; request: object };
  return { name: file.replace('.json', ''), event, request };
});

const parse = (event: unknown) => parseMessage(typeof event === 'string' ? event : JSON.stringify(event), owner);

const state = (detail: unknown, more: object = {}) => ({
  source: 'aws.ec2',
  'detail-type': 'EC2 Instance State-change Notification',
  detail,
  ...more,
});
const command = (detail: unknown) => ({ source: 'automirror', 'detail-type': 'Reconcile Requested', detail });
const tag = (resources: unknown) => ({
  source: 'aws.tag',
  'detail-type': 'Tag Change on Resource',
  resources,
  detail: { 'resource-type': 'instance' },
});

describe('parseMessage', () => {
  it.each(fixtures)('reads $name', ({ event, request }) => {
    const parsed = parse(event);
    expect(parsed).toMatchObject(request);
    expect(Object.keys(parsed).filter((key) => key !== 'detail')).toEqual(Object.keys(request));
  });

  it.each([undefined, 7, '', 'yesterday'])(
    'takes the time %j of an event for none, so that nothing can be concluded from it',
    (time) => {
      expect(parse(state({ 'instance-id': 'i-0000000a' }, { time }))).toMatchObject({ at: Number.NaN });
    },
  );

  it.each([
    ['text that is no JSON', 'hello'],
    ['nothing', ''],
    ['half an event', '{"source":"aws.ec2"'],
    ['null', 'null'],
    ['a number', '7'],
    ['a list', [state({})]],
    ['an object without source', { 'detail-type': 'Scheduled Event' }],
    ['an object without detail-type', { source: 'aws.events' }],
    ['a source that is no text', { source: ['aws.events'], 'detail-type': 'Scheduled Event' }],
    ['a state event without an id', state({})],
    ['a state event without detail', state(null)],
    ['a state event whose detail is a list', state(['i-0000000a'])],
    ['a state event whose id is a list', state({ 'instance-id': ['i-0000000a'] })],
    ['an id with a path in it', state({ 'instance-id': 'i-0000000a/../i-0000000b' })],
    ['an id with a wildcard', state({ 'instance-id': 'i-*' })],
    ['an id with a line break', state({ 'instance-id': 'i-0000000a\n' })],
    ['an id in capitals', state({ 'instance-id': 'i-0000000A' })],
    ['an id that is too long', state({ 'instance-id': `i-${'a'.repeat(18)}` })],
    ['a tag event without resources', tag(undefined)],
    ['a tag event whose resources are no list', tag('arn:aws:ec2:eu-west-1:1:instance/i-0000000a')],
    ['a tag event with nulls for resources', tag([null, null])],
    ['a tag event of another resource', tag(['arn:aws:ec2:eu-west-1:1:instance/'])],
    ['a command without ids', command({ owner })],
    ['a command with an empty list', command({ owner, instanceIds: [] })],
    ['a command with nothing but nulls', command({ owner, instanceIds: [null, 7, {}] })],
    ['a command whose ids are no list', command({ owner, instanceIds: 'i-0000000a' })],
  ])('drops %s as malformed', (_what, event) => {
    expect(parse(event)).toMatchObject({ kind: 'drop', reason: 'event-malformed' });
  });

  it.each([
    ['another owner', { owner: 'somebody-else', instanceIds: ['i-0000000a'] }, 'somebody-else'],
    ['an owner that differs in case', { owner: owner.toUpperCase(), instanceIds: ['i-0000000a'] }, owner.toUpperCase()],
    ['no owner', { instanceIds: ['i-0000000a'] }, 'names no owner'],
    ['an owner that cannot be written as text', { owner: { toString: 1, valueOf: 1 } }, 'names no owner'],
  ])('drops a command for %s', (_what, detail, named) => {
    for (const detailType of ['Sweep Requested', 'Reconcile Requested']) {
      expect(parse({ ...command(detail), 'detail-type': detailType })).toMatchObject({
        kind: 'drop',
        reason: 'event-unknown',
        detail: expect.stringContaining(named) as string,
      });
    }
  });

  it('keeps the good ids of a list and leaves the others', () => {
    const instanceIds = [null, 'i-0000000a', '__proto__', 7, 'i-0000000b', 'i-0000000a'];
    expect(parse(command({ owner, instanceIds }))).toMatchObject({ kind: 'instances', ids: ['i-0000000a', 'i-0000000b'] });
    const arns = [null, 'arn:aws:ec2:eu-west-1:1:instance/i-0000000a', 'nonsense'];
    expect(parse(tag(arns))).toMatchObject({ kind: 'instances', ids: ['i-0000000a'] });
  });

  it.each(['true', 1, 'yes', null, {}])('takes nothing but true for leave to delete: %j', (allowDeletes) => {
    const request = parse({ ...command({ owner, allowDeletes }), 'detail-type': 'Sweep Requested' });
    expect(request.kind).toBe('sweep');
    expect(request).not.toHaveProperty('allowDeletes');
  });

  it('cuts what it keeps of a megabyte of text', () => {
    const long = 'x'.repeat(1_000_000);
    const dropped = [
      long,
      { source: long, 'detail-type': long },
      command({ owner: long }),
      state({ 'instance-id': long }, { id: long }),
    ];
    for (const event of dropped) expect(JSON.stringify(parse(event)).length).toBeLessThan(1_000);
    const call = {
      source: 'aws.ec2',
      'detail-type': 'AWS API Call via CloudTrail',
      id: long,
      detail: { userIdentity: { arn: long } },
    };
    expect(JSON.stringify(parse(call)).length).toBeLessThan(1_000);
  });

  it('keeps an excerpt on one line', () => {
    const request = parse('no\nJSON\r\n\u2028"quoted"\u0007');
    const detail = 'detail' in request ? request.detail : '';
    expect(detail).toContain('no\\nJSON');
    expect(detail).not.toMatch(/\p{Cc}/u);
  });

  it('does not fall over an owner nested as deep as a message can hold', () => {
    const depth = 100_000;
    const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const body = `{"source":"automirror","detail-type":"Sweep Requested","detail":{"owner":${nested}}}`;
    expect(parse(body)).toMatchObject({ kind: 'drop' });
  });

  it('never throws, whatever text comes', () => {
    fc.assert(
      fc.property(fc.string(), (body) => {
        expect(parse(body).kind).toBe('drop');
      }),
    );
  });

  it('never throws, whatever an event of a kind it knows holds, and names no id of another form', () => {
    const kinds = fixtures.map(({ event }) => event as { source: string; 'detail-type': string });
    const keys = ['owner', 'instanceIds', 'instance-id', 'requestParameters', 'userIdentity', 'resource-type', 'toString'];
    const detail = fc.dictionary(fc.constantFrom(...keys), fc.oneof(fc.jsonValue(), fc.constant(owner)));
    fc.assert(
      fc.property(fc.constantFrom(...kinds), detail, fc.jsonValue(), fc.jsonValue(), (kind, about, resources, id) => {
        const request = parse({ source: kind.source, 'detail-type': kind['detail-type'], detail: about, resources, id });
        if (request.kind === 'instances') for (const one of request.ids) expect(one).toMatch(/^i-[0-9a-f]{8,17}$/);
      }),
    );
  });
});
