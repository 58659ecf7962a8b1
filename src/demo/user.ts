import {
  type _InstanceType,
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  CreateTagsCommand,
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorFilterRuleCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  DeleteTagsCommand,
  DeleteTrafficMirrorSessionCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  DescribeTrafficMirrorFiltersCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeTrafficMirrorTargetsCommand,
  DetachNetworkInterfaceCommand,
  type EC2Client,
  type Instance,
  ModifyTrafficMirrorSessionCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type TrafficMirrorFilter,
  type TrafficMirrorSession,
  type TrafficMirrorTarget,
} from '@aws-sdk/client-ec2';

export type Tags = Readonly<Record<string, string>>;

/** What a person does to the account: plain EC2 calls, as any AWS client would send them. */
export class User {
  readonly #ec2: EC2Client;
  #subnets: Readonly<Record<string, string>> = {};

  constructor(ec2: EC2Client) {
    this.#ec2 = ec2;
  }

  /** Launches instances in one reservation and waits until they run. */
  async launch(count: number, zone: string, type: _InstanceType, tags: Tags): Promise<readonly Instance[]> {
    const { Instances = [] } = await this.#ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-0123456789abcdef0',
        InstanceType: type,
        MinCount: count,
        MaxCount: count,
        SubnetId: await this.subnet(zone),
        ...(Object.keys(tags).length === 0 ? {} : { TagSpecifications: [{ ResourceType: 'instance', Tags: tagList(tags) }] }),
      }),
    );
    const ids = Instances.map(instanceId);
    return until(`${count} instances run`, async () => {
      const { Reservations = [] } = await this.#ec2.send(new DescribeInstancesCommand({ InstanceIds: ids }));
      const found = Reservations.flatMap((reservation) => reservation.Instances ?? []);
      return found.every((instance) => instance.State?.Name === 'running') ? found : undefined;
    });
  }

  async subnet(zone: string): Promise<string> {
    if (Object.keys(this.#subnets).length === 0) {
      const { Subnets = [] } = await this.#ec2.send(new DescribeSubnetsCommand({}));
      this.#subnets = Object.fromEntries(Subnets.map(({ AvailabilityZone = '', SubnetId = '' }) => [AvailabilityZone, SubnetId]));
    }
    const subnet = this.#subnets[zone];
    if (subnet === undefined) throw new Error(`no subnet in ${zone}`);
    return subnet;
  }

  async tag(id: string, tags: Tags): Promise<void> {
    await this.#ec2.send(new CreateTagsCommand({ Resources: [id], Tags: tagList(tags) }));
  }

  async untag(id: string, key: string): Promise<void> {
    await this.#ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: key }] }));
  }

  async addInterface(instance: string, zone: string): Promise<string> {
    const { NetworkInterface } = await this.#ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: await this.subnet(zone) }));
    const id = NetworkInterface?.NetworkInterfaceId ?? '';
    await this.attach(id, instance, 1);
    return id;
  }

  async attach(eni: string, instance: string, deviceIndex: number): Promise<void> {
    await this.#ec2.send(
      new AttachNetworkInterfaceCommand({ InstanceId: instance, NetworkInterfaceId: eni, DeviceIndex: deviceIndex }),
    );
  }

  /** Detaches an interface and waits until it is free. */
  async detach(eni: string): Promise<void> {
    const describe = async () => {
      const { NetworkInterfaces = [] } = await this.#ec2.send(
        new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eni] }),
      );
      return NetworkInterfaces[0];
    };
    await this.#ec2.send(new DetachNetworkInterfaceCommand({ AttachmentId: (await describe())?.Attachment?.AttachmentId }));
    await until(`${eni} is free`, async () => ((await describe())?.Status === 'available' ? true : undefined));
  }

  async target(eni: string, tags: Tags): Promise<string> {
    const { TrafficMirrorTarget } = await this.#ec2.send(
      new CreateTrafficMirrorTargetCommand({
        NetworkInterfaceId: eni,
        TagSpecifications: [{ ResourceType: 'traffic-mirror-target', Tags: tagList(tags) }],
      }),
    );
    return TrafficMirrorTarget?.TrafficMirrorTargetId ?? '';
  }

  /** Another tool's filter: no tag of ours. */
  async foreignFilter(): Promise<string> {
    const { TrafficMirrorFilter } = await this.#ec2.send(
      new CreateTrafficMirrorFilterCommand({ Description: 'of another tool' }),
    );
    return TrafficMirrorFilter?.TrafficMirrorFilterId ?? '';
  }

  /** Lets a filter accept all of IPv4 in both directions. */
  async allowAll(filter: string): Promise<void> {
    for (const TrafficDirection of ['ingress', 'egress'] as const) {
      await this.#ec2.send(
        new CreateTrafficMirrorFilterRuleCommand({
          TrafficMirrorFilterId: filter,
          TrafficDirection,
          RuleNumber: 1,
          RuleAction: 'accept',
          SourceCidrBlock: '0.0.0.0/0',
          DestinationCidrBlock: '0.0.0.0/0',
        }),
      );
    }
  }

  /** Another tool's session: no tag of ours, unless some are given. */
  async foreignSession(eni: string, target: string, number: number, tags: Tags = {}): Promise<string> {
    const { TrafficMirrorSession } = await this.#ec2.send(
      new CreateTrafficMirrorSessionCommand({
        NetworkInterfaceId: eni,
        TrafficMirrorTargetId: target,
        TrafficMirrorFilterId: await this.foreignFilter(),
        SessionNumber: number,
        ...(Object.keys(tags).length === 0
          ? {}
          : { TagSpecifications: [{ ResourceType: 'traffic-mirror-session', Tags: tagList(tags) }] }),
      }),
    );
    return TrafficMirrorSession?.TrafficMirrorSessionId ?? '';
  }

  async modifySession(
    id: string,
    change: {
      readonly SessionNumber?: number;
      readonly PacketLength?: number;
      readonly TrafficMirrorTargetId?: string;
      readonly TrafficMirrorFilterId?: string;
    },
  ): Promise<void> {
    await this.#ec2.send(new ModifyTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id, ...change }));
  }

  async deleteSession(id: string): Promise<void> {
    await this.#ec2.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id }));
  }

  async stop(id: string): Promise<void> {
    await this.#ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
  }

  async start(id: string): Promise<void> {
    await this.#ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
  }

  async terminate(ids: readonly string[]): Promise<void> {
    await this.#ec2.send(new TerminateInstancesCommand({ InstanceIds: [...ids] }));
  }

  async sessions(): Promise<readonly TrafficMirrorSession[]> {
    return allPages(async (NextToken) => {
      const page = await this.#ec2.send(new DescribeTrafficMirrorSessionsCommand({ NextToken }));
      return [page.TrafficMirrorSessions ?? [], page.NextToken];
    });
  }

  async targets(): Promise<readonly TrafficMirrorTarget[]> {
    return allPages(async (NextToken) => {
      const page = await this.#ec2.send(new DescribeTrafficMirrorTargetsCommand({ NextToken }));
      return [page.TrafficMirrorTargets ?? [], page.NextToken];
    });
  }

  async filters(): Promise<readonly TrafficMirrorFilter[]> {
    return allPages(async (NextToken) => {
      const page = await this.#ec2.send(new DescribeTrafficMirrorFiltersCommand({ NextToken }));
      return [page.TrafficMirrorFilters ?? [], page.NextToken];
    });
  }

  /** Waits until the sessions are as described. */
  async expectSessions(
    what: string,
    isTrue: (sessions: readonly TrafficMirrorSession[]) => boolean,
  ): Promise<readonly TrafficMirrorSession[]> {
    return until(what, async () => {
      const sessions = await this.sessions();
      return isTrue(sessions) ? sessions : undefined;
    });
  }
}

export function instanceId(instance: Instance): string {
  return instance.InstanceId ?? '';
}

/** The id of an instance's first interface. */
export function primaryInterface(instance: Instance): string {
  return instance.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? '';
}

const patienceMs = 15_000;

/** Asks again and again until there is an answer; rejects, naming what was waited for, when there is none in time. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`waited ${patienceMs / 1000} s in vain for this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function allPages<T>(
  read: (nextToken: string | undefined) => Promise<readonly [items: readonly T[], nextToken: string | undefined]>,
): Promise<readonly T[]> {
  const items: T[] = [];
  let token: string | undefined;
  do {
    const [page, next] = await read(token);
    items.push(...page);
    token = next;
  } while (token !== undefined);
  return items;
}

function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
