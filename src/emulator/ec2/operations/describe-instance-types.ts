import type {
  DescribeInstanceTypesRequest,
  DescribeInstanceTypesResult,
  _InstanceType as InstanceType,
  InstanceTypeInfo,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { operation } from '../account.ts';
import { compileFilters, type FilterFields } from '../filtering.ts';
import { type InstanceTypeFacts, instanceTypeFacts, listedInstanceTypes } from '../instance-types.ts';
import { checkPaging } from '../paging.ts';

const BOUNDS = [5, 100] as const;
const ID_LIMIT = 100;

const FIELDS: FilterFields<InstanceTypeFacts> = {
  'instance-type': (type) => type.instanceType,
  hypervisor: (type) => type.hypervisor,
  'bare-metal': (type) => type.bareMetal,
  'current-generation': (type) => type.currentGeneration,
  'network-info.maximum-network-interfaces': (type) => type.maximumNetworkInterfaces,
  'network-info.ipv6-supported': () => true,
  'supported-usage-class': () => ['on-demand', 'spot'],
};

/** The names come from our catalogue of families and sizes, which is wider than the model's list. */
const asType = (text: string): InstanceType => text as InstanceType;

const render = (type: InstanceTypeFacts): InstanceTypeInfo => ({
  InstanceType: asType(type.instanceType),
  CurrentGeneration: type.currentGeneration,
  BareMetal: type.bareMetal,
  Hypervisor: type.hypervisor,
  SupportedUsageClasses: ['on-demand', 'spot'],
  NetworkInfo: {
    MaximumNetworkInterfaces: type.maximumNetworkInterfaces,
    MaximumNetworkCards: 1,
    Ipv6Supported: true,
    EnaSupport: 'supported',
  },
});

export const describeInstanceTypes = operation<DescribeInstanceTypesRequest, DescribeInstanceTypesResult>({
  name: 'DescribeInstanceTypes',
  mutating: false,
  check(input) {
    checkPaging({
      ids: input.InstanceTypes,
      idsParameter: 'InstanceType',
      maxResults: input.MaxResults,
      maxResultsBounds: BOUNDS,
      nextToken: input.NextToken,
    });
    if ((input.InstanceTypes?.length ?? 0) > ID_LIMIT)
      throw new AwsError('InvalidParameterValue', `At most ${ID_LIMIT} instance types can be named.`);
    const unknown = (input.InstanceTypes ?? []).filter((type) => instanceTypeFacts(type) === undefined);
    if (unknown.length > 0) {
      throw new AwsError('InvalidInstanceType', `The following supplied instance types do not exist: [${unknown.join(', ')}]`);
    }
  },
  perform(input, call) {
    const matches = compileFilters(input.Filters, { fields: FIELDS }, call);
    const named = input.InstanceTypes;
    const all =
      named === undefined || named.length === 0 ? listedInstanceTypes() : named.flatMap((type) => instanceTypeFacts(type) ?? []);
    const page = call.pager.page<InstanceTypeFacts>({
      action: 'DescribeInstanceTypes',
      ids: named,
      idsParameter: 'InstanceType',
      // Unlike the other describes this one always pages.
      maxResults: named === undefined || named.length === 0 ? (input.MaxResults ?? 100) : undefined,
      maxResultsBounds: BOUNDS,
      nextToken: input.NextToken,
      fingerprint: JSON.stringify(input.Filters ?? []),
      list: () => all.filter(matches),
      idOf: (type) => type.instanceType,
      reread: instanceTypeFacts,
    });
    return { InstanceTypes: page.items.map(render), NextToken: page.nextToken };
  },
});
