import { lookUpTag, type Tags } from '../model/tags.ts';

/** The tag by which an instance asks to be mirrored; the others of the family begin with it and a hyphen. */
export const mirrorTag = 'mirror';

export const yesWords: readonly string[] = ['true', 'yes', 'on', '1'];
export const noWords: readonly string[] = ['false', 'no', 'off', '0'];

/**
 * The words that mean the same as `value` in the tag `mirror`, or undefined where it is neither a yes nor a no.
 * This is why `mirror: "true"` in a policy is met by `Mirror=Yes` on an instance.
 */
export function synonyms(value: string): readonly string[] | undefined {
  const word = value.trim().toLowerCase();
  return [yesWords, noWords].find((group) => group.includes(word));
}

/** What the tag `mirror` of an instance says; `other` holds a value that is neither yes nor no. */
export function mirrorWish(
  tags: Tags,
): { readonly says: 'nothing' | 'yes' | 'no' | 'conflict' } | { readonly says: 'other'; readonly value: string } {
  const found = lookUpTag(tags, mirrorTag);
  if (found.kind === 'absent') return { says: 'nothing' };
  if (found.kind === 'conflict') return { says: 'conflict' };
  const group = synonyms(found.value);
  if (group === undefined) return { says: 'other', value: found.value };
  return { says: group === yesWords ? 'yes' : 'no' };
}
