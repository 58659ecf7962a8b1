import {
  CreateTagsCommand,
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorFilterRuleCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  DeleteTrafficMirrorFilterCommand,
  DeleteTrafficMirrorSessionCommand,
  DeleteTrafficMirrorTargetCommand,
  type EC2Client,
  ModifyTrafficMirrorFilterNetworkServicesCommand,
  ModifyTrafficMirrorSessionCommand,
  type ResourceType,
  type Tag,
  type TagSpecification,
  type TrafficMirrorNetworkService,
} from '@aws-sdk/client-ec2';
import type { PortRange } from '../model/filter.ts';
import type { FilterId, SessionId, TargetId } from '../model/ids.ts';
import type { TargetDestination } from '../model/policy.ts';
import type { Tags } from '../model/tags.ts';
import type { Clock, Mirroring } from '../reconcile/ports.ts';
import { changeDeadline, type Deadline, timeLeft } from './client.ts';
import { IncompleteAnswerError } from './convert.ts';
import { toEc2Error } from './error-class.ts';

/** The Mirroring port over the EC2 API: one method, one call. */
export function createMirroring(client: EC2Client, clock: Clock, deadline: Deadline): Mirroring {
  const options = () => timeLeft(changeDeadline(deadline), clock);
  return {
    createSession: (session) =>
      classified(async () => {
        const answer = await client.send(
          new CreateTrafficMirrorSessionCommand({
            NetworkInterfaceId: session.eniId,
            TrafficMirrorTargetId: session.targetId,
            TrafficMirrorFilterId: session.filterId,
            SessionNumber: session.sessionNumber,
            PacketLength: session.packetLength,
            VirtualNetworkId: session.vni,
            TagSpecifications: specifications('traffic-mirror-session', session.tags),
            ClientToken: session.clientToken,
          }),
          options(),
        );
        const sessionId = answer.TrafficMirrorSession?.TrafficMirrorSessionId;
        if (sessionId === undefined) throw new IncompleteAnswerError('EC2 answered a create without the session');
        return { ...receipt(answer), sessionId: sessionId as SessionId };
      }),
    modifySession: (id, { targetId, filterId, sessionNumber, packetLength, vni }) =>
      classified(async () =>
        receipt(
          await client.send(
            new ModifyTrafficMirrorSessionCommand({
              TrafficMirrorSessionId: id,
              TrafficMirrorTargetId: targetId,
              TrafficMirrorFilterId: filterId,
              SessionNumber: sessionNumber,
              PacketLength: packetLength ?? undefined,
              VirtualNetworkId: vni,
              RemoveFields: packetLength === null ? ['packet-length'] : undefined,
            }),
            options(),
          ),
        ),
      ),
    tagSession: tag,
    tagInstance: tag,
    deleteSession: (id) =>
      classified(async () =>
        receipt(await client.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id }), options())),
      ),
    createFilter: ({ description, tags, clientToken }) =>
      classified(async () => {
        const answer = await client.send(
          new CreateTrafficMirrorFilterCommand({
            Description: description,
            TagSpecifications: specifications('traffic-mirror-filter', tags),
            ClientToken: clientToken,
          }),
          options(),
        );
        const filterId = answer.TrafficMirrorFilter?.TrafficMirrorFilterId;
        if (filterId === undefined) throw new IncompleteAnswerError('EC2 answered a create without the filter');
        return { ...receipt(answer), filterId: filterId as FilterId };
      }),
    createFilterRule: (filterId, rule, clientToken) =>
      classified(async () =>
        receipt(
          await client.send(
            new CreateTrafficMirrorFilterRuleCommand({
              TrafficMirrorFilterId: filterId,
              TrafficDirection: rule.direction,
              RuleNumber: rule.number,
              RuleAction: rule.action,
              Protocol: rule.protocol,
              SourceCidrBlock: rule.sourceCidr,
              DestinationCidrBlock: rule.destinationCidr,
              SourcePortRange: toPortRange(rule.sourcePorts),
              DestinationPortRange: toPortRange(rule.destinationPorts),
              Description: rule.description,
              ClientToken: clientToken,
            }),
            options(),
          ),
        ),
      ),
    addNetworkServices: (filterId, services) =>
      classified(async () =>
        receipt(
          await client.send(
            new ModifyTrafficMirrorFilterNetworkServicesCommand({
              TrafficMirrorFilterId: filterId,
              AddNetworkServices: services as TrafficMirrorNetworkService[],
            }),
            options(),
          ),
        ),
      ),
    deleteFilter: (id) =>
      classified(async () =>
        receipt(await client.send(new DeleteTrafficMirrorFilterCommand({ TrafficMirrorFilterId: id }), options())),
      ),
    createTarget: ({ destination, description, tags, clientToken }) =>
      classified(async () => {
        const answer = await client.send(
          new CreateTrafficMirrorTargetCommand({
            ...toDestination(destination),
            Description: description,
            TagSpecifications: specifications('traffic-mirror-target', tags),
            ClientToken: clientToken,
          }),
          options(),
        );
        const targetId = answer.TrafficMirrorTarget?.TrafficMirrorTargetId;
        if (targetId === undefined) throw new IncompleteAnswerError('EC2 answered a create without the target');
        return { ...receipt(answer), targetId: targetId as TargetId };
      }),
    deleteTarget: (id) =>
      classified(async () =>
        receipt(await client.send(new DeleteTrafficMirrorTargetCommand({ TrafficMirrorTargetId: id }), options())),
      ),
  };

  function tag(id: string, tags: Tags) {
    return classified(async () =>
      receipt(await client.send(new CreateTagsCommand({ Resources: [id], Tags: toTagList(tags) }), options())),
    );
  }
}

async function classified<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toEc2Error(error);
  }
}

function receipt(answer: { readonly $metadata: { readonly requestId?: string | undefined } }) {
  return { requestId: answer.$metadata.requestId };
}

/** EC2 refuses a specification without a tag. */
function specifications(ResourceType: ResourceType, tags: Tags): TagSpecification[] | undefined {
  const Tags = toTagList(tags);
  return Tags.length === 0 ? undefined : [{ ResourceType, Tags }];
}

function toTagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function toDestination(destination: TargetDestination) {
  if ('networkInterfaceId' in destination) return { NetworkInterfaceId: destination.networkInterfaceId };
  if ('networkLoadBalancerArn' in destination) return { NetworkLoadBalancerArn: destination.networkLoadBalancerArn };
  return { GatewayLoadBalancerEndpointId: destination.gatewayLoadBalancerEndpointId };
}

function toPortRange(range: PortRange | undefined) {
  return range === undefined ? undefined : { FromPort: range.from, ToPort: range.to };
}
