import { CreateTagsCommand, DeleteTagsCommand, type EC2Client } from '@aws-sdk/client-ec2';
import type { InstanceId } from '../model/ids.ts';
import type { Tags } from '../model/tags.ts';

/** Tags to set, by the key as it is to be spelled, and keys to take away. */
export interface TagChange {
  readonly set: Tags;
  readonly remove: readonly string[];
}

/**
 * What to do to the tags of an instance so that each wanted key has its value (or, for null, is not there), in whatever spelling.
 * A key that is there under another spelling (`Mirror`) keeps that one, for two spellings that disagree would be a conflict.
 */
export function tagChange(tags: Tags, wanted: Readonly<Record<string, string | null>>): TagChange {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const [key, value] of Object.entries(wanted)) {
    const spellings = Object.keys(tags)
      .filter((spelling) => spelling.toLowerCase() === key.toLowerCase())
      .sort();
    const [first = key, ...others] = spellings;
    if (value === null) remove.push(...spellings);
    else {
      set[first] = value;
      remove.push(...others);
    }
  }
  return { set, remove };
}

/** The tags as they are after a change. */
export function tagsAfter(tags: Tags, { set, remove }: TagChange): Tags {
  const kept = Object.entries(tags).filter(([key]) => !remove.includes(key));
  return { ...Object.fromEntries(kept), ...set };
}

/** Makes a change: what is set first, so that there is no moment without the tag. */
export async function changeTags(ec2: EC2Client, id: InstanceId, { set, remove }: TagChange): Promise<void> {
  const Tags = Object.entries(set).map(([Key, Value]) => ({ Key, Value }));
  if (Tags.length > 0) await ec2.send(new CreateTagsCommand({ Resources: [id], Tags }));
  if (remove.length > 0) await ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: remove.map((Key) => ({ Key })) }));
}
