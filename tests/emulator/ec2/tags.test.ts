import {
  CreateTagsCommand,
  CreateTrafficMirrorFilterCommand,
  DeleteTagsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  type Filter,
  type Tag,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Bench, createBench, refusal } from './in-process-client.ts';
import { launch, launchOne, present } from './world-setup.ts';

let bench: Bench;

beforeEach(() => {
  bench = createBench();
});

const create = (ids: string[], tags: Tag[]) => bench.client.send(new CreateTagsCommand({ Resources: ids, Tags: tags }));
const remove = (ids: string[], tags?: Tag[]) => bench.client.send(new DeleteTagsCommand({ Resources: ids, Tags: tags }));
const tagEvents = () => bench.host.emitted.filter(({ detailType }) => detailType === 'Tag Change on Resource');

describe('tags', () => {
  it('are set on several resources at once, overwriting equal keys, each change an event with the full set', async () => {
    const { instanceId, eniId } = await launchOne(bench, {
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'web' }] }],
    });
    await create(
      [instanceId, eniId],
      [
        { Key: 'mirror', Value: 'true' },
        { Key: 'Name', Value: 'web-1' },
      ],
    );
    await remove([instanceId], [{ Key: 'mirror' }]);
    expect(tagEvents().map((event) => event.detail)).toEqual([
      { 'changed-tag-keys': ['Name'], tags: { Name: 'web' }, service: 'ec2', 'resource-type': 'instance', version: 1 },
      {
        'changed-tag-keys': ['Name', 'mirror'],
        tags: { Name: 'web-1', mirror: 'true' },
        service: 'ec2',
        'resource-type': 'instance',
        version: 2,
      },
      {
        'changed-tag-keys': ['mirror', 'Name'],
        tags: { Name: 'web-1', mirror: 'true' },
        service: 'ec2',
        'resource-type': 'network-interface',
        version: 1,
      },
      { 'changed-tag-keys': ['mirror'], tags: { Name: 'web-1' }, service: 'ec2', 'resource-type': 'instance', version: 3 },
    ]);
    expect(tagEvents()[0]).toMatchObject({
      source: 'aws.tag',
      resources: [`arn:aws:ec2:eu-west-1:111122223333:instance/${instanceId}`],
    });
  });

  it('that change nothing make no event', async () => {
    const { instanceId } = await launchOne(bench);
    await create([instanceId], [{ Key: 'a', Value: 'b' }]);
    await create([instanceId], [{ Key: 'a', Value: 'b' }]);
    await remove([instanceId], [{ Key: 'none' }]);
    expect(tagEvents()).toHaveLength(1);
  });

  it('are removed by key, by key and equal value, or all of the user at once', async () => {
    const { instanceId } = await launchOne(bench);
    bench.ec2.controls.setReservedTags(instanceId, { 'aws:autoscaling:groupName': 'web' });
    await create(
      [instanceId],
      ['a', 'b', 'c', 'd'].map((Key) => ({ Key, Value: '1' })),
    );
    await remove([instanceId], [{ Key: 'a' }, { Key: 'b', Value: '2' }, { Key: 'c', Value: '1' }]);
    expect(bench.ec2.world.tags(instanceId)).toEqual({ 'aws:autoscaling:groupName': 'web', b: '1', d: '1' });
    await remove([instanceId]);
    expect(bench.ec2.world.tags(instanceId)).toEqual({ 'aws:autoscaling:groupName': 'web' });
    expect(() => bench.ec2.controls.setReservedTags(instanceId, { plain: 'x' })).toThrow('CreateTags');
  });

  it('of mirror objects make events only where set, those of a create call unless set', async () => {
    const tagged = () =>
      bench.client.send(
        new CreateTrafficMirrorFilterCommand({
          TagSpecifications: [{ ResourceType: 'traffic-mirror-filter', Tags: [{ Key: 'a', Value: 'b' }] }],
        }),
      );
    await tagged();
    expect(tagEvents()).toHaveLength(0);
    bench.ec2.controls.settings.tagEventsForMirror = true;
    await tagged();
    expect(tagEvents()).toHaveLength(1);
    bench.ec2.controls.settings.tagEventsOnCreate = false;
    const { TrafficMirrorFilter } = await tagged();
    expect(tagEvents()).toHaveLength(1);
    await create([present(TrafficMirrorFilter?.TrafficMirrorFilterId)], [{ Key: 'c', Value: 'd' }]);
    expect(tagEvents()).toHaveLength(2);
  });

  it.each<[string, Tag[]]>([
    ['InvalidTagKey.Malformed', [{ Key: '', Value: 'x' }]],
    ['InvalidTagKey.Malformed', [{ Key: 'k'.repeat(129), Value: 'x' }]],
    ['InvalidParameterValue', [{ Key: 'a', Value: 'v'.repeat(257) }]],
    ['InvalidParameterValue', [{ Key: 'aws:x', Value: 'x' }]],
    [
      'InvalidParameterValue',
      [
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ],
    ],
    ['MissingParameter', [{ Value: 'x' }]],
    ['TagLimitExceeded', Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: '' }))],
  ])('are refused with %s, on every resource of the call', async (code, tags) => {
    const [one, two] = await launch(bench, { MinCount: 2, MaxCount: 2 });
    expect((await refusal(create([present(one).instanceId, present(two).instanceId], tags))).code).toBe(code);
    expect(bench.ec2.world.tags(present(one).instanceId)).toEqual({});
  });

  it.each([
    ['InvalidInstanceID.NotFound', 'i-00000000000000000'],
    ['InvalidNetworkInterfaceID.NotFound', 'eni-00000000000000000'],
    ['InvalidTrafficMirrorSessionId.NotFound', 'tms-00000000000000000'],
    ['InvalidInstanceID.Malformed', 'i-nothex'],
    ['InvalidID', 'web-1'],
  ])('are refused with %s for %s, together with its neighbours', async (code, id) => {
    const { instanceId } = await launchOne(bench);
    expect((await refusal(create([instanceId, id], [{ Key: 'a', Value: 'b' }]))).code).toBe(code);
    expect(bench.ec2.world.tags(instanceId)).toEqual({});
  });

  it('count fifty with those that are there, reserved ones apart', async () => {
    const { instanceId } = await launchOne(bench);
    bench.ec2.controls.setReservedTags(instanceId, { 'aws:autoscaling:groupName': 'web' });
    await create(
      [instanceId],
      Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' })),
    );
    await create([instanceId], [{ Key: 'k0', Value: 'changed' }]);
    expect((await refusal(create([instanceId], [{ Key: 'k50', Value: '' }]))).code).toBe('TagLimitExceeded');
  });
});

describe('DescribeTags', () => {
  it('finds by key, value, resource, type and tag', async () => {
    const { instanceId, eniId } = await launchOne(bench);
    await create(
      [instanceId],
      [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    );
    await create([eniId], [{ Key: 'a', Value: '3' }]);
    const find = async (Name: string, ...Values: string[]) => {
      const filters: Filter[] = [{ Name, Values }];
      return (await bench.client.send(new DescribeTagsCommand({ Filters: filters }))).Tags?.map((tag) => tag.Value);
    };
    expect(await find('key', 'a')).toEqual(['1', '3']);
    expect(await find('value', '2', '3')).toEqual(['2', '3']);
    expect(await find('resource-id', instanceId)).toEqual(['1', '2']);
    expect(await find('resource-type', 'network-interface')).toEqual(['3']);
    expect(await find('tag:a', '1')).toEqual(['1']);
    expect((await refusal(find('colour', 'red'))).code).toBe('InvalidFilter');
  });

  it('finds tags of VPCs and subnets, whose changes are events too', async () => {
    const { SubnetId: subnet, VpcId: vpc } = present((await bench.client.send(new DescribeSubnetsCommand({}))).Subnets?.[0]);
    if (subnet === undefined || vpc === undefined) throw new Error('there is no network');
    const { instanceId } = await launchOne(bench);
    await create([vpc, subnet, instanceId], [{ Key: 'mirror', Value: 'true' }]);
    await bench.client.send(new DeleteTagsCommand({ Resources: [vpc], Tags: [{ Key: 'mirror' }] }));
    const Filters = [{ Name: 'resource-type', Values: ['vpc', 'subnet'] }];
    expect((await bench.client.send(new DescribeTagsCommand({ Filters }))).Tags).toEqual([
      { ResourceId: subnet, ResourceType: 'subnet', Key: 'mirror', Value: 'true' },
    ]);
    expect(tagEvents().map(({ resources, detail }) => [resources, detail])).toMatchObject([
      [[expect.stringMatching(`:vpc/${vpc}$`)], { 'resource-type': 'vpc', tags: { mirror: 'true' }, version: 1 }],
      [[expect.stringMatching(`:subnet/${subnet}$`)], { 'resource-type': 'subnet', tags: { mirror: 'true' } }],
      [[expect.stringMatching(`:instance/${instanceId}$`)], { 'resource-type': 'instance' }],
      [[expect.stringMatching(`:vpc/${vpc}$`)], { 'resource-type': 'vpc', tags: {}, 'changed-tag-keys': ['mirror'], version: 2 }],
    ]);
  });

  it('pages', async () => {
    const { instanceId } = await launchOne(bench);
    await create(
      [instanceId],
      Array.from({ length: 7 }, (_, index) => ({ Key: `k${index}`, Value: '' })),
    );
    const first = await bench.client.send(new DescribeTagsCommand({ MaxResults: 5 }));
    const second = await bench.client.send(new DescribeTagsCommand({ MaxResults: 5, NextToken: first.NextToken }));
    expect([first.Tags?.length, second.Tags?.length, second.NextToken]).toEqual([5, 2, undefined]);
  });
});
