import type { Decision, LeftOut } from '../../../src/model/decision.ts';
import type { ActualFilter, FilterContent } from '../../../src/model/filter.ts';
import { filterHash } from '../../../src/model/filter-hash.ts';
import type { EniId, InstanceId, TargetId } from '../../../src/model/ids.ts';
import type { CompiledPolicy, PoolMember } from '../../../src/model/policy.ts';
import type { ActualSession, DesiredSession } from '../../../src/model/session.ts';
import type { ActualTarget } from '../../../src/model/target.ts';
import { sessionTags, specHash } from '../../../src/plan/spec.ts';
import type { Attachment, DeclaredInterface, PlanInput } from '../../../src/plan/world.ts';
import { accountId, aPolicy, contents, owner, type PoolText } from './policy.ts';
import type { RawSession, RawWorld } from './random-world.ts';

const otherAccount = '222222222222';
const foreignContent: FilterContent = { networkServices: [], rules: [] };
const allContents: readonly FilterContent[] = [...Object.values(contents), foreignContent];

/** Makes a legal input of what was drawn: what EC2 would not have let in is left out. */
export function assemble(raw: RawWorld): PlanInput {
  const poolNames = raw.pools.map((_, index) => `pool-${index}`);
  const pools = Object.fromEntries(
    raw.pools.map((pool, index): [string, PoolText] => {
      const members: PoolMember[] = [
        ...(pool.listed === undefined ? [] : [{ id: targetId(pool.listed) }]),
        ...(pool.declared === undefined ? [] : [declaredMember(pool.declared)]),
      ];
      return [`pool-${index}`, { zone: pool.zone, members }];
    }),
  );
  const policy: CompiledPolicy = {
    ...aPolicy(pools),
    existingFilters: { people: { tagged: true }, 'people-id': { id: 'tmf-1' } },
    ...(raw.refusesShadows ? { onShadow: 'refuse' as const } : {}),
  };
  const targets = raw.targets.map((target, index) => assembleTarget(target, index, poolNames));
  const filters = raw.filters.map(assembleFilter);

  const decisions: Decision[] = [];
  const attachments = new Map<EniId, Attachment>();
  const candidates: ActualSession[] = raw.targets.flatMap(({ fill }, target) =>
    Array.from({ length: fill }, (_, index) => crowdSession(target, index)),
  );
  const scope = new Set(raw.instances.flatMap(({ isInScope }, index) => (isInScope ? [instanceId(index)] : [])));
  const isRead = (id: InstanceId) => raw.isEverything || scope.has(id);

  for (const [index, instance] of raw.instances.entries()) {
    const id = instanceId(index);
    const isOptedOut = instance.outcome !== 'mirror' || (raw.isMassOptOut && index > 0);
    const wishes: DesiredSession[] = [];
    const leftOut: LeftOut[] = [];
    for (const [device, eni] of instance.enis.entries()) {
      const eniId: EniId = `eni-${index}-${device}`;
      if (isRead(id)) attachments.set(eniId, eni.isInTransit ? 'in-transit' : { instanceId: id });
      const wishesHere = instance.templates.map((template, slot) =>
        wishOf(template, slot, eniId, id, eni.zone, instance, poolNames),
      );
      if (!isOptedOut && eni.isWanted && !eni.isInTransit) wishes.push(...wishesHere);
      else leftOut.push({ eniId, outcome: 'skip', reason: { code: 'interface-not-selected', detail: `not ${eniId}` } });
      candidates.push(
        ...eni.sessions.map((session, nth) =>
          assembleSession(session, `${index}-${device}-${nth}`, eniId, wishesHere, policy, filters),
        ),
      );
    }
    if (!isRead(id)) continue;
    const mirrored = !isOptedOut && wishes.length > 0;
    decisions.push({
      instanceId: id,
      outcome: mirrored ? 'mirror' : instance.outcome === 'refuse' ? 'refuse' : 'skip',
      reason: { code: mirrored ? 'rule-matched' : 'opted-out', detail: 'drawn so' },
      rule: 'opt-in',
      sessions: mirrored ? wishes : [],
      leftOut,
      considered: [],
      notes: [],
    });
  }
  for (const [index, stray] of raw.strays.entries()) {
    const eniId: EniId = `eni-stray-${index}`;
    const sessions = stray.sessions.map((session, nth) =>
      assembleSession(session, `stray-${index}-${nth}`, eniId, [], policy, filters),
    );
    candidates.push(...sessions);
    const isTaggedInScope =
      raw.isEverything || sessions.some((session) => scope.has(asInstance(session.tags['automirror:instance'])));
    if (stray.where === 'unread' || !isTaggedInScope) continue;
    attachments.set(
      eniId,
      stray.where === 'elsewhere' ? { instanceId: 'i-elsewhere' } : stray.where === 'none' ? 'none' : 'in-transit',
    );
  }

  return {
    owner,
    policy,
    scope: raw.isEverything ? { kind: 'everything' } : { kind: 'instances', ids: scope },
    decisions,
    world: {
      accountId,
      sessions: onlyLegal(candidates, targets),
      targets,
      filters,
      attachments,
      declaredInterfaces: new Map([
        ['eni-free', { zone: 'a', instanceId: 'i-free', instanceType: 'm5.large' }],
        ['eni-free-b', { zone: 'b', interfaceState: 'unattached' }],
        ...raw.instances.flatMap(({ enis }, index) =>
          enis.map(({ zone }, device): [EniId, DeclaredInterface] => [
            `eni-${index}-${device}`,
            { instanceId: instanceId(index), instanceType: 'm5.large', ...(zone === undefined ? {} : { zone }) },
          ]),
        ),
      ]),
    },
    ...(raw.isRebalance ? { rebalance: true } : {}),
  };
}

function declaredMember(kind: NonNullable<RawWorld['pools'][number]['declared']>): PoolMember {
  switch (kind) {
    case 'free':
    case 'free-b':
    case 'missing':
      return { networkInterfaceId: `eni-${kind}` };
    case 'source':
      return { networkInterfaceId: 'eni-0-0' };
    case 'other-source':
      return { networkInterfaceId: 'eni-1-1' };
    case 'of-target':
      return { networkInterfaceId: 'eni-of-tmt-0' };
    case 'balancer':
      return { networkLoadBalancerArn: 'arn:new' };
    case 'endpoint':
      return { gatewayLoadBalancerEndpointId: 'vpce-new' };
  }
}

function assembleTarget(raw: RawWorld['targets'][number], index: number, poolNames: readonly string[]): ActualTarget {
  const id = targetId(index);
  const pool = poolNames[raw.pool];
  const base = {
    id,
    type: raw.type,
    accountId: raw.isShared ? otherAccount : accountId,
    tags: {
      ...(pool === undefined ? {} : { 'automirror:target': pool }),
      ...(raw.isOurs && !raw.isShared ? { 'automirror:owner': owner } : {}),
    },
  };
  switch (raw.type) {
    case 'network-load-balancer':
      return { ...base, networkLoadBalancerArn: `arn:${id}` };
    case 'gateway-load-balancer-endpoint':
      return { ...base, gatewayLoadBalancerEndpointId: `vpce-${id}` };
    case 'network-interface':
      return {
        ...base,
        networkInterfaceId: raw.isOnSourceInterface && raw.host !== undefined ? `eni-${raw.host}-1` : `eni-of-${id}`,
        instanceType: raw.isLarge ? 'm5.24xlarge' : 'm5.large',
        ...(raw.zone === undefined ? {} : { zone: raw.zone }),
        ...(raw.isUnattached
          ? { interfaceState: 'unattached' as const }
          : raw.host === undefined
            ? {}
            : { instanceId: instanceId(raw.host) }),
      };
  }
}

function assembleFilter(raw: RawWorld['filters'][number], index: number): ActualFilter {
  const content = contentOf(raw.content);
  const spec = filterHash(raw.isIntact ? content : contentOf(raw.content + 1));
  return {
    id: `tmf-${index}`,
    content,
    ruleIds: [],
    tags: {
      ...(raw.isOurs ? { 'automirror:owner': owner, 'automirror:spec': spec } : {}),
      ...(raw.isNamed ? { 'automirror:filter': 'people' } : {}),
    },
  };
}

function wishOf(
  template: RawWorld['instances'][number]['templates'][number],
  slot: number,
  eniId: EniId,
  id: InstanceId,
  zoneOfEni: string | undefined,
  { onlyIfPresent }: RawWorld['instances'][number],
  poolNames: readonly string[],
): DesiredSession {
  const { pinnedTarget, pinnedFilter, length: packetLength, vni } = template;
  return {
    eniId,
    instanceId: id,
    slot,
    rule: 'opt-in',
    target:
      pinnedTarget === undefined ? { pool: poolNames[template.pool] ?? poolNames[0] ?? '' } : { id: targetId(pinnedTarget) },
    filter: pinnedFilter === undefined ? { name: template.filter } : { id: `tmf-${pinnedFilter}` },
    sessionNumber: template.number,
    name: id,
    onlyIfPresent,
    ...(packetLength === undefined ? {} : { packetLength }),
    ...(vni === undefined ? {} : { vni }),
    ...(zoneOfEni === undefined ? {} : { zone: zoneOfEni }),
  };
}

function assembleSession(
  raw: RawSession,
  name: string,
  eniId: EniId,
  wishes: readonly DesiredSession[],
  policy: PlanInput['policy'],
  filters: readonly ActualFilter[],
): ActualSession {
  const wish = wishes.find((candidate) => String(candidate.slot) === raw.slot) ?? wishes[0];
  const home = raw.isOfOther || wish === undefined ? instanceId(raw.other) : wish.instanceId;
  const profile = wish !== undefined && 'name' in wish.filter ? policy.filters[wish.filter.name] : undefined;
  const spec = raw.isAsAsked && wish !== undefined && profile !== undefined ? specHash(wish, profile.hash) : 'earlier';
  const { 'automirror:slot': _, ...tags } =
    wish === undefined
      ? { 'automirror:owner': owner, 'automirror:instance': home }
      : sessionTags(owner, { ...wish, instanceId: home }, spec);
  const right = raw.isAsWanted ? wish : undefined;
  const rightFilter = filters.find(({ content }) => right !== undefined && profile?.hash === filterHash(content));
  const packetLength = right === undefined ? raw.length : right.packetLength;
  return {
    id: `tms-${name}`,
    eniId,
    targetId: targetId(raw.target),
    filterId: rightFilter?.id ?? `tmf-${raw.filter}`,
    sessionNumber: right?.sessionNumber ?? raw.number,
    vni: typeof right?.vni === 'number' ? right.vni : raw.vni,
    accountId: raw.kind === 'other-account' ? otherAccount : accountId,
    tags: raw.kind === 'foreign' ? {} : raw.slot === undefined ? tags : { ...tags, 'automirror:slot': raw.slot },
    ...(packetLength === undefined ? {} : { packetLength }),
  };
}

function crowdSession(target: number, index: number): ActualSession {
  return {
    id: `tms-crowd-${target}-${index}`,
    eniId: `eni-crowd-${target}-${index}`,
    targetId: targetId(target),
    filterId: 'tmf-crowd',
    sessionNumber: 1,
    accountId: otherAccount,
    tags: {},
  };
}

/** Leaves out what EC2 would not have let in: a fourth session on an ENI, a number twice, a source too many. */
function onlyLegal(candidates: readonly ActualSession[], targets: readonly ActualTarget[]): readonly ActualSession[] {
  const kept: ActualSession[] = [];
  for (const session of candidates) {
    const beside = kept.filter((other) => other.eniId === session.eniId);
    const target = targets.find(({ id }) => id === session.targetId);
    const load = kept.filter((other) => other.targetId === session.targetId).length;
    const limit = target?.instanceType === 'm5.24xlarge' ? 100 : 10;
    if (beside.length >= 3 || beside.some((other) => other.sessionNumber === session.sessionNumber)) continue;
    if (target?.type === 'network-interface' && load >= limit) continue;
    kept.push(session);
  }
  return kept;
}

function contentOf(index: number): FilterContent {
  return allContents[index % allContents.length] ?? foreignContent;
}

function targetId(index: number): TargetId {
  return `tmt-${index}`;
}

function instanceId(index: number): InstanceId {
  return `i-${index}`;
}

function asInstance(text: string | undefined): InstanceId {
  return `i-${(text ?? 'i-none').slice(2)}`;
}
