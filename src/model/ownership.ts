import type { Tags } from './tags.ts';

/** The tags we put on what we create: in the create call, never in a second one. */
export const ownerTag = 'automirror:owner';
export const instanceTag = 'automirror:instance';
export const ruleTag = 'automirror:rule';
export const slotTag = 'automirror:slot';
export const specTag = 'automirror:spec';
export const nameTag = 'Name';

/** The tag that makes a target a member of the pool of that name; put there by people, not by us. */
export const targetPoolTag = 'automirror:target';

/** The tag by which people make a filter of their own the policy's filter of that name. */
export const filterNameTag = 'automirror:filter';

/** Whether a resource is ours: exactly our owner id, in EC2's own case-sensitive terms, as the IAM role compares it. */
export function isOwnedBy(owner: string, tags: Tags): boolean {
  return tags[ownerTag] === owner;
}

/** Whether a session or target is ours: our owner tag, and made by this account. A target that is shared shows other accounts' sessions, whatever their tags say. */
export function isOurs(owner: string, accountId: string, one: { readonly tags: Tags; readonly accountId?: string }): boolean {
  return isOwnedBy(owner, one.tags) && (one.accountId ?? accountId) === accountId;
}
