import type { ActualFilter } from '../../../src/model/filter.ts';
import type { FilterId, SessionId, TargetId } from '../../../src/model/ids.ts';
import type { ActualSession } from '../../../src/model/session.ts';
import type { ActualTarget } from '../../../src/model/target.ts';
import {
  type Change,
  type CreateFilter,
  type CreateSession,
  type CreateTarget,
  type DeleteFilter,
  type DeleteTarget,
  type FilterRef,
  isChange,
  type ModifySession,
  type Plan,
  type SessionField,
  type TargetRef,
} from '../../../src/plan/action.ts';
import type { World } from '../../../src/plan/world.ts';

/** EC2 would refuse the call, or the plan tells something of the world that is not so. */
export class IllegalStep extends Error {}

/** The call would change what is not ours. */
export class ForeignTouched extends Error {}

/**
 * A small EC2 for plans: applies one change at a time to a world, by EC2's rules and the ownership rule, written down here once more so that the planner is
 * not its own judge. Ids that it gives have no order that means anything.
 */
export class PaperEc2 {
  world: World;
  readonly #owner: string;
  #serial: number;

  constructor(world: World, owner: string) {
    this.world = world;
    this.#owner = owner;
    // A world that another one has worked on: its ids must not come up again.
    const made = [...world.sessions, ...world.filters, ...world.targets].map(({ id }) =>
      Number(/-made-(\d+)$/.exec(id)?.[1] ?? 0),
    );
    this.#serial = Math.max(0, ...made);
  }

  /** @throws IllegalStep or ForeignTouched, and leaves the world as it was. */
  apply(change: Change): void {
    switch (change.kind) {
      case 'filter.create':
        this.#createFilter(change);
        break;
      case 'filter.delete':
        this.#deleteFilter(change);
        break;
      case 'target.create':
        this.#createTarget(change);
        break;
      case 'target.delete':
        this.#deleteTarget(change);
        break;
      case 'session.create':
        this.#createSession(change);
        break;
      case 'session.modify':
        this.#modifySession(change);
        break;
      case 'session.delete': {
        const session = this.#ownSession(change.session.id);
        this.world = { ...this.world, sessions: this.world.sessions.filter((other) => other !== session) };
      }
    }
  }

  applyAll(plan: Plan): void {
    for (const action of plan.actions) if (isApplicable(action)) this.apply(action);
  }

  #nextId(): string {
    this.#serial += 1;
    return `${(this.#serial * 7919) % 1000}-made-${this.#serial}`;
  }

  #createFilter({ profile: { content }, tags }: CreateFilter): void {
    if (content.rules.length > 10) throw new IllegalStep('more than ten rules in a filter');
    const filter: ActualFilter = { id: `tmf-${this.#nextId()}`, content, ruleIds: [], tags };
    this.world = { ...this.world, filters: [...this.world.filters, filter] };
  }

  #deleteFilter({ filter: { id } }: DeleteFilter): void {
    const filter = this.world.filters.find((other) => other.id === id);
    if (filter === undefined) throw new IllegalStep(`${id} does not exist`);
    if (filter.tags['automirror:owner'] !== this.#owner) throw new ForeignTouched(`${id} is not ours`);
    const user = this.world.sessions.find((session) => session.filterId === id);
    if (user !== undefined) throw new IllegalStep(`TrafficMirrorFilterInUse: ${id} by ${user.id}`);
    this.world = { ...this.world, filters: this.world.filters.filter((other) => other !== filter) };
  }

  #createTarget({ destination, tags }: CreateTarget): void {
    if (tags['automirror:owner'] !== this.#owner) throw new IllegalStep('a new target must bear our owner tag');
    const twin = this.world.targets.find((target) =>
      Object.entries(destination).every(([key, value]) => textIn(target, key) === value),
    );
    if (twin !== undefined) throw new IllegalStep(`InterfaceInUseByTrafficMirrorTarget: ${twin.id} stands for it`);
    const base = { id: `tmt-${this.#nextId()}` as const, accountId: this.world.accountId, tags };
    let target: ActualTarget;
    if ('networkInterfaceId' in destination) {
      const eniId = destination.networkInterfaceId;
      const facts = this.world.declaredInterfaces.get(eniId);
      if (facts === undefined) throw new IllegalStep(`InvalidNetworkInterfaceID.NotFound: ${eniId}`);
      const source = this.world.sessions.find((session) => session.eniId === eniId);
      if (source !== undefined) throw new IllegalStep(`InterfaceInUseByTrafficMirrorSession: ${eniId} by ${source.id}`);
      target = { ...base, type: 'network-interface', ...destination, ...facts };
    } else if ('networkLoadBalancerArn' in destination) target = { ...base, type: 'network-load-balancer', ...destination };
    else target = { ...base, type: 'gateway-load-balancer-endpoint', ...destination };
    this.world = { ...this.world, targets: [...this.world.targets, target] };
  }

  #deleteTarget({ target: { id } }: DeleteTarget): void {
    const target = this.world.targets.find((other) => other.id === id);
    if (target === undefined) throw new IllegalStep(`${id} does not exist`);
    if (target.tags['automirror:owner'] !== this.#owner) throw new ForeignTouched(`${id} is not ours`);
    const user = this.world.sessions.find((session) => session.targetId === id);
    if (user !== undefined) throw new IllegalStep(`TrafficMirrorTargetInUse: ${id} by ${user.id}`);
    this.world = { ...this.world, targets: this.world.targets.filter((other) => other !== target) };
  }

  #createSession({ eniId, spec }: CreateSession): void {
    const beside = this.world.sessions.filter((session) => session.eniId === eniId);
    if (beside.length >= 3) throw new IllegalStep(`TrafficMirrorSessionsPerInterfaceLimitExceeded: ${eniId}`);
    if (this.world.targets.some((target) => target.networkInterfaceId === eniId))
      throw new IllegalStep(`InterfaceInUseByTrafficMirrorTarget: ${eniId}`);
    if (this.world.attachments.get(eniId) === 'none') throw new IllegalStep(`NetworkInterfaceNotSupported: ${eniId}`);
    if (spec.tags['automirror:owner'] !== this.#owner) throw new IllegalStep('a new session must bear our owner tag');
    const { sessionNumber, tags } = spec;
    const targetId = this.#resolveTarget(spec.target);
    this.#checkNumber(sessionNumber, beside);
    this.#checkRoom(targetId);
    const packetLength = spec.packetLength ?? (this.#isLoadBalancer(targetId) ? 8500 : undefined);
    const session: ActualSession = {
      id: `tms-${this.#nextId()}`,
      eniId,
      targetId,
      filterId: this.#resolveFilter(spec.filter),
      sessionNumber,
      ...(packetLength === undefined ? {} : { packetLength }),
      vni: spec.vni ?? 100_000 + this.#serial,
      accountId: this.world.accountId,
      tags,
    };
    this.world = { ...this.world, sessions: [...this.world.sessions, session] };
  }

  /** Only the fields that `changes` lists are sent; each must tell the truth of what was there. */
  #modifySession({ session: { id }, spec, changes }: ModifySession): void {
    const session = this.#ownSession(id);
    if (changes.length === 0) throw new IllegalStep(`${id} is modified without a change`);
    let next = session;
    for (const { field, before } of changes) {
      if (field !== 'tags' && before !== textOf(session, field))
        throw new IllegalStep(`${id} has ${field} ${textOf(session, field)}, not ${before}`);
      switch (field) {
        case 'target':
          next = { ...next, targetId: this.#resolveTarget(spec.target) };
          this.#checkRoom(next.targetId);
          break;
        case 'filter':
          next = { ...next, filterId: this.#resolveFilter(spec.filter) };
          break;
        case 'sessionNumber': {
          const beside = this.world.sessions.filter((other) => other.eniId === session.eniId && other !== session);
          this.#checkNumber(spec.sessionNumber, beside);
          next = { ...next, sessionNumber: spec.sessionNumber };
          break;
        }
        case 'packetLength': {
          const { packetLength: _, ...whole } = next;
          const length = spec.packetLength ?? (this.#isLoadBalancer(next.targetId) ? 8500 : undefined);
          next = length === undefined ? whole : { ...whole, packetLength: length };
          break;
        }
        case 'vni':
          if (spec.vni === undefined) throw new IllegalStep(`${id} is to lose its VNI`);
          next = { ...next, vni: spec.vni };
          break;
        case 'tags':
          if (spec.tags['automirror:owner'] !== this.#owner) throw new IllegalStep(`${id} is to lose our owner tag`);
          next = { ...next, tags: { ...next.tags, ...spec.tags } };
      }
    }
    this.world = { ...this.world, sessions: this.world.sessions.map((other) => (other === session ? next : other)) };
  }

  #ownSession(id: SessionId): ActualSession {
    const session = this.world.sessions.find((other) => other.id === id);
    if (session === undefined) throw new IllegalStep(`${id} does not exist`);
    if (session.tags['automirror:owner'] !== this.#owner || session.accountId !== this.world.accountId)
      throw new ForeignTouched(`${id} is not ours`);
    return session;
  }

  #resolveFilter(filter: FilterRef): FilterId {
    const found = this.world.filters.find((other) =>
      'id' in filter ? other.id === filter.id : other.tags['automirror:spec'] === filter.hash && other.id.includes('-made-'),
    );
    if (found === undefined) throw new IllegalStep(`no filter ${JSON.stringify(filter)} exists`);
    return found.id;
  }

  #resolveTarget(ref: TargetRef): TargetId {
    if ('id' in ref) return ref.id;
    const made = this.world.targets.find((target) =>
      [target.networkInterfaceId, target.networkLoadBalancerArn, target.gatewayLoadBalancerEndpointId].some(
        (one) => one === ref.destination,
      ),
    );
    if (made === undefined) throw new IllegalStep(`no target for ${ref.destination} exists`);
    return made.id;
  }

  #checkNumber(number: number, beside: readonly ActualSession[]): void {
    if (!Number.isInteger(number) || number < 1 || number > 32_766) throw new IllegalStep(`session number ${number}`);
    const holder = beside.find((session) => session.sessionNumber === number);
    if (holder !== undefined) throw new IllegalStep(`session number ${number} is already being used by ${holder.id}`);
  }

  #checkRoom(targetId: TargetId): void {
    const target = this.world.targets.find((other) => other.id === targetId);
    if (target === undefined) throw new IllegalStep(`${targetId} does not exist`);
    const load = this.world.sessions.filter((session) => session.targetId === targetId).length;
    const limit = target.instanceType === 'm5.24xlarge' ? 100 : 10;
    if (target.type === 'network-interface' && load >= limit)
      throw new IllegalStep(`TrafficMirrorSourcesPerTargetLimitExceeded: ${targetId} (${load + 1})`);
  }

  #isLoadBalancer(targetId: TargetId): boolean {
    return this.world.targets.some((target) => target.id === targetId && target.type === 'network-load-balancer');
  }
}

export function isApplicable(action: Plan['actions'][number]): action is Change {
  return isChange(action);
}

function textIn(target: ActualTarget, key: string): string | undefined {
  return { ...target }[key as 'networkInterfaceId'];
}

function textOf(session: ActualSession, field: Exclude<SessionField, 'tags'>): string | undefined {
  switch (field) {
    case 'target':
      return session.targetId;
    case 'filter':
      return session.filterId;
    case 'sessionNumber':
      return String(session.sessionNumber);
    case 'packetLength':
      return session.packetLength === undefined ? undefined : String(session.packetLength);
    case 'vni':
      return session.vni === undefined ? undefined : String(session.vni);
  }
}
