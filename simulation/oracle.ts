/**
 * Says which sessions the policies want, from the emulated account as it truly is: slowly, plainly, and without a line of the product. What it says is compared
 * with what the product does.
 */
import type {
  Ec2World,
  InstanceRecord,
  NetworkInterfaceRecord,
  SessionRecord,
  TargetRecord,
} from '../src/emulator/ec2/service.ts';
import { type FilterName, filterContents, type PlainPolicy, type PlainRule, type PlainSlot } from './policies.ts';

/** One wanted session. */
export interface Wish {
  readonly eniId: string;
  readonly instanceId: string;
  readonly slot: number;
  readonly rule: string;
  /** A pool, or one target that a tag names. */
  readonly target: { readonly pool: string } | { readonly id: string };
  /** Absent where a tag names a filter by its id. */
  readonly filter?: FilterName;
  readonly filterId?: string;
  readonly number: number;
  readonly length?: number;
  readonly vni?: number;
  readonly name: string;
  readonly zone: string;
  /** It may stay, and need not be made. */
  readonly isOptional: boolean;
}

type Tags = Readonly<Record<string, string>>;

/** A tag's value whatever the case of its key, trimmed; two spellings that disagree are a conflict. */
function tag(tags: Tags, key: string): { value: string } | 'absent' | 'conflict' {
  const values = Object.entries(tags)
    .filter(([name]) => name.toLowerCase() === key)
    .map(([, value]) => value.trim());
  if (values.length === 0) return 'absent';
  if (new Set(values.map((value) => value.toLowerCase())).size > 1) return 'conflict';
  return { value: values[0] ?? '' };
}

const yes = ['true', 'yes', 'on', '1'];
const no = ['false', 'no', 'off', '0'];

function says(tags: Tags, [key, wanted]: readonly [string, string]): boolean | 'conflict' {
  const found = tag(tags, key);
  if (found === 'absent' || found === 'conflict') return found === 'conflict' ? 'conflict' : false;
  const value = found.value.toLowerCase();
  const synonyms = key === 'mirror' ? [yes, no].find((words) => words.includes(wanted)) : undefined;
  return synonyms === undefined ? value === wanted : synonyms.includes(value);
}

function selects(rule: PlainRule, tags: Tags): boolean | 'conflict' {
  if (rule.tag === 'every instance') return true;
  if (rule.tag !== 'not opted out') return says(tags, rule.tag);
  const out = says(tags, ['mirror', 'false']);
  return out === 'conflict' ? out : !out;
}

/** The rule that decides over an instance; none where nothing, or nothing for certain, does. */
function ruleFor({ never, rules }: PlainPolicy, tags: Tags): PlainRule | undefined {
  if (never !== undefined && says(tags, never) !== false) return undefined;
  for (const rule of rules) {
    const selected = selects(rule, tags);
    if (selected === 'conflict') return undefined;
    if (selected) return rule;
  }
  return undefined;
}

type Overrides = Partial<Pick<Wish, 'target' | 'filter' | 'filterId' | 'length'>> & {
  readonly indexes?: 'all' | readonly number[];
};

/** What the tags of an instance ask for instead; `nothing` where one of them is past, wrong or disputed. */
function overridesOf(tags: Tags, { pools, filters }: PlainPolicy, now: number): Overrides | 'nothing' {
  let overrides: Overrides = {};
  for (const key of ['mirror-until', 'mirror-target', 'mirror-filter', 'mirror-interfaces', 'mirror-packet-length']) {
    const found = tag(tags, key);
    if (found === 'conflict') return 'nothing';
    if (found === 'absent') continue;
    const value = found.value.toLowerCase();
    if (key === 'mirror-until') {
      const until = Date.parse(value);
      if (!(until > now)) return 'nothing';
    } else if (key === 'mirror-target') {
      if (/^tmt-[0-9a-f]{17}$/.test(value)) overrides = { ...overrides, target: { id: value } };
      else if (value in pools) overrides = { ...overrides, target: { pool: value } };
      else return 'nothing';
    } else if (key === 'mirror-filter') {
      const named = filters.find((name) => name === value);
      if (/^tmf-[0-9a-f]{17}$/.test(value)) overrides = { ...overrides, filterId: value };
      else if (named !== undefined) overrides = { ...overrides, filter: named };
      else return 'nothing';
    } else if (key === 'mirror-interfaces') {
      if (value === 'all') overrides = { ...overrides, indexes: 'all' };
      else if (value === 'primary') overrides = { ...overrides, indexes: [0] };
      else if (/^\d(,\d)*$/.test(value)) overrides = { ...overrides, indexes: value.split(',').map(Number) };
      else return 'nothing';
    } else {
      const length = Number(value);
      if (!Number.isInteger(length) || length < 1 || length > 8_500) return 'nothing';
      overrides = { ...overrides, length };
    }
  }
  return overrides;
}

/** Never a source; and one of which only EC2 can tell, which says no here. */
const refusedFamily = 't2';
const unlistedFamily = 'm8g';

/** Everything that one stack's policy wants, by `ENI slot`. */
export function wishesOf(world: Ec2World, owner: string, policy: PlainPolicy, now: number): ReadonlyMap<string, Wish> {
  const wishes = new Map<string, Wish>();
  const enis = new Map(world.networkInterfaces().map((eni) => [eni.networkInterfaceId, eni]));
  const targetEnis = new Set(
    world
      .targets()
      .flatMap((target) =>
        isAlive(target, enis) && target.destination.type === 'network-interface' ? [target.destination.networkInterfaceId] : [],
      ),
  );
  for (const instance of world.instances()) {
    const tags = world.tags(instance.instanceId);
    if (instance.state === 'terminated' || instance.state === 'shutting-down') continue;
    if (instance.state === 'stopped' && policy.keepsStopped !== true) continue;
    const [family] = instance.instanceType.split('.');
    if (family === refusedFamily) continue;
    const rule = ruleFor(policy, tags);
    const overrides = rule?.hasOverrides === true ? overridesOf(tags, policy, now) : {};
    if (rule === undefined || overrides === 'nothing') continue;
    for (const eniId of instance.networkInterfaceIds) {
      const eni = enis.get(eniId);
      if (eni === undefined || eni.attachment?.status !== 'attached' || targetEnis.has(eniId)) continue;
      if (
        overrides.indexes !== undefined &&
        overrides.indexes !== 'all' &&
        !overrides.indexes.includes(eni.attachment.deviceIndex)
      )
        continue;
      const ownWish = says(world.tags(eniId), ['mirror', 'false']);
      if (rule.hasOverrides && ownWish !== false) continue;
      for (const [slot, template] of rule.slots.entries()) {
        const wish = wishFor(instance, eni, tags, { rule, slot, template, overrides: slot === 0 ? overrides : {} });
        if (isAllowed(wish, world, owner, policy, enis))
          wishes.set(`${eniId} ${slot}`, { ...wish, isOptional: wish.isOptional || family === unlistedFamily });
      }
    }
  }
  return wishes;
}

function wishFor(
  instance: InstanceRecord,
  eni: NetworkInterfaceRecord,
  tags: Tags,
  { rule, slot, template, overrides }: { rule: PlainRule; slot: number; template: PlainSlot; overrides: Overrides },
): Wish {
  const length = overrides.length ?? template.length;
  return {
    eniId: eni.networkInterfaceId,
    instanceId: instance.instanceId,
    slot,
    rule: rule.name,
    target: overrides.target ?? { pool: template.pool },
    ...(overrides.filterId === undefined ? { filter: overrides.filter ?? template.filter } : { filterId: overrides.filterId }),
    number: template.number,
    ...(length === undefined ? {} : { length }),
    ...(template.vni === undefined ? {} : { vni: template.vni }),
    name: tags.Name?.trim() || instance.instanceId,
    zone: eni.availabilityZone,
    isOptional: instance.state !== 'running',
  };
}

/** A target or filter that a tag names by its id must be one of the policy's. */
function isAllowed(
  wish: Wish,
  world: Ec2World,
  owner: string,
  policy: PlainPolicy,
  enis: ReadonlyMap<string, NetworkInterfaceRecord>,
): boolean {
  if ('id' in wish.target) {
    const { id } = wish.target;
    const target = world.targets().find((one) => one.trafficMirrorTargetId === id);
    if (
      target === undefined ||
      !isAlive(target, enis) ||
      !Object.keys(policy.pools).some((pool) => isMember(world, target, pool, policy))
    )
      return false;
  }
  if (wish.filterId === undefined) return true;
  // A hand at the label makes it another filter than the policy's: it is replaced, and a tag that names it names nothing.
  if (!/^[0-9a-f]{16}$/.test(world.tags(wish.filterId)['automirror:spec'] ?? '')) return false;
  return policy.filters.some((name) => isFilterOf(world, owner, wish.filterId ?? '', name));
}

/** An interface that is gone carries nothing; one of another account is never seen. */
function isAlive(target: TargetRecord, enis: ReadonlyMap<string, NetworkInterfaceRecord>): boolean {
  const { destination, ownerId } = target;
  const isOurs = [...enis.values()].some((eni) => eni.ownerId === ownerId);
  return destination.type !== 'network-interface' || enis.has(destination.networkInterfaceId) || !isOurs;
}

function isMember(world: Ec2World, target: TargetRecord, pool: string, policy: PlainPolicy): boolean {
  const { destination } = target;
  if (
    pool === 'default' &&
    destination.type === 'network-load-balancer' &&
    destination.networkLoadBalancerArn === policy.declared
  )
    return true;
  const found = tag(world.tags(target.trafficMirrorTargetId), 'automirror:target');
  return typeof found === 'object' && found.value.toLowerCase() === pool;
}

/** Whether the policy has a use for a target, whoever made it. */
export function isInSomePool(world: Ec2World, target: TargetRecord, policy: PlainPolicy): boolean {
  const enis = new Map(world.networkInterfaces().map((eni) => [eni.networkInterfaceId, eni]));
  return isAlive(target, enis) && Object.keys(policy.pools).some((pool) => isMember(world, target, pool, policy));
}

/** Whether somebody could receive the copies. */
export function isAttached(world: Ec2World, { destination, ownerId }: TargetRecord): boolean {
  if (destination.type !== 'network-interface') return true;
  const eni = world.networkInterfaces().find(({ networkInterfaceId }) => networkInterfaceId === destination.networkInterfaceId);
  return eni === undefined ? ownerId !== '' : eni.attachment !== undefined;
}

/** The targets that may carry a wished session, full or not. */
export function targetsFor(world: Ec2World, wish: Wish, policy: PlainPolicy): readonly TargetRecord[] {
  const enis = new Map(world.networkInterfaces().map((eni) => [eni.networkInterfaceId, eni]));
  return world.targets().filter((target) => {
    if (!isAlive(target, enis)) return false;
    const { destination } = target;
    const eni = destination.type === 'network-interface' ? enis.get(destination.networkInterfaceId) : undefined;
    if (eni?.attachment?.instanceId === wish.instanceId) return false;
    if ('id' in wish.target) return target.trafficMirrorTargetId === wish.target.id;
    const { pool } = wish.target;
    const isNear = destination.type !== 'network-interface' || eni?.availabilityZone === wish.zone;
    return isMember(world, target, pool, policy) && (policy.pools[pool] !== 'require' || isNear);
  });
}

/** Sources that a target can take. */
export function capacityOf({ destination }: TargetRecord): number {
  return destination.type === 'network-interface' ? 10 : Number.POSITIVE_INFINITY;
}

/** Whether a filter carries our owner tag and mirrors by exactly what the policy has under a name. */
export function isFilterOf(world: Ec2World, owner: string, filterId: string, name: FilterName): boolean {
  return (
    world.tags(filterId)['automirror:owner'] === owner &&
    filterText(world, filterId).join('\n') === filterContents[name].join('\n')
  );
}

/** What a filter mirrors, in the form of `filterContents`. */
export function filterText(world: Ec2World, filterId: string): readonly string[] {
  const filter = world.filters().find(({ trafficMirrorFilterId }) => trafficMirrorFilterId === filterId);
  if (filter === undefined) return ['gone'];
  const ports = (range: { fromPort: number; toPort: number } | undefined) =>
    range === undefined ? 'any' : `${range.fromPort}-${range.toPort}`;
  const rules = world
    .filterRules()
    .filter(({ trafficMirrorFilterId }) => trafficMirrorFilterId === filterId)
    .map((rule) => {
      const from = `${rule.sourceCidrBlock}:${ports(rule.sourcePortRange)}`;
      const to = `${rule.destinationCidrBlock}:${ports(rule.destinationPortRange)}`;
      return `${rule.trafficDirection} ${rule.ruleNumber} ${rule.ruleAction} ${rule.protocol ?? 'any'} ${from} > ${to}`;
    });
  return [...rules.sort(), ...filter.networkServices.map((service) => `service ${service}`)];
}

/** Our sessions: with exactly our owner tag, and made by this account. */
export function ownSessions(world: Ec2World, owner: string, accountId: string): readonly SessionRecord[] {
  return world
    .sessions()
    .filter(
      ({ trafficMirrorSessionId, ownerId }) =>
        ownerId === accountId && world.tags(trafficMirrorSessionId)['automirror:owner'] === owner,
    );
}
