import type { _InstanceType, Tag, TrafficMirrorSession } from '@aws-sdk/client-ec2';
import { instanceId, primaryInterface, type Tags, until } from '../../../src/demo/user.ts';
import type { RunningService } from './service.ts';

/** An instance and its first interface. */
export interface Source {
  readonly id: string;
  readonly eni: string;
}

export interface Launch {
  readonly type?: _InstanceType;
  readonly zone?: string;
}

/** Launches instances in one reservation. */
export async function launch(
  { user }: RunningService,
  count: number,
  tags: Tags,
  { type = 'm5.large', zone = 'eu-west-1a' }: Launch = {},
): Promise<readonly Source[]> {
  const instances = await user.launch(count, zone, type, tags);
  return instances.map((instance) => ({ id: instanceId(instance), eni: primaryInterface(instance) }));
}

export async function launchOne(service: RunningService, tags: Tags, how: Launch = {}): Promise<Source> {
  const [source] = await launch(service, 1, tags, how);
  if (source === undefined) throw new Error('no instance was launched');
  return source;
}

/** A sensor whose interface is a target of a pool; answers the target's id. A hundred sources fit, unless the type says otherwise. */
export async function addSensor(service: RunningService, pool = 'default', how: Launch = {}): Promise<string> {
  const sensor = await launchOne(service, { Name: 'sensor' }, { type: 'c5.18xlarge', ...how });
  return service.user.target(sensor.eni, { 'automirror:target': pool });
}

/** The sessions on an interface, anybody's. */
export async function sessionsOn({ user }: RunningService, eni: string): Promise<readonly TrafficMirrorSession[]> {
  return (await user.sessions()).filter((session) => session.NetworkInterfaceId === eni);
}

/** Waits until exactly one session is on the interface, and answers it. */
export function mirrored(service: RunningService, eni: string): Promise<TrafficMirrorSession> {
  return until(`one session on ${eni}`, async () => {
    const sessions = await sessionsOn(service, eni);
    return sessions.length === 1 ? sessions[0] : undefined;
  });
}

/** Waits until no session is on the interface. */
export async function notMirrored(service: RunningService, eni: string): Promise<void> {
  await until(`no session on ${eni}`, async () => ((await sessionsOn(service, eni)).length === 0 ? true : undefined));
}

/** The value of a tag. */
export function tagOf(tagged: { readonly Tags?: readonly Tag[] | undefined }, key: string): string | undefined {
  return tagged.Tags?.find((tag) => tag.Key === key)?.Value;
}

/** Why the service last said that it refuses an instance. */
export function refusalOf(service: RunningService, id: string): string | undefined {
  return service.records().findLast((line) => line.instanceId === id && line.outcome === 'blocked')?.reason;
}
