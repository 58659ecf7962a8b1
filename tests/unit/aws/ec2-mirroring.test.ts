import {
  CreateTagsCommand,
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorFilterRuleCommand,
  CreateTrafficMirrorSessionCommand,
  DeleteTrafficMirrorFilterCommand,
  DeleteTrafficMirrorSessionCommand,
  EC2Client,
  EC2ServiceException,
  ModifyTrafficMirrorFilterNetworkServicesCommand,
  ModifyTrafficMirrorSessionCommand,
} from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import { afterEach, describe, expect, it } from 'vitest';
import { settleMs } from '../../../src/aws/client.ts';
import { createMirroring } from '../../../src/aws/ec2-mirroring.ts';
import { ManualClock } from '../../support/shell/clock.ts';

const ec2 = mockClient(EC2Client);
afterEach(() => {
  ec2.reset();
});

function aMirroring(leftMs = 60_000) {
  const clock = new ManualClock();
  return createMirroring(new EC2Client({ region: 'eu-west-1' }), clock, { at: clock.now() + leftMs });
}

const $metadata = { requestId: 'r-1' };
const newSession = {
  eniId: 'eni-1',
  targetId: 'tmt-1',
  filterId: 'tmf-1',
  sessionNumber: 3,
  tags: { k: 'v' },
  clientToken: 't',
} as const;

describe('the mirroring port', () => {
  it('creates a session with its tags in the same call', async () => {
    ec2.on(CreateTrafficMirrorSessionCommand).resolves({ $metadata, TrafficMirrorSession: { TrafficMirrorSessionId: 'tms-1' } });
    const made = await aMirroring().createSession({ ...newSession, packetLength: 96, vni: 7 });
    expect(made).toEqual({ requestId: 'r-1', sessionId: 'tms-1' });
    expect(ec2).toHaveReceivedCommandExactlyOnceWith(CreateTrafficMirrorSessionCommand, {
      NetworkInterfaceId: 'eni-1',
      TrafficMirrorTargetId: 'tmt-1',
      TrafficMirrorFilterId: 'tmf-1',
      SessionNumber: 3,
      PacketLength: 96,
      VirtualNetworkId: 7,
      TagSpecifications: [{ ResourceType: 'traffic-mirror-session', Tags: [{ Key: 'k', Value: 'v' }] }],
      ClientToken: 't',
    });
  });

  it('leaves length and VNI to EC2 where none is asked for', async () => {
    ec2.on(CreateTrafficMirrorSessionCommand).resolves({ $metadata, TrafficMirrorSession: { TrafficMirrorSessionId: 'tms-1' } });
    await aMirroring().createSession(newSession);
    expect(ec2.calls()[0]?.args[0].input).toMatchObject({ PacketLength: undefined, VirtualNetworkId: undefined });
  });

  it('sends no tag specification where there are no tags', async () => {
    ec2.on(CreateTrafficMirrorSessionCommand).resolves({ $metadata, TrafficMirrorSession: { TrafficMirrorSessionId: 'tms-1' } });
    await aMirroring().createSession({ ...newSession, tags: {} });
    expect(ec2.calls()[0]?.args[0].input).toMatchObject({ TagSpecifications: undefined });
  });

  it.each([
    ['target', { targetId: 'tmt-2' }, { TrafficMirrorTargetId: 'tmt-2' }],
    ['filter', { filterId: 'tmf-2' }, { TrafficMirrorFilterId: 'tmf-2' }],
    ['number', { sessionNumber: 2 }, { SessionNumber: 2 }],
    ['length', { packetLength: 64 }, { PacketLength: 64 }],
    ['length, lifted', { packetLength: null }, { RemoveFields: ['packet-length'] }],
    ['VNI', { vni: 9 }, { VirtualNetworkId: 9 }],
  ] as const)('modifies the %s and nothing else', async (_what, modification, input) => {
    ec2.on(ModifyTrafficMirrorSessionCommand).resolves({ $metadata });
    await expect(aMirroring().modifySession('tms-1', modification)).resolves.toEqual({ requestId: 'r-1' });
    const sent = Object.entries(ec2.calls()[0]?.args[0].input ?? {}).filter(([, value]) => value !== undefined);
    expect(Object.fromEntries(sent)).toEqual({ TrafficMirrorSessionId: 'tms-1', ...input });
  });

  it('tags and deletes a session', async () => {
    ec2.on(CreateTagsCommand).resolves({ $metadata }).on(DeleteTrafficMirrorSessionCommand).resolves({ $metadata });
    await expect(aMirroring().tagSession('tms-1', { a: 'b', c: '' })).resolves.toEqual({ requestId: 'r-1' });
    await expect(aMirroring().deleteSession('tms-1')).resolves.toEqual({ requestId: 'r-1' });
    expect(ec2).toHaveReceivedCommandExactlyOnceWith(CreateTagsCommand, {
      Resources: ['tms-1'],
      Tags: [
        { Key: 'a', Value: 'b' },
        { Key: 'c', Value: '' },
      ],
    });
    expect(ec2).toHaveReceivedCommandExactlyOnceWith(DeleteTrafficMirrorSessionCommand, { TrafficMirrorSessionId: 'tms-1' });
  });

  it('tags an instance', async () => {
    ec2.on(CreateTagsCommand).resolves({ $metadata });
    await expect(aMirroring().tagInstance('i-1', { mirror: 'true' })).resolves.toEqual({ requestId: 'r-1' });
    expect(ec2).toHaveReceivedCommandExactlyOnceWith(CreateTagsCommand, {
      Resources: ['i-1'],
      Tags: [{ Key: 'mirror', Value: 'true' }],
    });
  });

  it('makes, fills and deletes a filter', async () => {
    ec2
      .on(CreateTrafficMirrorFilterCommand)
      .resolves({ $metadata, TrafficMirrorFilter: { TrafficMirrorFilterId: 'tmf-1' } })
      .on(CreateTrafficMirrorFilterRuleCommand)
      .resolves({ $metadata })
      .on(ModifyTrafficMirrorFilterNetworkServicesCommand)
      .resolves({ $metadata })
      .on(DeleteTrafficMirrorFilterCommand)
      .resolves({ $metadata });
    const mirroring = aMirroring();
    const made = await mirroring.createFilter({ description: 'd', tags: { k: 'v' }, clientToken: 't' });
    expect(made).toEqual({ requestId: 'r-1', filterId: 'tmf-1' });
    await mirroring.createFilterRule(
      'tmf-1',
      {
        direction: 'ingress',
        number: 10,
        action: 'reject',
        protocol: 6,
        sourceCidr: '10.0.0.0/8',
        destinationCidr: '0.0.0.0/0',
        sourcePorts: { from: 0, to: 1023 },
        destinationPorts: { from: 443, to: 443 },
        description: 'x',
      },
      'u',
    );
    await mirroring.addNetworkServices('tmf-1', ['amazon-dns']);
    await mirroring.deleteFilter('tmf-1');

    expect(ec2.calls().map(({ args }) => args[0].input)).toEqual([
      {
        Description: 'd',
        TagSpecifications: [{ ResourceType: 'traffic-mirror-filter', Tags: [{ Key: 'k', Value: 'v' }] }],
        ClientToken: 't',
      },
      {
        TrafficMirrorFilterId: 'tmf-1',
        TrafficDirection: 'ingress',
        RuleNumber: 10,
        RuleAction: 'reject',
        Protocol: 6,
        SourceCidrBlock: '10.0.0.0/8',
        DestinationCidrBlock: '0.0.0.0/0',
        SourcePortRange: { FromPort: 0, ToPort: 1023 },
        DestinationPortRange: { FromPort: 443, ToPort: 443 },
        Description: 'x',
        ClientToken: 'u',
      },
      { TrafficMirrorFilterId: 'tmf-1', AddNetworkServices: ['amazon-dns'] },
      { TrafficMirrorFilterId: 'tmf-1' },
    ]);
  });

  it('does not call a create done whose answer lacks the id', async () => {
    ec2
      .on(CreateTrafficMirrorSessionCommand)
      .resolves({ $metadata })
      .on(CreateTrafficMirrorFilterCommand)
      .resolves({ $metadata });
    const incomplete = { name: 'Ec2Error', class: 'unsettled', code: 'IncompleteAnswerError' };
    await expect(aMirroring().createSession(newSession)).rejects.toMatchObject(incomplete);
    await expect(aMirroring().createFilter({ description: '', tags: {}, clientToken: 't' })).rejects.toMatchObject(incomplete);
  });

  it.each([
    ['createSession', () => aMirroring().createSession(newSession)],
    ['modifySession', () => aMirroring().modifySession('tms-1', { vni: 1 })],
    ['tagSession', () => aMirroring().tagSession('tms-1', { a: 'b' })],
    ['tagInstance', () => aMirroring().tagInstance('i-1', { a: 'b' })],
    ['deleteSession', () => aMirroring().deleteSession('tms-1')],
    ['createFilter', () => aMirroring().createFilter({ description: '', tags: {}, clientToken: 't' })],
    ['addNetworkServices', () => aMirroring().addNetworkServices('tmf-1', ['amazon-dns'])],
    ['deleteFilter', () => aMirroring().deleteFilter('tmf-1')],
  ])('classifies what EC2 answers to %s', async (_method, call) => {
    ec2.rejects(
      new EC2ServiceException({
        name: 'UnauthorizedOperation',
        message: 'no',
        $fault: 'client',
        $metadata: { httpStatusCode: 403, requestId: 'r-2' },
      }),
    );
    await expect(call()).rejects.toMatchObject({ name: 'Ec2Error', class: 'denied', message: 'no', requestId: 'r-2' });
  });

  it('begins no change when too little time is left to settle it', async () => {
    await expect(aMirroring(settleMs).deleteSession('tms-1')).rejects.toMatchObject({ class: 'deadline' });
    expect(ec2.calls()).toEqual([]);
  });
});
