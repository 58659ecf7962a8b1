import { beforeEach, describe, expect, test } from 'vitest';
import { createAdmin } from '../../../src/emulator/admin.ts';
import { deliverySettings, ec2Settings } from '../../../src/emulator/admin-sections.ts';
import { type Calls, createCalls } from '../../../src/emulator/ec2/calls.ts';
import { createFaults, type Faults } from '../../../src/emulator/ec2/faults.ts';

let settings: {
  ec2: { throttling: boolean; pendingMs: number; errorSpelling: string; loadBalancers: string | string[]; sourceTypes: object };
  delivery: { lossShare: number };
};
let faults: Faults;
let calls: Calls;
let reported: unknown[];
let admin: ReturnType<typeof createAdmin>;

beforeEach(() => {
  settings = {
    ec2: { throttling: false, pendingMs: 150, errorSpelling: 'observed', loadBalancers: 'any', sourceTypes: {} },
    delivery: { lossShare: 0 },
  };
  reported = [];
  faults = createFaults();
  calls = createCalls();
  admin = createAdmin({
    settings: {
      ec2: { values: settings.ec2, allowed: ec2Settings },
      delivery: { values: settings.delivery, allowed: deliverySettings },
    },
    faults: { fail: (failure) => faults.fail(failure), hang: (hang) => faults.hang(hang), clearFaults: () => faults.clear() },
    calls,
    reportFigure: (...figure) => reported.push(figure),
    state: () => ({ instances: 3 }),
  });
});

function ask(
  method: string,
  rest: string,
  body?: unknown,
  headers: Record<string, string> = { 'content-type': 'application/json' },
) {
  const answer = admin(rest, {
    method,
    path: `/_automirror-emulator/${rest}`,
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: JSON.parse(answer.body) as unknown };
}

test('shows state and settings', () => {
  expect(ask('GET', 'state')).toEqual({ status: 200, body: { instances: 3 } });
  expect(ask('GET', 'settings')).toEqual({ status: 200, body: settings });
});

test('changes settings', () => {
  expect(ask('POST', 'settings', { ec2: { throttling: true }, delivery: { lossShare: 0.5 } }).status).toBe(200);
  expect(settings).toMatchObject({ ec2: { throttling: true, pendingMs: 150 }, delivery: { lossShare: 0.5 } });
});

test('takes lists and maps where a setting is one', () => {
  expect(ask('POST', 'settings', { ec2: { loadBalancers: ['arn:a'], sourceTypes: { t2: false } } }).status).toBe(200);
  expect(settings.ec2).toMatchObject({ loadBalancers: ['arn:a'], sourceTypes: { t2: false } });
});

test.each([
  ['an unknown section', { nothing: {} }, 'No section nothing'],
  ['an unknown setting', { ec2: { throtling: true } }, 'ec2.throtling: no such setting'],
  ['a setting of the wrong type', { ec2: { throttling: 'yes' } }, 'must be a boolean'],
  ['null', { ec2: { pendingMs: null } }, 'must be a number'],
  ['a word that is not one of the choices', { ec2: { errorSpelling: 'other' } }, 'expected one of'],
  ['a list of load balancers that is none', { ec2: { loadBalancers: 'all' } }, 'any, or a list of ARNs'],
  ['a share above one', { delivery: { lossShare: 1.5 } }, '<=1'],
  ['a negative number', { ec2: { pendingMs: -1 } }, 'must not be negative'],
  ['a name of the prototype', { ec2: { toString: 'x' } }, 'ec2.toString: no such setting'],
  ['a list', [1], 'Expected'],
  ['text that is no JSON', '{', 'not valid JSON'],
])('refuses %s and changes nothing', (_name, body, message) => {
  const before = structuredClone(settings);
  const mixed = typeof body === 'object' && !Array.isArray(body) ? { delivery: { lossShare: 1 }, ...body } : body;
  expect(ask('POST', 'settings', mixed)).toMatchObject({ status: 400, body: { message: expect.stringContaining(message) } });
  expect(settings).toEqual(before);
});

test('takes changes only as application/json', () => {
  expect(ask('POST', 'settings', { delivery: { lossShare: 1 } }, { 'content-type': 'text/plain' }).status).toBe(415);
  expect(settings.delivery.lossShare).toBe(0);
});

test('counts calls and forgets them', () => {
  const call = { at: 0, callerKind: 'user', callerArn: 'arn', requestId: 'r', outcome: 'ok', dryRun: false } as const;
  calls.record({ ...call, action: 'DescribeInstances', mutating: false });
  calls.record({ ...call, action: 'CreateTags', mutating: true });
  expect(ask('GET', 'calls').body).toEqual({
    total: 2,
    mutating: 1,
    byAction: { DescribeInstances: 1, CreateTags: 1 },
    mutatingByAction: { CreateTags: 1 },
  });
  ask('DELETE', 'calls');
  expect(ask('GET', 'calls').body).toMatchObject({ total: 0 });
});

describe('faults', () => {
  test('are armed and cleared', () => {
    expect(ask('POST', 'faults', { action: 'CreateTags', times: 2, error: { code: 'InternalError', status: 500 } }).status).toBe(
      200,
    );
    expect(faults.meet('CreateTags', new Map(), undefined).before).toMatchObject({ code: 'InternalError', status: 500 });
    ask('DELETE', 'faults');
    expect(faults.meet('CreateTags', new Map(), undefined).before).toBeUndefined();
    expect(ask('POST', 'faults', { action: '*', delayMs: 50 }).status).toBe(200);
    expect(faults.meet('RunInstances', new Map(), undefined).delayMs).toBe(50);
  });

  test.each([
    {},
    { action: 'X' },
    { action: 'X', error: {} },
    { action: 'X', error: { code: 'C' }, tmes: 3 },
    { action: 'X', times: 0, delayMs: 1 },
  ])('refuses %j', (body) => {
    expect(ask('POST', 'faults', body).status).toBe(400);
  });
});

test('says what there is', () => {
  expect(ask('GET', 'nothing')).toMatchObject({
    status: 404,
    body: { here: expect.arrayContaining(['GET /_automirror-emulator/state']) },
  });
});

test('has EC2 report figures to CloudWatch, and refuses what is none', () => {
  const values = { NetworkMirrorIn: 12, NetworkSkipMirrorIn: 3 };
  expect(ask('POST', 'metrics', { instanceId: 'i-1', values }).status).toBe(200);
  expect(reported).toEqual([
    ['i-1', 'NetworkMirrorIn', 12],
    ['i-1', 'NetworkSkipMirrorIn', 3],
  ]);
  expect(ask('POST', 'metrics', { instanceId: 'i-1', values: { NetworkMirrorIn: 'many' } }).status).toBe(400);
  expect(reported).toHaveLength(2);
});
