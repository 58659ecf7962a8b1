/** Traffic Mirror objects as calls answer them. */
import type {
  TrafficMirrorFilter,
  TrafficMirrorFilterRule,
  TrafficMirrorPortRange,
  TrafficMirrorSession,
  TrafficMirrorTarget,
} from '@aws-sdk/client-ec2';
import type { Account } from '../account.ts';
import type { FilterRecord, FilterRuleRecord, PortRangeRecord, SessionRecord, TagSet, TargetRecord } from '../records.ts';
import { renderTags } from '../tags.ts';

/** `tags` are the current or the seen ones, as the caller needs. */
export function renderSession(session: SessionRecord, tags: TagSet): TrafficMirrorSession {
  return {
    TrafficMirrorSessionId: session.trafficMirrorSessionId,
    TrafficMirrorTargetId: session.trafficMirrorTargetId,
    TrafficMirrorFilterId: session.trafficMirrorFilterId,
    NetworkInterfaceId: session.networkInterfaceId,
    OwnerId: session.ownerId,
    PacketLength: session.packetLength,
    SessionNumber: session.sessionNumber,
    VirtualNetworkId: session.virtualNetworkId,
    Description: session.description,
    Tags: renderTags(tags),
  };
}

export function renderTarget(target: TargetRecord, tags: TagSet): TrafficMirrorTarget {
  const { destination } = target;
  return {
    TrafficMirrorTargetId: target.trafficMirrorTargetId,
    NetworkInterfaceId: destination.type === 'network-interface' ? destination.networkInterfaceId : undefined,
    NetworkLoadBalancerArn: destination.type === 'network-load-balancer' ? destination.networkLoadBalancerArn : undefined,
    GatewayLoadBalancerEndpointId:
      destination.type === 'gateway-load-balancer-endpoint' ? destination.gatewayLoadBalancerEndpointId : undefined,
    Type: destination.type,
    Description: target.description,
    OwnerId: target.ownerId,
    Tags: renderTags(tags),
  };
}

const renderPorts = (range: PortRangeRecord | undefined): TrafficMirrorPortRange | undefined =>
  range === undefined ? undefined : { FromPort: range.fromPort, ToPort: range.toPort };

export function renderRule(rule: FilterRuleRecord, tags: TagSet): TrafficMirrorFilterRule {
  return {
    TrafficMirrorFilterRuleId: rule.trafficMirrorFilterRuleId,
    TrafficMirrorFilterId: rule.trafficMirrorFilterId,
    TrafficDirection: rule.trafficDirection,
    RuleNumber: rule.ruleNumber,
    RuleAction: rule.ruleAction,
    Protocol: rule.protocol,
    DestinationPortRange: renderPorts(rule.destinationPortRange),
    SourcePortRange: renderPorts(rule.sourcePortRange),
    DestinationCidrBlock: rule.destinationCidrBlock,
    SourceCidrBlock: rule.sourceCidrBlock,
    Description: rule.description,
    Tags: renderTags(tags),
  };
}

/** With its rules in ascending order; `read` says whose view of rules and tags is meant. */
export function renderFilter(account: Account, filter: FilterRecord, read: 'current' | 'seen'): TrafficMirrorFilter {
  const { filterRules, tags } = account.world;
  const tagsOf = (id: string): TagSet => (read === 'seen' ? tags.seen(id) : tags.get(id)) ?? {};
  const all =
    read === 'seen'
      ? filterRules.seenAll().filter((rule) => rule.trafficMirrorFilterId === filter.trafficMirrorFilterId)
      : filterRules.by('filter', filter.trafficMirrorFilterId);
  const inOrder = all.toSorted((a, b) => a.ruleNumber - b.ruleNumber);
  const rulesOf = (direction: FilterRuleRecord['trafficDirection']): TrafficMirrorFilterRule[] =>
    inOrder
      .filter((rule) => rule.trafficDirection === direction)
      .map((rule) => renderRule(rule, tagsOf(rule.trafficMirrorFilterRuleId)));
  return {
    TrafficMirrorFilterId: filter.trafficMirrorFilterId,
    IngressFilterRules: rulesOf('ingress'),
    EgressFilterRules: rulesOf('egress'),
    NetworkServices: [...filter.networkServices],
    Description: filter.description,
    Tags: renderTags(tagsOf(filter.trafficMirrorFilterId)),
  };
}
