import {
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  DeleteNetworkInterfaceCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeNetworkInterfacesCommand,
  DetachNetworkInterfaceCommand,
  type Instance,
  ModifyInstanceAttributeCommand,
  ModifyNetworkInterfaceAttributeCommand,
  RebootInstancesCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Bench, createBench, refusal } from './in-process-client.ts';
import { addMirroring, addSession, launch, launchOne, present } from './world-setup.ts';

let bench: Bench;

beforeEach(() => {
  bench = createBench();
});

const stateEvents = (): string[] =>
  bench.host.emitted.flatMap(({ detailType, detail }) =>
    detailType === 'EC2 Instance State-change Notification' && typeof detail === 'object' && detail !== null
      ? String(Reflect.get(detail, 'state'))
      : [],
  );

async function describeOne(instanceId: string): Promise<Instance> {
  const { Reservations } = await bench.client.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
  return present(Reservations?.[0]?.Instances?.[0]);
}

const stop = (id: string, input: object = {}) => bench.client.send(new StopInstancesCommand({ InstanceIds: [id], ...input }));
const start = (id: string) => bench.client.send(new StartInstancesCommand({ InstanceIds: [id] }));
const terminate = (...ids: string[]) => bench.client.send(new TerminateInstancesCommand({ InstanceIds: ids }));
const run = (input: Partial<RunInstancesCommandInput>) =>
  bench.client.send(
    new RunInstancesCommand({ ImageId: 'ami-12345678', InstanceType: 'm5.large', MinCount: 1, MaxCount: 1, ...input }),
  );

async function addInterface(
  instanceId: string,
  DeviceIndex = 1,
): Promise<{ readonly eniId: string; readonly attachmentId: string }> {
  const { NetworkInterface } = await bench.client.send(
    new CreateNetworkInterfaceCommand({ SubnetId: present(bench.ec2.network).subnetIds[0] }),
  );
  const eniId = present(NetworkInterface?.NetworkInterfaceId);
  const { AttachmentId } = await bench.client.send(
    new AttachNetworkInterfaceCommand({ NetworkInterfaceId: eniId, InstanceId: instanceId, DeviceIndex }),
  );
  return { eniId, attachmentId: present(AttachmentId) };
}

describe('an instance', () => {
  it('goes through its states with an event for each, none for a reboot', async () => {
    const { instanceId } = await launchOne(bench);
    expect(stateEvents()).toEqual(['pending', 'running']);
    expect(bench.host.emitted[0]).toMatchObject({
      source: 'aws.ec2',
      resources: [`arn:aws:ec2:eu-west-1:111122223333:instance/${instanceId}`],
      detail: { 'instance-id': instanceId, state: 'pending' },
    });
    await bench.client.send(new RebootInstancesCommand({ InstanceIds: [instanceId] }));
    const stopping = await stop(instanceId, { Hibernate: true, Force: true });
    expect(stopping.StoppingInstances).toEqual([
      { InstanceId: instanceId, PreviousState: { Code: 16, Name: 'running' }, CurrentState: { Code: 64, Name: 'stopping' } },
    ]);
    await bench.host.clock.advance(1000);
    await start(instanceId);
    await bench.host.clock.advance(1000);
    await terminate(instanceId);
    await bench.host.clock.advance(1000);
    expect(stateEvents()).toEqual([
      'pending',
      'running',
      'stopping',
      'stopped',
      'pending',
      'running',
      'shutting-down',
      'terminated',
    ]);
  });

  it('that is terminated while pending never becomes running', async () => {
    const { Instances } = await run({});
    await terminate(present(Instances?.[0]?.InstanceId));
    await bench.host.clock.advance(1000);
    expect(stateEvents()).toEqual(['pending', 'shutting-down', 'terminated']);
  });

  it('leaves its state where a call changes nothing, and refuses what the state forbids', async () => {
    const { instanceId } = await launchOne(bench);
    expect((await start(instanceId)).StartingInstances?.[0]?.CurrentState?.Name).toBe('running');
    await terminate(instanceId);
    expect((await refusal(stop(instanceId))).code).toBe('IncorrectInstanceState');
    await bench.host.clock.advance(1000);
    expect((await terminate(instanceId)).TerminatingInstances?.[0]?.CurrentState?.Name).toBe('terminated');
    expect((await refusal(start(instanceId))).code).toBe('IncorrectInstanceState');
    expect(stateEvents().filter((state) => state === 'terminated')).toHaveLength(1);
  });

  it('loses its interfaces when terminated, then its tags, and is gone after an hour', async () => {
    const { instanceId } = await launchOne(bench, {
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'mirror', Value: 'true' }] }],
    });
    await terminate(instanceId);
    await bench.host.clock.advance(1000);
    const terminated = await describeOne(instanceId);
    expect(terminated).toMatchObject({
      State: { Code: 48, Name: 'terminated' },
      NetworkInterfaces: [],
      Tags: [{ Key: 'mirror', Value: 'true' }],
    });
    expect([terminated.SubnetId, terminated.PrivateIpAddress]).toEqual([undefined, undefined]);
    await bench.host.clock.advance(600_000);
    expect((await describeOne(instanceId)).Tags).toEqual([]);
    await bench.host.clock.advance(3_600_000);
    expect((await refusal(describeOne(instanceId))).code).toBe('InvalidInstanceID.NotFound');
    expect(bench.ec2.world.networkInterfaces()).toEqual([]);
  });

  it('takes another type only while stopped', async () => {
    const { instanceId } = await launchOne(bench);
    const modify = (value: string) =>
      bench.client.send(new ModifyInstanceAttributeCommand({ InstanceId: instanceId, InstanceType: { Value: value } }));
    expect((await refusal(modify('t2.micro'))).code).toBe('IncorrectInstanceState');
    await stop(instanceId);
    await bench.host.clock.advance(1000);
    expect((await refusal(modify('x99.huge'))).code).toBe('InvalidParameterValue');
    await modify('t2.micro');
    expect((await describeOne(instanceId)).InstanceType).toBe('t2.micro');
  });

  it('changes its groups, its source check and its termination protection', async () => {
    const { instanceId } = await launchOne(bench);
    const modify = (input: object) => bench.client.send(new ModifyInstanceAttributeCommand({ InstanceId: instanceId, ...input }));
    await modify({ SourceDestCheck: { Value: false } });
    await modify({ Groups: [present(bench.ec2.network).groupId] });
    await modify({ Attribute: 'disableApiTermination', Value: 'true' });
    expect(await describeOne(instanceId)).toMatchObject({ SourceDestCheck: false, SecurityGroups: [{ GroupName: 'default' }] });
    expect((await refusal(terminate(instanceId))).code).toBe('OperationNotPermitted');
    expect((await refusal(modify({ Groups: ['sg-00000000000000000'] }))).code).toBe('InvalidGroup.NotFound');
    expect((await refusal(modify({}))).code).toBe('MissingParameter');
  });
});

describe('RunInstances', () => {
  it('launches a batch in one reservation, tagging instances and interfaces', async () => {
    const answer = await run({
      MinCount: 3,
      MaxCount: 3,
      TagSpecifications: [
        { ResourceType: 'instance', Tags: [{ Key: 'a', Value: '1' }] },
        { ResourceType: 'network-interface', Tags: [{ Key: 'b', Value: '2' }] },
      ],
    });
    expect(answer.Instances?.map((instance) => [instance.AmiLaunchIndex, instance.Tags])).toEqual(
      [0, 1, 2].map((index) => [index, [{ Key: 'a', Value: '1' }]]),
    );
    const { Reservations } = await bench.client.send(new DescribeInstancesCommand({}));
    expect(Reservations?.map((reservation) => reservation.Instances?.length)).toEqual([3]);
    const { NetworkInterfaces } = await bench.client.send(new DescribeNetworkInterfacesCommand({}));
    expect(NetworkInterfaces?.map((eni) => eni.TagSet)).toEqual(Array.from({ length: 3 }, () => [{ Key: 'b', Value: '2' }]));
    expect(new Set(NetworkInterfaces?.map((eni) => eni.PrivateIpAddress)).size).toBe(3);
  });

  it('makes the interfaces asked for, attaching and then attached', async () => {
    const [a, b] = present(bench.ec2.network).subnetIds;
    const NetworkInterfaces = [
      { DeviceIndex: 1, SubnetId: b, DeleteOnTermination: false, Description: 'second' },
      { DeviceIndex: 0, SubnetId: b },
    ];
    const { Instances } = await run({ NetworkInterfaces });
    const made = present(Instances?.[0]);
    expect(made.Placement?.AvailabilityZone).toBe('eu-west-1b');
    expect(
      made.NetworkInterfaces?.map((eni) => [
        eni.Attachment?.DeviceIndex,
        eni.Attachment?.Status,
        eni.Attachment?.DeleteOnTermination,
      ]),
    ).toEqual([
      [0, 'attaching', true],
      [1, 'attaching', false],
    ]);
    await bench.host.clock.advance(1000);
    expect((await describeOne(present(made.InstanceId))).NetworkInterfaces?.map((eni) => eni.Attachment?.Status)).toEqual([
      'attached',
      'attached',
    ]);
    const acrossZones = run({
      NetworkInterfaces: [
        { DeviceIndex: 0, SubnetId: a },
        { DeviceIndex: 1, SubnetId: b },
      ],
    });
    expect((await refusal(acrossZones)).code).toBe('InvalidParameterValue');
  });

  it.each<[string, Partial<RunInstancesCommandInput>]>([
    ['MissingParameter', { ImageId: undefined }],
    ['InvalidParameterValue', { MinCount: 0 }],
    ['InvalidParameterValue', { MinCount: 2, MaxCount: 1 }],
    ['InvalidParameterValue', { InstanceType: 'z9.large' as 't3.micro' }],
    ['InvalidParameterCombination', { SubnetId: 'subnet-00000000000000000', NetworkInterfaces: [{ DeviceIndex: 0 }] }],
    ['InvalidParameterValue', { NetworkInterfaces: [{ DeviceIndex: 1 }] }],
    ['InvalidParameterValue', { NetworkInterfaces: [{ DeviceIndex: 0 }, { DeviceIndex: 0 }] }],
    ['MissingParameter', { NetworkInterfaces: [{ Description: 'no index' }] }],
    ['AttachmentLimitExceeded', { NetworkInterfaces: [0, 1, 2, 3].map((DeviceIndex) => ({ DeviceIndex })) }],
    ['InvalidSubnetID.NotFound', { SubnetId: 'subnet-00000000000000000' }],
    ['InvalidGroup.NotFound', { SecurityGroupIds: ['sg-00000000000000000'] }],
    ['UnsupportedOperation', { LaunchTemplate: { LaunchTemplateName: 'web' } }],
    ['InvalidParameterValue', { TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'a' }] }] }],
  ])('is refused with %s and launches nothing: %j', async (code, input) => {
    expect((await refusal(run(input))).code).toBe(code);
    expect([bench.ec2.world.instances(), bench.ec2.world.networkInterfaces(), stateEvents()]).toEqual([[], [], []]);
  });
});

describe('an interface', () => {
  it('is available, attaching, in use, detaching and available again', async () => {
    const { instanceId } = await launchOne(bench);
    const { eniId, attachmentId } = await addInterface(instanceId);
    const status = async () => {
      const { NetworkInterfaces } = await bench.client.send(
        new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eniId] }),
      );
      return [NetworkInterfaces?.[0]?.Status, NetworkInterfaces?.[0]?.Attachment?.Status];
    };
    expect(await status()).toEqual(['attaching', 'attaching']);
    await bench.host.clock.advance(1000);
    expect(await status()).toEqual(['in-use', 'attached']);
    expect((await refusal(bench.client.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: eniId })))).code).toBe(
      'InvalidParameterValue',
    );
    await bench.client.send(new DetachNetworkInterfaceCommand({ AttachmentId: attachmentId }));
    expect(await status()).toEqual(['detaching', 'detaching']);
    await bench.host.clock.advance(1000);
    expect(await status()).toEqual(['available', undefined]);
    expect((await describeOne(instanceId)).NetworkInterfaces).toHaveLength(1);
    await bench.client.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: eniId }));
    expect((await refusal(status())).code).toBe('InvalidNetworkInterfaceID.NotFound');
  });

  it('is refused where index, zone, limit or use forbid it', async () => {
    const { instanceId, eniId: primaryId } = await launchOne(bench);
    await addInterface(instanceId);
    expect((await refusal(addInterface(instanceId, 1))).code).toBe('InvalidParameterValue');
    await addInterface(instanceId, 2);
    expect((await refusal(addInterface(instanceId, 3))).code).toBe('AttachmentLimitExceeded');
    const other = await launchOne(bench, { SubnetId: present(bench.ec2.network).subnetIds[1] });
    expect((await refusal(addInterface(other.instanceId))).message).toContain('eu-west-1b');
    const attachUsed = new AttachNetworkInterfaceCommand({
      NetworkInterfaceId: primaryId,
      InstanceId: other.instanceId,
      DeviceIndex: 1,
    });
    expect((await refusal(bench.client.send(attachUsed))).code).toBe('InvalidNetworkInterface.InUse');
    const attachmentId = (await describeOne(instanceId)).NetworkInterfaces?.[0]?.Attachment?.AttachmentId;
    expect((await refusal(bench.client.send(new DetachNetworkInterfaceCommand({ AttachmentId: attachmentId })))).code).toBe(
      'OperationNotPermitted',
    );
  });

  it('takes its sessions along when it is deleted with its instance, and keeps them when it survives', async () => {
    const mirroring = await addMirroring(bench);
    const { instanceId, eniId } = await launchOne(bench);
    const second = await addInterface(instanceId);
    await bench.host.clock.advance(1000);
    await addSession(bench, mirroring, eniId);
    const survivor = await addSession(bench, mirroring, second.eniId);
    await terminate(instanceId);
    expect(bench.ec2.world.sessions()).toHaveLength(2);
    await bench.host.clock.advance(1000);
    expect(bench.ec2.world.sessions().map((session) => session.trafficMirrorSessionId)).toEqual([survivor]);
    const { NetworkInterfaces } = await bench.client.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [second.eniId] }),
    );
    expect(NetworkInterfaces?.[0]).toMatchObject({ Status: 'available' });
    await bench.client.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: second.eniId }));
    expect(bench.ec2.world.sessions()).toEqual([]);
  });

  it('goes with its instance once DeleteOnTermination is set on its attachment', async () => {
    const { instanceId } = await launchOne(bench);
    const { eniId, attachmentId } = await addInterface(instanceId);
    const modify = (id: string) =>
      bench.client.send(
        new ModifyNetworkInterfaceAttributeCommand({
          NetworkInterfaceId: eniId,
          Attachment: { AttachmentId: id, DeleteOnTermination: true },
        }),
      );
    expect((await refusal(modify('eni-attach-00000000000000000'))).code).toBe('InvalidAttachmentID.NotFound');
    await modify(attachmentId);
    await terminate(instanceId);
    await bench.host.clock.advance(1000);
    expect(bench.ec2.world.networkInterfaces()).toEqual([]);
  });

  it('keeps its sessions while its instance is stopped and when it is detached', async () => {
    const mirroring = await addMirroring(bench);
    const { instanceId } = await launchOne(bench);
    const { eniId, attachmentId } = await addInterface(instanceId);
    await addSession(bench, mirroring, eniId);
    await stop(instanceId);
    await bench.host.clock.advance(1000);
    await bench.client.send(new DetachNetworkInterfaceCommand({ AttachmentId: attachmentId }));
    await bench.host.clock.advance(1000);
    expect(bench.ec2.world.sessions()).toHaveLength(1);
  });
});

describe('the other describes of instances', () => {
  it('shows the status of running instances, of others only when asked', async () => {
    const [first] = await launch(bench, { MinCount: 2, MaxCount: 2 });
    await stop(present(first).instanceId);
    const count = async (input: object) =>
      (await bench.client.send(new DescribeInstanceStatusCommand(input))).InstanceStatuses?.length;
    expect([await count({}), await count({ IncludeAllInstances: true })]).toEqual([1, 2]);
  });

  it('knows types by name, with hypervisor for virtual ones only, and pages the whole list', async () => {
    const { InstanceTypes } = await bench.client.send(
      new DescribeInstanceTypesCommand({ InstanceTypes: ['m5.large', 'm5.metal', 't2.micro'] }),
    );
    expect(InstanceTypes?.map((type) => [type.InstanceType, type.Hypervisor, type.BareMetal])).toEqual([
      ['m5.large', 'nitro', false],
      ['m5.metal', undefined, true],
      ['t2.micro', 'xen', false],
    ]);
    const unknown = bench.client.send(new DescribeInstanceTypesCommand({ InstanceTypes: ['z9.large' as 't3.micro'] }));
    expect((await refusal(unknown)).code).toBe('InvalidInstanceType');
    const page = await bench.client.send(
      new DescribeInstanceTypesCommand({ Filters: [{ Name: 'bare-metal', Values: ['true'] }] }),
    );
    expect(page.InstanceTypes).toHaveLength(100);
    expect(page.NextToken).toBeDefined();
  });
});
