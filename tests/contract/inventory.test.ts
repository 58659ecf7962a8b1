import { CreateTagsCommand, DescribeSubnetsCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import type { EniId, InstanceId } from '../../src/model/ids.ts';
import { candidateQueries } from '../../src/policy/candidate-queries.ts';
import { launch } from '../emulator/ec2/world-setup.ts';
import { aPolicy } from '../support/shell/things.ts';
import { createEc2Ports, createParts } from './ec2-bench.ts';

describe('the Inventory port on EC2', () => {
  it.each([
    ['on one page', {}, 1000, 5],
    ['on pages of five', {}, 5, 16],
    ['on pages of five whose second is empty, in any order', { emptyPage: 2, shuffleSeed: 7 }, 5, 20],
    ['on pages of five whose first is empty', { emptyPage: 1 }, 5, 21],
  ])('reads every list to its end %s', async (_what, options, pageSize, calls) => {
    const ports = createEc2Ports(options, { pageSize });
    const { inventory, mirroring, bench } = ports;
    const parts = await createParts(ports);
    const others = await launch(bench, { MinCount: 20, MaxCount: 20 });
    for (const [n, { eniId }] of others.slice(0, 8).entries())
      await mirroring.createSession(parts.session({ eniId: eniId as EniId, clientToken: `t-${n}` }));
    for (let n = 0; n < 11; n += 1) await mirroring.createFilter({ description: `f${n}`, tags: {}, clientToken: `f-${n}` });

    bench.ec2.calls.reset();
    const [instances, interfaces, sessions, targets, filters] = [
      await inventory.instances('all'),
      await inventory.networkInterfaces('all'),
      await inventory.sessions(),
      await inventory.targets(),
      await inventory.filters(),
    ];
    expect([instances.length, interfaces.length, sessions.length, targets.length, filters.length]).toEqual([22, 22, 8, 1, 12]);
    const ids = [...instances, ...interfaces, ...sessions, ...targets, ...filters].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(bench.ec2.calls.count()).toBe(calls);
  });

  it('leaves out an id that EC2 does not know, and reads its neighbours', async () => {
    const ports = createEc2Ports();
    const { source } = await createParts(ports);
    const instances = await ports.inventory.instances([source.instanceId, 'i-00000000000000bad' satisfies InstanceId]);
    expect(instances.map(({ id }) => id)).toEqual([source.instanceId]);
    const interfaces = await ports.inventory.networkInterfaces(['eni-00000000000000bad' satisfies EniId, source.eniId]);
    expect(interfaces.map(({ id }) => id)).toEqual([source.eniId]);
  });

  it('reads more ids than one request may name', async () => {
    const ports = createEc2Ports();
    const launched = await launch(ports.bench, { MinCount: 450, MaxCount: 450 });
    ports.bench.ec2.calls.reset();
    const instances = await ports.inventory.instances(launched.map(({ instanceId }) => instanceId as InstanceId));
    expect(instances).toHaveLength(450);
    expect(ports.bench.ec2.calls.byAction()).toEqual({ DescribeInstances: 3 });
  });

  it('reads the instances that a filter lets through, of more values than one, and of wildcards', async () => {
    const ports = createEc2Ports({}, { pageSize: 5 });
    const { client } = ports.bench;
    const launched = await launch(ports.bench, { MinCount: 20, MaxCount: 20 });
    const ids = launched.map(({ instanceId }) => instanceId);
    const tag = (index: number, Key: string) =>
      client.send(new CreateTagsCommand({ Resources: [ids[index] ?? ''], Tags: [{ Key, Value: 'x' }] }));
    for (const [index, key] of ['mirror', 'MIRROR', 'Mirror', 'mirrors', 'miror', 'error', 'mirrOr'].entries())
      await tag(index, key);
    const found = async (...values: string[]) =>
      (await ports.inventory.instances({ name: 'tag-key', values })).map(({ id }) => ids.indexOf(id)).sort((a, b) => a - b);

    const [query] = candidateQueries(aPolicy()) ?? [];
    expect(await found(...(query?.values ?? []))).toEqual([0, 1, 2, 6]);
    expect(await found('?irror', 'e*')).toEqual([0, 2, 5]);
    expect(await found('nobody')).toEqual([]);
    const { vpcId } = (await ports.inventory.instances('all'))[0] ?? {};
    for (const name of ['network-interface.vpc-id', 'owner-id', 'instance-type', 'availability-zone']) {
      const values = [vpcId ?? '', ports.bench.host.accountId, 'm5.*', 'eu-west-1?'];
      await expect(ports.inventory.instances({ name, values })).resolves.toHaveLength(20);
    }
    for (const name of ['network-interface.subnet-id', 'network-interface.group-id', 'platform', 'iam-instance-profile.arn'])
      await expect(ports.inventory.instances({ name, values: ['none'] })).resolves.toEqual([]);
  });

  it('reads what an instance and its interface are', async () => {
    const ports = createEc2Ports();
    const { source } = await createParts(ports);
    await ports.bench.client.send(
      new CreateTagsCommand({ Resources: [source.instanceId, source.eniId], Tags: [{ Key: 'Mirror', Value: 'TRUE' }] }),
    );
    const [instance] = await ports.inventory.instances([source.instanceId]);
    const [eni] = await ports.inventory.networkInterfaces([source.eniId]);
    expect(instance).toMatchObject({
      id: source.instanceId,
      accountId: ports.bench.host.accountId,
      type: 'm5.large',
      state: 'running',
      zone: eni?.zone,
      tags: { Mirror: 'TRUE' },
      platformDetails: 'Linux/UNIX',
      networkInterfaces: [
        {
          id: source.eniId,
          deviceIndex: 0,
          interfaceType: 'interface',
          attachmentStatus: 'attached',
          securityGroups: [{ id: expect.stringMatching(/^sg-/) as string, name: 'default' }],
          hasPublicIp: false,
        },
      ],
    });
    expect(ports.bench.host.clock.now() - (instance?.launchTime ?? 0)).toBeLessThan(60_000);
    expect(eni).toMatchObject({
      attachment: { instanceId: source.instanceId, status: 'attached' },
      tags: { Mirror: 'TRUE' },
      requesterManaged: false,
    });
  });

  it('reads a terminated instance, which has neither interfaces nor, later, tags', async () => {
    const ports = createEc2Ports();
    const { source } = await createParts(ports);
    const { client, host, ec2 } = ports.bench;
    await client.send(new TerminateInstancesCommand({ InstanceIds: [source.instanceId] }));
    await host.clock.advance(ec2.controls.settings.shuttingDownMs + ec2.controls.settings.terminatedTagsMs + 1_000);
    await expect(ports.inventory.instances([source.instanceId])).resolves.toMatchObject([
      { state: 'terminated', networkInterfaces: [], tags: {} },
    ]);
  });

  it.each([1000, 5])('reads the tags of VPCs and subnets alone, in pages of %i', async (pageSize) => {
    const ports = createEc2Ports({}, { pageSize });
    const { source } = await createParts(ports);
    const { client, ec2 } = ports.bench;
    const { Subnets = [] } = await client.send(new DescribeSubnetsCommand({}));
    const vpc = Subnets[0]?.VpcId ?? '';
    const [a = '', b = ''] = Subnets.map(({ SubnetId = '' }) => SubnetId);
    const tag = (Resources: string[], ...keys: string[]) =>
      client.send(new CreateTagsCommand({ Resources, Tags: keys.map((Key) => ({ Key, Value: `of ${Key}` })) }));
    await tag([vpc, a], 'env', 'ENV', 'team', 'a', 'b');
    await tag([source.instanceId, source.eniId], 'env', 'other');
    await tag([b], 'solo');
    ec2.calls.reset();

    const five = { env: 'of env', ENV: 'of ENV', team: 'of team', a: 'of a', b: 'of b' };
    await expect(ports.inventory.networkTags()).resolves.toEqual(
      new Map<string, object>([
        [vpc, five],
        [a, five],
        [b, { solo: 'of solo' }],
      ]),
    );
    expect(ec2.calls.byAction()).toEqual({ DescribeTags: pageSize === 5 ? 3 : 1 });
  });

  it("reads another account's session on a target that we share, with its owner", async () => {
    const ports = createEc2Ports();
    const { target } = await createParts(ports);
    ports.bench.ec2.controls.addForeignSession({ ownerId: '444455556666', trafficMirrorTargetId: target.id });
    await expect(ports.inventory.sessions()).resolves.toMatchObject([{ accountId: '444455556666', targetId: target.id }]);
  });

  it.each([
    'DescribeInstances',
    'DescribeNetworkInterfaces',
    'DescribeTrafficMirrorSessions',
    'DescribeTrafficMirrorTargets',
    'DescribeTrafficMirrorFilters',
    'DescribeTags',
  ])('gives nothing when %s fails on its way', async (action) => {
    const ports = createEc2Ports();
    const { inventory } = ports;
    await createParts(ports);
    ports.bench.ec2.controls.fail({ action, error: { code: 'InternalError', status: 500 } });
    const reads = [
      () => inventory.instances('all'),
      () => inventory.networkInterfaces('all'),
      () => inventory.sessions(),
      () => inventory.targets(),
      () => inventory.filters(),
      () => inventory.networkTags(),
    ];
    const ended = await Promise.allSettled(reads.map((read) => read()));
    const failures = ended.filter((end) => end.status === 'rejected');
    expect(failures.map(({ reason }) => reason as object)).toMatchObject([
      { name: 'Ec2Error', class: 'unsettled', code: 'InternalError' },
    ]);
  });
});
