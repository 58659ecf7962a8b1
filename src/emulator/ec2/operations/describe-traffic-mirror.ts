import type {
  DescribeTrafficMirrorFilterRulesRequest,
  DescribeTrafficMirrorFilterRulesResult,
  DescribeTrafficMirrorFiltersRequest,
  DescribeTrafficMirrorFiltersResult,
  DescribeTrafficMirrorSessionsRequest,
  DescribeTrafficMirrorSessionsResult,
  DescribeTrafficMirrorTargetsRequest,
  DescribeTrafficMirrorTargetsResult,
} from '@aws-sdk/client-ec2';
import { type Call, operation } from '../account.ts';
import { checkDescribe, describePage } from '../describing.ts';
import type { FilterFields } from '../filtering.ts';
import { checkId, notFound } from '../ids.ts';
import type { FilterRecord, FilterRuleRecord, SessionRecord, TagSet, TargetRecord } from '../records.ts';
import { renderFilter, renderRule, renderSession, renderTarget } from '../render/mirror.ts';
import { seenTags } from '../tags.ts';

const BOUNDS = [5, 1000] as const;

/** `tag:KEY` is documented for none of these; the settings say where it works. */
function tagReader<T>(call: Call, describes: 'targets' | 'others', idOf: (item: T) => string): ((item: T) => TagSet) | undefined {
  const { mirrorTagFilters } = call.options;
  const works = mirrorTagFilters === 'match' || (mirrorTagFilters === 'targets' && describes === 'targets');
  return works ? (item) => seenTags(call, idOf(item)) : undefined;
}

const SESSION_FIELDS: FilterFields<SessionRecord> = {
  description: (session) => session.description,
  'network-interface-id': (session) => session.networkInterfaceId,
  'owner-id': (session) => session.ownerId,
  'packet-length': (session) => session.packetLength,
  'session-number': (session) => session.sessionNumber,
  'traffic-mirror-filter-id': (session) => session.trafficMirrorFilterId,
  'traffic-mirror-session-id': (session) => session.trafficMirrorSessionId,
  'traffic-mirror-target-id': (session) => session.trafficMirrorTargetId,
  'virtual-network-id': (session) => session.virtualNetworkId,
};

export const describeTrafficMirrorSessions = operation<DescribeTrafficMirrorSessionsRequest, DescribeTrafficMirrorSessionsResult>(
  {
    name: 'DescribeTrafficMirrorSessions',
    mutating: false,
    check: (input) =>
      checkDescribe('traffic-mirror-session', 'TrafficMirrorSessionId', BOUNDS, input.TrafficMirrorSessionIds, input),
    perform(input, call) {
      const idOf = (session: SessionRecord): string => session.trafficMirrorSessionId;
      const page = describePage(
        {
          action: 'DescribeTrafficMirrorSessions',
          type: 'traffic-mirror-session',
          idsParameter: 'TrafficMirrorSessionId',
          maxResultsBounds: BOUNDS,
          collection: call.world.sessions,
          idOf,
          fields: SESSION_FIELDS,
          tags: tagReader(call, 'others', idOf),
        },
        input.TrafficMirrorSessionIds,
        input,
        call,
      );
      return {
        TrafficMirrorSessions: page.items.map((session) => renderSession(session, seenTags(call, idOf(session)))),
        NextToken: page.nextToken,
      };
    },
  },
);

const TARGET_FIELDS: FilterFields<TargetRecord> = {
  description: (target) => target.description,
  'network-interface-id': ({ destination }) =>
    destination.type === 'network-interface' ? destination.networkInterfaceId : undefined,
  'network-load-balancer-arn': ({ destination }) =>
    destination.type === 'network-load-balancer' ? destination.networkLoadBalancerArn : undefined,
  'owner-id': (target) => target.ownerId,
  'traffic-mirror-target-id': (target) => target.trafficMirrorTargetId,
};

export const describeTrafficMirrorTargets = operation<DescribeTrafficMirrorTargetsRequest, DescribeTrafficMirrorTargetsResult>({
  name: 'DescribeTrafficMirrorTargets',
  mutating: false,
  check: (input) => checkDescribe('traffic-mirror-target', 'TrafficMirrorTargetId', BOUNDS, input.TrafficMirrorTargetIds, input),
  perform(input, call) {
    const idOf = (target: TargetRecord): string => target.trafficMirrorTargetId;
    const page = describePage(
      {
        action: 'DescribeTrafficMirrorTargets',
        type: 'traffic-mirror-target',
        idsParameter: 'TrafficMirrorTargetId',
        maxResultsBounds: BOUNDS,
        collection: call.world.targets,
        idOf,
        fields: TARGET_FIELDS,
        tags: tagReader(call, 'targets', idOf),
      },
      input.TrafficMirrorTargetIds,
      input,
      call,
    );
    return {
      TrafficMirrorTargets: page.items.map((target) => renderTarget(target, seenTags(call, idOf(target)))),
      NextToken: page.nextToken,
    };
  },
});

const FILTER_FIELDS: FilterFields<FilterRecord> = {
  description: (filter) => filter.description,
  'traffic-mirror-filter-id': (filter) => filter.trafficMirrorFilterId,
};

export const describeTrafficMirrorFilters = operation<DescribeTrafficMirrorFiltersRequest, DescribeTrafficMirrorFiltersResult>({
  name: 'DescribeTrafficMirrorFilters',
  mutating: false,
  check: (input) => checkDescribe('traffic-mirror-filter', 'TrafficMirrorFilterId', BOUNDS, input.TrafficMirrorFilterIds, input),
  perform(input, call) {
    const idOf = (filter: FilterRecord): string => filter.trafficMirrorFilterId;
    const page = describePage(
      {
        action: 'DescribeTrafficMirrorFilters',
        type: 'traffic-mirror-filter',
        idsParameter: 'TrafficMirrorFilterId',
        maxResultsBounds: BOUNDS,
        collection: call.world.filters,
        idOf,
        fields: FILTER_FIELDS,
        tags: tagReader(call, 'others', idOf),
      },
      input.TrafficMirrorFilterIds,
      input,
      call,
    );
    return { TrafficMirrorFilters: page.items.map((filter) => renderFilter(call, filter, 'seen')), NextToken: page.nextToken };
  },
});

const RULE_FIELDS: FilterFields<FilterRuleRecord> = {
  'traffic-mirror-filter-rule-id': (rule) => rule.trafficMirrorFilterRuleId,
  'traffic-mirror-filter-id': (rule) => rule.trafficMirrorFilterId,
  'rule-number': (rule) => rule.ruleNumber,
  'rule-action': (rule) => rule.ruleAction,
  'traffic-direction': (rule) => rule.trafficDirection,
  protocol: (rule) => rule.protocol,
  'source-cidr-block': (rule) => rule.sourceCidrBlock,
  'destination-cidr-block': (rule) => rule.destinationCidrBlock,
  description: (rule) => rule.description,
};

export const describeTrafficMirrorFilterRules = operation<
  DescribeTrafficMirrorFilterRulesRequest,
  DescribeTrafficMirrorFilterRulesResult
>({
  name: 'DescribeTrafficMirrorFilterRules',
  mutating: false,
  check(input) {
    checkDescribe('traffic-mirror-filter-rule', 'TrafficMirrorFilterRuleId', BOUNDS, input.TrafficMirrorFilterRuleIds, input);
    if (input.TrafficMirrorFilterId !== undefined) checkId('traffic-mirror-filter', input.TrafficMirrorFilterId);
  },
  perform(input, call) {
    const { TrafficMirrorFilterId: filterId } = input;
    if (filterId !== undefined && call.world.filters.seen(filterId) === undefined)
      throw notFound('traffic-mirror-filter', [filterId], call);
    const idOf = (rule: FilterRuleRecord): string => rule.trafficMirrorFilterRuleId;
    const page = describePage(
      {
        action: 'DescribeTrafficMirrorFilterRules',
        type: 'traffic-mirror-filter-rule',
        idsParameter: 'TrafficMirrorFilterRuleId',
        maxResultsBounds: BOUNDS,
        collection: call.world.filterRules,
        idOf,
        isHidden: (rule) => filterId !== undefined && rule.trafficMirrorFilterId !== filterId,
        fields: RULE_FIELDS,
        tags: tagReader(call, 'others', idOf),
      },
      input.TrafficMirrorFilterRuleIds,
      input,
      call,
    );
    return {
      TrafficMirrorFilterRules: page.items.map((rule) => renderRule(rule, seenTags(call, idOf(rule)))),
      NextToken: page.nextToken,
    };
  },
});
