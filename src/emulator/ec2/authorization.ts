/** Builds the IAM questions of operations. Source: Service Authorization Reference, "Amazon EC2". */
import { type AuthorizationRequest, type AuthorizedResource, AwsError } from '../core.ts';
import type { Account, Call } from './account.ts';
import { arnOf, type ResourceType } from './ids.ts';
import type { TagSet } from './records.ts';
import { tagsOf } from './tags.ts';

/** A resource that exists (or is only named), with the tags it has; `ownerId` where it may be another account's. */
export function existing(account: Account, type: ResourceType, id: string, ownerId?: string): AuthorizedResource {
  return { type, arn: arnOf(account, type, id, ownerId), resourceTags: tagsOf(account, id) };
}

/** A resource that the call would create. */
export function created(account: Account, type: ResourceType, tags?: TagSet): AuthorizedResource {
  const arn = arnOf(account, type, '*');
  return tags === undefined ? { type, arn } : { type, arn, requestTags: tags };
}

/** The action on the resources; tags given in a create call also need `ec2:CreateTags` on what they are put on. */
export function authorization(
  account: Account,
  action: string,
  resources: readonly AuthorizedResource[],
): AuthorizationRequest[] {
  const region = { 'ec2:Region': account.host.region };
  const requests: AuthorizationRequest[] = [{ action: `ec2:${action}`, resources, context: region }];
  for (const resource of resources) {
    if (resource.resourceTags !== undefined || resource.requestTags === undefined) continue;
    requests.push({ action: 'ec2:CreateTags', resources: [resource], context: { ...region, 'ec2:CreateAction': action } });
  }
  return requests;
}

/** Asks the host about each decision; throws `UnauthorizedOperation` (403) at the first refusal. */
export function requireAllowed(call: Call, requests: readonly AuthorizationRequest[]): void {
  for (const request of requests) {
    const denial = call.host.authorizer.deny(call.caller, request);
    if (denial !== undefined) {
      throw new AwsError('UnauthorizedOperation', `You are not authorized to perform this operation. ${denial}`, 403);
    }
  }
}
