import type {
  CreateTagsRequest,
  DeleteTagsRequest,
  DescribeTagsRequest,
  DescribeTagsResult,
  ResourceType as SdkResourceType,
} from '@aws-sdk/client-ec2';
import { type AuthorizedResource, AwsError } from '../../core.ts';
import { type Call, operation } from '../account.ts';
import { existing } from '../authorization.ts';
import type { Lookup } from '../collection.ts';
import type { FilterFields } from '../filtering.ts';
import { compileFilters } from '../filtering.ts';
import { checkId, need, type ResourceType, resourceTypeOf } from '../ids.ts';
import { checkOwner } from '../mirror-rules.ts';
import { checkPaging } from '../paging.ts';
import { invalidValue, missing } from '../refusals.ts';
import { checkTagCount, readTags, replaceTags, tagsOf } from '../tags.ts';
import type { World } from '../world.ts';

const RESOURCES_PER_CALL = 1000;

/** The type of an id given as a tagged resource; a prefix that EC2 does not know is `InvalidID`. */
function typeOfResource(id: string): ResourceType {
  const type = resourceTypeOf(id);
  if (type === undefined) throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
  checkId(type, id);
  return type;
}

function checkResources(ids: readonly string[] | undefined): readonly string[] {
  if (ids === undefined || ids.length === 0) throw missing('ResourceId');
  if (ids.length > RESOURCES_PER_CALL)
    throw invalidValue('ResourceId', `${ids.length} ids`, `At most ${RESOURCES_PER_CALL} ids are allowed.`);
  for (const id of ids) typeOfResource(id);
  return ids;
}

function collectionOf(world: World, type: ResourceType): Lookup<object> {
  const collections: Readonly<Record<ResourceType, Lookup<object>>> = {
    instance: world.instances,
    'network-interface': world.networkInterfaces,
    vpc: world.vpcs,
    subnet: world.subnets,
    'security-group': world.securityGroups,
    'route-table': world.routeTables,
    'network-acl': world.networkAcls,
    'vpc-endpoint': world.vpcEndpoints,
    'vpc-peering-connection': world.peerings,
    'prefix-list': world.prefixLists,
    'transit-gateway': world.transitGateways,
    'transit-gateway-attachment': world.transitGatewayAttachments,
    'transit-gateway-route-table': world.transitGatewayRouteTables,
    'traffic-mirror-session': world.sessions,
    'traffic-mirror-target': world.targets,
    'traffic-mirror-filter': world.filters,
    'traffic-mirror-filter-rule': world.filterRules,
  };
  return collections[type];
}

/** Refuses ids that do not exist and what another account owns. */
function needTaggable(id: string, call: Call): void {
  const type = typeOfResource(id);
  const record = need(collectionOf(call.world, type), type, id, call);
  if ('ownerId' in record && typeof record.ownerId === 'string') checkOwner({ ownerId: record.ownerId }, id, call);
}

const tagged = (call: Call, id: string): AuthorizedResource => existing(call, typeOfResource(id), id);

export const createTags = operation<CreateTagsRequest, object>({
  name: 'CreateTags',
  mutating: true,
  check(input) {
    checkResources(input.Resources);
    if (input.Tags === undefined || input.Tags.length === 0) throw missing('Tag');
    readTags(input.Tags);
  },
  authorize(input, call) {
    const requestTags = readTags(input.Tags ?? []);
    const context = { 'ec2:Region': call.host.region };
    return [
      {
        action: 'ec2:CreateTags',
        resources: (input.Resources ?? []).map((id) => ({ ...tagged(call, id), requestTags })),
        context,
      },
    ];
  },
  perform(input, call) {
    const tags = readTags(input.Tags ?? []);
    const ids = new Set(checkResources(input.Resources));
    for (const id of ids) {
      needTaggable(id, call);
      checkTagCount({ ...tagsOf(call, id), ...tags });
    }
    for (const id of ids) replaceTags(call, id, { ...tagsOf(call, id), ...tags });
    return {};
  },
});

export const deleteTags = operation<DeleteTagsRequest, object>({
  name: 'DeleteTags',
  mutating: true,
  check(input) {
    checkResources(input.Resources);
    if ((input.Tags?.length ?? 0) > RESOURCES_PER_CALL)
      throw invalidValue('Tag', `${input.Tags?.length} tags`, `At most ${RESOURCES_PER_CALL} are allowed.`);
    for (const { Key: key } of input.Tags ?? []) {
      if (key === undefined) throw missing('Tag.Key');
      if (key.toLowerCase().startsWith('aws:')) {
        throw new AwsError(
          'InvalidParameterValue',
          `Value ( ${key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use`,
        );
      }
    }
  },
  authorize(input, call) {
    const requestTagKeys = (input.Tags ?? []).flatMap(({ Key }) => Key ?? []);
    const context = { 'ec2:Region': call.host.region };
    return [
      {
        action: 'ec2:DeleteTags',
        resources: (input.Resources ?? []).map((id) => ({ ...tagged(call, id), requestTagKeys })),
        context,
      },
    ];
  },
  perform(input, call) {
    const ids = new Set(checkResources(input.Resources));
    for (const id of ids) needTaggable(id, call);
    // A key alone goes whatever its value; no tags at all: every tag of a user's own goes.
    const goes = (key: string, value: string): boolean =>
      input.Tags === undefined || input.Tags.length === 0
        ? !key.startsWith('aws:')
        : input.Tags.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value));
    for (const id of ids) {
      replaceTags(call, id, Object.fromEntries(Object.entries(tagsOf(call, id)).filter(([key, value]) => !goes(key, value))));
    }
    return {};
  },
});

interface TagItem {
  readonly resourceId: string;
  readonly resourceType: ResourceType;
  readonly key: string;
  readonly value: string;
}

const TAG_FIELDS: FilterFields<TagItem> = {
  key: (item) => item.key,
  value: (item) => item.value,
  'resource-id': (item) => item.resourceId,
  'resource-type': (item) => item.resourceType,
};

function seenTagItems(world: World): TagItem[] {
  const all = [
    world.instances.seenAll().map((record) => record.instanceId),
    world.networkInterfaces.seenAll().map((record) => record.networkInterfaceId),
    world.vpcs.seenAll().map((record) => record.vpcId),
    world.subnets.seenAll().map((record) => record.subnetId),
    world.securityGroups.seenAll().map((record) => record.groupId),
    world.routeTables.seenAll().map((record) => record.routeTableId),
    world.networkAcls.seenAll().map((record) => record.networkAclId),
    world.vpcEndpoints.seenAll().map((record) => record.vpcEndpointId),
    world.peerings.seenAll().map((record) => record.vpcPeeringConnectionId),
    world.prefixLists.seenAll().map((record) => record.prefixListId),
    world.sessions.seenAll().map((record) => record.trafficMirrorSessionId),
    world.targets.seenAll().map((record) => record.trafficMirrorTargetId),
    world.filters.seenAll().map((record) => record.trafficMirrorFilterId),
    world.filterRules.seenAll().map((record) => record.trafficMirrorFilterRuleId),
  ].flat();
  return all.flatMap((resourceId) => {
    const resourceType = resourceTypeOf(resourceId);
    if (resourceType === undefined) return [];
    return Object.entries(world.tags.seen(resourceId) ?? {}).map(([key, value]) => ({ resourceId, resourceType, key, value }));
  });
}

const idOf = (item: TagItem): string => JSON.stringify([item.resourceId, item.key]);
const BOUNDS = [5, 1000] as const;

export const describeTags = operation<DescribeTagsRequest, DescribeTagsResult>({
  name: 'DescribeTags',
  mutating: false,
  check: (input) =>
    checkPaging({
      ids: undefined,
      idsParameter: '',
      maxResults: input.MaxResults,
      maxResultsBounds: BOUNDS,
      nextToken: input.NextToken,
    }),
  perform(input, call) {
    const { world } = call;
    // `tag:KEY` means the tag of that key with that value, not every tag of a resource that carries it.
    const matches = compileFilters(input.Filters, { fields: TAG_FIELDS, tags: ({ key, value }) => ({ [key]: value }) }, call);
    const page = call.pager.page<TagItem>({
      action: 'DescribeTags',
      ids: undefined,
      idsParameter: '',
      maxResults: input.MaxResults,
      maxResultsBounds: BOUNDS,
      nextToken: input.NextToken,
      fingerprint: JSON.stringify(input.Filters ?? []),
      list: () => seenTagItems(world).filter(matches),
      idOf,
      reread(id) {
        const parsed: unknown = JSON.parse(id);
        const [resourceId, key]: unknown[] = Array.isArray(parsed) ? parsed : [];
        if (typeof resourceId !== 'string' || typeof key !== 'string') return undefined;
        const value = world.tags.seen(resourceId)?.[key];
        const resourceType = resourceTypeOf(resourceId);
        return value === undefined || resourceType === undefined ? undefined : { resourceId, resourceType, key, value };
      },
    });
    const rendered = page.items.map((item) => {
      // Our resource types are words of the model's list, which is only larger.
      const ResourceType: SdkResourceType = item.resourceType;
      return { ResourceId: item.resourceId, ResourceType, Key: item.key, Value: item.value };
    });
    return { Tags: rendered, NextToken: page.nextToken };
  },
});
