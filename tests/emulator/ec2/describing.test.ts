import {
  CreateTagsCommand,
  DeleteTrafficMirrorSessionCommand,
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  DescribeNetworkInterfacesCommand,
  DescribeTrafficMirrorSessionsCommand,
  ModifyTrafficMirrorSessionCommand,
  paginateDescribeTrafficMirrorSessions,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Bench, createBench, refusal } from './in-process-client.ts';
import { addMirroring, addSession, launch, launchOne, present } from './world-setup.ts';

let bench: Bench;

beforeEach(() => {
  bench = createBench();
});

const idsOf = async (input: DescribeInstancesCommandInput = {}) =>
  (await bench.client.send(new DescribeInstancesCommand(input))).Reservations?.flatMap((reservation) =>
    (reservation.Instances ?? []).map((instance) => instance.InstanceId),
  );

async function addSessions(count: number): Promise<void> {
  const mirroring = await addMirroring(bench);
  bench.ec2.controls.settings.sourcesPerInterfaceTarget = count;
  for (const { eniId } of await launch(bench, { MinCount: count, MaxCount: count })) await addSession(bench, mirroring, eniId);
}

async function pagesOf(pageSize: number): Promise<string[][]> {
  const pages: string[][] = [];
  for await (const page of paginateDescribeTrafficMirrorSessions({ client: bench.client, pageSize }, {})) {
    pages.push((page.TrafficMirrorSessions ?? []).map((session) => present(session.TrafficMirrorSessionId)));
  }
  return pages;
}

describe('pages', () => {
  it('hold MaxResults items and end without a token', async () => {
    await addSessions(12);
    expect((await pagesOf(5)).map((page) => page.length)).toEqual([5, 5, 2]);
    expect(new Set((await pagesOf(5)).flat()).size).toBe(12);
    expect((await pagesOf(6)).map((page) => page.length)).toEqual([6, 6]);
  });

  it('come without MaxResults where a default size is set, and one of them empty where set', async () => {
    await addSessions(12);
    bench.ec2.controls.settings.defaultPageSize = 5;
    bench.ec2.controls.settings.emptyPage = 2;
    const sizes: (number | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await bench.client.send(new DescribeTrafficMirrorSessionsCommand({ NextToken }));
      sizes.push(page.TrafficMirrorSessions?.length);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(sizes).toEqual([5, 0, 5, 2]);
  });

  it('hold no more than the largest size, whatever MaxResults says', async () => {
    await addSessions(12);
    bench.ec2.controls.settings.largestPageSize = 5;
    expect((await pagesOf(1000)).map((page) => page.length)).toEqual([5, 5, 2]);
  });

  it('are in an order that depends on the seed alone', async () => {
    await addSessions(8);
    const oldestFirst = (await pagesOf(5)).flat();
    bench.ec2.controls.settings.shuffleSeed = 3;
    const shuffled = (await pagesOf(5)).flat();
    expect(shuffled).not.toEqual(oldestFirst);
    expect(shuffled.toSorted()).toEqual(oldestFirst.toSorted());
    expect((await pagesOf(6)).flat()).toEqual(shuffled);
  });

  it('leave out what was deleted since the first one', async () => {
    await addSessions(7);
    const first = await bench.client.send(new DescribeTrafficMirrorSessionsCommand({ MaxResults: 5 }));
    const last = present(bench.ec2.world.sessions().at(-1)).trafficMirrorSessionId;
    await bench.client.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: last }));
    const second = await bench.client.send(
      new DescribeTrafficMirrorSessionsCommand({ MaxResults: 5, NextToken: first.NextToken }),
    );
    expect(second.TrafficMirrorSessions).toHaveLength(1);
  });

  it.each([
    ['InvalidNextToken', { NextToken: 'made-up' }],
    ['InvalidParameterValue', { MaxResults: 4 }],
    ['InvalidParameterValue', { MaxResults: 1001 }],
    ['InvalidParameterCombination', { MaxResults: 5, TrafficMirrorSessionIds: ['tms-00000000000000000'] }],
    ['InvalidParameterValue', { TrafficMirrorSessionIds: Array.from({ length: 1001 }, () => 'tms-00000000000000000') }],
  ])('are refused with %s', async (code, input) => {
    expect((await refusal(bench.client.send(new DescribeTrafficMirrorSessionsCommand(input)))).code).toBe(code);
  });

  it('continue only the list they came from', async () => {
    await addSessions(6);
    const { NextToken } = await bench.client.send(new DescribeTrafficMirrorSessionsCommand({ MaxResults: 5 }));
    bench.ec2.controls.settings.invalidTokenCode = 'InvalidPaginationToken';
    const Filters = [{ Name: 'session-number', Values: ['1'] }];
    expect((await refusal(bench.client.send(new DescribeTrafficMirrorSessionsCommand({ NextToken, Filters })))).code).toBe(
      'InvalidPaginationToken',
    );
    expect((await refusal(idsOf({ NextToken }))).code).toBe('InvalidPaginationToken');
  });

  it('of instances count instances and split reservations', async () => {
    await launch(bench, { MinCount: 7, MaxCount: 7 });
    const first = await bench.client.send(new DescribeInstancesCommand({ MaxResults: 5 }));
    const second = await bench.client.send(new DescribeInstancesCommand({ MaxResults: 5, NextToken: first.NextToken }));
    expect([first, second].map((page) => page.Reservations?.map((reservation) => reservation.Instances?.length))).toEqual([
      [5],
      [2],
    ]);
    expect(first.Reservations?.[0]?.ReservationId).toBe(second.Reservations?.[0]?.ReservationId);
  });
});

describe('filters', () => {
  it('join values with OR and names with AND, by tags and by interfaces', async () => {
    const [a, b, c] = [
      await launchOne(bench, { InstanceType: 't3.micro' }),
      await launchOne(bench, { InstanceType: 't3.large' }),
      await launchOne(bench, { InstanceType: 'm5.large', SubnetId: present(bench.ec2.network).subnetIds[1] }),
    ];
    await bench.client.send(
      new CreateTagsCommand({ Resources: [a.instanceId, c.instanceId], Tags: [{ Key: 'mirror', Value: 'true' }] }),
    );
    await bench.client.send(new CreateTagsCommand({ Resources: [b.eniId], Tags: [{ Key: 'net', Value: 'dmz' }] }));
    await bench.client.send(new TerminateInstancesCommand({ InstanceIds: [c.instanceId] }));
    const find = (...filters: [string, ...string[]][]) =>
      idsOf({ Filters: filters.map(([Name, ...Values]) => ({ Name, Values })) });
    expect(await find(['instance-type', 't3.micro', 'm5.*'])).toEqual([a.instanceId, c.instanceId]);
    expect(await find(['tag:mirror', 'true'], ['instance-state-name', 'running'])).toEqual([a.instanceId]);
    expect(await find(['tag:mirror', 'True'])).toEqual([]);
    expect(await find(['tag-key', 'mirror'])).toEqual([a.instanceId, c.instanceId]);
    expect(await find(['instance-id', 'i-00000000000000000', b.instanceId])).toEqual([b.instanceId]);
    expect(await find(['availability-zone', 'eu-west-1b'])).toEqual([c.instanceId]);
    expect(await find(['network-interface.network-interface-id', b.eniId])).toEqual([b.instanceId]);
    expect(await find(['network-interface.attachment.device-index', '0'], ['instance-state-code', '16'])).toEqual([
      a.instanceId,
      b.instanceId,
    ]);
    expect(await find(['network-interface.tag-key', 'net'])).toEqual([b.instanceId]);
    const { NetworkInterfaces } = await bench.client.send(
      new DescribeNetworkInterfacesCommand({
        Filters: [
          { Name: 'attachment.instance-id', Values: [a.instanceId] },
          { Name: 'status', Values: ['in-use'] },
        ],
      }),
    );
    expect(NetworkInterfaces?.map((eni) => eni.NetworkInterfaceId)).toEqual([a.eniId]);
  });

  it.each([
    ['an unknown name', 'InvalidFilter', [{ Name: 'colour', Values: ['red'] }]],
    ['no name', 'InvalidFilter', [{ Values: ['red'] }]],
    ['no values', 'InvalidParameterValue', [{ Name: 'instance-id' }]],
    ['a value too long', 'InvalidParameterValue', [{ Name: 'instance-id', Values: ['x'.repeat(256)] }]],
    [
      '201 values in total',
      'FilterLimitExceeded',
      [1, 2, 3].map(() => ({ Name: 'instance-id', Values: Array.from({ length: 67 }, String) })),
    ],
    ['51 filters', 'FilterLimitExceeded', Array.from({ length: 51 }, () => ({ Name: 'instance-id', Values: ['x'] }))],
  ])('are refused with %s', async (_, code, Filters) => {
    expect((await refusal(idsOf({ Filters }))).code).toBe(code);
  });

  it('may carry 200 values', async () => {
    const { instanceId } = await launchOne(bench);
    const Values = [...Array.from({ length: 199 }, String), instanceId];
    expect(await idsOf({ Filters: [{ Name: 'instance-id', Values }] })).toEqual([instanceId]);
  });
});

describe('eventual consistency', () => {
  it('shows creations, changes, deletions and tags only after their lags', async () => {
    const mirroring = await addMirroring(bench);
    const { instanceId, eniId } = await launchOne(bench);
    Object.assign(bench.ec2.controls.settings, { createLagMs: 100, modifyLagMs: 200, deleteLagMs: 300, tagLagMs: 400 });
    const id = await addSession(bench, mirroring, eniId);
    const seen = async () =>
      (await bench.client.send(new DescribeTrafficMirrorSessionsCommand({}))).TrafficMirrorSessions?.map(
        (session) => session.SessionNumber,
      );
    expect(await seen()).toEqual([]);
    const byId = bench.client.send(new DescribeTrafficMirrorSessionsCommand({ TrafficMirrorSessionIds: [id] }));
    expect((await refusal(byId)).code).toBe('InvalidTrafficMirrorSessionId.NotFound');
    await bench.host.clock.advance(100);
    expect(await seen()).toEqual([1]);
    await bench.client.send(new ModifyTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id, SessionNumber: 2 }));
    await bench.host.clock.advance(199);
    expect(await seen()).toEqual([1]);
    await bench.host.clock.advance(1);
    expect(await seen()).toEqual([2]);
    await bench.client.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id }));
    await bench.host.clock.advance(299);
    expect(await seen()).toEqual([2]);
    await bench.host.clock.advance(1);
    expect(await seen()).toEqual([]);
    await bench.client.send(new CreateTagsCommand({ Resources: [instanceId], Tags: [{ Key: 'mirror', Value: 'true' }] }));
    const byTag = () => idsOf({ Filters: [{ Name: 'tag-key', Values: ['mirror'] }] });
    expect(await byTag()).toEqual([]);
    await bench.host.clock.advance(400);
    expect(await byTag()).toEqual([instanceId]);
  });

  it('keeps the order of changes when the lag shrinks between them', async () => {
    const mirroring = await addMirroring(bench);
    const { eniId } = await launchOne(bench);
    const id = await addSession(bench, mirroring, eniId);
    const { settings } = bench.ec2.controls;
    const numberTo = (SessionNumber: number) =>
      bench.client.send(new ModifyTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id, SessionNumber }));
    settings.modifyLagMs = 500;
    await numberTo(2);
    settings.modifyLagMs = 0;
    await numberTo(3);
    const seen = async () =>
      (await bench.client.send(new DescribeTrafficMirrorSessionsCommand({}))).TrafficMirrorSessions?.[0]?.SessionNumber;
    expect(await seen()).toBe(1);
    await bench.host.clock.advance(500);
    expect(await seen()).toBe(3);
  });

  it('hits commands too where set', async () => {
    bench.ec2.controls.settings.createLagMs = 100;
    const { instanceId } = await launchOne(bench);
    bench.ec2.controls.settings.createLagMs = 1000;
    const fresh = await launchOne(bench);
    const tag = (id: string) => bench.client.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'a', Value: 'b' }] }));
    await tag(fresh.instanceId);
    bench.ec2.controls.settings.lagOnCommands = true;
    await tag(instanceId);
    expect((await refusal(tag(fresh.instanceId))).code).toBe('InvalidInstanceID.NotFound');
    await bench.host.clock.advance(1000);
    await tag(fresh.instanceId);
  });
});
