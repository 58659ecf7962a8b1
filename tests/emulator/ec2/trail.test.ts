import {
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  CreateTagsCommand,
  DeleteTrafficMirrorSessionCommand,
  DescribeInstancesCommand,
  DetachNetworkInterfaceCommand,
  ModifyTrafficMirrorSessionCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/emulator/core.ts';
import { type Bench, createBench, inProcessClient, refusal } from './in-process-client.ts';
import { addMirroring, addSession, type Launched, launchOne, type Mirroring, present } from './world-setup.ts';

let bench: Bench;
let mirroring: Mirroring;
let source: Launched;

beforeEach(async () => {
  bench = createBench({ cloudTrailLatencyMs: 500 });
  mirroring = await addMirroring(bench);
  source = await launchOne(bench);
  await bench.host.clock.advance(500);
  bench.host.emitted.length = 0;
});

/** The records of calls made since, once CloudTrail has delivered them. */
async function records(): Promise<Record<string, unknown>[]> {
  await bench.host.clock.advance(500);
  return bench.host.emitted
    .filter(({ detailType }) => detailType === 'AWS API Call via CloudTrail')
    .map(({ detail }) => Object.fromEntries(Object.entries(present(detail ?? undefined))));
}

describe('CloudTrail', () => {
  it('records a mutating call with its frame, after the latency', async () => {
    await bench.client.send(new CreateTagsCommand({ Resources: [source.instanceId], Tags: [{ Key: 'mirror', Value: 'true' }] }));
    expect(bench.host.emitted.filter(({ detailType }) => detailType.includes('CloudTrail'))).toEqual([]);
    const [record] = await records();
    expect(record).toMatchObject({
      eventVersion: '1.11',
      userIdentity: {
        type: 'IAMUser',
        userName: 'tester',
        arn: 'arn:aws:iam::111122223333:user/tester',
        accountId: '111122223333',
      },
      eventSource: 'ec2.amazonaws.com',
      eventName: 'CreateTags',
      awsRegion: 'eu-west-1',
      requestParameters: {
        resourcesSet: { items: [{ resourceId: source.instanceId }] },
        tagSet: { items: [{ key: 'mirror', value: 'true' }] },
      },
      responseElements: { requestId: expect.any(String), _return: true },
      readOnly: false,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: '111122223333',
      eventCategory: 'Management',
    });
    expect(record?.errorCode).toBeUndefined();
    expect(bench.host.emitted.find(({ detailType }) => detailType.includes('CloudTrail'))).toMatchObject({
      source: 'aws.ec2',
      resources: [],
    });
  });

  it('wraps the mirror calls, with numbers as numbers, the owner too, and empty sets as empty text', async () => {
    const id = await addSession(bench, mirroring, source.eniId, { ClientToken: 'token', PacketLength: 100 });
    await bench.client.send(
      new ModifyTrafficMirrorSessionCommand({
        TrafficMirrorSessionId: id,
        SessionNumber: 2,
        RemoveFields: ['description', 'packet-length'],
      }),
    );
    await bench.client.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id }));
    const [create, modify, remove] = await records();
    expect(create).toMatchObject({
      requestParameters: {
        CreateTrafficMirrorSessionRequest: {
          NetworkInterfaceId: source.eniId,
          TrafficMirrorTargetId: mirroring.targetId,
          TrafficMirrorFilterId: mirroring.filterId,
          SessionNumber: 1,
          PacketLength: 100,
          ClientToken: 'token',
        },
      },
      responseElements: {
        CreateTrafficMirrorSessionResponse: {
          xmlns: 'http://ec2.amazonaws.com/doc/2016-11-15/',
          clientToken: 'token',
          trafficMirrorSession: { trafficMirrorSessionId: id, ownerId: 111_122_223_333, sessionNumber: 1, tagSet: '' },
        },
      },
    });
    expect(modify?.requestParameters).toEqual({
      ModifyTrafficMirrorSessionRequest: {
        TrafficMirrorSessionId: id,
        SessionNumber: 2,
        RemoveField: [
          { tag: 1, content: 'description' },
          { tag: 2, content: 'packet-length' },
        ],
      },
    });
    expect(remove).toMatchObject({
      requestParameters: { DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId: id } },
      responseElements: { DeleteTrafficMirrorSessionResponse: { trafficMirrorSessionId: id } },
    });
  });

  it('writes launches, attachments, detachments and terminations as captured records do', async () => {
    await bench.client.send(
      new RunInstancesCommand({
        ImageId: 'ami-12345678',
        InstanceType: 'm5.large',
        MinCount: 1,
        MaxCount: 1,
        ClientToken: 'token',
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a', Value: 'b' }] }],
      }),
    );
    const { NetworkInterface: eni } = await bench.client.send(
      new CreateNetworkInterfaceCommand({ SubnetId: present(bench.ec2.network).subnetIds[0] }),
    );
    const NetworkInterfaceId = present(eni?.NetworkInterfaceId);
    const { AttachmentId } = await bench.client.send(
      new AttachNetworkInterfaceCommand({ NetworkInterfaceId, InstanceId: source.instanceId, DeviceIndex: 1 }),
    );
    await bench.client.send(new DetachNetworkInterfaceCommand({ AttachmentId, Force: true }));
    await bench.client.send(new TerminateInstancesCommand({ InstanceIds: [source.instanceId] }));
    const [run, , attach, detach, terminate] = await records();
    expect(run).toMatchObject({
      requestParameters: {
        instancesSet: { items: [{ imageId: 'ami-12345678', minCount: 1, maxCount: 1 }] },
        instanceType: 'm5.large',
        clientToken: 'token',
        tagSpecificationSet: { items: [{ resourceType: 'instance', tags: [{ key: 'a', value: 'b' }] }] },
      },
      responseElements: {
        reservationId: expect.stringMatching(/^r-/),
        instancesSet: { items: [{ instanceState: { code: 0, name: 'pending' }, launchTime: expect.any(Number) }] },
      },
    });
    expect(attach).toMatchObject({
      requestParameters: { networkInterfaceId: NetworkInterfaceId, instanceId: source.instanceId, deviceIndex: 1 },
      responseElements: { attachmentId: AttachmentId },
    });
    expect(detach).toMatchObject({
      requestParameters: { attachmentId: AttachmentId, force: true },
      responseElements: { _return: true },
    });
    expect(terminate).toMatchObject({
      requestParameters: { instancesSet: { items: [{ instanceId: source.instanceId }] } },
      responseElements: {
        instancesSet: {
          items: [
            {
              instanceId: source.instanceId,
              currentState: { code: 32, name: 'shutting-down' },
              previousState: { code: 16, name: 'running' },
            },
          ],
        },
      },
    });
  });

  it('records refused and dry-run calls with their code and no response', async () => {
    await refusal(addSession(bench, mirroring, mirroring.sensor.eniId));
    await refusal(addSession(bench, mirroring, source.eniId, { DryRun: true }));
    bench.ec2.controls.fail({ action: '*', error: { code: 'InternalError', status: 500 } });
    await refusal(addSession(bench, mirroring, source.eniId));
    expect((await records()).map((record) => [record.errorCode, record.responseElements])).toEqual([
      ['Client.InterfaceInUseByTrafficMirrorTarget', null],
      ['Client.DryRunOperation', null],
      ['Server.InternalError', null],
    ]);
  });

  it('records a call whose answer was lost as done', async () => {
    bench.ec2.controls.fail({ action: 'CreateTrafficMirrorSession', after: true, error: { code: 'InternalError', status: 500 } });
    await refusal(addSession(bench, mirroring, source.eniId));
    const [record] = await records();
    expect([record?.errorCode, record?.responseElements]).toEqual([undefined, expect.anything()]);
  });

  it('tells the role that a session of it comes from', async () => {
    const caller: Caller = {
      accountId: '111122223333',
      arn: 'arn:aws:sts::111122223333:assumed-role/mirror/fn',
      accessKeyId: 'ASIATESTTESTTESTTEST',
      principalId: 'AROATEST:fn',
      kind: 'role',
      roleArn: 'arn:aws:iam::111122223333:role/mirror',
    };
    const client = inProcessClient(bench.ec2, bench.host, caller);
    await client.send(new CreateTagsCommand({ Resources: [source.instanceId], Tags: [{ Key: 'a', Value: 'b' }] }));
    expect((await records())[0]?.userIdentity).toMatchObject({
      type: 'AssumedRole',
      principalId: 'AROATEST:fn',
      sessionContext: { sessionIssuer: { type: 'Role', principalId: 'AROATEST', arn: caller.roleArn, userName: 'mirror' } },
    });
    expect(bench.ec2.calls.count({ callerKind: 'role' })).toBe(1);
  });

  it('does not record describes, nor anything when off', async () => {
    await bench.client.send(new DescribeInstancesCommand({}));
    bench.ec2.controls.settings.cloudTrail = false;
    await bench.client.send(new CreateTagsCommand({ Resources: [source.instanceId], Tags: [{ Key: 'a', Value: 'b' }] }));
    expect(await records()).toEqual([]);
  });
});
