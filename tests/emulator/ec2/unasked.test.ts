import {
  DescribeInstancesCommand,
  type Instance,
  ModifyInstanceAttributeCommand,
  StartInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Bench, createBench, refusal } from './in-process-client.ts';
import { addMirroring, addSession, launchOne, present } from './world-setup.ts';

let bench: Bench;

beforeEach(() => {
  bench = createBench();
});

async function describeOne(instanceId: string): Promise<Instance> {
  const { Reservations } = await bench.client.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
  return present(Reservations?.[0]?.Instances?.[0]);
}

/** The detail-types and states of the events since the launch. */
function eventsOf(instanceId: string): string[] {
  return bench.host.emitted.flatMap(({ detailType, detail }) => {
    if (typeof detail !== 'object' || detail === null || Reflect.get(detail, 'instance-id') !== instanceId) return [];
    const what: unknown = Reflect.get(detail, 'state') ?? Reflect.get(detail, 'instance-action');
    return `${detailType}: ${String(what)}`;
  });
}

const state = (name: string): string => `EC2 Instance State-change Notification: ${name}`;
const warning = (action: string): string => `EC2 Spot Instance Interruption Warning: ${action}`;
const launched = [state('pending'), state('running')];

describe('a Spot interruption', () => {
  it('warns two minutes before the instance is terminated, with the ARN that AWS uses', async () => {
    const { instanceId } = await launchOne(bench);
    bench.ec2.controls.interruptSpot(instanceId, 'terminate');
    await bench.host.clock.advance(119_999);
    expect(eventsOf(instanceId)).toEqual([...launched, warning('terminate')]);
    expect(bench.host.emitted.find(({ detailType }) => detailType.includes('Spot'))).toMatchObject({
      source: 'aws.ec2',
      resources: [`arn:aws:ec2:eu-west-1a:instance/${instanceId}`],
    });
    await bench.host.clock.advance(1_000);
    expect(eventsOf(instanceId)).toEqual([...launched, warning('terminate'), state('shutting-down'), state('terminated')]);
    expect((await describeOne(instanceId)).StateReason?.Code).toBe('Server.SpotInstanceTermination');
  });

  it('stops the instance and leaves its session', async () => {
    const mirroring = await addMirroring(bench);
    const { instanceId, eniId } = await launchOne(bench);
    const session = await addSession(bench, mirroring, eniId);
    bench.ec2.controls.interruptSpot(instanceId, 'stop');
    await bench.host.clock.advance(121_000);
    expect(eventsOf(instanceId)).toEqual([...launched, warning('stop'), state('stopping'), state('stopped')]);
    expect((await describeOne(instanceId)).StateReason?.Code).toBe('Server.SpotInstanceShutdown');
    expect(bench.ec2.world.sessions().map((one) => one.trafficMirrorSessionId)).toEqual([session]);
  });

  it('hibernates without notice', async () => {
    const { instanceId } = await launchOne(bench);
    bench.ec2.controls.interruptSpot(instanceId, 'hibernate');
    await bench.host.clock.advance(1_000);
    expect(eventsOf(instanceId)).toEqual([...launched, warning('hibernate'), state('stopping'), state('stopped')]);
  });

  it('does nothing more to an instance that was stopped within the notice', async () => {
    const { instanceId } = await launchOne(bench);
    bench.ec2.controls.interruptSpot(instanceId, 'terminate');
    await bench.client.send(new StopInstancesCommand({ InstanceIds: [instanceId] }));
    await bench.host.clock.advance(200_000);
    expect((await describeOne(instanceId)).State?.Name).toBe('stopped');
  });

  it('is refused for an instance that does not run', async () => {
    expect(() => bench.ec2.controls.interruptSpot('i-0123456789abcdef0', 'stop')).toThrow('unknown, not running');
    const { instanceId } = await launchOne(bench);
    await bench.client.send(new StopInstancesCommand({ InstanceIds: [instanceId] }));
    expect(() => bench.ec2.controls.interruptSpot(instanceId, 'stop')).toThrow('stopping, not running');
    expect(() => bench.ec2.controls.shutDownFromInside(instanceId)).toThrow('stopping, not running');
  });
});

describe('a shutdown from within the operating system', () => {
  it('stops the instance unless it was launched otherwise', async () => {
    const { instanceId } = await launchOne(bench);
    bench.ec2.controls.shutDownFromInside(instanceId);
    await bench.host.clock.advance(1_000);
    expect(eventsOf(instanceId)).toEqual([...launched, state('stopping'), state('stopped')]);
    expect((await describeOne(instanceId)).StateReason?.Code).toBe('Client.InstanceInitiatedShutdown');
  });

  it('terminates an instance that was launched so, whatever its termination protection', async () => {
    const { instanceId } = await launchOne(bench, {
      InstanceInitiatedShutdownBehavior: 'terminate',
      DisableApiTermination: true,
    });
    bench.ec2.controls.shutDownFromInside(instanceId);
    await bench.host.clock.advance(1_000);
    expect(eventsOf(instanceId)).toEqual([...launched, state('shutting-down'), state('terminated')]);
  });

  it('follows a changed attribute, and refuses a wrong one', async () => {
    const { instanceId } = await launchOne(bench, { InstanceInitiatedShutdownBehavior: 'terminate' });
    const modify = (input: object) => bench.client.send(new ModifyInstanceAttributeCommand({ InstanceId: instanceId, ...input }));
    await modify({ InstanceInitiatedShutdownBehavior: { Value: 'stop' } });
    bench.ec2.controls.shutDownFromInside(instanceId);
    await bench.host.clock.advance(1_000);
    expect((await describeOne(instanceId)).State?.Name).toBe('stopped');
    await modify({ Attribute: 'instanceInitiatedShutdownBehavior', Value: 'terminate' });
    await bench.client.send(new StartInstancesCommand({ InstanceIds: [instanceId] }));
    await bench.host.clock.advance(1_000);
    bench.ec2.controls.shutDownFromInside(instanceId);
    await bench.host.clock.advance(1_000);
    expect((await describeOne(instanceId)).State?.Name).toBe('terminated');
    expect(await refusal(modify({ Attribute: 'instanceInitiatedShutdownBehavior', Value: 'sleep' }))).toMatchObject({
      code: 'InvalidParameterValue',
    });
  });
});

it('tells a hibernation from a stop by the state reason alone', async () => {
  const { instanceId } = await launchOne(bench);
  await bench.client.send(new StopInstancesCommand({ InstanceIds: [instanceId], Hibernate: true }));
  await bench.host.clock.advance(1_000);
  const { State, StateReason } = await describeOne(instanceId);
  expect(State?.Name).toBe('stopped');
  expect(StateReason?.Code).toBe('Client.UserInitiatedHibernate');
  expect(eventsOf(instanceId)).toEqual([...launched, state('stopping'), state('stopped')]);
});
