/** What was true when: short enough to look back over the time in which a pass may have read. */
import type { Ec2World, SessionRecord } from '../src/emulator/ec2/service.ts';
import { filterText, isFilterOf, ownSessions, targetsFor, type Wish, wishesOf } from './oracle.ts';
import type { PlainPolicy } from './policies.ts';

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
  /** When what was last different, by id of a session, an interface, a target, a filter or an instance. */
  readonly #changedAt = new Map<string, number>();
  #signatures = new Map<string, string>();

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
    this.#noteChanges(at);
    for (const subject of this.#subjects) {
      const moments = this.#moments.get(subject.owner) ?? [];
      this.#moments.set(subject.owner, moments);
      moments.push(this.#momentOf(subject, at));
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

  /** To be told of what nobody can see: a call that failed, on which later ones of the same pass count. */
  touch(ids: readonly string[]): void {
    for (const id of ids) this.#changedAt.set(id, this.#now());
  }

  #momentOf({ owner, policy: policyOf }: Subject, at: number): Moment {
    const world = this.#world;
    const policy = policyOf();
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
    const rightful = sessions.filter((session) =>
      isRightful(session, { wishes, targets, sessions: world.sessions(), own: sessions, world }),
    );
    return {
      at,
      wishes,
      targets,
      filters,
      ownFilters: new Set(ownFilters),
      own: new Set(sessions.map(idOf)),
      rightful: new Set(rightful.map(idOf)),
    };
  }

  #noteChanges(at: number): void {
    const world = this.#world;
    const signatures = new Map<string, string>();
    const add = (id: string, text: string) => void signatures.set(id, `${signatures.get(id) ?? ''}${text};`);
    for (const session of world.sessions()) {
      const {
        trafficMirrorSessionId: id,
        networkInterfaceId,
        trafficMirrorTargetId,
        trafficMirrorFilterId,
        sessionNumber,
      } = session;
      add(id, JSON.stringify([session, world.tags(id)]));
      add(networkInterfaceId, `${id} ${sessionNumber}`);
      add(trafficMirrorTargetId, id);
      add(trafficMirrorFilterId, id);
    }
    for (const eni of world.networkInterfaces())
      add(eni.networkInterfaceId, JSON.stringify([eni.attachment, world.tags(eni.networkInterfaceId)]));
    for (const target of world.targets())
      add(target.trafficMirrorTargetId, JSON.stringify([target, world.tags(target.trafficMirrorTargetId)]));
    for (const { trafficMirrorFilterId: id } of world.filters()) add(id, JSON.stringify([filterText(world, id), world.tags(id)]));
    for (const instance of world.instances())
      add(instance.instanceId, `${instance.state} ${instance.instanceType} ${JSON.stringify(world.tags(instance.instanceId))}`);
    for (const [id, text] of signatures) if (this.#signatures.get(id) !== text) this.#changedAt.set(id, at);
    for (const id of this.#signatures.keys()) if (!signatures.has(id)) this.#changedAt.set(id, at);
    this.#signatures = signatures;
  }
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
