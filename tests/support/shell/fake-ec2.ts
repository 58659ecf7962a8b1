import type { ActualFilter, FilterRule } from '../../../src/model/filter.ts';
import type { EniId, FilterId, InstanceId, SessionId, TargetId } from '../../../src/model/ids.ts';
import type { Instance } from '../../../src/model/instance.ts';
import type { ActualSession } from '../../../src/model/session.ts';
import type { Tags } from '../../../src/model/tags.ts';
import type { ActualTarget } from '../../../src/model/target.ts';
import type {
  InterfaceFacts,
  Inventory,
  Mirroring,
  NewSession,
  Receipt,
  SessionModification,
} from '../../../src/reconcile/ports.ts';
import { Ec2Error, type ErrorClass } from '../../../src/reconcile/ports.ts';
import { type Ec2Filter, lets } from './ec2-filters.ts';
import { accountId, aFilterId, aSessionId, aTargetId } from './things.ts';

type CallName = keyof Inventory | keyof Mirroring;

/** A fault: the call fails as told; with `after` it takes effect first, so that only its answer is lost. */
interface Fault {
  readonly call: CallName;
  readonly error: unknown;
  readonly after: boolean;
  /** Only calls whose arguments, as JSON, hold this text. */
  readonly about: string;
  left: number;
}

/** Both EC2 ports in memory: no rules of EC2's own, every call recorded, faults on demand. */
export class FakeEc2 implements Inventory, Mirroring {
  /** Each call's name, in order of arrival. */
  readonly calls: CallName[] = [];
  /** Each call's name with its arguments as JSON. */
  readonly log: string[] = [];
  readonly instancesById = new Map<InstanceId, Instance>();
  readonly interfacesById = new Map<EniId, InterfaceFacts>();
  readonly sessionsById = new Map<SessionId, ActualSession>();
  readonly targetList: ActualTarget[] = [];
  readonly filtersById = new Map<FilterId, ActualFilter>();
  readonly tagsByNetwork = new Map<string, Tags>();
  /** Run before each call, to move a clock or to look at what is under way. */
  onCall: (call: CallName, args: readonly unknown[]) => void | Promise<void> = () => undefined;
  readonly #faults: Fault[] = [];
  #made = 0xf00;

  fail(
    call: CallName,
    error: unknown,
    options: { readonly after?: boolean; readonly about?: string; readonly times?: number } = {},
  ) {
    const { after = false, about = '', times = Number.POSITIVE_INFINITY } = options;
    this.#faults.push({ call, error, after, about, left: times });
  }

  /** Adds an instance and its network interfaces as DescribeNetworkInterfaces tells them. */
  addInstance(instance: Instance): void {
    this.instancesById.set(instance.id, instance);
    for (const { id, attachmentStatus } of instance.networkInterfaces) {
      this.interfacesById.set(id, {
        id,
        tags: {},
        zone: instance.zone ?? 'eu-west-1a',
        attachment: { instanceId: instance.id, status: attachmentStatus },
      });
    }
  }

  addSession(session: ActualSession): void {
    this.sessionsById.set(session.id, session);
  }

  instances(which: readonly InstanceId[] | 'all' | Ec2Filter) {
    return this.#call('instances', [which], () =>
      [...this.instancesById.values()].filter((instance) =>
        which === 'all' ? true : 'name' in which ? lets(which, instance) : which.includes(instance.id),
      ),
    );
  }

  networkInterfaces(which: readonly EniId[] | 'all') {
    return this.#call('networkInterfaces', [which], () =>
      [...this.interfacesById.values()].filter(({ id }) => which === 'all' || which.includes(id)),
    );
  }

  sessions() {
    return this.#call('sessions', [], () => [...this.sessionsById.values()]);
  }

  sessionsOf(eniId: EniId) {
    return this.#call('sessionsOf', [eniId], () => [...this.sessionsById.values()].filter((one) => one.eniId === eniId));
  }

  targets() {
    return this.#call('targets', [], () => [...this.targetList]);
  }

  filters() {
    return this.#call('filters', [], () => [...this.filtersById.values()]);
  }

  networkTags() {
    return this.#call('networkTags', [], () => new Map(this.tagsByNetwork));
  }

  /** How many times reads that were under way were given up. */
  abandoned = 0;

  abandon() {
    this.abandoned += 1;
  }

  createSession({ clientToken: _token, ...session }: NewSession) {
    return this.#call('createSession', [session], (receipt) => {
      this.#made += 1;
      const id = aSessionId(this.#made);
      this.addSession({ ...session, id, accountId, vni: session.vni ?? this.#made });
      return { ...receipt, sessionId: id };
    });
  }

  modifySession(id: SessionId, { packetLength, ...changed }: SessionModification) {
    return this.#call('modifySession', [id, { packetLength, ...changed }], (receipt) => {
      const { packetLength: before, ...session } = this.#session(id);
      const length = packetLength === undefined ? before : (packetLength ?? undefined);
      this.addSession({ ...session, ...changed, ...(length === undefined ? {} : { packetLength: length }) });
      return receipt;
    });
  }

  tagSession(id: SessionId, tags: Tags) {
    return this.#call('tagSession', [id, tags], (receipt) => {
      const session = this.#session(id);
      this.addSession({ ...session, tags: { ...session.tags, ...tags } });
      return receipt;
    });
  }

  tagInstance(id: InstanceId, tags: Tags) {
    return this.#call('tagInstance', [id, tags], (receipt) => {
      const instance = this.instancesById.get(id);
      if (instance === undefined) throw ec2Error('gone', 'InvalidInstanceID.NotFound');
      this.instancesById.set(id, { ...instance, tags: { ...instance.tags, ...tags } });
      return receipt;
    });
  }

  deleteSession(id: SessionId) {
    return this.#call('deleteSession', [id], (receipt) => {
      this.sessionsById.delete(this.#session(id).id);
      return receipt;
    });
  }

  createFilter({ description, tags }: Parameters<Mirroring['createFilter']>[0]) {
    return this.#call('createFilter', [description, tags], (receipt) => {
      this.#made += 1;
      const id = aFilterId(this.#made);
      this.filtersById.set(id, { id, content: { networkServices: [], rules: [] }, ruleIds: [], tags });
      return { ...receipt, filterId: id };
    });
  }

  createFilterRule(filterId: FilterId, rule: FilterRule) {
    return this.#call('createFilterRule', [filterId, rule], (receipt) => {
      this.#changeFilter(filterId, ({ content }) => ({ ...content, rules: [...content.rules, rule] }));
      return receipt;
    });
  }

  addNetworkServices(filterId: FilterId, services: readonly string[]) {
    return this.#call('addNetworkServices', [filterId, services], (receipt) => {
      this.#changeFilter(filterId, ({ content }) => ({ ...content, networkServices: services }));
      return receipt;
    });
  }

  deleteFilter(id: FilterId) {
    return this.#call('deleteFilter', [id], (receipt) => {
      if (!this.filtersById.delete(id)) throw ec2Error('gone', 'InvalidTrafficMirrorFilterId.NotFound');
      return receipt;
    });
  }

  createTarget({ destination, tags }: Parameters<Mirroring['createTarget']>[0]) {
    return this.#call('createTarget', [destination, tags], (receipt) => {
      this.#made += 1;
      const id = aTargetId(this.#made);
      const type =
        'networkInterfaceId' in destination
          ? 'network-interface'
          : 'networkLoadBalancerArn' in destination
            ? 'network-load-balancer'
            : 'gateway-load-balancer-endpoint';
      this.targetList.push({ id, type, ...destination, accountId, tags });
      return { ...receipt, targetId: id };
    });
  }

  deleteTarget(id: TargetId) {
    return this.#call('deleteTarget', [id], (receipt) => {
      const index = this.targetList.findIndex((target) => target.id === id);
      if (index < 0) throw ec2Error('gone', 'InvalidTrafficMirrorTargetId.NotFound');
      this.targetList.splice(index, 1);
      return receipt;
    });
  }

  #session(id: SessionId): ActualSession {
    const session = this.sessionsById.get(id);
    if (session === undefined) throw ec2Error('gone', 'InvalidTrafficMirrorSessionId.NotFound');
    return session;
  }

  #changeFilter(id: FilterId, change: (filter: ActualFilter) => ActualFilter['content']): void {
    const filter = this.filtersById.get(id);
    if (filter === undefined) throw ec2Error('gone', 'InvalidTrafficMirrorFilterId.NotFound');
    this.filtersById.set(id, { ...filter, content: change(filter) });
  }

  async #call<T>(call: CallName, args: readonly unknown[], effect: (receipt: Receipt) => T): Promise<T> {
    this.calls.push(call);
    const text = JSON.stringify(args);
    this.log.push(`${call} ${text}`);
    const requestId = `request-${this.calls.length}`;
    await this.onCall(call, args);
    const fault = this.#faults.find((one) => one.call === call && one.left > 0 && text.includes(one.about));
    if (fault === undefined) return effect({ requestId });
    fault.left -= 1;
    if (fault.after) effect({ requestId });
    throw fault.error;
  }
}

/** An error as the adapters classify it. */
export function ec2Error(errorClass: ErrorClass, code: string, message = `${code} it is`): Ec2Error {
  return new Ec2Error(errorClass, code, message, { requestId: 'request-of-the-error' });
}
