/** The events that EC2 and the tagging service put on the default bus. */
import type { Host } from '../core.ts';
import { arnOf, type ResourceType } from './ids.ts';
import type { Ec2Options } from './options.ts';
import type { InstanceStateName, TagSet } from './records.ts';
import type { World } from './world.ts';

/** What becomes of a Spot Instance that AWS takes back. */
export type SpotAction = 'stop' | 'hibernate' | 'terminate';

export interface Announcer {
  stateChange(instanceId: string, state: InstanceStateName): void;
  spotWarning(instanceId: string, availabilityZone: string, action: SpotAction): void;
  tagChange(type: ResourceType, id: string, changedKeys: readonly string[], tags: TagSet): void;
  /** An "AWS API Call via CloudTrail"; `detail` is the whole record. */
  apiCall(detail: object): void;
}

/** Sources: EventBridge events reference, "Amazon EC2 events" and "Tag change events". */
export function createAnnouncer(host: Host, options: Ec2Options, world: Pick<World, 'tagVersions'>): Announcer {
  /** Without latency an event leaves at once, so that events and answers keep the order in which things happened. */
  const send = (latencyMs: number, event: Parameters<Host['emit']>[0]): void => {
    if (latencyMs > 0) host.clock.after(latencyMs, () => host.emit(event));
    else host.emit(event);
  };
  return {
    stateChange(instanceId, state) {
      send(options.stateEventLatencyMs, {
        source: 'aws.ec2',
        detailType: 'EC2 Instance State-change Notification',
        resources: [arnOf({ host }, 'instance', instanceId)],
        detail: { 'instance-id': instanceId, state },
      });
    },
    /** The ARN names the zone, not the Region and account: EC2 User Guide, "Spot Instance interruption notices". */
    spotWarning(instanceId, availabilityZone, action) {
      send(options.stateEventLatencyMs, {
        source: 'aws.ec2',
        detailType: 'EC2 Spot Instance Interruption Warning',
        resources: [`arn:aws:ec2:${availabilityZone}:instance/${instanceId}`],
        detail: { 'instance-id': instanceId, 'instance-action': action },
      });
    },
    tagChange(type, id, changedKeys, tags) {
      const version = (world.tagVersions.get(id) ?? 0) + 1;
      world.tagVersions.set(id, version);
      send(options.tagEventLatencyMs, {
        source: 'aws.tag',
        detailType: 'Tag Change on Resource',
        resources: [arnOf({ host }, type, id)],
        detail: { 'changed-tag-keys': [...changedKeys], tags: { ...tags }, service: 'ec2', 'resource-type': type, version },
      });
    },
    apiCall(detail) {
      send(options.cloudTrailLatencyMs, { source: 'aws.ec2', detailType: 'AWS API Call via CloudTrail', detail });
    },
  };
}
