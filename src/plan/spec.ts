import { createHash } from 'node:crypto';
import type { FilterId, TargetId } from '../model/ids.ts';
import { instanceTag, nameTag, ownerTag, ruleTag, slotTag, specTag } from '../model/ownership.ts';
import type { FilterProfile, TargetDestination } from '../model/policy.ts';
import type { ActualSession, DesiredSession } from '../model/session.ts';
import type { Tags } from '../model/tags.ts';
import type { FieldChange, FilterRef, SessionSpec, TargetRef } from './action.ts';

/**
 * Hash of the wanted settings of a session, as the tag `automirror:spec` holds it: equal as long as nobody asks for anything else.
 * It tells a changed wish (the hash differs) from a hand at work (the hash is equal, the session is not).
 */
export function specHash(desired: DesiredSession, filterHash: string): string {
  const wanted = [
    'pool' in desired.target ? desired.target.pool : desired.target.id,
    filterHash,
    desired.packetLength ?? 'whole',
    desired.sessionNumber,
    typeof desired.vni === 'object' ? [desired.vni.base, desired.vni.count] : (desired.vni ?? 'any'),
  ];
  return createHash('sha256').update(JSON.stringify(wanted)).digest('hex').slice(0, 16);
}

/** Our tags on a session. */
export function sessionTags(owner: string, desired: DesiredSession, spec: string): Tags {
  return {
    [ownerTag]: owner,
    [instanceTag]: desired.instanceId,
    [ruleTag]: desired.rule,
    [slotTag]: String(desired.slot),
    [specTag]: spec,
    [nameTag]: desired.name,
  };
}

/** Our tags on a filter. */
export function filterTags(owner: string, profile: FilterProfile): Tags {
  return { [ownerTag]: owner, [specTag]: profile.hash, [nameTag]: profile.name };
}

/** Our tags on a target, named after the pool that declares it. */
export function targetTags(owner: string, pool: string): Tags {
  return { [ownerTag]: owner, [nameTag]: pool };
}

/** The slot that a session of ours serves, by its tag; undefined when the tag is missing or no number. */
export function slotOf(session: ActualSession): number | undefined {
  const text = session.tags[slotTag];
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}

/** The fields in which a session is not as it is to be, in a fixed order; empty when it is. */
export function sessionChanges(session: ActualSession, spec: SessionSpec): readonly FieldChange[] {
  const changes: FieldChange[] = [];
  const compare = (field: FieldChange['field'], before: string | number | undefined, after: string | number | undefined) => {
    if (before === after) return;
    changes.push({
      field,
      ...(before === undefined ? {} : { before: String(before) }),
      ...(after === undefined ? {} : { after: String(after) }),
    });
  };
  compare('target', session.targetId satisfies TargetId, targetText(spec.target));
  compare('filter', session.filterId satisfies FilterId, filterText(spec.filter));
  compare('sessionNumber', session.sessionNumber, spec.sessionNumber);
  compare('packetLength', session.packetLength, spec.packetLength);
  if (spec.vni !== undefined) compare('vni', session.vni, spec.vni);
  const [before, after] = differingTags(session.tags, spec.tags);
  compare('tags', before, after);
  return changes;
}

/** The filter's id, or `new:HASH` for one that does not exist yet. */
export function filterText(filter: FilterRef): string {
  return 'id' in filter ? filter.id : `new:${filter.hash}`;
}

/** The target's id, or `new:DESTINATION` for one that does not exist yet. */
export function targetText(target: TargetRef): string {
  return 'id' in target ? target.id : `new:${target.destination}`;
}

/** What a declared target stands for, as one word: the ENI's or endpoint's id, or the load balancer's ARN. */
export function destinationText(destination: TargetDestination): string {
  if ('networkInterfaceId' in destination) return destination.networkInterfaceId;
  if ('networkLoadBalancerArn' in destination) return destination.networkLoadBalancerArn;
  return destination.gatewayLoadBalancerEndpointId;
}

function differingTags(actual: Tags, wanted: Tags): readonly [string | undefined, string | undefined] {
  const keys = Object.keys(wanted).filter((key) => actual[key] !== wanted[key]);
  if (keys.length === 0) return [undefined, undefined];
  const text = (tags: Tags) =>
    keys
      .filter((key) => tags[key] !== undefined)
      .map((key) => `${key}=${tags[key]}`)
      .join(', ');
  return [text(actual) || undefined, text(wanted)];
}
