import type {
  CreateTrafficMirrorFilterRequest,
  CreateTrafficMirrorFilterResult,
  DeleteTrafficMirrorFilterRequest,
  DeleteTrafficMirrorFilterResult,
  ModifyTrafficMirrorFilterNetworkServicesRequest,
  ModifyTrafficMirrorFilterNetworkServicesResult,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { operation } from '../account.ts';
import { authorization, created, existing } from '../authorization.ts';
import { checkId, need } from '../ids.ts';
import type { FilterRecord } from '../records.ts';
import { badCombination, oneOf, required } from '../refusals.ts';
import { renderFilter } from '../render/mirror.ts';
import { readTagSpecifications, replaceTags } from '../tags.ts';

const tagsIn = (input: CreateTrafficMirrorFilterRequest) =>
  readTagSpecifications(input.TagSpecifications, ['traffic-mirror-filter'])['traffic-mirror-filter'];

export const createTrafficMirrorFilter = operation<CreateTrafficMirrorFilterRequest, CreateTrafficMirrorFilterResult>({
  name: 'CreateTrafficMirrorFilter',
  mutating: true,
  check: (input) => void tagsIn(input),
  authorize: (input, call) =>
    authorization(call, 'CreateTrafficMirrorFilter', [created(call, 'traffic-mirror-filter', tagsIn(input))]),
  perform(input, call) {
    const { host, options, world } = call;
    if (world.filters.all().length >= options.filtersPerAccount) {
      throw new AwsError('TrafficMirrorFilterLimitExceeded', `Filters per account limit reached (${options.filtersPerAccount})`);
    }
    const filter: FilterRecord = {
      trafficMirrorFilterId: host.newId('tmf'),
      description: input.Description,
      networkServices: [],
    };
    world.filters.put(filter.trafficMirrorFilterId, filter);
    replaceTags(call, filter.trafficMirrorFilterId, tagsIn(input) ?? {}, true);
    return { TrafficMirrorFilter: renderFilter(call, filter, 'current'), ClientToken: input.ClientToken };
  },
  repeat(output, call) {
    const filter = call.world.filters.get(output.TrafficMirrorFilter?.TrafficMirrorFilterId ?? '');
    return filter && { ...output, TrafficMirrorFilter: renderFilter(call, filter, 'current') };
  },
});

export const deleteTrafficMirrorFilter = operation<DeleteTrafficMirrorFilterRequest, DeleteTrafficMirrorFilterResult>({
  name: 'DeleteTrafficMirrorFilter',
  mutating: true,
  check: (input) => checkId('traffic-mirror-filter', required('TrafficMirrorFilterId', input.TrafficMirrorFilterId)),
  authorize: (input, call) =>
    authorization(call, 'DeleteTrafficMirrorFilter', [
      existing(call, 'traffic-mirror-filter', input.TrafficMirrorFilterId ?? ''),
    ]),
  perform(input, call) {
    const { world } = call;
    const id = required('TrafficMirrorFilterId', input.TrafficMirrorFilterId);
    need(world.filters, 'traffic-mirror-filter', id, call);
    const [session] = world.sessions.by('filter', id);
    if (session !== undefined)
      throw new AwsError('TrafficMirrorFilterInUse', `Cannot delete ${id} Filter is in use by ${session.trafficMirrorSessionId}`);
    for (const rule of world.filterRules.by('filter', id)) {
      world.filterRules.remove(rule.trafficMirrorFilterRuleId);
      world.tags.remove(rule.trafficMirrorFilterRuleId);
    }
    world.filters.remove(id);
    world.tags.remove(id);
    return { TrafficMirrorFilterId: id };
  },
});

const readServices = (parameter: string, services: readonly string[] | undefined): 'amazon-dns'[] =>
  (services ?? []).flatMap((service) => oneOf(parameter, service, ['amazon-dns'] as const) ?? []);

export const modifyTrafficMirrorFilterNetworkServices = operation<
  ModifyTrafficMirrorFilterNetworkServicesRequest,
  ModifyTrafficMirrorFilterNetworkServicesResult
>({
  name: 'ModifyTrafficMirrorFilterNetworkServices',
  mutating: true,
  check(input) {
    checkId('traffic-mirror-filter', required('TrafficMirrorFilterId', input.TrafficMirrorFilterId));
    const added = readServices('AddNetworkService', input.AddNetworkServices);
    const removed = readServices('RemoveNetworkService', input.RemoveNetworkServices);
    if (added.some((service) => removed.includes(service)))
      throw badCombination('A network service cannot be added and removed in one request');
  },
  authorize: (input, call) =>
    authorization(call, 'ModifyTrafficMirrorFilterNetworkServices', [
      existing(call, 'traffic-mirror-filter', input.TrafficMirrorFilterId ?? ''),
    ]),
  perform(input, call) {
    const id = required('TrafficMirrorFilterId', input.TrafficMirrorFilterId);
    const before = need(call.world.filters, 'traffic-mirror-filter', id, call);
    const removed = readServices('RemoveNetworkService', input.RemoveNetworkServices);
    const kept = before.networkServices.filter((service) => !removed.includes(service));
    const filter = {
      ...before,
      networkServices: [...new Set([...kept, ...readServices('AddNetworkService', input.AddNetworkServices)])],
    };
    call.world.filters.put(id, filter);
    return { TrafficMirrorFilter: renderFilter(call, filter, 'current') };
  },
});
