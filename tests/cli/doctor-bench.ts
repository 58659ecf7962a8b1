/** An account whose mirroring works from source to target, made by the product's own loop, and what a person can break of it. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkAclCommand,
  CreateNetworkAclEntryCommand,
  CreateSecurityGroupCommand,
  CreateTrafficMirrorTargetCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  ModifyNetworkInterfaceAttributeCommand,
  ReplaceNetworkAclAssociationCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { connect } from '../../src/cli/account.ts';
import { loadPolicy } from '../../src/cli/policy-file.ts';
import { primaryInterface } from '../../src/demo/user.ts';
import type { CheckResult, InstanceDiagnosis } from '../../src/doctor/diagnose.ts';
import type { CheckSummary } from '../../src/doctor/summary.ts';
import { startEmulator } from '../../src/emulator/emulator.ts';
import { Memory } from '../../src/reconcile/memory.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import { AccountBench, stubAwsEnvironment } from './account-bench.ts';

export const owner = 'automirror-dev';

export interface Told {
  readonly doctor: number;
  readonly summary: readonly CheckSummary[];
  readonly instances: readonly InstanceDiagnosis[];
}

export class DoctorBench extends AccountBench {
  readonly elb: ElasticLoadBalancingV2Client;

  constructor(...given: ConstructorParameters<typeof AccountBench>) {
    super(...given);
    this.elb = new ElasticLoadBalancingV2Client({
      endpoint: this.emulator.endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  }

  static override async start(): Promise<DoctorBench> {
    stubAwsEnvironment();
    const emulator = await startEmulator({
      ec2: { pendingMs: 0, attachMs: 0, shuttingDownMs: 0, stoppingMs: 0, cloudTrail: false },
    });
    const bench = new DoctorBench(emulator);
    bench.policy('');
    return bench;
  }

  policy(text: string): void {
    writeFileSync(join(this.folder, 'policy.yml'), text);
  }

  /** Runs the product's loop once, as the deployed service would. */
  async sweep(): Promise<void> {
    const account = await connect({ owner, endpointUrl: this.emulator.endpoint });
    const policy = await loadPolicy('policy.yml', this.folder);
    await reconcile(
      { ...account, owner, policy, memory: new Memory() },
      { scope: { kind: 'everything' }, first: new Set(), applyUntil: Number.POSITIVE_INFINITY, onResult: () => undefined },
    );
  }

  /** A group that lets mirrored packets in from the whole VPC. */
  async vxlanGroup(cidr = '10.0.0.0/16'): Promise<string> {
    const { GroupId = '' } = await this.ec2.send(
      new CreateSecurityGroupCommand({ GroupName: `vxlan-${cidr}`, Description: 'sensors' }),
    );
    await this.allow(GroupId, { IpRanges: [{ CidrIp: cidr }] });
    return GroupId;
  }

  async allow(GroupId: string, peer: object): Promise<void> {
    await this.ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [{ IpProtocol: 'udp', FromPort: 4789, ToPort: 4789, ...peer }],
      }),
    );
  }

  async setGroups(eniId: string, Groups: string[]): Promise<void> {
    await this.ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: eniId, Groups }));
  }

  /** A sensor in zone b, whose group lets the packets in, as target of the pool `default`. */
  async goodSensor(groupId?: string): Promise<{ readonly instanceId: string; readonly eni: string; readonly target: string }> {
    const [sensor] = await this.user.launch(1, 'eu-west-1b', 'c5.large', { Name: 'sensor' });
    if (sensor === undefined) throw new Error('no sensor');
    const eni = primaryInterface(sensor);
    await this.setGroups(eni, [groupId ?? (await this.vxlanGroup())]);
    const target = await this.user.target(eni, { 'automirror:target': 'default' });
    return { instanceId: sensor.InstanceId ?? '', eni, target };
  }

  /** The source `web` in zone a, mirrored by the product to a good sensor in zone b, with figures in CloudWatch. */
  async healthy(): Promise<{
    readonly id: string;
    readonly eni: string;
    readonly sensor: { readonly instanceId: string; readonly eni: string; readonly target: string };
  }> {
    const sensor = await this.goodSensor();
    const web = await this.instance({ Name: 'web', mirror: 'true' });
    await this.sweep();
    this.figures(web.id, { NetworkMirrorIn: 1_000, NetworkMirrorOut: 2_000, NetworkSkipMirrorIn: 0, NetworkSkipMirrorOut: 0 });
    return { ...web, sensor };
  }

  /** The source `web`, mirrored to a load balancer with nodes in zones a and b and a healthy sensor in b; cross-zone is off, and only b has a node unless more are named. */
  async behindLoadBalancer(zones: readonly string[] = ['eu-west-1b']) {
    const [sensor] = await this.user.launch(1, 'eu-west-1b', 'c5.large', { Name: 'sensor' });
    const sensorId = sensor?.InstanceId ?? '';
    const Subnets = await Promise.all(zones.map((zone) => this.user.subnet(zone)));
    const { LoadBalancers } = await this.elb.send(
      new CreateLoadBalancerCommand({ Name: 'ids', Type: 'network', Scheme: 'internal', Subnets }),
    );
    const arn = LoadBalancers?.[0]?.LoadBalancerArn ?? '';
    const { TargetGroups } = await this.elb.send(
      new CreateTargetGroupCommand({ Name: 'sensors', Protocol: 'UDP', Port: 4789, VpcId: LoadBalancers?.[0]?.VpcId }),
    );
    const group = TargetGroups?.[0]?.TargetGroupArn ?? '';
    await this.elb.send(new RegisterTargetsCommand({ TargetGroupArn: group, Targets: [{ Id: sensorId }] }));
    const { Listeners } = await this.elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: arn,
        Protocol: 'UDP',
        Port: 4789,
        DefaultActions: [{ Type: 'forward', TargetGroupArn: group }],
      }),
    );
    await this.ec2.send(
      new CreateTrafficMirrorTargetCommand({
        NetworkLoadBalancerArn: arn,
        TagSpecifications: [{ ResourceType: 'traffic-mirror-target', Tags: [{ Key: 'automirror:target', Value: 'default' }] }],
      }),
    );
    const web = await this.instance({ Name: 'web', mirror: 'true' });
    await this.sweep();
    this.figures(web.id, { NetworkMirrorIn: 1_000, NetworkMirrorOut: 2_000 });
    return { ...web, arn, group, sensorId, listener: Listeners?.[0]?.ListenerArn ?? '' };
  }

  figures(instanceId: string, values: Readonly<Record<string, number>>): void {
    // A moment ago: the last hour that is asked about ends now.
    const at = Date.now() - 60_000;
    for (const [name, value] of Object.entries(values))
      this.emulator.cloudWatch.metrics.put({
        namespace: 'AWS/EC2',
        name,
        dimensions: { InstanceId: instanceId },
        values: [value],
        timestamp: at,
      });
  }

  /** Gives the subnet of an interface an ACL with one entry, beside the final refusal. */
  async fence(
    eniId: string,
    entry: { readonly Egress: boolean; readonly RuleAction: 'allow' | 'deny'; readonly Protocol?: string },
    rest = true,
  ): Promise<string> {
    const { NetworkInterfaces } = await this.ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eniId] }));
    const { SubnetId = '', VpcId } = NetworkInterfaces?.[0] ?? {};
    const { NetworkAcl } = await this.ec2.send(new CreateNetworkAclCommand({ VpcId }));
    const NetworkAclId = NetworkAcl?.NetworkAclId ?? '';
    const all = { NetworkAclId, Protocol: '-1', CidrBlock: '0.0.0.0/0' };
    const vxlan = { Protocol: '17', PortRange: { From: 4789, To: 4789 } };
    await this.ec2.send(new CreateNetworkAclEntryCommand({ ...all, ...vxlan, ...entry, RuleNumber: 50 }));
    if (rest)
      for (const Egress of [false, true])
        await this.ec2.send(new CreateNetworkAclEntryCommand({ ...all, Egress, RuleNumber: 100, RuleAction: 'allow' }));
    const { NetworkAcls } = await this.ec2.send(
      new DescribeNetworkAclsCommand({ Filters: [{ Name: 'association.subnet-id', Values: [SubnetId] }] }),
    );
    const AssociationId = NetworkAcls?.[0]?.Associations?.find((one) => one.SubnetId === SubnetId)?.NetworkAclAssociationId;
    await this.ec2.send(new ReplaceNetworkAclAssociationCommand({ AssociationId, NetworkAclId }));
    return NetworkAclId;
  }

  /** What `automirror doctor --json` tells. */
  async doctor(...args: readonly string[]): Promise<Told> {
    const { out, err } = await this.type(['doctor', ...args, '--json']);
    if (err !== '') throw new Error(err);
    return JSON.parse(out) as Told;
  }

  override async stop(): Promise<void> {
    this.elb.destroy();
    await super.stop();
  }
}

/** Every finding of the one instance, by check. */
export function findings({ instances }: Told): ReadonlyMap<string, CheckResult> {
  return new Map(
    instances.flatMap(({ checks, sessions }) =>
      [...checks, ...sessions.flatMap((session) => session.checks)].map((result) => [result.check, result]),
    ),
  );
}

export function verdicts(told: Told): Readonly<Record<string, string>> {
  return Object.fromEntries([...findings(told)].map(([check, { verdict }]) => [check, verdict]));
}
