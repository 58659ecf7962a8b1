import { describe, expect, it } from 'vitest';
import { createBench, sendRaw } from './in-process-client.ts';
import { addMirroring, launchOne } from './world-setup.ts';

const codeIn = (body: string): string | undefined => /<Code>(.*?)<\/Code>/.exec(body)?.[1];
const messageIn = (body: string): string | undefined => /<Message>(.*?)<\/Message>/.exec(body)?.[1];
const V = 'Version=2016-11-15';

describe('the query protocol', () => {
  it('answers a session in exactly the documented XML', async () => {
    const bench = createBench();
    const { targetId, filterId } = await addMirroring(bench);
    const { eniId } = await launchOne(bench);
    const { status, body } = await sendRaw(
      bench,
      `Action=CreateTrafficMirrorSession&${V}&NetworkInterfaceId=${eniId}&TrafficMirrorTargetId=${targetId}&TrafficMirrorFilterId=${filterId}` +
        '&SessionNumber=1&PacketLength=100&VirtualNetworkId=5&Description=%3Cd%3E&ClientToken=t-1' +
        '&TagSpecification.1.ResourceType=traffic-mirror-session&TagSpecification.1.Tag.1.Key=a&TagSpecification.1.Tag.1.Value=b%20c',
    );
    const id = bench.ec2.world.sessions()[0]?.trafficMirrorSessionId;
    expect(status).toBe(200);
    expect(body).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<CreateTrafficMirrorSessionResponse xmlns="http:\/\/ec2.amazonaws.com\/doc\/2016-11-15\/"><requestId>request-1<\/requestId>/,
    );
    for (const part of [
      '<trafficMirrorSession>',
      `<trafficMirrorSessionId>${id}</trafficMirrorSessionId>`,
      `<networkInterfaceId>${eniId}</networkInterfaceId>`,
      '<ownerId>111122223333</ownerId>',
      '<packetLength>100</packetLength>',
      '<sessionNumber>1</sessionNumber>',
      '<virtualNetworkId>5</virtualNetworkId>',
      '<description>&lt;d&gt;</description>',
      '<tagSet><item><key>a</key><value>b c</value></item></tagSet>',
      '</trafficMirrorSession><clientToken>t-1</clientToken></CreateTrafficMirrorSessionResponse>',
    ]) {
      expect(body).toContain(part);
    }
  });

  it('takes GET with a query string, and signing parameters beside it', async () => {
    const bench = createBench();
    const { status, body } = await sendRaw(
      bench,
      `Action=DescribeTrafficMirrorSessions&${V}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0`,
      'GET',
    );
    expect(status).toBe(200);
    expect(body).toContain('<trafficMirrorSessionSet/>');
  });

  it('writes an error with its code, message and RequestID', async () => {
    const { status, body } = await sendRaw(
      createBench(),
      `Action=DeleteTrafficMirrorSession&${V}&TrafficMirrorSessionId=tms-00000000000000000`,
    );
    expect(status).toBe(400);
    expect(body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>InvalidTrafficMirrorSessionId.NotFound</Code>' +
        '<Message>The trafficMirrorSession ID &apos;tms-00000000000000000&apos; does not exist</Message></Error></Errors><RequestID>request-1</RequestID></Response>',
    );
  });

  it('says return true where the model has no response', async () => {
    const bench = createBench();
    const { instanceId } = await launchOne(bench);
    const { body } = await sendRaw(bench, `Action=CreateTags&${V}&ResourceId.1=${instanceId}&Tag.1.Key=a&Tag.1.Value=b`);
    expect(body).toContain('<return>true</return>');
  });

  it.each([
    ['MissingAction', V],
    ['MissingAction', `Action=&${V}`],
    ['InvalidAction', `Action=DescribeEverything&${V}`],
    ['InvalidAction', `Action=CreateVolume&${V}`],
    ['NoSuchVersion', 'Action=DescribeInstances&Version=latest'],
    ['MalformedQueryString', `Action=DescribeInstances&${V}&InstanceId.1=%zz`],
    ['MalformedQueryString', `Action=DescribeInstances&${V}&MaxResults=5&MaxResults=6`],
    ['UnknownParameter', `Action=DescribeInstances&${V}&InstanceIds.1=i-00000000000000000`],
    ['UnknownParameter', `Action=DescribeInstances&${V}&Filter.1.Values.1=x&Filter.1.Name=instance-id`],
    ['UnknownParameter', `Action=DescribeInstances&${V}&InstanceId.x=i-00000000000000000`],
    ['UnknownParameter', `Action=DescribeInstances&${V}&MaxResults.1=5`],
    ['UnknownParameter', `Action=DeleteTrafficMirrorSession&${V}&TrafficMirrorSessionId=tms-00000000000000000&Force=true`],
    ['MissingParameter', `Action=DeleteTrafficMirrorSession&${V}`],
    ['MissingParameter', `Action=DeleteTrafficMirrorSession&${V}&TrafficMirrorSessionId=`],
    ['MissingParameter', `Action=CreateTags&${V}&ResourceId.1=i-00000000000000000`],
    ['InvalidParameterValue', `Action=DescribeInstances&${V}&MaxResults=five`],
    ['InvalidParameterValue', `Action=DescribeInstances&${V}&MaxResults=5.5`],
    ['InvalidParameterValue', `Action=DescribeInstances&${V}&MaxResults=99999999999`],
    ['InvalidParameterValue', `Action=DescribeInstances&${V}&DryRun=yes`],
  ])('refuses with %s: %s', async (code, parameters) => {
    const { status, body } = await sendRaw(createBench(), parameters);
    expect([status, codeIn(body)]).toEqual([400, code]);
  });

  it('names every missing parameter, and the unknown one by its wire name', async () => {
    const bench = createBench();
    const missing = await sendRaw(bench, `Action=CreateTrafficMirrorSession&${V}&SessionNumber=1`);
    expect(messageIn(missing.body)).toBe(
      'The request must contain the parameter NetworkInterfaceId, TrafficMirrorTargetId, TrafficMirrorFilterId',
    );
    const unknown = await sendRaw(bench, `Action=CreateTrafficMirrorSession&${V}&TagSpecification.1.Tag.1.Name=a`);
    expect(messageIn(unknown.body)).toContain('TagSpecification.1.Tag.1.Name');
  });

  it('takes lists in the order of their indexes, gaps included, and an empty list without index', async () => {
    const bench = createBench();
    const { instanceId } = await launchOne(bench);
    await sendRaw(bench, `Action=CreateTags&${V}&ResourceId.5=${instanceId}&Tag.11.Key=b&Tag.2.Key=a`);
    expect(Object.keys(bench.ec2.world.tags(instanceId))).toEqual(['a', 'b']);
    const { status } = await sendRaw(bench, `Action=DescribeInstances&${V}&InstanceId=`);
    expect(status).toBe(200);
  });
});

describe('the log of calls', () => {
  it('counts every request with its outcome until it is reset', async () => {
    const bench = createBench();
    await sendRaw(bench, `Action=DescribeInstances&${V}`);
    await sendRaw(bench, `Action=DescribeInstances&${V}&MaxResults=0`);
    await sendRaw(bench, `Action=CreateTrafficMirrorFilter&${V}&DryRun=true`);
    expect(bench.ec2.calls.byAction()).toEqual({ DescribeInstances: 2, CreateTrafficMirrorFilter: 1 });
    expect(bench.ec2.calls.count({ outcome: 'ok' })).toBe(1);
    expect(bench.ec2.calls.count({ mutating: true })).toBe(1);
    expect(bench.ec2.calls.list({ dryRun: true })).toMatchObject([
      { outcome: 'DryRunOperation', callerKind: 'user', requestId: 'request-1' },
    ]);
    bench.ec2.calls.reset();
    expect(bench.ec2.calls.count()).toBe(0);
  });
});
