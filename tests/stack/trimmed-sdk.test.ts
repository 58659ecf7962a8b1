import * as ec2 from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodedMembers } from '../../src/packaging/decoded-members.ts';
import { asDecoded } from './answer-shapes.ts';
import { errorAnswer, goldenAnswers } from './golden-answers.ts';
import * as whole from './sdk-probe.ts';
import { startStubEndpoint } from './stub-endpoint.ts';
import { loadTrimmedProbe } from './trimmed-probe.ts';

type Sdk = typeof whole;
type Stub = Awaited<ReturnType<typeof startStubEndpoint>>;

const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
let trimmed: Sdk;
let stub: Stub;

interface TraceStore {
  getXRayTraceId(): string | undefined;
  getTraceparent?(): string;
  getTracestate?(): string;
}

/** The Lambda runtime's store of trace ids. The whole SDK keeps the first that it finds, so it is one for all tests, with what a test puts there. */
const runtimeStore: { now: TraceStore } = { now: { getXRayTraceId: () => undefined } };
vi.stubGlobal('awslambda', {
  InvokeStore: new Proxy({}, { get: (_target, method) => Reflect.get(runtimeStore.now, method) }),
});

beforeAll(async () => {
  [trimmed, stub] = await Promise.all([loadTrimmedProbe(), startStubEndpoint()]);
}, 30_000);
afterAll(() => stub.stop());

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secret);
  vi.stubEnv('AWS_SESSION_TOKEN', 'session-token');
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  // The retry strategy waits a random part of its backoff: none, here.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-23T02:40:11Z') });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const clientOf = (sdk: Sdk) => new sdk.EC2Client({ endpoint: stub.url, maxAttempts: 3 });

/** Of the operations that answer with structures which the bundled client decodes in part. */
const answerSchemas: Partial<Record<keyof typeof goldenAnswers, typeof ec2.DescribeInstancesResult$>> = {
  DescribeInstances: ec2.DescribeInstancesResult$,
  DescribeNetworkInterfaces: ec2.DescribeNetworkInterfacesResult$,
};

/** Each operation as the handler calls it: with every parameter that it ever gives. */
const calls: Record<keyof typeof goldenAnswers, (sdk: Sdk) => Promise<unknown>> = {
  DescribeInstances: (sdk) =>
    clientOf(sdk).send(
      new sdk.DescribeInstancesCommand({
        Filters: [
          { Name: 'tag-key', Values: ['mirror', 'a b&c=ü'] },
          { Name: 'instance-state-name', Values: ['running'] },
        ],
        MaxResults: 1000,
        NextToken: 'next',
      }),
    ),
  DescribeNetworkInterfaces: (sdk) =>
    clientOf(sdk).send(
      new sdk.DescribeNetworkInterfacesCommand({
        Filters: [{ Name: 'network-interface-id', Values: ['eni-1'] }],
        MaxResults: 1000,
      }),
    ),
  DescribeTags: (sdk) =>
    clientOf(sdk).send(
      new sdk.DescribeTagsCommand({
        Filters: [{ Name: 'resource-type', Values: ['vpc', 'subnet'] }],
        MaxResults: 1000,
        NextToken: 'n',
      }),
    ),
  DescribeTrafficMirrorSessions: (sdk) =>
    clientOf(sdk).send(
      new sdk.DescribeTrafficMirrorSessionsCommand({
        Filters: [{ Name: 'network-interface-id', Values: ['eni-1'] }],
        MaxResults: 1000,
      }),
    ),
  DescribeTrafficMirrorTargets: (sdk) =>
    clientOf(sdk).send(new sdk.DescribeTrafficMirrorTargetsCommand({ MaxResults: 1000, NextToken: 'n' })),
  DescribeTrafficMirrorFilters: (sdk) =>
    clientOf(sdk).send(new sdk.DescribeTrafficMirrorFiltersCommand({ MaxResults: 1000, NextToken: 'n' })),
  CreateTrafficMirrorSession: (sdk) =>
    clientOf(sdk).send(
      new sdk.CreateTrafficMirrorSessionCommand({
        NetworkInterfaceId: 'eni-1',
        TrafficMirrorTargetId: 'tmt-1',
        TrafficMirrorFilterId: 'tmf-1',
        SessionNumber: 1,
        PacketLength: 100,
        VirtualNetworkId: 5,
        Description: 'd',
        TagSpecifications: [{ ResourceType: 'traffic-mirror-session', Tags: [{ Key: 'automirror:owner', Value: 'o' }] }],
        ClientToken: 't-1',
      }),
    ),
  ModifyTrafficMirrorSession: (sdk) =>
    clientOf(sdk).send(
      new sdk.ModifyTrafficMirrorSessionCommand({
        TrafficMirrorSessionId: 'tms-1',
        TrafficMirrorTargetId: 'tmt-2',
        TrafficMirrorFilterId: 'tmf-2',
        SessionNumber: 2,
        VirtualNetworkId: 6,
        RemoveFields: ['packet-length', 'description'],
      }),
    ),
  DeleteTrafficMirrorSession: (sdk) =>
    clientOf(sdk).send(new sdk.DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: 'tms-1' })),
  CreateTrafficMirrorFilter: (sdk) =>
    clientOf(sdk).send(
      new sdk.CreateTrafficMirrorFilterCommand({
        Description: 'd',
        TagSpecifications: [{ ResourceType: 'traffic-mirror-filter', Tags: [{ Key: 'automirror:owner', Value: 'o' }] }],
        ClientToken: 't-1',
      }),
    ),
  CreateTrafficMirrorFilterRule: (sdk) =>
    clientOf(sdk).send(
      new sdk.CreateTrafficMirrorFilterRuleCommand({
        TrafficMirrorFilterId: 'tmf-1',
        TrafficDirection: 'ingress',
        RuleNumber: 100,
        RuleAction: 'accept',
        Protocol: 6,
        SourceCidrBlock: '0.0.0.0/0',
        DestinationCidrBlock: '10.0.0.0/8',
        SourcePortRange: { FromPort: 0, ToPort: 65535 },
        DestinationPortRange: { FromPort: 80, ToPort: 443 },
        Description: 'd',
        ClientToken: 't-1',
      }),
    ),
  ModifyTrafficMirrorFilterNetworkServices: (sdk) =>
    clientOf(sdk).send(
      new sdk.ModifyTrafficMirrorFilterNetworkServicesCommand({
        TrafficMirrorFilterId: 'tmf-1',
        AddNetworkServices: ['amazon-dns'],
        RemoveNetworkServices: ['amazon-dns'],
      }),
    ),
  DeleteTrafficMirrorFilter: (sdk) =>
    clientOf(sdk).send(new sdk.DeleteTrafficMirrorFilterCommand({ TrafficMirrorFilterId: 'tmf-1' })),
  CreateTrafficMirrorTarget: (sdk) =>
    clientOf(sdk).send(
      new sdk.CreateTrafficMirrorTargetCommand({
        NetworkInterfaceId: 'eni-9',
        NetworkLoadBalancerArn: 'arn:n',
        GatewayLoadBalancerEndpointId: 'vpce-1',
        Description: 'd',
        TagSpecifications: [{ ResourceType: 'traffic-mirror-target', Tags: [{ Key: 'automirror:owner', Value: 'o' }] }],
        ClientToken: 't-1',
      }),
    ),
  DeleteTrafficMirrorTarget: (sdk) =>
    clientOf(sdk).send(new sdk.DeleteTrafficMirrorTargetCommand({ TrafficMirrorTargetId: 'tmt-1' })),
  CreateTags: (sdk) =>
    clientOf(sdk).send(new sdk.CreateTagsCommand({ Resources: ['tms-1', 'tms-2'], Tags: [{ Key: 'Name', Value: 'a & b' }] })),
};

const actions = Object.keys(calls) as (keyof typeof calls)[]; // the keys that the type names

describe.each(actions)('the trimmed client, for %s,', (action) => {
  it('asks and understands exactly as the whole SDK does', async () => {
    stub.answerWith({ body: goldenAnswers[action] });
    const wanted = await calls[action](whole);
    const got = await calls[action](trimmed);

    const schema = answerSchemas[action];
    expect(got).toEqual(schema === undefined ? wanted : asDecoded(schema, wanted));
    const [asWhole, asTrimmed] = stub.requests;
    expect(asTrimmed?.body).toBe(asWhole?.body);
    expect(asTrimmed?.body).toContain(`Action=${action}&Version=2016-11-15&`);
    expect(new Set(asTrimmed?.body.split('&')).size).toBeGreaterThan(2);
  });

  it('throws the error that EC2 answers with, and does not retry it', async () => {
    stub.answerWith({ status: 400, body: errorAnswer('InvalidTrafficMirrorSessionId.NotFound', 'It does not exist') });
    const error = await calls[action](trimmed).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      name: 'InvalidTrafficMirrorSessionId.NotFound',
      message: 'It does not exist',
      Code: 'InvalidTrafficMirrorSessionId.NotFound',
      $fault: 'client',
      $metadata: { httpStatusCode: 400, requestId: 'request-1', attempts: 1 },
    });
    expect(stub.requests).toHaveLength(1);
  });
});

/** Kinds of scalars in a schema, and in all schemas that it leads to by members that the trimmed client decodes. */
function scalarKinds(schema: unknown, seen = new Set<unknown>()): unknown[] {
  if (typeof schema === 'function') return scalarKinds(schema(), seen);
  if (!Array.isArray(schema)) return [schema];
  if (seen.has(schema)) return [];
  seen.add(schema);
  // A member with traits of its own is [schema, traits].
  if (typeof schema[1] !== 'string') return scalarKinds(schema[0], seen);
  const [kind, , name, , namesOrElement, memberSchemas] = schema;
  if (kind === 1) return scalarKinds(namesOrElement, seen);
  const kept = decodedMembers[name];
  const members: unknown[] = memberSchemas;
  return members.flatMap((member, index) =>
    kept === undefined || kept.includes(namesOrElement[index]) ? scalarKinds(member, seen) : [],
  );
}

describe('the trimmed EC2 client', () => {
  it('decodes nothing but strings, numbers, booleans and times', () => {
    const results = actions.map((action) => Reflect.get(ec2, `${action}$`)[5]);
    const [string, number, boolean, time] = [0, 1, 2, 4];
    expect(new Set(results.flatMap((result) => scalarKinds(result)))).toEqual(new Set([string, number, boolean, time, 'unit']));
  });

  it('sends nothing but strings, numbers, booleans and lists of strings', () => {
    const requests = actions.map((action) => Reflect.get(ec2, `${action}$`)[4]);
    const [string, number, boolean, strings] = [0, 1, 2, 64];
    expect(new Set(requests.flatMap((request) => scalarKinds(request)))).toEqual(new Set([string, number, boolean, strings]));
  });

  it('retries a throttled call with the same token', async () => {
    stub.answerWith(
      { status: 503, body: errorAnswer('RequestLimitExceeded', 'Request limit exceeded.') },
      { body: goldenAnswers.CreateTrafficMirrorSession },
    );
    const answer = await clientOf(trimmed).send(
      new trimmed.CreateTrafficMirrorSessionCommand({
        NetworkInterfaceId: 'eni-1',
        TrafficMirrorTargetId: 'tmt-1',
        TrafficMirrorFilterId: 'tmf-1',
        SessionNumber: 1,
      }),
    );

    expect(answer.$metadata.attempts).toBe(2);
    expect(stub.requests).toHaveLength(2);
    expect(stub.requests[1]?.body).toBe(stub.requests[0]?.body);
    expect(stub.requests[0]?.body).toMatch(/&ClientToken=[0-9a-f-]{36}/);
  });

  it('gives up after its attempts, with the throttle as the error', async () => {
    stub.answerWith({ status: 503, body: errorAnswer('RequestLimitExceeded', 'Request limit exceeded.') });
    await expect(calls.DescribeInstances(trimmed)).rejects.toMatchObject({
      name: 'RequestLimitExceeded',
      $metadata: { attempts: 3, httpStatusCode: 503 },
    });
    expect(stub.requests).toHaveLength(3);
  });

  it('signs as the whole SDK does, with the credentials of the environment', async () => {
    stub.answerWith({ body: goldenAnswers.DescribeTrafficMirrorTargets });
    await calls.DescribeTrafficMirrorTargets(whole);
    await calls.DescribeTrafficMirrorTargets(trimmed);

    const signatures = stub.requests.map(({ headers }) => ({
      scope: /Credential=([^,]+)/.exec(headers.authorization ?? '')?.[1],
      signed: /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1],
      token: headers['x-amz-security-token'],
      digest: headers['x-amz-content-sha256'],
      date: headers['x-amz-date'],
    }));
    expect(signatures[1]).toEqual(signatures[0]);
    expect(signatures[1]).toMatchObject({ scope: 'AKIDEXAMPLE/20261123/eu-west-1/ec2/aws4_request', token: 'session-token' });
    expect(stub.requests[1]?.headers.authorization).toMatch(/Signature=[0-9a-f]{64}$/);
  });

  it('refuses to call without credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    await expect(calls.DescribeInstances(trimmed)).rejects.toThrow('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set');
  });

  it('retries an answer that breaks off, as the whole SDK does', async () => {
    for (const sdk of [whole, trimmed]) {
      const body = goldenAnswers.DescribeTrafficMirrorTargets;
      stub.answerWith({ body, cutShort: true }, { body });
      const answer = await clientOf(sdk).send(new sdk.DescribeTrafficMirrorTargetsCommand({}));
      expect(answer.$metadata.attempts).toBe(2);
      expect(answer.TrafficMirrorTargets).toHaveLength(1);
    }
  });

  it('signs with the server’s time when its own clock is wrong, as the whole SDK does', async () => {
    for (const sdk of [whole, trimmed]) {
      const tooOld = { status: 403, body: errorAnswer('RequestExpired', 'Request has expired.'), aheadMs: 600_000 };
      stub.answerWith(tooOld, { body: goldenAnswers.DescribeTrafficMirrorTargets, aheadMs: 600_000 });
      await clientOf(sdk).send(new sdk.DescribeTrafficMirrorTargetsCommand({}));
      expect(stub.requests.map(({ headers }) => headers['x-amz-date'])).toEqual(['20261123T024011Z', '20261123T025011Z']);
    }
  });

  it('says who calls as the whole SDK does, but for the list of features', async () => {
    vi.stubEnv('AWS_EXECUTION_ENV', 'AWS_Lambda_nodejs24.x');
    vi.stubEnv('AWS_SDK_UA_APP_ID', 'mirrors');
    stub.answerWith({ body: goldenAnswers.DescribeTrafficMirrorTargets });
    await calls.DescribeTrafficMirrorTargets(whole);
    await calls.DescribeTrafficMirrorTargets(trimmed);

    // The SDK's two builds may name different versions of it, and it says the application twice.
    const words = (header: unknown) => [
      ...new Set(
        String(header)
          .replace(/3\.\d+\.\d+/g, '3')
          .split(' '),
      ),
    ];
    const [asWhole, asTrimmed] = stub.requests.map(({ headers }) => headers);
    expect(words(asTrimmed?.['user-agent'])).toEqual(words(asWhole?.['user-agent']).filter((word) => !word.startsWith('m/')));
    expect(asTrimmed?.['user-agent']).toMatch(/ api\/ec2#3\.\d+\.0 exec-env\/AWS_Lambda_nodejs24\.x app\/mirrors$/);
    expect(words(asTrimmed?.['x-amz-user-agent'])).toEqual(words(asWhole?.['x-amz-user-agent']));
  });

  it.each<[string, TraceStore]>([
    ['the runtime’s store', { getXRayTraceId: () => 'Root=1-store', getTraceparent: () => 'p', getTracestate: () => 's' }],
    ['an older runtime’s store', { getXRayTraceId: () => 'Root=1-old' }],
    ['the environment', { getXRayTraceId: () => undefined, getTracestate: () => 'not without a parent' }],
  ])('passes the trace ids of %s on, as the whole SDK does', async (_name, store) => {
    runtimeStore.now = store;
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'reconcile');
    vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-environment');
    stub.answerWith({ body: goldenAnswers.DescribeTrafficMirrorTargets });
    await calls.DescribeTrafficMirrorTargets(whole);
    await calls.DescribeTrafficMirrorTargets(trimmed);

    const traces = stub.requests.map(({ headers }) => [
      headers['x-amzn-trace-id'],
      headers.traceparent,
      headers.tracestate,
      headers.baggage,
    ]);
    expect(traces[1]).toEqual(traces[0]);
    expect(traces[1]?.[0]).toMatch(/^Root=1-(store|old|environment)$/);
  });

  it.each([
    ['AWS_MAX_ATTEMPTS', '2'],
    ['AWS_MAX_ATTEMPTS', 'many'],
    ['AWS_REGION', 'us-gov-west-1'],
    ['AWS_USE_FIPS_ENDPOINT', 'true'],
    ['AWS_USE_FIPS_ENDPOINT', 'perhaps'],
    ['AWS_USE_DUALSTACK_ENDPOINT', 'true'],
    ['AWS_RETRY_MODE', 'standard'],
  ])('understands %s=%s as the whole SDK does', async (name, value) => {
    vi.stubEnv(name, value);
    const settings = async ({ EC2Client }: Sdk) => {
      const { config } = new EC2Client({});
      const [maxAttempts, region, fips, dualStack] = await Promise.all([
        config.maxAttempts(),
        config.region(),
        config.useFipsEndpoint(),
        config.useDualstackEndpoint(),
      ]);
      const mode = typeof config.retryMode === 'function' ? await config.retryMode() : config.retryMode;
      return { maxAttempts, region, fips, dualStack, mode };
    };
    expect(await settings(trimmed)).toEqual(await settings(whole));
  });

  it('has no Region without AWS_REGION', async () => {
    vi.stubEnv('AWS_REGION', undefined);
    await expect(new trimmed.EC2Client({}).config.region()).rejects.toThrow('Region is missing');
  });

  it('takes its endpoint from AWS_ENDPOINT_URL', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', stub.url);
    stub.answerWith({ body: goldenAnswers.DescribeTrafficMirrorTargets });
    await new trimmed.EC2Client({}).send(new trimmed.DescribeTrafficMirrorTargetsCommand({}));
    expect(stub.requests).toHaveLength(1);
  });

  it('refuses the retry mode that it does not carry', async () => {
    const client = new trimmed.EC2Client({ endpoint: stub.url, retryMode: 'adaptive' });
    await expect(client.send(new trimmed.DescribeTrafficMirrorTargetsCommand({}))).rejects.toThrow('retry mode "adaptive"');
  });

  it('asks for nothing by what is empty or undefined, as the whole SDK does', async () => {
    for (const sdk of [whole, trimmed]) {
      stub.answerWith({ body: goldenAnswers.DescribeInstances });
      const Filters = [{ Name: 'tag-key', Values: [] }, { Name: 'vpc-id' }];
      await clientOf(sdk).send(
        new sdk.DescribeInstancesCommand({ Filters, InstanceIds: [], NextToken: undefined, MaxResults: 5 }),
      );
      expect(stub.requests[0]?.body).toBe(
        'Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=tag-key&Filter.2.Name=vpc-id&MaxResults=5',
      );
    }
  });

  it.each([
    ['', 'no list'],
    ['<reservationSet/>', 'an empty list'],
    ['<reservationSet>\n  </reservationSet>', 'a list of blanks'],
    ['<reservationSet><item/></reservationSet>', 'an empty item'],
    ['<reservationSet><item><ownerId/><instancesSet><item/><item/></instancesSet></item></reservationSet>', 'two empty items'],
    ['<reservationSet><item><instancesSet><item><tagSet/></item></instancesSet></item></reservationSet>', 'no tags'],
    ['<reservationSet><item><ownerId>&#x31;&amp;&lt;</ownerId></item></reservationSet>', 'escapes'],
    ['<reservationSet><item><ownerId> 1 </ownerId></item></reservationSet>', 'blanks around text'],
    ['<unknown><a>1</a></unknown><reservationSet/>', 'something new'],
  ])('reads %s, %s, as the whole SDK does', async (content) => {
    stub.answerWith({
      body: `<DescribeInstancesResponse xmlns="x"><requestId>r</requestId>${content}</DescribeInstancesResponse>`,
    });
    const [wanted, got] = [await calls.DescribeInstances(whole), await calls.DescribeInstances(trimmed)];
    expect(got).toEqual(wanted);
  });

  it.each(['', 'not XML', '<a><b></a>', '<html>Bad Gateway</html>'])('fails on %j as the whole SDK does', async (body) => {
    for (const status of [200, 502]) {
      stub.answerWith({ status, body });
      const outcome = (sdk: Sdk) =>
        calls.DescribeTrafficMirrorTargets(sdk).then(
          (answer) => answer,
          ({ name, message, $metadata }: Error & { readonly $metadata?: object }) => ({ name, message, $metadata }),
        );
      const [wanted, got] = [await outcome(whole), await outcome(trimmed)];
      expect(got).toEqual(wanted);
    }
  });

  it('skips members that it does not decode', async () => {
    const extra = '<instanceId>i-1</instanceId><cpuOptions><coreCount>2</coreCount></cpuOptions><newMember><a>1</a></newMember>';
    stub.answerWith({ body: goldenAnswers.DescribeInstances.replace('<instanceId>i-1</instanceId>', extra) });
    const answer = await clientOf(trimmed).send(new trimmed.DescribeInstancesCommand({}));
    const [instance] = answer.Reservations?.[0]?.Instances ?? [];
    expect(instance).toMatchObject({ InstanceId: 'i-1', InstanceType: 'm5.large' });
    expect(instance).not.toHaveProperty('CpuOptions');
  });
});

describe('the trimmed EventBridge client', () => {
  const put = (sdk: Sdk) =>
    new sdk.EventBridgeClient({ endpoint: stub.url, maxAttempts: 3 }).send(
      new sdk.PutEventsCommand({
        Entries: [
          {
            Source: 'automirror',
            DetailType: 'Mirror Session Created',
            Detail: JSON.stringify({ reason: 'über "a"' }),
            EventBusName: 'default',
            Resources: ['arn:aws:ec2:eu-west-1:111122223333:instance/i-1'],
            Time: new Date('2026-11-23T02:40:11.500Z'),
          },
        ],
      }),
    );

  it('asks and understands exactly as the whole SDK does', async () => {
    const entries = [{ EventId: 'e-1' }, { ErrorCode: 'InternalFailure', ErrorMessage: 'again' }];
    stub.answerWith({ body: JSON.stringify({ FailedEntryCount: 1, Entries: entries }) });
    const wanted = await put(whole);
    const got = await put(trimmed);

    expect(got).toEqual(wanted);
    expect(got).toMatchObject({ FailedEntryCount: 1, Entries: entries });
    const [asWhole, asTrimmed] = stub.requests;
    expect(JSON.parse(asTrimmed?.body ?? '')).toEqual(JSON.parse(asWhole?.body ?? ''));
    expect(JSON.parse(asTrimmed?.body ?? '')).toMatchObject({ Entries: [{ Time: 1795401611.5 }] });
    for (const header of ['x-amz-target', 'content-type', 'x-amz-security-token']) {
      expect(asTrimmed?.headers[header]).toBe(asWhole?.headers[header]);
    }
    expect(asTrimmed?.headers['x-amz-target']).toBe('AWSEvents.PutEvents');
    expect(asTrimmed?.headers.authorization).toContain('/eu-west-1/events/aws4_request');
  });

  it.each([
    ['InternalException', 500, 'server', 3],
    ['ThrottlingException', 400, 'client', 3],
    ['AccessDeniedException', 400, 'client', 1],
  ])('throws %s by its name, as the whole SDK does', async (name, status, fault, attempts) => {
    stub.answerWith({ status, body: JSON.stringify({ __type: `com.amazonaws.events#${name}`, message: 'No' }) });
    const wanted = await put(whole).catch((thrown: unknown) => thrown);
    const got = await put(trimmed).catch((thrown: unknown) => thrown);
    const expected = { name, message: 'No', $fault: fault, $metadata: { httpStatusCode: status, attempts } };
    expect(wanted).toMatchObject(expected);
    expect(got).toMatchObject(expected);
  });

  it('refuses a global endpoint, which it could not sign for', async () => {
    const client = new trimmed.EventBridgeClient({ region: 'eu-west-1' });
    const send = client.send(new trimmed.PutEventsCommand({ Entries: [], EndpointId: 'abcde.veo' }));
    await expect(send).rejects.toThrow('global endpoints are not part of this bundle');
  });
});
