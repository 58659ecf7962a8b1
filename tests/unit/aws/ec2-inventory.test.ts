import {
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeTagsCommand,
  DescribeTrafficMirrorFiltersCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeTrafficMirrorTargetsCommand,
  EC2Client,
  EC2ServiceException,
  type Instance,
  type InstanceNetworkInterface,
  type TrafficMirrorSession,
} from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import { afterEach, describe, expect, it } from 'vitest';
import { createInventory } from '../../../src/aws/ec2-inventory.ts';
import { listNetworkTags } from '../../../src/aws/network-tags.ts';
import { ManualClock } from '../../support/shell/clock.ts';
import { anEniId, anInstanceId } from '../../support/shell/things.ts';

const ec2 = mockClient(EC2Client);
afterEach(() => {
  ec2.reset();
});

function anInventory(leftMs = 60_000) {
  const clock = new ManualClock();
  return createInventory(new EC2Client({ region: 'eu-west-1' }), clock, { at: clock.now() + leftMs }, listNetworkTags);
}

const ec2Instance = (n: number, more: Partial<Instance> = {}): Instance => ({
  InstanceId: anInstanceId(n),
  InstanceType: 'm5.large',
  State: { Code: 16, Name: 'running' },
  ...more,
});

const ec2Session = (n: number, more: Partial<TrafficMirrorSession> = {}): TrafficMirrorSession => ({
  TrafficMirrorSessionId: `tms-${n}`,
  NetworkInterfaceId: `eni-${n}`,
  TrafficMirrorTargetId: 'tmt-1',
  TrafficMirrorFilterId: 'tmf-1',
  SessionNumber: 1,
  ...more,
});

describe('the inventory asks', () => {
  it.each([
    ['instances', DescribeInstancesCommand, {}],
    ['networkInterfaces', DescribeNetworkInterfacesCommand, {}],
    ['sessions', DescribeTrafficMirrorSessionsCommand, {}],
    ['targets', DescribeTrafficMirrorTargetsCommand, {}],
    ['filters', DescribeTrafficMirrorFiltersCommand, {}],
  ] as const)('for all %s in pages of a thousand, without a filter', async (method, command, answer) => {
    ec2.on(command).resolves(answer);
    await expect(anInventory()[method]('all')).resolves.toEqual([]);
    expect(ec2).toHaveReceivedCommandTimes(command, 1);
    expect(ec2).toHaveReceivedCommandWith(command, { MaxResults: 1000 });
    const asked = { ...ec2.calls()[0]?.args[0].input, IncludeManagedResources: undefined };
    expect(asked).toEqual({ MaxResults: 1000, NextToken: undefined, Filters: undefined });
  });

  it.each([
    ['instances', DescribeInstancesCommand],
    ['networkInterfaces', DescribeNetworkInterfacesCommand],
  ] as const)('for %s with those that AWS manages, which an account may hide: hidden is not gone', async (method, command) => {
    ec2.on(command).resolves({});
    await anInventory()[method]('all');
    expect(ec2).toHaveReceivedCommandWith(command, { IncludeManagedResources: true });
  });

  it('for the sessions of one interface by a filter', async () => {
    ec2.on(DescribeTrafficMirrorSessionsCommand).resolves({});
    await anInventory().sessionsOf('eni-00000001');
    expect(ec2).toHaveReceivedCommandExactlyOnceWith(DescribeTrafficMirrorSessionsCommand, {
      Filters: [{ Name: 'network-interface-id', Values: ['eni-00000001'] }],
      MaxResults: 1000,
      NextToken: undefined,
    });
  });

  it('for nothing, when no id is named', async () => {
    await expect(anInventory().instances([])).resolves.toEqual([]);
    await expect(anInventory().networkInterfaces([])).resolves.toEqual([]);
    expect(ec2.calls()).toEqual([]);
  });

  it.each([
    ['instances', 'instance-id', DescribeInstancesCommand, anInstanceId],
    ['networkInterfaces', 'network-interface-id', DescribeNetworkInterfacesCommand, anEniId],
  ] as const)('for %s by filter values, two hundred at a time, each once and sorted', async (method, name, command, id) => {
    ec2.on(command).resolves({});
    const ids = Array.from({ length: 401 }, (_, n) => id(n));
    const inventory = anInventory();
    const ask: (which: readonly never[]) => Promise<unknown> = inventory[method];
    await ask([...ids, ...ids].reverse() as never[]);

    const asked = ec2.calls().map(({ args }) => args[0].input as { Filters: { Name: string; Values: string[] }[] });
    expect(asked.map(({ Filters }) => Filters.length)).toEqual([1, 1, 1]);
    expect(asked.map(({ Filters }) => [Filters[0]?.Name, Filters[0]?.Values.length])).toEqual([
      [name, 200],
      [name, 200],
      [name, 1],
    ]);
    expect(asked.flatMap(({ Filters }) => Filters[0]?.Values ?? [])).toEqual(ids);
    expect(asked.every((input) => !('InstanceIds' in input) && !('NetworkInterfaceIds' in input))).toBe(true);
  });
});

describe('the inventory pages', () => {
  it('on over an empty page with a token, and stops at an empty token', async () => {
    ec2
      .on(DescribeTrafficMirrorSessionsCommand)
      .resolvesOnce({ TrafficMirrorSessions: [ec2Session(1)], NextToken: 'a' })
      .resolvesOnce({ TrafficMirrorSessions: [], NextToken: 'b' })
      .resolvesOnce({ NextToken: 'c' })
      .resolvesOnce({ TrafficMirrorSessions: [ec2Session(2)], NextToken: '' });
    const sessions = await anInventory().sessions();
    expect(sessions.map(({ id }) => id)).toEqual(['tms-1', 'tms-2']);
    const tokens = ec2.calls().map(({ args }) => (args[0].input as { NextToken?: string }).NextToken);
    expect(tokens).toEqual([undefined, 'a', 'b', 'c']);
  });

  it('no further once nobody waits for the answer, and walks the next list to its end', async () => {
    ec2.on(DescribeTrafficMirrorSessionsCommand).resolvesOnce({ NextToken: 'a' }).resolves({});
    ec2.on(DescribeInstancesCommand).resolvesOnce({ NextToken: 'a' }).resolvesOnce({});
    const inventory = anInventory();
    const walk = inventory.sessions();
    inventory.abandon?.();
    await expect(walk).rejects.toMatchObject({ code: 'Abandoned' });
    expect(ec2).toHaveReceivedCommandTimes(DescribeTrafficMirrorSessionsCommand, 1);
    await expect(inventory.instances('all')).resolves.toEqual([]);
    expect(ec2).toHaveReceivedCommandTimes(DescribeInstancesCommand, 2);
  });

  it('keeps an item that two pages tell of once, as told last', async () => {
    ec2
      .on(DescribeTrafficMirrorSessionsCommand)
      .resolvesOnce({ TrafficMirrorSessions: [ec2Session(1), ec2Session(2)], NextToken: 'a' })
      .resolvesOnce({ TrafficMirrorSessions: [ec2Session(1, { SessionNumber: 9 })] });
    const sessions = await anInventory().sessions();
    expect(sessions.map(({ id, sessionNumber }) => [id, sessionNumber])).toEqual([
      ['tms-1', 9],
      ['tms-2', 1],
    ]);
  });

  it('gives nothing when a later page fails', async () => {
    ec2
      .on(DescribeInstancesCommand)
      .resolvesOnce({ Reservations: [{ OwnerId: '1', Instances: [ec2Instance(1)] }], NextToken: 'a' })
      .rejectsOnce(new EC2ServiceException({ name: 'InternalError', $fault: 'server', $metadata: { httpStatusCode: 500 } }));
    await expect(anInventory().instances('all')).rejects.toMatchObject({
      name: 'Ec2Error',
      class: 'unsettled',
      code: 'InternalError',
    });
  });

  it('gives nothing when a later chunk of ids fails', async () => {
    ec2
      .on(DescribeInstancesCommand)
      .resolvesOnce({})
      .rejectsOnce(new EC2ServiceException({ name: 'RequestLimitExceeded', $fault: 'server', $metadata: {} }));
    const ids = Array.from({ length: 201 }, (_, n) => anInstanceId(n));
    await expect(anInventory().instances(ids)).rejects.toMatchObject({ class: 'throttled' });
  });

  it('refuses to go round in circles', async () => {
    ec2.on(DescribeTrafficMirrorTargetsCommand).resolves({ NextToken: 'same' });
    await expect(anInventory().targets()).rejects.toMatchObject({
      class: 'unsettled',
      message: expect.stringContaining('twice') as string,
    });
  });

  it('asks nothing after the deadline', async () => {
    await expect(anInventory(0).sessions()).rejects.toMatchObject({ name: 'Ec2Error', class: 'deadline' });
    expect(ec2.calls()).toEqual([]);
  });
});

describe('the inventory reads tags of networks', () => {
  it('whatever their keys are, with those that come twice once', async () => {
    const tag = (ResourceId: string, Key: string, Value?: string) => ({ ResourceId, Key, Value });
    ec2
      .on(DescribeTagsCommand)
      .resolvesOnce({ Tags: [tag('vpc-1', 'a', '1'), tag('vpc-1', '__proto__', 'x')], NextToken: 'more' })
      .resolvesOnce({ Tags: [tag('vpc-1', 'a', '2'), tag('subnet-1', 'empty')] });
    const { a, ...others } = (await anInventory().networkTags()).get('vpc-1') ?? {};
    expect([a, Object.entries(others)]).toEqual(['2', [['__proto__', 'x']]]);
    expect(ec2).toHaveReceivedCommandWith(DescribeTagsCommand, {
      Filters: [{ Name: 'resource-type', Values: ['vpc', 'subnet'] }],
      MaxResults: 1000,
    });
  });

  it.each([{ Key: 'a' }, { ResourceId: 'vpc-1' }])('not at all where one is %j', async (half) => {
    ec2.on(DescribeTagsCommand).resolves({ Tags: [half] });
    await expect(anInventory().networkTags()).rejects.toMatchObject({ name: 'Ec2Error', class: 'unsettled' });
  });
});

describe('the inventory reads an instance', () => {
  it('with all its interfaces, by device index', async () => {
    ec2.on(DescribeInstancesCommand).resolves({
      Reservations: [
        {
          OwnerId: '111122223333',
          Instances: [
            ec2Instance(1, {
              Placement: { AvailabilityZone: 'eu-west-1a' },
              VpcId: 'vpc-1',
              SubnetId: 'subnet-1',
              Tags: [{ Key: 'mirror', Value: 'true' }, { Key: 'empty' }, { Key: '__proto__', Value: 'x' }],
              NetworkInterfaces: [
                { NetworkInterfaceId: 'eni-2', InterfaceType: 'efa', Attachment: { DeviceIndex: 1, Status: 'attaching' } },
                {
                  NetworkInterfaceId: 'eni-1',
                  InterfaceType: 'interface',
                  SubnetId: 'subnet-1',
                  VpcId: 'vpc-1',
                  OwnerId: '1',
                  Attachment: { DeviceIndex: 0, Status: 'attached' },
                },
              ],
            }),
            ec2Instance(2, { State: { Name: 'terminated' } }),
          ],
        },
        { OwnerId: '444455556666', Instances: [ec2Instance(3)] },
        {},
      ],
    });
    const bare = { type: 'm5.large', tags: {}, networkInterfaces: [] };
    expect(await anInventory().instances('all')).toEqual([
      {
        id: anInstanceId(1),
        accountId: '111122223333',
        type: 'm5.large',
        state: 'running',
        zone: 'eu-west-1a',
        vpcId: 'vpc-1',
        subnetId: 'subnet-1',
        tags: Object.fromEntries([
          ['mirror', 'true'],
          ['empty', ''],
          ['__proto__', 'x'],
        ]),
        networkInterfaces: [
          {
            id: 'eni-1',
            deviceIndex: 0,
            interfaceType: 'interface',
            attachmentStatus: 'attached',
            subnetId: 'subnet-1',
            vpcId: 'vpc-1',
            ownerId: '1',
            securityGroups: [],
            hasPublicIp: false,
          },
          {
            id: 'eni-2',
            deviceIndex: 1,
            interfaceType: 'efa',
            attachmentStatus: 'attaching',
            securityGroups: [],
            hasPublicIp: false,
          },
        ],
      },
      { ...bare, id: anInstanceId(2), accountId: '111122223333', state: 'terminated' },
      { ...bare, id: anInstanceId(3), accountId: '444455556666', state: 'running' },
    ]);
  });

  it('with its launch, its platform, its profile and its groups', async () => {
    const profile = 'arn:aws:iam::111122223333:instance-profile/Web';
    const Groups = [{ GroupId: 'sg-1', GroupName: 'Web' }, { GroupId: 'sg-2' }];
    const one = ec2Instance(1, {
      LaunchTime: new Date('2026-11-23T02:40:11Z'),
      Platform: 'Windows',
      PlatformDetails: 'Windows with SQL Server Web',
      IamInstanceProfile: { Arn: profile },
      NetworkInterfaces: [{ NetworkInterfaceId: 'eni-1', Groups }],
    });
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ OwnerId: '1', Instances: [one] }] });
    await expect(anInventory().instances('all')).resolves.toMatchObject([
      {
        launchTime: Date.UTC(2026, 10, 23, 2, 40, 11),
        platform: 'windows',
        platformDetails: 'Windows with SQL Server Web',
        iamInstanceProfile: profile,
        networkInterfaces: [{ securityGroups: [{ id: 'sg-1', name: 'Web' }, { id: 'sg-2' }] }],
      },
    ]);
  });

  it.each<[string, InstanceNetworkInterface, boolean]>([
    ['none', {}, false],
    ['that of its primary private address', { Association: { PublicIp: '198.51.100.7' } }, true],
    [
      'that of another private address',
      { PrivateIpAddresses: [{ Primary: true }, { Association: { PublicIp: '198.51.100.8' } }] },
      true,
    ],
    ['only one of a carrier', { Association: { CarrierIp: '155.146.0.9' } }, false],
  ])('and whether an interface has a public address: %s', async (_what, addresses, hasPublicIp) => {
    const Instances = [ec2Instance(1, { NetworkInterfaces: [{ NetworkInterfaceId: 'eni-1', ...addresses }] })];
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ OwnerId: '1', Instances }] });
    await expect(anInventory().instances('all')).resolves.toMatchObject([{ networkInterfaces: [{ hasPublicIp }] }]);
  });

  it.each([
    ['its id', { InstanceId: undefined }, '1'],
    ['its type', { InstanceType: undefined }, '1'],
    ['its state', { State: {} }, '1'],
    ["an interface's id", { NetworkInterfaces: [{}] }, '1'],
    ["a group's id", { NetworkInterfaces: [{ NetworkInterfaceId: 'eni-1', Groups: [{ GroupName: 'web' }] }] }, '1'],
    ['its owner', {}, undefined],
  ] as const)('not at all without %s', async (_what, more, OwnerId) => {
    const Instances = [ec2Instance(1), { ...ec2Instance(2), ...more } as Instance];
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ OwnerId, Instances }] });
    await expect(anInventory().instances('all')).rejects.toMatchObject({
      name: 'Ec2Error',
      class: 'unsettled',
      code: 'IncompleteAnswerError',
    });
  });
});

describe('the inventory reads', () => {
  it('a network interface, attached or free', async () => {
    ec2.on(DescribeNetworkInterfacesCommand).resolves({
      NetworkInterfaces: [
        {
          NetworkInterfaceId: 'eni-1',
          AvailabilityZone: 'eu-west-1a',
          RequesterManaged: false,
          Ipv6Native: true,
          TagSet: [{ Key: 'a', Value: 'b' }],
          Attachment: { InstanceId: 'i-1', Status: 'detaching' },
        },
        { NetworkInterfaceId: 'eni-2' },
        { NetworkInterfaceId: 'eni-3', Attachment: { Status: 'attached', InstanceOwnerId: 'amazon-elb' } },
      ],
    });
    expect(await anInventory().networkInterfaces('all')).toEqual([
      {
        id: 'eni-1',
        zone: 'eu-west-1a',
        requesterManaged: false,
        ipv6Native: true,
        tags: { a: 'b' },
        attachment: { instanceId: 'i-1', status: 'detaching' },
      },
      { id: 'eni-2', tags: {} },
      { id: 'eni-3', tags: {}, attachment: { status: 'attached' } },
    ]);
  });

  it('a session, with or without what is optional', async () => {
    ec2.on(DescribeTrafficMirrorSessionsCommand).resolves({
      TrafficMirrorSessions: [
        ec2Session(1, { PacketLength: 96, VirtualNetworkId: 7, Description: '', OwnerId: '1', Tags: [{ Key: 'k', Value: 'v' }] }),
        ec2Session(2),
      ],
    });
    const shared = { targetId: 'tmt-1', filterId: 'tmf-1', sessionNumber: 1 };
    expect(await anInventory().sessions()).toEqual([
      { ...shared, id: 'tms-1', eniId: 'eni-1', packetLength: 96, vni: 7, accountId: '1', tags: { k: 'v' } },
      { ...shared, id: 'tms-2', eniId: 'eni-2', tags: {} },
    ]);
  });

  it.each([
    'TrafficMirrorSessionId',
    'NetworkInterfaceId',
    'TrafficMirrorTargetId',
    'TrafficMirrorFilterId',
    'SessionNumber',
  ] as const)('no sessions when one lacks its %s', async (member) => {
    ec2
      .on(DescribeTrafficMirrorSessionsCommand)
      .resolves({ TrafficMirrorSessions: [ec2Session(1), { ...ec2Session(2), [member]: undefined }] });
    await expect(anInventory().sessions()).rejects.toMatchObject({ code: 'IncompleteAnswerError' });
  });

  it('a target of each kind, its type told or not', async () => {
    const arn = 'arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/net/a/b';
    ec2.on(DescribeTrafficMirrorTargetsCommand).resolves({
      TrafficMirrorTargets: [
        { TrafficMirrorTargetId: 'tmt-1', NetworkInterfaceId: 'eni-1', Type: 'network-interface', OwnerId: '1' },
        { TrafficMirrorTargetId: 'tmt-2', NetworkLoadBalancerArn: arn },
        { TrafficMirrorTargetId: 'tmt-3', GatewayLoadBalancerEndpointId: 'vpce-1' },
        { TrafficMirrorTargetId: 'tmt-4', NetworkInterfaceId: 'eni-2', Tags: [{ Key: 'automirror:target', Value: 'default' }] },
      ],
    });
    expect(await anInventory().targets()).toEqual([
      { id: 'tmt-1', type: 'network-interface', networkInterfaceId: 'eni-1', accountId: '1', tags: {} },
      { id: 'tmt-2', type: 'network-load-balancer', networkLoadBalancerArn: arn, tags: {} },
      { id: 'tmt-3', type: 'gateway-load-balancer-endpoint', gatewayLoadBalancerEndpointId: 'vpce-1', tags: {} },
      { id: 'tmt-4', type: 'network-interface', networkInterfaceId: 'eni-2', tags: { 'automirror:target': 'default' } },
    ]);
  });

  it('a filter with the rules of both directions', async () => {
    const rule = { RuleNumber: 10, RuleAction: 'accept', SourceCidrBlock: '::/0', DestinationCidrBlock: '::/0' } as const;
    ec2.on(DescribeTrafficMirrorFiltersCommand).resolves({
      TrafficMirrorFilters: [
        {
          TrafficMirrorFilterId: 'tmf-1',
          NetworkServices: ['amazon-dns'],
          IngressFilterRules: [
            {
              ...rule,
              TrafficMirrorFilterRuleId: 'tmfr-1',
              TrafficDirection: 'ingress',
              Protocol: 0,
              SourcePortRange: { FromPort: 0, ToPort: 0 },
              DestinationPortRange: {},
              Description: 'd',
            },
          ],
          EgressFilterRules: [{ ...rule, TrafficDirection: 'egress', RuleAction: 'reject', Description: '' }],
          Tags: [{ Key: 'k', Value: 'v' }],
        },
        { TrafficMirrorFilterId: 'tmf-2' },
      ],
    });
    const shared = { number: 10, sourceCidr: '::/0', destinationCidr: '::/0' };
    expect(await anInventory().filters()).toEqual([
      {
        id: 'tmf-1',
        content: {
          networkServices: ['amazon-dns'],
          rules: [
            { ...shared, direction: 'ingress', action: 'accept', protocol: 0, sourcePorts: { from: 0, to: 0 }, description: 'd' },
            { ...shared, direction: 'egress', action: 'reject' },
          ],
        },
        ruleIds: ['tmfr-1'],
        tags: { k: 'v' },
      },
      { id: 'tmf-2', content: { networkServices: [], rules: [] }, ruleIds: [], tags: {} },
    ]);
  });

  it('no filters when a port range has only one end: such a rule must not pass for one of all ports', async () => {
    const half = {
      TrafficDirection: 'ingress',
      RuleNumber: 1,
      RuleAction: 'accept',
      SourceCidrBlock: '0.0.0.0/0',
      DestinationCidrBlock: '0.0.0.0/0',
      DestinationPortRange: { ToPort: 443 },
    } as const;
    ec2
      .on(DescribeTrafficMirrorFiltersCommand)
      .resolves({ TrafficMirrorFilters: [{ TrafficMirrorFilterId: 'tmf-1', IngressFilterRules: [half] }] });
    await expect(anInventory().filters()).rejects.toMatchObject({ code: 'IncompleteAnswerError' });
  });
});
