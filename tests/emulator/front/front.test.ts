import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import type { Service } from '../../../src/emulator/core.ts';
import { createFront, type FrontRequest, type Listener, listen, type RoutedService } from '../../../src/emulator/http-front.ts';
import { createCallers, seededIds, seededRandom } from '../../../src/emulator/identity.ts';

const ids = seededIds(seededRandom(1));
const callers = createCallers({ accountId: '111122223333', partition: 'aws' }, ids);

/** Answers which service it is and who asks. */
const echo = (name: string): Service => ({
  handle: ({ caller, path, body }) =>
    Promise.resolve({
      status: 200,
      headers: {},
      body: JSON.stringify({ name, arn: caller.arn, kind: caller.kind, path, length: body.length }),
    }),
});
const services = new Map<string, RoutedService>([
  ['ec2', { service: echo('ec2'), version: '2016-11-15' }],
  ['sts', { service: echo('sts'), version: '2011-06-15' }],
  ['sqs', { service: echo('sqs'), targetPrefix: 'AmazonSQS' }],
  ['events', { service: echo('events'), targetPrefix: 'AWSEvents' }],
]);
const front = createFront({
  services,
  callerOf: (key) => callers.callerOf(key),
  newRequestId: () => ids.newUuid(),
  ownHost: () => 'emulator.invalid',
  admin: (rest) => ({ status: 200, headers: {}, body: JSON.stringify({ admin: rest }) }),
});

async function ask(request: Partial<FrontRequest>): Promise<{ status: number; body: unknown }> {
  const { status, body } = await front({ method: 'POST', path: '/', headers: {}, body: '', ...request });
  return { status, body: body.startsWith('{') ? JSON.parse(body) : body };
}
const signed = (service: string, key = 'AKIAEXAMPLE'): Record<string, string> => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${key}/20261123/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=00`,
});
const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

describe('the service', () => {
  test.each<[string, Partial<FrontRequest>, string]>([
    ['the credential scope', { headers: signed('sqs') }, 'sqs'],
    [
      'the credential scope, against everything else',
      { headers: { ...signed('sqs'), 'x-amz-target': 'AWSEvents.PutEvents' } },
      'sqs',
    ],
    ['a presigned URL', { method: 'GET', path: '/?X-Amz-Credential=AKIA%2F20261123%2Feu-west-1%2Fsts%2Faws4_request' }, 'sts'],
    ['X-Amz-Target', { headers: { 'x-amz-target': 'AWSEvents.PutEvents' } }, 'events'],
    ['the version in a form body', { headers: form, body: 'Action=DescribeInstances&Version=2016-11-15' }, 'ec2'],
    ['the version in the query string', { method: 'GET', path: '/?Action=GetCallerIdentity&Version=2011-06-15' }, 'sts'],
  ])('is found by %s', async (_name, request, name) => {
    expect(await ask(request)).toMatchObject({ status: 200, body: { name } });
  });

  test('sees path, query string and body as they came', async () => {
    expect((await ask({ headers: signed('ec2'), path: '/a?b=c', body: 'xyz' })).body).toMatchObject({
      path: '/a?b=c',
      length: 3,
    });
  });

  test('that does not exist is an error in the protocol of the request', async () => {
    expect(await ask({ headers: { ...signed('dynamodb'), 'x-amz-target': 'DynamoDB.X' } })).toMatchObject({
      status: 400,
      body: { __type: 'UnknownOperationException' },
    });
    expect((await ask({ headers: { ...signed('<iam>'), ...form }, body: 'Action=X' })).body).toContain(
      '<Code>InvalidAction</Code><Message>The emulator has no service with the signing name iam.',
    );
  });
});

describe('the caller', () => {
  test('is the administrator for any key that is not a role session', async () => {
    expect((await ask({ headers: signed('sqs') })).body).toMatchObject({
      arn: 'arn:aws:iam::111122223333:user/local',
      kind: 'user',
    });
  });

  test('is the role session that registered the key', async () => {
    const session = { accessKeyId: 'ASIAROLE', roleArn: 'arn:aws:iam::111122223333:role/path/worker', sessionName: 'fn' };
    expect(callers.register(session)).toMatchObject({
      roleArn: session.roleArn,
      principalId: expect.stringMatching(/^AROA[0-9A-F]{17}:fn$/),
    });
    expect((await ask({ headers: signed('sqs', 'ASIAROLE') })).body).toMatchObject({
      arn: 'arn:aws:sts::111122223333:assumed-role/worker/fn',
      kind: 'role',
    });
  });
});

describe('a web page', () => {
  test.each([
    ['a foreign host name', 403, { host: 'evil.example:4566' }],
    ['an origin', 403, { host: '127.0.0.1:4566', origin: 'http://evil.example' }],
    ['an opaque origin', 403, { host: 'localhost', origin: 'null' }],
    ['a cross-site fetch', 403, { host: 'localhost', 'sec-fetch-site': 'cross-site' }],
    ['localhost', 200, { host: 'localhost:4566' }],
    ['IPv4 loopback', 200, { host: '127.0.0.1' }],
    ['IPv6 loopback', 200, { host: '[::1]:4566' }],
    ['the address of an emulator without a socket', 200, { host: 'emulator.invalid' }],
  ])('with %s gets %d', async (_name, status, headers) => {
    expect((await ask({ headers: { ...signed('sqs'), ...headers } })).status).toBe(status);
    expect((await ask({ path: '/_automirror-emulator/state', method: 'GET', headers })).status).toBe(status);
    expect((await ask({ path: '/health', method: 'GET', headers })).status).toBe(status);
  });
});

test('says what it is, that it is well, and what it does not have', async () => {
  expect(await ask({ method: 'GET' })).toMatchObject({
    status: 200,
    body: { emulator: 'automirror', services: ['ec2', 'sts', 'sqs', 'events'] },
  });
  expect(await ask({ method: 'GET', path: '/health' })).toEqual({ status: 200, body: { status: 'ok' } });
  expect((await ask({ method: 'GET', path: '/favicon.ico' })).status).toBe(404);
  expect((await ask({ method: 'GET', path: '/_automirror-emulator/calls' })).body).toEqual({ admin: 'calls' });
});

describe('on a socket', () => {
  let listener: Listener | undefined;
  afterEach(async () => {
    await listener?.close();
    listener = undefined;
  });

  test('answers, and refuses a body that is too large', async () => {
    listener = await listen(front, { host: '127.0.0.1', port: 0 });
    const post = (body: string) => fetch(`${listener?.endpoint}/`, { method: 'POST', headers: signed('sqs'), body });
    expect(await (await post('é')).json()).toMatchObject({ name: 'sqs', length: 1 });
    expect((await post('x'.repeat(4 * 1024 * 1024 + 1))).status).toBe(413);
  });

  test('refuses a rebound host name', async () => {
    listener = await listen(front, { host: '127.0.0.1', port: 0 });
    const { port } = new URL(listener.endpoint);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const outgoing = httpRequest(
        { port, host: '127.0.0.1', path: '/health', headers: { host: `evil.example:${port}` } },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      );
      outgoing.on('error', reject).end();
    });
    expect(status).toBe(403);
  });

  test('turns a failure of a service into an answer', async () => {
    listener = await listen(() => Promise.reject(new Error('boom')), { host: '127.0.0.1', port: 0 });
    const answer = await fetch(listener.endpoint);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ __type: 'InternalFailure', message: expect.stringContaining('boom') });
  });

  test('rejects when the port is taken', async () => {
    listener = await listen(front, { host: '127.0.0.1', port: 0 });
    const port = Number(new URL(listener.endpoint).port);
    await expect(listen(front, { host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

test('ids are seeded and have the shapes of AWS', () => {
  const first = seededIds(seededRandom(7));
  const second = seededIds(seededRandom(7));
  expect(first.newId('tms')).toMatch(/^tms-[0-9a-f]{17}$/);
  expect(first.newUuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  second.newId('x');
  second.newUuid();
  expect(second.newUuid()).toBe(first.newUuid());
  expect(new Set(Array.from({ length: 10_000 }, () => first.newId('i'))).size).toBe(10_000);
});
