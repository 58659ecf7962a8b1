/** Carries out what people do by the API of EC2, and what other accounts and the operating system do without it. */
import { AwsError, type Caller } from '../src/emulator/core.ts';
import type { SessionRecord } from '../src/emulator/ec2/service.ts';
import type { Emulator } from '../src/emulator/emulator.ts';
import type { PeoplesDeed } from './deeds.ts';

type Input = Readonly<Record<string, unknown>>;
type DeedOf<Name extends PeoplesDeed['do']> = Extract<PeoplesDeed, { do: Name }>;

const user: Omit<Caller, 'accountId'> = {
  arn: 'arn:aws:iam::111122223333:user/person',
  accessKeyId: 'AKIAPERSON',
  principalId: 'AIDAPERSON',
  kind: 'user',
};

const otherAccount = '999988887777';

/** People, who may do everything; what EC2 refuses them is told as text and else ignored. */
export class People {
  readonly #emulator: Emulator;
  readonly #owners: readonly string[];
  readonly #caller: Caller;

  constructor(emulator: Emulator, owners: readonly string[]) {
    this.#emulator = emulator;
    this.#owners = owners;
    this.#caller = { ...user, accountId: emulator.host.accountId };
  }

  /** Answers what came of it. */
  async carryOut(deed: PeoplesDeed): Promise<string> {
    try {
      return await this.#do(deed);
    } catch (error) {
      if (error instanceof AwsError) return `refused: ${error.code}`;
      if (error instanceof RangeError) return `refused: ${error.message}`;
      throw error;
    }
  }

  async #do(deed: PeoplesDeed): Promise<string> {
    switch (deed.do) {
      case 'launch':
        return this.#launch(deed);
      case 'tag':
        return this.#tag(this.#instance(deed.instance), { [deed.key]: deed.value });
      case 'tag until':
        return this.#tag(this.#instance(deed.instance), {
          'mirror-until': new Date(this.#emulator.host.clock.now() + deed.inMs).toISOString(),
        });
      case 'tag with target id':
        return this.#tag(this.#instance(deed.instance), { 'mirror-target': this.#target(deed.which) ?? 'tmt-0123456789abcdef0' });
      case 'tag with filter id':
        return this.#tag(this.#instance(deed.instance), {
          'mirror-filter': choose(this.#filters(), deed.which) ?? 'tmf-0123456789abcdef0',
        });
      case 'untag':
        return this.#untag([this.#instance(deed.instance)], deed.key);
      case 'untag all':
        return this.#untag(this.#instances(), deed.key);
      case 'tag interface': {
        const eni = this.#interface(deed.interface);
        return deed.value === '' ? this.#untag([eni], 'mirror') : this.#tag(eni, { mirror: deed.value });
      }
      case 'stop':
        return this.#onInstances('StopInstances', deed.instance);
      case 'start':
        return this.#onInstances('StartInstances', deed.instance);
      case 'terminate':
        return this.#onInstances('TerminateInstances', deed.instance);
      case 'shut down from inside': {
        const id = this.#instance(deed.instance);
        if (id !== undefined) this.#emulator.ec2.controls.shutDownFromInside(id);
        return id ?? 'nothing to do it to';
      }
      case 'change type':
        return this.#call('ModifyInstanceAttribute', {
          InstanceId: this.#instance(deed.instance),
          InstanceType: { Value: deed.type },
        });
      case 'attach new interface':
        return this.#attachNew(deed.instance);
      case 'attach':
        return this.#attach(choose(this.#free(), deed.interface), this.#instance(deed.instance));
      case 'detach':
        return this.#detach(choose(this.#secondary(), deed.interface));
      case 'move':
        return this.#move(deed);
      case 'delete interface':
        return this.#call('DeleteNetworkInterface', { NetworkInterfaceId: choose(this.#free(), deed.interface) });
      case 'make foreign session':
        return this.#makeForeignSession(deed);
      case 'delete foreign session':
        return this.#call('DeleteTrafficMirrorSession', {
          TrafficMirrorSessionId: choose(
            this.#sessions((owner) => !this.#owners.includes(owner)),
            deed.session,
          ),
        });
      case 'fill target':
        return this.#fill(deed);
      case 'empty target':
        return this.#empty(deed);
      case 'add target':
        return this.#addTarget(deed);
      case 'delete target':
        return this.#call('DeleteTrafficMirrorTarget', { TrafficMirrorTargetId: this.#target(deed.target) });
      case 'move target to pool':
        return this.#tag(this.#target(deed.target), { 'automirror:target': deed.pool });
      case 'delete sensor interface':
        return this.#deleteSensor(deed);
      case 'delete session by hand':
        return this.#call('DeleteTrafficMirrorSession', { TrafficMirrorSessionId: this.#ownSession(deed.session) });
      case 'modify session by hand':
        return this.#modifySession(deed);
      case 'retag session by hand':
        return this.#tag(this.#ownSession(deed.session), { [deed.key]: deed.value });
      case 'take owner tag off session':
        return this.#untag([this.#ownSession(deed.session)], 'automirror:owner');
      case 'give session to the other stack': {
        const id = this.#ownSession(deed.session);
        const other = this.#owners.find((owner) => owner !== this.#emulator.ec2.world.tags(id ?? '')['automirror:owner']);
        return this.#tag(id, { 'automirror:owner': other ?? '' });
      }
      case 'edit filter by hand':
        return this.#editFilter(deed);
      case 'retag filter by hand': {
        const id = choose(this.#ownFilters(), deed.filter);
        return deed.value === '' ? this.#untag([id], deed.key) : this.#tag(id, { [deed.key]: deed.value });
      }
      case 'make foreign filter':
        return this.#call('CreateTrafficMirrorFilter', { Description: 'of another tool' });
    }
  }

  async #call(action: string, input: Input): Promise<string> {
    if (Object.values(input).some((value) => value === undefined)) return 'nothing to do it to';
    const output = await this.#answer(action, input);
    return idsIn([input, output]);
  }

  #answer(action: string, input: Input): Promise<object> {
    const { ec2, host } = this.#emulator;
    return ec2.answer({ action, input, caller: this.#caller, requestId: host.newUuid() });
  }

  async #launch({ count, type, subnet, tags, interfaces }: DeedOf<'launch'>): Promise<string> {
    const SubnetId = this.#subnet(subnet);
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const output = await this.#answer('RunInstances', {
      ImageId: 'ami-0123456789abcdef0',
      InstanceType: type,
      MinCount: count,
      MaxCount: count,
      NetworkInterfaces: Array.from({ length: interfaces }, (_, DeviceIndex) => ({ DeviceIndex, SubnetId })),
      ...(Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: 'instance', Tags }] }),
    });
    return idsIn(output, /\bi-[0-9a-f]{17}\b/g);
  }

  async #tag(id: string | undefined, tags: Readonly<Record<string, string>>): Promise<string> {
    if (id === undefined) return 'nothing to do it to';
    await this.#answer('CreateTags', { Resources: [id], Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) });
    return `${id} ${Object.entries(tags)
      .map(([key, value]) => `${key}=${value}`)
      .join(' ')}`;
  }

  async #untag(ids: readonly (string | undefined)[], Key: string): Promise<string> {
    const Resources = ids.filter((id) => id !== undefined);
    if (Resources.length === 0) return 'nothing to do it to';
    await this.#answer('DeleteTags', { Resources, Tags: [{ Key }] });
    return Resources.join(' ');
  }

  #onInstances(action: string, instance: number): Promise<string> {
    const id = this.#instance(instance);
    return this.#call(action, { InstanceIds: id === undefined ? undefined : [id] });
  }

  async #attachNew(instance: number): Promise<string> {
    const home = this.#emulator.ec2.world.instances().find(({ instanceId }) => instanceId === this.#instance(instance));
    if (home === undefined) return 'nothing to do it to';
    const made = await this.#answer('CreateNetworkInterface', { SubnetId: home.subnetId });
    return this.#attach(/eni-[0-9a-f]{17}/.exec(JSON.stringify(made))?.[0], home.instanceId);
  }

  #attach(eni: string | undefined, instanceId: string | undefined): Promise<string> {
    const used = this.#emulator.ec2.world
      .networkInterfaces()
      .flatMap(({ attachment }) => (attachment?.instanceId === instanceId ? [attachment?.deviceIndex] : []));
    const DeviceIndex = [1, 2, 3, 4].find((index) => !used.includes(index)) ?? 5;
    return this.#call('AttachNetworkInterface', { NetworkInterfaceId: eni, InstanceId: instanceId, DeviceIndex });
  }

  #detach(eni: string | undefined): Promise<string> {
    const found = this.#emulator.ec2.world.networkInterfaces().find(({ networkInterfaceId }) => networkInterfaceId === eni);
    return this.#call('DetachNetworkInterface', { AttachmentId: found?.attachment?.attachmentId });
  }

  /** Off one instance, and on another as soon as it is free. */
  async #move({ interface: which, instance }: DeedOf<'move'>): Promise<string> {
    const eni = choose(this.#secondary(), which);
    const detached = await this.#detach(eni);
    const to = this.#instance(instance);
    const { host, ec2 } = this.#emulator;
    host.clock.after(ec2.controls.settings.detachMs + 1, () => void this.#attach(eni, to).catch(() => undefined));
    return `${detached}, then to ${to ?? 'nowhere'}`;
  }

  async #makeForeignSession({ interface: which, target, number, owner }: DeedOf<'make foreign session'>): Promise<string> {
    const eni = choose(this.#attached(), which);
    const targetId = this.#target(target);
    if (eni === undefined || targetId === undefined) return 'nothing to do it to';
    const made = await this.#answer('CreateTrafficMirrorFilter', { Description: 'of another tool' });
    const tags =
      owner === 'nobody'
        ? {}
        : { TagSpecifications: [{ ResourceType: 'traffic-mirror-session', Tags: [{ Key: 'automirror:owner', Value: owner }] }] };
    return this.#call('CreateTrafficMirrorSession', {
      NetworkInterfaceId: eni,
      TrafficMirrorTargetId: targetId,
      TrafficMirrorFilterId: /tmf-[0-9a-f]{17}/.exec(JSON.stringify(made))?.[0],
      SessionNumber: number,
      ...tags,
    });
  }

  /** Sessions of another account, which may use a target that is shared with it. */
  #fill({ target, sessions }: DeedOf<'fill target'>): string {
    const id = this.#target(target);
    if (id === undefined) return 'nothing to do it to';
    const { world, controls } = this.#emulator.ec2;
    const isInterface = world
      .targets()
      .some((one) => one.trafficMirrorTargetId === id && one.destination.type === 'network-interface');
    const room = isInterface ? 10 - world.sessions().filter((session) => session.trafficMirrorTargetId === id).length : sessions;
    for (let count = 0; count < Math.min(sessions, room); count += 1)
      controls.addForeignSession({ ownerId: otherAccount, trafficMirrorTargetId: id });
    return id;
  }

  #empty({ target }: DeedOf<'empty target'>): string {
    const id = this.#target(target);
    const { world, controls } = this.#emulator.ec2;
    for (const { ownerId, trafficMirrorSessionId, trafficMirrorTargetId } of world.sessions())
      if (ownerId === otherAccount && trafficMirrorTargetId === id) controls.removeForeignSession(trafficMirrorSessionId);
    return id ?? 'nothing to do it to';
  }

  async #addTarget({ pool, kind, subnet }: DeedOf<'add target'>): Promise<string> {
    const tags = { 'automirror:target': pool };
    const { controls } = this.#emulator.ec2;
    if (kind === 'shared') {
      const { host } = this.#emulator;
      const { partition, region } = host;
      const networkLoadBalancerArn = `arn:${partition}:elasticloadbalancing:${region}:${otherAccount}:loadbalancer/net/${host.newUuid()}/0123456789abcdef`;
      return controls.addSharedTarget({
        ownerId: otherAccount,
        tags,
        destination: { type: 'network-load-balancer', networkLoadBalancerArn },
      });
    }
    const TagSpecifications = [{ ResourceType: 'traffic-mirror-target', Tags: [{ Key: 'automirror:target', Value: pool }] }];
    return this.#call('CreateTrafficMirrorTarget', { ...(await this.#destination(kind, subnet)), TagSpecifications });
  }

  /** The interface of a sensor, which is launched for it, or a load balancer. */
  async #destination(kind: 'interface' | 'load balancer', subnet: number): Promise<Input> {
    const { host } = this.#emulator;
    const { accountId, partition, region } = host;
    if (kind === 'load balancer')
      return {
        NetworkLoadBalancerArn: `arn:${partition}:elasticloadbalancing:${region}:${accountId}:loadbalancer/net/${host.newUuid().slice(0, 8)}/0123456789abcdef`,
      };
    const sensor = await this.#answer('RunInstances', {
      ImageId: 'ami-0123456789abcdef0',
      InstanceType: 'm5.large',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: this.#subnet(subnet),
    });
    return { NetworkInterfaceId: /eni-[0-9a-f]{17}/.exec(JSON.stringify(sensor))?.[0] };
  }

  #deleteSensor({ target }: DeedOf<'delete sensor interface'>): Promise<string> {
    const found = this.#emulator.ec2.world
      .targets()
      .find(({ trafficMirrorTargetId }) => trafficMirrorTargetId === this.#target(target));
    const eni = found?.destination.type === 'network-interface' ? found.destination.networkInterfaceId : undefined;
    const home = this.#emulator.ec2.world
      .networkInterfaces()
      .find(({ networkInterfaceId }) => networkInterfaceId === eni)?.attachment;
    return this.#call('TerminateInstances', { InstanceIds: home === undefined ? undefined : [home.instanceId] });
  }

  #modifySession({ session, field, value }: DeedOf<'modify session by hand'>): Promise<string> {
    const TrafficMirrorSessionId = this.#ownSession(session);
    switch (field) {
      case 'number':
        return this.#call('ModifyTrafficMirrorSession', { TrafficMirrorSessionId, SessionNumber: value });
      case 'length':
        return this.#call('ModifyTrafficMirrorSession', { TrafficMirrorSessionId, PacketLength: value });
      case 'vni':
        return this.#call('ModifyTrafficMirrorSession', { TrafficMirrorSessionId, VirtualNetworkId: value });
      case 'target':
        return this.#call('ModifyTrafficMirrorSession', {
          TrafficMirrorSessionId,
          TrafficMirrorTargetId: this.#target(value / 257),
        });
    }
  }

  #editFilter({ filter, how }: DeedOf<'edit filter by hand'>): Promise<string> {
    const TrafficMirrorFilterId = choose(this.#ownFilters(), filter);
    const rule = this.#emulator.ec2.world.filterRules().find((one) => one.trafficMirrorFilterId === TrafficMirrorFilterId);
    switch (how) {
      case 'add rule':
        return this.#call('CreateTrafficMirrorFilterRule', {
          TrafficMirrorFilterId,
          TrafficDirection: 'ingress',
          RuleNumber: 77,
          RuleAction: 'accept',
          SourceCidrBlock: '192.0.2.0/24',
          DestinationCidrBlock: '0.0.0.0/0',
        });
      case 'delete rule':
        return this.#call('DeleteTrafficMirrorFilterRule', { TrafficMirrorFilterRuleId: rule?.trafficMirrorFilterRuleId });
      case 'change rule':
        return this.#call('ModifyTrafficMirrorFilterRule', {
          TrafficMirrorFilterRuleId: rule?.trafficMirrorFilterRuleId,
          RuleAction: 'reject',
        });
      case 'drop services':
        return this.#call('ModifyTrafficMirrorFilterNetworkServices', {
          TrafficMirrorFilterId,
          RemoveNetworkServices: ['amazon-dns'],
        });
    }
  }

  #subnet(share: number): string {
    return choose(this.#emulator.ec2.network?.subnetIds ?? [], share) ?? '';
  }

  /** Sensors are left to their own step. */
  #instances(): readonly string[] {
    const { world } = this.#emulator.ec2;
    const sensors = new Set(
      world
        .targets()
        .flatMap(({ destination }) => (destination.type === 'network-interface' ? destination.networkInterfaceId : [])),
    );
    return world
      .instances()
      .filter(
        ({ state, networkInterfaceIds }) =>
          state !== 'terminated' && state !== 'shutting-down' && !networkInterfaceIds.some((id) => sensors.has(id)),
      )
      .map(({ instanceId }) => instanceId);
  }

  #instance(share: number): string | undefined {
    return choose(this.#instances(), share);
  }

  #enis(which: (deviceIndex: number | undefined) => boolean): readonly string[] {
    return this.#emulator.ec2.world
      .networkInterfaces()
      .filter(({ attachment }) => which(attachment?.deviceIndex))
      .map(({ networkInterfaceId }) => networkInterfaceId);
  }

  #attached = (): readonly string[] => this.#enis((index) => index !== undefined);
  #free = (): readonly string[] => this.#enis((index) => index === undefined);
  #secondary = (): readonly string[] => this.#enis((index) => index !== undefined && index > 0);
  #interface = (share: number): string | undefined => choose(this.#attached(), share);

  #target(share: number): string | undefined {
    return choose(
      this.#emulator.ec2.world.targets().map(({ trafficMirrorTargetId }) => trafficMirrorTargetId),
      share,
    );
  }

  #sessions(isOwner: (owner: string) => boolean): readonly string[] {
    const { world } = this.#emulator.ec2;
    const ownerOf = ({ trafficMirrorSessionId }: SessionRecord): string =>
      world.tags(trafficMirrorSessionId)['automirror:owner'] ?? '';
    return world
      .sessions()
      .filter((session) => session.ownerId === this.#emulator.host.accountId && isOwner(ownerOf(session)))
      .map(({ trafficMirrorSessionId }) => trafficMirrorSessionId);
  }

  #ownSession(share: number): string | undefined {
    return choose(
      this.#sessions((owner) => this.#owners.includes(owner)),
      share,
    );
  }

  #filters(): readonly string[] {
    return this.#emulator.ec2.world.filters().map(({ trafficMirrorFilterId }) => trafficMirrorFilterId);
  }

  #ownFilters(): readonly string[] {
    return this.#filters().filter((id) => this.#owners.includes(this.#emulator.ec2.world.tags(id)['automirror:owner'] ?? ''));
  }
}

function choose<T>(items: readonly T[], share: number): T | undefined {
  return items[Math.min(items.length - 1, Math.floor(share * items.length))];
}

function idsIn(value: unknown, form = /\b(i|eni|tms|tmt|tmf|tmfr)-[0-9a-f]{17}\b/g): string {
  return [...new Set(JSON.stringify(value).match(form) ?? [])].slice(0, 6).join(' ');
}
