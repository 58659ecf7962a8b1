/** Whether a change that the function asks of EC2 was right at any moment at which it may have read. */
import type { Ec2World } from '../src/emulator/ec2/service.ts';
import type { Moment } from './history.ts';
import type { Wish } from './oracle.ts';
import { type Call, textIn } from './wire-call.ts';
import type { Law } from './witness.ts';

export interface Grounds {
  readonly owner: string;
  readonly world: Ec2World;
  /** From when the pass may have read until now. */
  readonly moments: readonly Moment[];
}

export interface Finding {
  readonly law: Law;
  readonly detail: string;
}

const ownerTag = 'automirror:owner';

/** What is wrong with a change, whether or not EC2 will let it happen. */
export function judgeChange(call: Call, grounds: Grounds): readonly Finding[] {
  switch (call.action) {
    case 'CreateTrafficMirrorSession':
      return [...judgeOwnTag(call, grounds), ...judgeMirroring(call, grounds)];
    case 'CreateTrafficMirrorFilter':
    case 'CreateTrafficMirrorTarget':
      return judgeOwnTag(call, grounds);
    case 'ModifyTrafficMirrorSession':
      return [...judgeOwnership(call, 'TrafficMirrorSessionId', grounds), ...judgeMoving(call, grounds)];
    case 'DeleteTrafficMirrorSession':
      return [...judgeOwnership(call, 'TrafficMirrorSessionId', grounds), ...judgeDeletion(call, grounds)];
    case 'CreateTags':
      return judgeLabels(call, grounds);
    case 'CreateTrafficMirrorFilterRule':
    case 'ModifyTrafficMirrorFilterNetworkServices':
    case 'DeleteTrafficMirrorFilter':
      return judgeOwnership(call, 'TrafficMirrorFilterId', grounds);
    case 'DeleteTrafficMirrorTarget':
      return judgeOwnership(call, 'TrafficMirrorTargetId', grounds);
    default:
      return [{ law: 'foreign', detail: `${call.action} is nothing that the function does` }];
  }
}

/**
 * Refusals that nothing needs to have caused: of a type of which only EC2 can tell, and of a lower slot for which a higher one of ours is to make room, which it
 * does only when EC2 has said that there is none.
 */
export function judgeRefusal({ input }: Call, code: string, world: Ec2World): boolean {
  if (code === 'TrafficMirrorSessionsPerInterfaceLimitExceeded') {
    const [owner, slot] = [ownerTag, 'automirror:slot'].map((key) => tagIn(input, key));
    return world.sessions().some(({ networkInterfaceId, trafficMirrorSessionId }) => {
      const tags = world.tags(trafficMirrorSessionId);
      const isHigher = Number(tags['automirror:slot']) > Number(slot);
      return networkInterfaceId === input.NetworkInterfaceId && tags[ownerTag] === owner && isHigher;
    });
  }
  if (code !== 'NetworkInterfaceNotSupported') return false;
  const eni = world.networkInterfaces().find(({ networkInterfaceId }) => networkInterfaceId === input.NetworkInterfaceId);
  return world
    .instances()
    .some(({ instanceId, instanceType }) => instanceId === eni?.attachment?.instanceId && instanceType.startsWith('m8g.'));
}

function judgeOwnTag({ action, input }: Call, { owner }: Grounds): readonly Finding[] {
  const tagged = tagIn(input, ownerTag);
  return tagged === owner ? [] : [{ law: 'foreign', detail: `${action} without our owner tag (${tagged ?? 'none'})` }];
}

function judgeOwnership({ action, input }: Call, member: string, { moments }: Grounds): readonly Finding[] {
  const id = textIn(input, member);
  const wasOurs = moments.some(({ own, ownFilters, ownTargets }) => own.has(id) || ownFilters.has(id) || ownTargets.has(id));
  return wasOurs
    ? []
    : [{ law: 'foreign', detail: `${action} of ${id}, which was not ours at any time that the pass can have read` }];
}

function judgeLabels(call: Call, grounds: Grounds): readonly Finding[] {
  const [id] = (call.input.Resources ?? []) as readonly string[];
  const keys = ((call.input.Tags ?? []) as readonly { Key: string }[]).map(({ Key }) => Key);
  const touched = keys.includes(ownerTag)
    ? [{ law: 'foreign', detail: `CreateTags of ${ownerTag} on ${id ?? ''}` } as const]
    : [];
  return [...touched, ...judgeOwnership({ action: 'CreateTags', input: { id } }, 'id', grounds)];
}

function judgeMirroring({ input }: Call, { moments }: Grounds): readonly Finding[] {
  const eniId = textIn(input, 'NetworkInterfaceId');
  const slot = tagIn(input, 'automirror:slot') ?? '';
  const key = `${eniId} ${slot}`;
  const fitting = moments.filter(({ wishes, targets }) => {
    const wish = wishes.get(key);
    if (wish === undefined || targets.get(key)?.has(textIn(input, 'TrafficMirrorTargetId')) !== true) return false;
    return wish.length === input.PacketLength && wish.vni === input.VirtualNetworkId;
  });
  if (fitting.length === 0) {
    const now = moments.at(-1)?.wishes.get(key);
    return [
      {
        law: 'leak',
        detail: `${eniId} slot ${slot} was to be mirrored to ${textIn(input, 'TrafficMirrorTargetId')}; wanted now: ${JSON.stringify(now) ?? 'nothing'}`,
      },
    ];
  }
  const wishes = fitting.flatMap(({ wishes: wanted }) => wanted.get(key) ?? []);
  return isFilterRight(textIn(input, 'TrafficMirrorFilterId'), wishes, moments)
    ? []
    : [
        {
          law: 'leak',
          detail: `${eniId} slot ${slot} was to be mirrored by ${textIn(input, 'TrafficMirrorFilterId')}, which is not ${wishes[0]?.filter ?? wishes[0]?.filterId ?? ''}`,
        },
      ];
}

function judgeMoving({ input }: Call, { moments, world }: Grounds): readonly Finding[] {
  const [id, targetId, filterId] = ['TrafficMirrorSessionId', 'TrafficMirrorTargetId', 'TrafficMirrorFilterId'].map((member) =>
    textIn(input, member),
  );
  const eniId = world.sessions().find(({ trafficMirrorSessionId }) => trafficMirrorSessionId === id)?.networkInterfaceId;
  if (eniId === undefined) return [];
  const onIt = moments.map((moment) => ({
    moment,
    keys: [...moment.wishes.keys()].filter((key) => key.startsWith(`${eniId} `)),
  }));
  const wishes = onIt.flatMap(({ moment, keys }) => keys.flatMap((key) => moment.wishes.get(key) ?? []));
  const isTargetRight =
    targetId === '' || onIt.some(({ moment, keys }) => keys.some((key) => moment.targets.get(key)?.has(targetId ?? '')));
  const isRight = isTargetRight && (filterId === '' || isFilterRight(filterId ?? '', wishes, moments));
  if (isRight && wishes.length > 0) return [];
  return [{ law: 'leak', detail: `${id} was to be changed to ${JSON.stringify(input)}, which no wish of ${eniId} asks for` }];
}

function isFilterRight(id: string, wishes: readonly Wish[], moments: readonly Moment[]): boolean {
  return wishes.some(
    ({ filter, filterId }) =>
      filterId === id || (filter !== undefined && moments.some(({ filters }) => filters.get(filter)?.has(id) === true)),
  );
}

function judgeDeletion({ input }: Call, { moments }: Grounds): readonly Finding[] {
  const id = textIn(input, 'TrafficMirrorSessionId');
  // Before it was there, it was not wanted as it stands either: that is no ground.
  const known = moments.filter(({ own }) => own.has(id));
  const wasWrong =
    known.length < moments.length - moments.findIndex(({ own }) => own.has(id)) ||
    known.some(({ rightful }) => !rightful.has(id));
  return known.length === 0 || wasWrong
    ? []
    : [{ law: 'delete', detail: `${id} was to be deleted, and was wanted all the time that the pass can have read` }];
}

/** A tag that a create call gives to what it makes. */
function tagIn({ TagSpecifications }: Call['input'], key: string): string | undefined {
  const [specification] = (TagSpecifications ?? []) as readonly { Tags: readonly { Key: string; Value: string }[] }[];
  return specification?.Tags.find(({ Key }) => Key === key)?.Value;
}
