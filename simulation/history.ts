/** What was true when: short enough to look back over the time in which a pass may have read. */
import type { Ec2World, SessionRecord } from '../src/emulator/ec2/service.ts';
import { isFilterOf, ownSessions, targetsFor, type Wish, wishesOf } from './oracle.ts';
import type { PlainPolicy } from './policies.ts';
import { strangeRuleNumber } from './tampering.ts';

/** A stack as the history sees it. */
export interface Subject {
  readonly owner: string;
  /** The policy that is deployed now. */
  policy(): PlainPolicy;
}

/** One moment of one stack. */
export interface Moment {
  readonly at: number;
  readonly wishes: ReadonlyMap<string, Wish>;
  /** Our sessions. */
  readonly own: ReadonlySet<string>;
  /** Those of them that are wanted as they stand: another one in their place would be one too many. */
  readonly rightful: ReadonlySet<string>;
  /** Targets that each wish may use, and filters of ours that hold what a policy's filter of a name is to hold. */
  readonly targets: ReadonlyMap<string, ReadonlySet<string>>;
  readonly filters: ReadonlyMap<string, ReadonlySet<string>>;
  /** Filters of ours, and those of them that are the policy's and whole. */
  readonly ownFilters: ReadonlySet<string>;
  readonly ownTargets: ReadonlySet<string>;
}

/** How many sessions an interface can have. */
const perInterface = 3;

export class History {
  readonly #world: Ec2World;
  readonly #accountId: string;
  readonly #now: () => number;
  readonly #subjects: readonly Subject[];
  readonly #keepMs: number;
  readonly #moments = new Map<string, Moment[]>();
  /** When what was last different, or concerned by a difference, by id. */
  readonly #changedAt = new Map<string, number>();
  /** When the own state or tags of something changed, by id. */
  readonly #facts = new Map<string, number[]>();
  /** Records and tags are replaced when they change, never changed in place. */
  #seen = new Map<string, object>();
  readonly #policies = new Map<string, PlainPolicy>();
  readonly #policyChangedAt = new Map<string, number>();
  /** When each filter was first seen, and when a label or a rule of it was last gone or otherwise than before. */
  readonly #filterBornAt = new Map<string, number>();
  readonly #filterDamagedAt = new Map<string, number>();

  constructor(world: Ec2World, accountId: string, now: () => number, subjects: readonly Subject[], keepMs: number) {
    this.#world = world;
    this.#accountId = accountId;
    this.#now = now;
    this.#subjects = subjects;
    this.#keepMs = keepMs;
  }

  /** To be called before and after whatever may have changed something. */
  look(): void {
    const at = this.#now();
    const isDifferent = this.#noteChanges(at);
    for (const subject of this.#subjects) {
      const moments = this.#moments.get(subject.owner) ?? [];
      this.#moments.set(subject.owner, moments);
      const isSamePolicy = this.#policies.get(subject.owner) === subject.policy();
      if (!isSamePolicy) this.#policyChangedAt.set(subject.owner, at);
      this.#policies.set(subject.owner, subject.policy());
      if (isDifferent || !isSamePolicy || this.#hasUntil || moments.length === 0) moments.push(this.#momentOf(subject, at));
      // The last one before the time that is kept tells what was so when it began.
      while (moments.length > 1 && (moments[1]?.at ?? at) < at - this.#keepMs) moments.shift();
    }
  }

  /** The moments of one stack from a time on, and the one that was in force then. */
  since(owner: string, from: number): readonly Moment[] {
    const moments = this.#moments.get(owner) ?? [];
    const begin = moments.findLastIndex(({ at }) => at <= from);
    return moments.slice(Math.max(0, begin));
  }

  now(owner: string): Moment {
    const moment = this.#moments.get(owner)?.at(-1);
    if (moment === undefined) throw new Error(`nothing is known of ${owner}`);
    return moment;
  }

  changedSince(id: string, from: number): boolean {
    return (this.#changedAt.get(id) ?? Number.NEGATIVE_INFINITY) >= from;
  }

  /** How many times the own state or tags of any of these, or the stack's policy, have changed since then. */
  changes(owner: string, ids: readonly string[], from: number): number {
    const ofPolicy = isSince(this.#policyChangedAt, owner, from) ? 1 : 0;
    return ids.reduce((sum, id) => sum + (this.#facts.get(id)?.filter((at) => at >= from).length ?? 0), ofPolicy);
  }

  /**
   * Whether a filter was made since then, and meanwhile the policy became another or a hand changed a rule or label of it: it may have been whole at no moment at which it
   * was wanted, and the pass that made it cannot know.
   */
  isOvertaken(owner: string, filterId: string, from: number): boolean {
    const isOvertaken = isSince(this.#policyChangedAt, owner, from) || isSince(this.#filterDamagedAt, filterId, from);
    return isSince(this.#filterBornAt, filterId, from) && isOvertaken;
  }

  /** To be told of what nobody can see: a call that failed, on which later ones of the same pass count. */
  touch(ids: readonly string[]): void {
    for (const id of ids) this.#changedAt.set(id, this.#now());
  }

  #momentOf(subject: Subject, at: number): Moment {
    const { owner } = subject;
    const world = this.#world;
    const policy = subject.policy();
    const wishes = wishesOf(world, owner, policy, at);
    const sessions = ownSessions(world, owner, this.#accountId);
    const targets = new Map(
      [...wishes].map(([key, wish]) => [
        key,
        new Set(targetsFor(world, wish, policy).map(({ trafficMirrorTargetId }) => trafficMirrorTargetId)),
      ]),
    );
    const ownFilters = world
      .filters()
      .map(({ trafficMirrorFilterId }) => trafficMirrorFilterId)
      .filter((id) => world.tags(id)['automirror:owner'] === owner);
    const filters = new Map(
      policy.filters.map((name) => [name, new Set(ownFilters.filter((id) => isFilterOf(world, owner, id, name)))]),
    );
    const ownTargets = world
      .targets()
      .flatMap(({ trafficMirrorTargetId: id }) => (world.tags(id)['automirror:owner'] === owner ? id : []));
    const rightful = sessions.filter((session) =>
      isRightful(session, { wishes, targets, sessions: world.sessions(), own: sessions, world }),
    );
    return {
      at,
      wishes,
      targets,
      filters,
      ownFilters: new Set(ownFilters),
      ownTargets: new Set(ownTargets),
      own: new Set(sessions.map(idOf)),
      rightful: new Set(rightful.map(idOf)),
    };
  }

  /** Whether any tag ends a mirroring by itself, without a change. */
  #hasUntil = false;

  #noteFact(id: string, at: number): void {
    this.#facts.set(id, [...(this.#facts.get(id) ?? []).filter((earlier) => earlier >= at - this.#keepMs), at]);
  }

  /** Answers whether anything is different. */
  #noteChanges(at: number): boolean {
    const world = this.#world;
    const seen = new Map<string, object>();
    let isDifferent = false;
    const compare = (id: string, record: object, concerned: readonly string[]) => {
      const tags = world.tags(id);
      const isSame = this.#seen.get(id) === record && (this.#seen.get(`tags ${id}`) ?? none) === orNone(tags);
      seen.set(id, record);
      seen.set(`tags ${id}`, orNone(tags));
      if (isSame) return;
      isDifferent = true;
      this.#noteFact(id, at);
      for (const one of [id, ...concerned]) this.#changedAt.set(one, at);
    };
    for (const session of world.sessions()) compare(session.trafficMirrorSessionId, session, concernedBy(session));
    for (const eni of world.networkInterfaces()) compare(eni.networkInterfaceId, eni, []);
    for (const target of world.targets()) compare(target.trafficMirrorTargetId, target, []);
    for (const filter of world.filters()) {
      const { trafficMirrorFilterId: id } = filter;
      if (!this.#filterBornAt.has(id)) this.#filterBornAt.set(id, at);
      const tagged = this.#seen.get(`tags ${id}`);
      if (tagged !== undefined && tagged !== orNone(world.tags(id))) this.#filterDamagedAt.set(id, at);
      compare(id, filter, []);
    }
    for (const rule of world.filterRules()) {
      const { trafficMirrorFilterRuleId: id, trafficMirrorFilterId } = rule;
      const before = this.#seen.get(id);
      const isStrange = before === undefined && rule.ruleNumber === strangeRuleNumber;
      if (isStrange || (before !== undefined && before !== rule)) this.#filterDamagedAt.set(trafficMirrorFilterId, at);
      compare(id, rule, [trafficMirrorFilterId]);
    }
    for (const instance of world.instances()) compare(instance.instanceId, instance, []);
    for (const [id, record] of this.#seen) {
      if (seen.has(id)) continue;
      isDifferent = true;
      this.#noteFact(id, at);
      if ('trafficMirrorFilterRuleId' in record && 'trafficMirrorFilterId' in record)
        this.#filterDamagedAt.set(String(record.trafficMirrorFilterId), at);
      const gone = 'networkInterfaceId' in record && 'sessionNumber' in record ? concernedBy(record as SessionRecord) : [];
      for (const one of [id, ...gone]) this.#changedAt.set(one, at);
    }
    this.#seen = seen;
    if (isDifferent) this.#hasUntil = world.instances().some(({ instanceId }) => 'mirror-until' in world.tags(instanceId));
    return isDifferent;
  }
}

function isSince(times: ReadonlyMap<string, number>, id: string, from: number): boolean {
  return (times.get(id) ?? Number.NEGATIVE_INFINITY) >= from;
}

const none = {};

function orNone(tags: Readonly<Record<string, string>>): object {
  for (const _key in tags) return tags;
  return none;
}

function concernedBy({ networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId }: SessionRecord): readonly string[] {
  return [networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId];
}

const idOf = ({ trafficMirrorSessionId }: SessionRecord): string => trafficMirrorSessionId;

interface Place {
  readonly wishes: Moment['wishes'];
  readonly targets: Moment['targets'];
  readonly sessions: readonly SessionRecord[];
  readonly own: readonly SessionRecord[];
  readonly world: Ec2World;
}

/** The only one of ours for a wanted slot for which the interface has room, on a target that may carry it. */
function isRightful(session: SessionRecord, { wishes, targets, sessions, own, world }: Place): boolean {
  const slotOf = ({ trafficMirrorSessionId: id }: SessionRecord): string => world.tags(id)['automirror:slot'] ?? '';
  const { networkInterfaceId: eniId } = session;
  const key = `${eniId} ${slotOf(session)}`;
  if (!wishes.has(key) || targets.get(key)?.has(session.trafficMirrorTargetId) !== true) return false;
  const beside = own.filter((other) => other.networkInterfaceId === eniId);
  if (beside.some((other) => other !== session && slotOf(other) === slotOf(session))) return false;
  // Where a label cannot be read, who serves which slot is the product's to find out.
  if (beside.some((other) => !/^[0-2]$/.test(slotOf(other)))) return false;
  const foreign = sessions.filter((other) => other.networkInterfaceId === eniId).length - beside.length;
  const before = [...wishes.values()].filter((wish) => wish.eniId === eniId && wish.slot < Number(slotOf(session))).length;
  return before < perInterface - foreign;
}
