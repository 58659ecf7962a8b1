import type {
  CreateTrafficMirrorFilterRuleRequest,
  CreateTrafficMirrorFilterRuleResult,
  DeleteTrafficMirrorFilterRuleRequest,
  DeleteTrafficMirrorFilterRuleResult,
  ModifyTrafficMirrorFilterRuleRequest,
  ModifyTrafficMirrorFilterRuleResult,
  TrafficMirrorPortRangeRequest,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { type Call, operation } from '../account.ts';
import { readCidr } from '../addresses.ts';
import { authorization, created, existing } from '../authorization.ts';
import { checkId, need } from '../ids.ts';
import type { FilterRuleRecord, PortRangeRecord } from '../records.ts';
import { badCombination, checkRange, invalidValue, missing, oneOf, required } from '../refusals.ts';
import { renderRule } from '../render/mirror.ts';
import { readTagSpecifications, replaceTags, tagsOf } from '../tags.ts';

const DIRECTIONS = ['ingress', 'egress'] as const;
const ACTIONS = ['accept', 'reject'] as const;
const REMOVABLE = ['destination-port-range', 'source-port-range', 'protocol', 'description'] as const;
const TCP_AND_UDP: readonly (number | undefined)[] = [6, 17];

function readPorts(parameter: string, range: TrafficMirrorPortRangeRequest | undefined): PortRangeRecord | undefined {
  if (range === undefined) return undefined;
  const { FromPort: fromPort, ToPort: toPort } = range;
  if (fromPort === undefined) throw missing(`${parameter}.FromPort`);
  if (toPort === undefined) throw missing(`${parameter}.ToPort`);
  checkRange(`${parameter}.FromPort`, fromPort, 0, 65_535);
  checkRange(`${parameter}.ToPort`, toPort, 0, 65_535);
  if (fromPort > toPort) throw invalidValue(parameter, `${fromPort}-${toPort}`, 'FromPort must not be greater than ToPort.');
  return { fromPort, toPort };
}

/** What a rule as a whole must fulfil, new or modified. */
function checkRule(rule: Omit<FilterRuleRecord, 'trafficMirrorFilterRuleId' | 'trafficMirrorFilterId'>, call: Call): void {
  checkRange('RuleNumber', rule.ruleNumber, 1, call.options.ruleNumberMax);
  checkRange('Protocol', rule.protocol, 0, 255);
  const source = readCidr('SourceCidrBlock', rule.sourceCidrBlock);
  const destination = readCidr('DestinationCidrBlock', rule.destinationCidrBlock);
  if (source.family !== destination.family) {
    throw badCombination('SourceCidrBlock and DestinationCidrBlock must both be IPv4 or both be IPv6');
  }
  if ((rule.sourcePortRange ?? rule.destinationPortRange) !== undefined && !TCP_AND_UDP.includes(rule.protocol)) {
    throw badCombination('Port ranges can only be given with protocol 6 (TCP) or 17 (UDP)');
  }
}

function ruleIn(
  input: CreateTrafficMirrorFilterRuleRequest,
  call: Call,
): Omit<FilterRuleRecord, 'trafficMirrorFilterRuleId' | 'trafficMirrorFilterId'> {
  const rule = {
    trafficDirection: required('TrafficDirection', oneOf('TrafficDirection', input.TrafficDirection, DIRECTIONS)),
    ruleNumber: required('RuleNumber', input.RuleNumber),
    ruleAction: required('RuleAction', oneOf('RuleAction', input.RuleAction, ACTIONS)),
    protocol: input.Protocol,
    sourcePortRange: readPorts('SourcePortRange', input.SourcePortRange),
    destinationPortRange: readPorts('DestinationPortRange', input.DestinationPortRange),
    sourceCidrBlock: required('SourceCidrBlock', input.SourceCidrBlock),
    destinationCidrBlock: required('DestinationCidrBlock', input.DestinationCidrBlock),
    description: input.Description,
  };
  checkRule(rule, call);
  return rule;
}

/** Refuses a number taken in that direction of the filter. */
function checkNumberFree(
  rule: Pick<FilterRuleRecord, 'ruleNumber' | 'trafficDirection' | 'trafficMirrorFilterId'>,
  call: Call,
  exceptId?: string,
): void {
  const holder = call.world.filterRules
    .by('filter', rule.trafficMirrorFilterId)
    .find(
      (other) =>
        other.trafficDirection === rule.trafficDirection &&
        other.ruleNumber === rule.ruleNumber &&
        other.trafficMirrorFilterRuleId !== exceptId,
    );
  if (holder !== undefined) {
    throw new AwsError(
      'TrafficMirrorFilterRuleAlreadyExists',
      `${rule.trafficDirection} rule number ${rule.ruleNumber} already exists in ${rule.trafficMirrorFilterId}: ${holder.trafficMirrorFilterRuleId}`,
    );
  }
}

function checkRuleCount(
  rule: Pick<FilterRuleRecord, 'trafficDirection' | 'trafficMirrorFilterId'>,
  call: Call,
  exceptId?: string,
): void {
  const { rulesPerFilter, rulesPerFilterScope } = call.options;
  const counted = call.world.filterRules
    .by('filter', rule.trafficMirrorFilterId)
    .filter((other) => other.trafficMirrorFilterRuleId !== exceptId)
    .filter((other) => rulesPerFilterScope === 'total' || other.trafficDirection === rule.trafficDirection);
  if (counted.length >= rulesPerFilter) {
    throw new AwsError(
      'TrafficMirrorFilterRuleLimitExceeded',
      `Rules per filter limit reached (${rulesPerFilter}) for ${rule.trafficMirrorFilterId}`,
    );
  }
}

const tagsIn = (input: CreateTrafficMirrorFilterRuleRequest) =>
  readTagSpecifications(input.TagSpecifications, ['traffic-mirror-filter-rule'])['traffic-mirror-filter-rule'];

export const createTrafficMirrorFilterRule = operation<CreateTrafficMirrorFilterRuleRequest, CreateTrafficMirrorFilterRuleResult>(
  {
    name: 'CreateTrafficMirrorFilterRule',
    mutating: true,
    check(input, call) {
      checkId('traffic-mirror-filter', required('TrafficMirrorFilterId', input.TrafficMirrorFilterId));
      ruleIn(input, call);
      tagsIn(input);
    },
    authorize: (input, call) =>
      authorization(call, 'CreateTrafficMirrorFilterRule', [
        existing(call, 'traffic-mirror-filter', input.TrafficMirrorFilterId ?? ''),
        created(call, 'traffic-mirror-filter-rule', tagsIn(input)),
      ]),
    perform(input, call) {
      const trafficMirrorFilterId = required('TrafficMirrorFilterId', input.TrafficMirrorFilterId);
      need(call.world.filters, 'traffic-mirror-filter', trafficMirrorFilterId, call);
      const rule: FilterRuleRecord = {
        ...ruleIn(input, call),
        trafficMirrorFilterId,
        trafficMirrorFilterRuleId: call.host.newId('tmfr'),
      };
      checkNumberFree(rule, call);
      checkRuleCount(rule, call);
      const id = rule.trafficMirrorFilterRuleId;
      call.world.filterRules.put(id, rule);
      replaceTags(call, id, tagsIn(input) ?? {}, true);
      return { TrafficMirrorFilterRule: renderRule(rule, tagsOf(call, id)), ClientToken: input.ClientToken };
    },
    repeat(output, call) {
      const rule = call.world.filterRules.get(output.TrafficMirrorFilterRule?.TrafficMirrorFilterRuleId ?? '');
      return rule && { ...output, TrafficMirrorFilterRule: renderRule(rule, tagsOf(call, rule.trafficMirrorFilterRuleId)) };
    },
  },
);

const removedFields = (input: ModifyTrafficMirrorFilterRuleRequest): ReadonlySet<string> =>
  new Set((input.RemoveFields ?? []).flatMap((field) => oneOf('RemoveField', field, REMOVABLE) ?? []));

export const modifyTrafficMirrorFilterRule = operation<ModifyTrafficMirrorFilterRuleRequest, ModifyTrafficMirrorFilterRuleResult>(
  {
    name: 'ModifyTrafficMirrorFilterRule',
    mutating: true,
    check(input) {
      checkId('traffic-mirror-filter-rule', required('TrafficMirrorFilterRuleId', input.TrafficMirrorFilterRuleId));
      oneOf('TrafficDirection', input.TrafficDirection, DIRECTIONS);
      oneOf('RuleAction', input.RuleAction, ACTIONS);
      removedFields(input);
    },
    authorize(input, call) {
      const id = input.TrafficMirrorFilterRuleId ?? '';
      const filterId = call.world.filterRules.get(id)?.trafficMirrorFilterId ?? '*';
      return authorization(call, 'ModifyTrafficMirrorFilterRule', [
        existing(call, 'traffic-mirror-filter', filterId),
        existing(call, 'traffic-mirror-filter-rule', id),
      ]);
    },
    perform(input, call) {
      const id = required('TrafficMirrorFilterRuleId', input.TrafficMirrorFilterRuleId);
      const before = need(call.world.filterRules, 'traffic-mirror-filter-rule', id, call);
      const removed = removedFields(input);
      const rule: FilterRuleRecord = {
        ...before,
        trafficDirection: oneOf('TrafficDirection', input.TrafficDirection, DIRECTIONS) ?? before.trafficDirection,
        ruleNumber: input.RuleNumber ?? before.ruleNumber,
        ruleAction: oneOf('RuleAction', input.RuleAction, ACTIONS) ?? before.ruleAction,
        protocol: removed.has('protocol') ? undefined : (input.Protocol ?? before.protocol),
        sourcePortRange: removed.has('source-port-range')
          ? undefined
          : (readPorts('SourcePortRange', input.SourcePortRange) ?? before.sourcePortRange),
        destinationPortRange: removed.has('destination-port-range')
          ? undefined
          : (readPorts('DestinationPortRange', input.DestinationPortRange) ?? before.destinationPortRange),
        sourceCidrBlock: input.SourceCidrBlock ?? before.sourceCidrBlock,
        destinationCidrBlock: input.DestinationCidrBlock ?? before.destinationCidrBlock,
        description: removed.has('description') ? undefined : (input.Description ?? before.description),
      };
      checkRule(rule, call);
      checkNumberFree(rule, call, id);
      checkRuleCount(rule, call, id);
      call.world.filterRules.put(id, rule);
      return { TrafficMirrorFilterRule: renderRule(rule, tagsOf(call, id)) };
    },
  },
);

export const deleteTrafficMirrorFilterRule = operation<DeleteTrafficMirrorFilterRuleRequest, DeleteTrafficMirrorFilterRuleResult>(
  {
    name: 'DeleteTrafficMirrorFilterRule',
    mutating: true,
    check: (input) =>
      checkId('traffic-mirror-filter-rule', required('TrafficMirrorFilterRuleId', input.TrafficMirrorFilterRuleId)),
    authorize(input, call) {
      const id = input.TrafficMirrorFilterRuleId ?? '';
      const filterId = call.world.filterRules.get(id)?.trafficMirrorFilterId ?? '*';
      return authorization(call, 'DeleteTrafficMirrorFilterRule', [
        existing(call, 'traffic-mirror-filter', filterId),
        existing(call, 'traffic-mirror-filter-rule', id),
      ]);
    },
    perform(input, call) {
      const id = required('TrafficMirrorFilterRuleId', input.TrafficMirrorFilterRuleId);
      need(call.world.filterRules, 'traffic-mirror-filter-rule', id, call);
      call.world.filterRules.remove(id);
      call.world.tags.remove(id);
      return { TrafficMirrorFilterRuleId: id };
    },
  },
);
