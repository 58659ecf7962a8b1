/** Tags: what may be set, tags given in a create call, and the changes that make an event. */
import type { Tag, TagSpecification } from '@aws-sdk/client-ec2';
import { AwsError } from '../core.ts';
import type { Account } from './account.ts';
import { type ResourceType, resourceTypeOf } from './ids.ts';
import type { TagSet } from './records.ts';
import { badCombination, invalidValue, missing } from './refusals.ts';
import type { View } from './view.ts';

const TAGS_PER_RESOURCE = 50;
const isReserved = (key: string): boolean => key.toLowerCase().startsWith('aws:');

/**
 * Reads the tags of a request; a tag without a value has an empty one.
 * Refuses an empty or overlong key (`InvalidTagKey.Malformed`), a reserved one, an overlong value and a key given twice.
 * Source: EC2 User Guide, "Tag restrictions".
 */
export function readTags(tags: readonly Tag[]): TagSet {
  const read: Record<string, string> = {};
  for (const { Key: key, Value: value = '' } of tags) {
    if (key === undefined) throw missing('Tag.Key');
    if (key === '' || key.length > 128) throw new AwsError('InvalidTagKey.Malformed', 'Tag keys must have 1 to 128 characters.');
    if (isReserved(key)) {
      throw new AwsError(
        'InvalidParameterValue',
        `Value ( ${key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use`,
      );
    }
    if (value.length > 256) throw invalidValue('Tag.Value', value, 'Tag values must have at most 256 characters.');
    if (Object.hasOwn(read, key)) throw new AwsError('InvalidParameterValue', `Duplicate tag key '${key}' specified.`);
    read[key] = value;
  }
  return read;
}

/**
 * The tags that a create call gives to new resources, by type.
 * A type that the action does not make is refused; a type may be named once.
 */
export function readTagSpecifications<Type extends string>(
  specifications: readonly TagSpecification[] | undefined,
  allowed: readonly Type[],
): Partial<Record<Type, TagSet>> {
  const read: Partial<Record<Type, TagSet>> = {};
  for (const { ResourceType: name, Tags: tags } of specifications ?? []) {
    if (name === undefined) throw new AwsError('InvalidParameterValue', 'Tag specification resource type must have a value');
    const type = allowed.find((candidate) => candidate === name);
    if (type === undefined)
      throw new AwsError('InvalidParameterValue', `'${name}' is not a valid taggable resource type for this operation.`);
    if (read[type] !== undefined)
      throw badCombination(`The same resource type may not be specified more than once in tag specifications: ${name}`);
    if (tags === undefined || tags.length === 0)
      throw new AwsError('InvalidParameterValue', 'Tag specification must have at least one tag');
    const set = readTags(tags);
    checkTagCount(set);
    read[type] = set;
  }
  return read;
}

/** Refuses more than fifty tags of a user's own. */
export function checkTagCount(tags: TagSet): void {
  if (Object.keys(tags).filter((key) => !isReserved(key)).length > TAGS_PER_RESOURCE) {
    throw new AwsError('TagLimitExceeded', `A resource can have at most ${TAGS_PER_RESOURCE} tags.`);
  }
}

/** Tags as they are, whatever describes show. */
export const tagsOf = (account: Pick<Account, 'world'>, id: string): TagSet => account.world.tags.get(id) ?? {};

/** Tags as describes show them. */
export const seenTags = (view: Pick<View, 'world'>, id: string): TagSet => view.world.tags.seen(id) ?? {};

/** Tags in the form of responses, in the order of their keys' creation. */
export const renderTags = (tags: TagSet): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

export const isMirrorType = (type: ResourceType): boolean => type.startsWith('traffic-mirror-');

/**
 * Makes `next` the tags of a resource and announces what changed; a set that equals the old one announces nothing.
 * `created`: the tags came with the create call.
 */
export function replaceTags(account: Account, id: string, next: TagSet, created = false): void {
  const before = tagsOf(account, id);
  const keys = new Set([...Object.keys(before), ...Object.keys(next)]);
  const changed = [...keys].filter((key) => before[key] !== next[key]);
  if (changed.length === 0) return;
  account.world.tags.put(id, next);
  const type = resourceTypeOf(id);
  if (type === undefined || (created && !account.options.tagEventsOnCreate)) return;
  if (isMirrorType(type) && !account.options.tagEventsForMirror) return;
  account.announce.tagChange(type, id, changed, next);
}
