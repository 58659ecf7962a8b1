/** Short ways to the objects that most tests need. */
import {
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorSessionCommand,
  type CreateTrafficMirrorSessionCommandInput,
  CreateTrafficMirrorTargetCommand,
  type Instance,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import type { Bench } from './in-process-client.ts';

/** Asserts that an answer holds what it must. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The answer lacks a value');
  return value;
}

export interface Launched {
  readonly instanceId: string;
  readonly eniId: string;
  readonly instance: Instance;
}

/** Launches instances and lets them run. */
export async function launch(bench: Bench, input: Partial<RunInstancesCommandInput> = {}): Promise<Launched[]> {
  const answer = await bench.client.send(
    new RunInstancesCommand({ ImageId: 'ami-12345678', InstanceType: 'm5.large', MinCount: 1, MaxCount: 1, ...input }),
  );
  await bench.host.clock.advance(bench.ec2.controls.settings.pendingMs);
  return present(answer.Instances).map((instance) => ({
    instance,
    instanceId: present(instance.InstanceId),
    eniId: present(instance.NetworkInterfaces?.[0]?.NetworkInterfaceId),
  }));
}

export async function launchOne(bench: Bench, input: Partial<RunInstancesCommandInput> = {}): Promise<Launched> {
  return present((await launch(bench, input))[0]);
}

export interface Mirroring {
  readonly sensor: Launched;
  readonly targetId: string;
  readonly filterId: string;
}

/** A sensor with a target on its interface, and an empty filter. */
export async function addMirroring(
  bench: Bench,
  sensorType: RunInstancesCommandInput['InstanceType'] = 'm5.large',
): Promise<Mirroring> {
  const sensor = await launchOne(bench, { InstanceType: sensorType });
  const target = await bench.client.send(new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: sensor.eniId }));
  const filter = await bench.client.send(new CreateTrafficMirrorFilterCommand({}));
  return {
    sensor,
    targetId: present(target.TrafficMirrorTarget?.TrafficMirrorTargetId),
    filterId: present(filter.TrafficMirrorFilter?.TrafficMirrorFilterId),
  };
}

export async function addSession(
  bench: Bench,
  mirroring: Mirroring,
  eniId: string,
  input: Partial<CreateTrafficMirrorSessionCommandInput> = {},
): Promise<string> {
  const answer = await bench.client.send(
    new CreateTrafficMirrorSessionCommand({
      NetworkInterfaceId: eniId,
      TrafficMirrorTargetId: mirroring.targetId,
      TrafficMirrorFilterId: mirroring.filterId,
      SessionNumber: 1,
      ...input,
    }),
  );
  return present(answer.TrafficMirrorSession?.TrafficMirrorSessionId);
}
