/** How people get at the account: calls by its administrator, and things found by a share of their list. */
import type { Caller } from '../src/emulator/core.ts';
import type { SessionRecord } from '../src/emulator/ec2/service.ts';
import type { Emulator } from '../src/emulator/emulator.ts';
import type { PeoplesDeed } from './deeds.ts';

export type Input = Readonly<Record<string, unknown>>;
export type DeedOf<Name extends PeoplesDeed['do']> = Extract<PeoplesDeed, { do: Name }>;

const user: Omit<Caller, 'accountId'> = {
  arn: 'arn:aws:iam::111122223333:user/person',
  accessKeyId: 'AKIAPERSON',
  principalId: 'AIDAPERSON',
  kind: 'user',
};

export class Hand {
  readonly emulator: Emulator;
  /** Of the stacks. */
  readonly owners: readonly string[];
  readonly #caller: Caller;

  constructor(emulator: Emulator, owners: readonly string[]) {
    this.emulator = emulator;
    this.owners = owners;
    this.#caller = { ...user, accountId: emulator.host.accountId };
  }

  async call(action: string, input: Input): Promise<string> {
    if (Object.values(input).some((value) => value === undefined)) return 'nothing to do it to';
    const output = await this.answer(action, input);
    return idsIn([input, output]);
  }

  answer(action: string, input: Input): Promise<object> {
    const { ec2, host } = this.emulator;
    return ec2.answer({ action, input, caller: this.#caller, requestId: host.newUuid() });
  }

  async tag(id: string | undefined, tags: Readonly<Record<string, string>>): Promise<string> {
    if (id === undefined) return 'nothing to do it to';
    await this.answer('CreateTags', { Resources: [id], Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) });
    return `${id} ${Object.entries(tags)
      .map(([key, value]) => `${key}=${value}`)
      .join(' ')}`;
  }

  async untag(ids: readonly (string | undefined)[], Key: string): Promise<string> {
    const Resources = ids.filter((id) => id !== undefined);
    if (Resources.length === 0) return 'nothing to do it to';
    await this.answer('DeleteTags', { Resources, Tags: [{ Key }] });
    return Resources.join(' ');
  }

  onInstances(action: string, instance: number): Promise<string> {
    const id = this.instance(instance);
    return this.call(action, { InstanceIds: id === undefined ? undefined : [id] });
  }

  subnet(share: number): string {
    return choose(this.emulator.ec2.network?.subnetIds ?? [], share) ?? '';
  }

  /** Sensors are left to their own step. */
  instances(): readonly string[] {
    const { world } = this.emulator.ec2;
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

  instance(share: number): string | undefined {
    return choose(this.instances(), share);
  }

  enis(which: (deviceIndex: number | undefined) => boolean): readonly string[] {
    return this.emulator.ec2.world
      .networkInterfaces()
      .filter(({ attachment }) => which(attachment?.deviceIndex))
      .map(({ networkInterfaceId }) => networkInterfaceId);
  }

  target(share: number): string | undefined {
    return choose(
      this.emulator.ec2.world.targets().map(({ trafficMirrorTargetId }) => trafficMirrorTargetId),
      share,
    );
  }

  sessions(isOwner: (owner: string) => boolean): readonly string[] {
    const { world } = this.emulator.ec2;
    const ownerOf = ({ trafficMirrorSessionId }: SessionRecord): string =>
      world.tags(trafficMirrorSessionId)['automirror:owner'] ?? '';
    return world
      .sessions()
      .filter((session) => session.ownerId === this.emulator.host.accountId && isOwner(ownerOf(session)))
      .map(({ trafficMirrorSessionId }) => trafficMirrorSessionId);
  }

  ownSession(share: number): string | undefined {
    return choose(
      this.sessions((owner) => this.owners.includes(owner)),
      share,
    );
  }

  filters(): readonly string[] {
    return this.emulator.ec2.world.filters().map(({ trafficMirrorFilterId }) => trafficMirrorFilterId);
  }

  ownFilters(): readonly string[] {
    return this.filters().filter((id) => this.owners.includes(this.emulator.ec2.world.tags(id)['automirror:owner'] ?? ''));
  }

  attached = (): readonly string[] => this.enis((index) => index !== undefined);
  free = (): readonly string[] => this.enis((index) => index === undefined);
  secondary = (): readonly string[] => this.enis((index) => index !== undefined && index > 0);
  interface = (share: number): string | undefined => choose(this.attached(), share);
}

export function choose<T>(items: readonly T[], share: number): T | undefined {
  return items[Math.min(items.length - 1, Math.floor(share * items.length))];
}

export function idsIn(value: unknown, form = /\b(i|eni|tms|tmt|tmf|tmfr)-[0-9a-f]{17}\b/g): string {
  return [...new Set(JSON.stringify(value).match(form) ?? [])].slice(0, 6).join(' ');
}
