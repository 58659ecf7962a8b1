/** Compares what stands once all is quiet with what the policies want, slot by slot. */
import type { Ec2World, SessionRecord, TargetRecord } from '../src/emulator/ec2/service.ts';
import { capacityOf, isAttached, isFilterOf, isInSomePool, ownSessions, targetsFor, type Wish, wishesOf } from './oracle.ts';
import type { PlainPolicy } from './policies.ts';

/** Sentences about what is not as it should be; none when all is. */
export function differences(
  world: Ec2World,
  stack: { readonly owner: string; readonly policy: PlainPolicy; readonly accountId: string; readonly now: number },
): readonly string[] {
  const { owner, policy, accountId, now } = stack;
  const wishes = wishesOf(world, owner, policy, now);
  const own = ownSessions(world, owner, accountId);
  const bySlot = new Map<string, SessionRecord[]>();
  const found: string[] = [];
  for (const session of own) {
    const tags = world.tags(session.trafficMirrorSessionId);
    const key = `${session.networkInterfaceId} ${tags['automirror:slot'] ?? '?'}`;
    bySlot.set(key, [...(bySlot.get(key) ?? []), session]);
  }
  for (const [key, sessions] of bySlot) {
    const wish = wishes.get(key);
    const ids = sessions.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId).join(', ');
    if (isInTransit(world, sessions[0]?.networkInterfaceId ?? '')) continue;
    if (wish === undefined) found.push(`${ids} on ${key}: nobody wants it`);
    else if (sessions.length > 1) found.push(`${ids} on ${key}: one too many`);
    else
      for (const session of sessions)
        found.push(...wrongs(world, session, wish, policy, owner).map((what) => `${ids} on ${key}: ${what}`));
  }
  for (const [key, wish] of wishes) {
    if (bySlot.has(key) || wish.isOptional) continue;
    const why = whyMissing(world, wish, { policy, own, owner, wishes });
    if (why === undefined) found.push(`${key}: wanted by rule "${wish.rule}", and not there`);
  }
  return [...found, ...limits(world), ...filterDifferences(world, owner, policy), ...targetDifferences(world, owner, policy)];
}

function isInTransit(world: Ec2World, eniId: string): boolean {
  const status = world.networkInterfaces().find(({ networkInterfaceId }) => networkInterfaceId === eniId)?.attachment?.status;
  return status === 'attaching' || status === 'detaching';
}

function wrongs(world: Ec2World, session: SessionRecord, wish: Wish, policy: PlainPolicy, owner: string): readonly string[] {
  const wrong: string[] = [];
  const tags = world.tags(session.trafficMirrorSessionId);
  const differ = (what: string, is: unknown, wanted: unknown) => {
    if (is !== wanted) wrong.push(`${what} is ${String(is)}, wanted ${String(wanted)}`);
  };
  const targets = targetsFor(world, wish, policy);
  const target = targets.find(({ trafficMirrorTargetId }) => trafficMirrorTargetId === session.trafficMirrorTargetId);
  const isIdle = target !== undefined && !isAttached(world, target);
  const better = isIdle
    ? targets.find((other) => isAttached(world, other) && loadOf(world, other) < capacityOf(other))
    : undefined;
  if (better !== undefined)
    wrong.push(`nobody receives at its target ${session.trafficMirrorTargetId}, and ${better.trafficMirrorTargetId} has room`);
  if (target === undefined)
    wrong.push(
      `its target ${session.trafficMirrorTargetId} may not carry it; ${targets.map(({ trafficMirrorTargetId }) => trafficMirrorTargetId).join(', ')} may`,
    );
  if (wish.filterId !== undefined) differ('filter', session.trafficMirrorFilterId, wish.filterId);
  else if (wish.filter !== undefined && !isFilterOf(world, owner, session.trafficMirrorFilterId, wish.filter))
    wrong.push(`its filter ${session.trafficMirrorFilterId} is not "${wish.filter}" as the policy has it`);
  // A Network Load Balancer takes 8,500 bytes where nothing is asked for.
  const isGiven =
    wish.length === undefined && target?.destination.type === 'network-load-balancer' && session.packetLength === 8_500;
  if (!isGiven) differ('packet length', session.packetLength, wish.length);
  if (wish.vni !== undefined) differ('VNI', session.virtualNetworkId, wish.vni);
  const beside = world.sessions().filter((other) => other.networkInterfaceId === session.networkInterfaceId && other !== session);
  if (!beside.some(({ sessionNumber }) => sessionNumber === wish.number)) differ('number', session.sessionNumber, wish.number);
  differ('tag instance', tags['automirror:instance'], wish.instanceId);
  differ('tag rule', tags['automirror:rule'], wish.rule);
  differ('tag Name', tags.Name, wish.name);
  return wrong;
}

interface Around {
  readonly policy: PlainPolicy;
  readonly own: readonly SessionRecord[];
  readonly owner: string;
  readonly wishes: ReadonlyMap<string, Wish>;
}

/** A good reason for a wanted session not to be there. */
function whyMissing(world: Ec2World, wish: Wish, { policy, own, owner, wishes }: Around): string | undefined {
  const sessions = world.sessions();
  const foreign = sessions.filter(
    ({ networkInterfaceId, trafficMirrorSessionId }) =>
      networkInterfaceId === wish.eniId && world.tags(trafficMirrorSessionId)['automirror:owner'] !== owner,
  ).length;
  const before = [...wishes.values()].filter(({ eniId, slot }) => eniId === wish.eniId && slot < wish.slot).length;
  if (before >= 3 - foreign) return 'the interface is full';
  const hasRoom = targetsFor(world, wish, policy).some(
    (target) => isAttached(world, target) && loadOf(world, target) < capacityOf(target),
  );
  if (!hasRoom) return 'no target has room';
  return policy.maxSessions !== undefined && own.length >= policy.maxSessions ? 'there are as many as may be' : undefined;
}

function loadOf(world: Ec2World, { trafficMirrorTargetId: id }: TargetRecord): number {
  return world.sessions().filter(({ trafficMirrorTargetId }) => trafficMirrorTargetId === id).length;
}

/** What EC2 sees to, unless the emulator is wrong. */
function limits(world: Ec2World): readonly string[] {
  const numbers = new Map<string, number[]>();
  for (const { networkInterfaceId: eniId, sessionNumber } of world.sessions())
    numbers.set(eniId, [...(numbers.get(eniId) ?? []), sessionNumber]);
  return [...numbers].flatMap(([eniId, taken]) =>
    taken.length > 3 || new Set(taken).size < taken.length ? [`${eniId} has sessions with the numbers ${taken.join(', ')}`] : [],
  );
}

function filterDifferences(world: Ec2World, owner: string, policy: PlainPolicy): readonly string[] {
  const own = world
    .filters()
    .map(({ trafficMirrorFilterId }) => trafficMirrorFilterId)
    .filter((id) => world.tags(id)['automirror:owner'] === owner);
  const used = new Set(world.sessions().map(({ trafficMirrorFilterId }) => trafficMirrorFilterId));
  const found: string[] = [];
  const kept = new Map<string, number>();
  for (const id of own) {
    const name = policy.filters.find((one) => isFilterOf(world, owner, id, one));
    if (used.has(id)) continue;
    if (name === undefined) found.push(`${id}: a filter of ours that nobody uses and the policy does not have`);
    else kept.set(name, (kept.get(name) ?? 0) + 1);
  }
  for (const [name, count] of kept) if (count > 1) found.push(`${count} filters of ours are "${name}", and nobody uses them`);
  return found;
}

function targetDifferences(world: Ec2World, owner: string, policy: PlainPolicy): readonly string[] {
  const used = new Set(world.sessions().map(({ trafficMirrorTargetId }) => trafficMirrorTargetId));
  const left = world
    .targets()
    .filter((target) => world.tags(target.trafficMirrorTargetId)['automirror:owner'] === owner)
    .filter((target) => !used.has(target.trafficMirrorTargetId) && !isInSomePool(world, target, policy))
    .map(({ trafficMirrorTargetId }) => `${trafficMirrorTargetId}: a target of ours that is in no pool and that nobody uses`);
  const isThere = world
    .targets()
    .some(
      ({ destination }) => destination.type === 'network-load-balancer' && destination.networkLoadBalancerArn === policy.declared,
    );
  return policy.declared === undefined || isThere ? left : [...left, 'the declared target is not there'];
}
