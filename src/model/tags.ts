/** Tags of one resource, keys and values exactly as EC2 holds them. */
export type Tags = Readonly<Record<string, string>>;

/** How one key, compared without regard to case, stands on a resource. */
export type TagLookup =
  | { readonly kind: 'absent' }
  | { readonly kind: 'value'; readonly value: string }
  /** Two or more spellings of the key whose values disagree; spellings as found, sorted. */
  | { readonly kind: 'conflict'; readonly spellings: readonly string[] };

/**
 * Finds the tag `key` whatever the case of its letters (`Mirror` is `mirror`); spellings that agree count as one.
 * Values are trimmed and compared without regard to case; the value returned is as written under the first spelling in code-unit order.
 */
export function lookUpTag(tags: Tags, key: string): TagLookup {
  const wanted = key.toLowerCase();
  const spellings = Object.keys(tags)
    .filter((spelling) => spelling.toLowerCase() === wanted)
    .sort();
  const [first] = spellings;
  if (first === undefined) return { kind: 'absent' };
  const distinct = new Set(spellings.map((spelling) => (tags[spelling] ?? '').trim().toLowerCase()));
  if (distinct.size > 1) return { kind: 'conflict', spellings };
  return { kind: 'value', value: (tags[first] ?? '').trim() };
}
