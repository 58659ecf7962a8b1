import {
  AcceptVpcPeeringConnectionCommand,
  CreateManagedPrefixListCommand,
  CreateRouteCommand,
  CreateSecurityGroupCommand,
  CreateTrafficMirrorFilterRuleCommand,
  CreateTrafficMirrorTargetCommand,
  CreateVpcEndpointCommand,
  CreateVpcPeeringConnectionCommand,
  DeleteNetworkInterfaceCommand,
  DeleteTrafficMirrorFilterRuleCommand,
  DeleteVpcPeeringConnectionCommand,
  ModifyInstanceAttributeCommand,
} from '@aws-sdk/client-ec2';
import {
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  ModifyLoadBalancerAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DoctorBench, findings, verdicts } from './doctor-bench.ts';
import { sourceInAnotherVpc } from './source-in-another-vpc.ts';
import { stopInstance } from './stop-instance.ts';

let bench: DoctorBench;
beforeEach(async () => {
  bench = await DoctorBench.start();
});
afterEach(async () => {
  await bench.stop();
});

interface Fault {
  readonly name: string;
  /** Makes a world that works, breaks one thing, and answers the source. */
  readonly plant: () => Promise<string>;
  readonly check: string;
  readonly evidence: RegExp;
  readonly fix: RegExp;
  /** Checks that fail with it, because they see the same thing. */
  readonly besides?: readonly string[];
}

/** A healthy world, broken. */
const broken = (breakIt: (web: Awaited<ReturnType<DoctorBench['healthy']>>) => unknown) => async () => {
  const web = await bench.healthy();
  await breakIt(web);
  return web.id;
};

async function session(eni: string): Promise<{ readonly id: string; readonly filterId: string; readonly number: number }> {
  const found = (await bench.user.sessions()).find(
    (one) => one.NetworkInterfaceId === eni && one.Tags?.some(({ Key }) => Key === 'automirror:owner'),
  );
  return {
    id: found?.TrafficMirrorSessionId ?? '',
    filterId: found?.TrafficMirrorFilterId ?? '',
    number: found?.SessionNumber ?? 0,
  };
}

/** The source in another VPC; with a peering to the sensor's if it is to be active. */
async function acrossVpcs(
  isPeered: 'active' | 'none',
): Promise<{ readonly id: string; readonly table: string; readonly pcx: string }> {
  const { id, table, vpcId, sensorVpcId } = await sourceInAnotherVpc(bench);
  if (isPeered === 'none') return { id, table, pcx: '' };
  const { VpcPeeringConnection } = await bench.ec2.send(
    new CreateVpcPeeringConnectionCommand({ VpcId: vpcId, PeerVpcId: sensorVpcId }),
  );
  const pcx = VpcPeeringConnection?.VpcPeeringConnectionId ?? '';
  await bench.ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: pcx }));
  await bench.ec2.send(
    new CreateRouteCommand({ RouteTableId: table, DestinationCidrBlock: '10.0.0.0/16', VpcPeeringConnectionId: pcx }),
  );
  return { id, table, pcx };
}

const faults: readonly Fault[] = [
  {
    name: 'the instance is stopped, and its session kept',
    plant: async () => {
      bench.policy('whenStopped: keep\n');
      const web = await bench.healthy();
      await stopInstance(bench.ec2, web.id);
      return web.id;
    },
    check: 'instance-state',
    evidence: /is stopped/,
    fix: /start the instance/,
  },
  {
    name: 'the instance has become a type that is not supported',
    plant: broken(async ({ id }) => {
      await stopInstance(bench.ec2, id);
      await bench.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, InstanceType: { Value: 't2.micro' } }));
      await bench.user.start(id);
    }),
    check: 'instance-type',
    evidence: /t2\.micro was never supported/,
    fix: /change the instance to a supported type/,
    besides: ['policy'],
  },
  {
    name: 'the tag is gone',
    plant: broken(({ id }) => bench.user.untag(id, 'mirror')),
    check: 'policy',
    evidence: /no-rule-matched/,
    fix: /create-tags --resources i-/,
  },
  {
    name: 'somebody deleted the session',
    plant: broken(async ({ eni }) => bench.user.deleteSession((await session(eni)).id)),
    check: 'session',
    evidence: /no session on eni-\w+ slot 0/,
    fix: /automirror sweep/,
  },
  {
    name: 'the filter rejects what goes out',
    plant: broken(async ({ eni }) => {
      const { filterId } = await session(eni);
      for (const { TrafficMirrorFilterId, EgressFilterRules = [] } of await bench.user.filters()) {
        if (TrafficMirrorFilterId !== filterId) continue;
        for (const { TrafficMirrorFilterRuleId } of EgressFilterRules)
          await bench.ec2.send(new DeleteTrafficMirrorFilterRuleCommand({ TrafficMirrorFilterRuleId }));
      }
    }),
    check: 'filter',
    evidence: /accepts no egress traffic/,
    fix: /add an accepting egress rule/,
  },
  {
    name: 'another tool’s catch-all has a lower number',
    plant: broken(async ({ eni, sensor }) => {
      const id = await bench.user.foreignSession(eni, sensor.target, 1);
      const other = (await bench.user.sessions()).find((one) => one.TrafficMirrorSessionId === id);
      for (const TrafficDirection of ['ingress', 'egress'] as const)
        await bench.ec2.send(
          new CreateTrafficMirrorFilterRuleCommand({
            TrafficMirrorFilterId: other?.TrafficMirrorFilterId,
            TrafficDirection,
            RuleNumber: 1,
            RuleAction: 'accept',
            SourceCidrBlock: '0.0.0.0/0',
            DestinationCidrBlock: '0.0.0.0/0',
          }),
        );
    }),
    check: 'shadowing',
    evidence: /session tms-\w+ with number 1 comes first and takes all ingress IPv4 traffic and all egress IPv4 traffic/,
    fix: /higher number than 10/,
  },
  {
    name: 'the sensor is stopped',
    plant: broken(({ sensor }) => stopInstance(bench.ec2, sensor.instanceId)),
    check: 'target',
    evidence: /attached to i-\w+, which is stopped/,
    fix: /start the sensor i-/,
  },
  {
    name: 'the interface behind the target is on no instance',
    plant: async () => {
      const sensor = await bench.goodSensor();
      const spare = await bench.user.addInterface(sensor.instanceId, 'eu-west-1b');
      await bench.setGroups(spare, [await bench.vxlanGroup('10.0.0.0/17')]);
      const target = await bench.user.target(spare, { 'automirror:target': 'spare' });
      bench.policy('targets: { default: {}, spare: {} }\n');
      const web = await bench.instance({ Name: 'web', mirror: 'true', 'mirror-target': 'spare' });
      await bench.sweep();
      bench.figures(web.id, { NetworkMirrorIn: 1, NetworkMirrorOut: 1 });
      expect((await bench.user.sessions())[0]?.TrafficMirrorTargetId).toBe(target);
      await bench.user.detach(spare);
      return web.id;
    },
    check: 'target',
    evidence: /attached to no instance/,
    fix: /attach it to the sensor/,
  },
  {
    name: 'the interface behind the target is deleted',
    plant: async () => {
      const sensor = await bench.goodSensor();
      const spare = await bench.user.addInterface(sensor.instanceId, 'eu-west-1b');
      await bench.user.target(spare, { 'automirror:target': 'spare' });
      bench.policy('targets: { default: {}, spare: {} }\n');
      const web = await bench.instance({ Name: 'web', mirror: 'true', 'mirror-target': 'spare' });
      await bench.sweep();
      bench.figures(web.id, { NetworkMirrorIn: 1, NetworkMirrorOut: 1 });
      await bench.user.detach(spare);
      await bench.ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: spare }));
      return web.id;
    },
    check: 'target',
    evidence: /the interface eni-\w+ behind the target does not exist/,
    fix: /another target of the pool/,
  },
  {
    name: 'the sensor’s group allows no VXLAN',
    plant: broken(async ({ sensor }) => {
      const { GroupId } = await bench.ec2.send(new CreateSecurityGroupCommand({ GroupName: 'shut', Description: 'shut' }));
      await bench.setGroups(sensor.eni, [GroupId ?? '']);
    }),
    check: 'security-group',
    evidence: /none of sg-\w+ of the target eni-\w+ allows UDP 4789 from 10\.0\.\d+\.\d+/,
    fix: /authorize-security-group-ingress --group-id sg-\w+ --protocol udp --port 4789 --cidr 10\./,
  },
  {
    name: 'the sensor’s group allows VXLAN from a prefix list that lacks the source',
    plant: broken(async ({ sensor }) => {
      const { GroupId = '' } = await bench.ec2.send(
        new CreateSecurityGroupCommand({ GroupName: 'listed', Description: 'listed' }),
      );
      const { PrefixList } = await bench.ec2.send(
        new CreateManagedPrefixListCommand({
          PrefixListName: 'sources',
          AddressFamily: 'IPv4',
          MaxEntries: 5,
          Entries: [{ Cidr: '192.168.0.0/16' }],
        }),
      );
      await bench.allow(GroupId, { PrefixListIds: [{ PrefixListId: PrefixList?.PrefixListId }] });
      await bench.setGroups(sensor.eni, [GroupId]);
    }),
    check: 'security-group',
    evidence: /allows UDP 4789 from 10\./,
    fix: /authorize-security-group-ingress/,
  },
  {
    name: 'the ACL of the source’s subnet denies VXLAN out, before it allows everything',
    plant: broken(({ eni }) => bench.fence(eni, { Egress: true, RuleAction: 'deny' })),
    check: 'source-network-acl',
    evidence: /rule 50 of acl-\w+ of subnet-\w+ denies UDP 4789 out to 10\.0\.64\.\d+/,
    fix: /allowing outbound rule for UDP 4789 to 10\.0\.64\.\d+ to acl-\w+, with a number below 50/,
  },
  {
    name: 'the ACL of the target’s subnet lets nothing in',
    plant: broken(({ sensor }) => bench.fence(sensor.eni, { Egress: true, RuleAction: 'allow' }, false)),
    check: 'target-network-acl',
    evidence: /the final rule of acl-\w+ of subnet-\w+ denies UDP 4789 in from 10\.0\.0\.\d+/,
    fix: /allowing inbound rule/,
  },
  {
    name: 'the source’s VPC has no route to the target’s',
    plant: async () => (await acrossVpcs('none')).id,
    check: 'route',
    evidence: /has no route to 10\.0\.64\.\d+/,
    fix: /through a peering connection or a transit gateway/,
  },
  {
    name: 'the peering was deleted',
    plant: async () => {
      const { id, pcx } = await acrossVpcs('active');
      await bench.ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: pcx }));
      return id;
    },
    check: 'route',
    evidence: /leads 10\.0\.0\.0\/16 to pcx-\w+, which is gone \(blackhole\)/,
    fix: /replace the route/,
  },
  {
    name: 'only the default route leads to the target, and out to the internet',
    plant: async () => {
      const { id, table } = await acrossVpcs('none');
      await bench.ec2.send(
        new CreateRouteCommand({ RouteTableId: table, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-0123456789abcdef0' }),
      );
      return id;
    },
    check: 'route',
    evidence: /leads 0\.0\.0\.0\/0 to nat-0123456789abcdef0, out of the VPC/,
    fix: /more specific/,
  },
  {
    name: 'the load balancer has lost its listener',
    plant: async () => {
      const web = await bench.behindLoadBalancer();
      await bench.elb.send(new DeleteListenerCommand({ ListenerArn: web.listener }));
      return web.id;
    },
    check: 'load-balancer-listener',
    evidence: /no UDP listener on 4789/,
    fix: /elbv2 create-listener --load-balancer-arn arn:aws:elasticloadbalancing/,
  },
  {
    name: 'the load balancer has no healthy target',
    plant: async () => {
      const web = await bench.behindLoadBalancer();
      bench.emulator.elb.setTargetHealth(web.group, web.sensorId, { state: 'unhealthy', reason: 'Target.FailedHealthChecks' });
      return web.id;
    },
    check: 'load-balancer-health',
    evidence: /none of 1 targets is healthy: i-\w+ unhealthy \(Target\.FailedHealthChecks\)/,
    fix: /answer the health check/,
    besides: ['load-balancer-zones'],
  },
  {
    name: 'a zone of the load balancer is served by nobody',
    plant: async () => (await bench.behindLoadBalancer(['eu-west-1a', 'eu-west-1b'])).id,
    check: 'load-balancer-zones',
    evidence: /eu-west-1a has no healthy target/,
    fix: /load_balancing\.cross_zone\.enabled,Value=true/,
  },
  {
    name: 'the load balancer is deleted',
    plant: async () => {
      const web = await bench.behindLoadBalancer();
      await bench.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: web.arn }));
      return web.id;
    },
    check: 'target',
    evidence: /the load balancer arn:\S+ does not exist/,
    fix: /another target of the pool/,
  },
  {
    name: 'the endpoint was rejected',
    plant: async () => {
      const start = bench.emulator.ec2.network;
      const { VpcEndpoint } = await bench.ec2.send(
        new CreateVpcEndpointCommand({
          VpcId: start?.vpcId,
          SubnetIds: [start?.subnetIds[1] ?? ''],
          VpcEndpointType: 'GatewayLoadBalancer',
          ServiceName: 'com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0',
        }),
      );
      await bench.ec2.send(
        new CreateTrafficMirrorTargetCommand({
          GatewayLoadBalancerEndpointId: VpcEndpoint?.VpcEndpointId,
          TagSpecifications: [{ ResourceType: 'traffic-mirror-target', Tags: [{ Key: 'automirror:target', Value: 'default' }] }],
        }),
      );
      const web = await bench.instance({ Name: 'web', mirror: 'true' });
      await bench.sweep();
      bench.figures(web.id, { NetworkMirrorIn: 1, NetworkMirrorOut: 1 });
      bench.emulator.ec2.controls.setVpcEndpointState(VpcEndpoint?.VpcEndpointId ?? '', 'rejected');
      return web.id;
    },
    check: 'endpoint',
    evidence: /vpce-\w+ is Rejected/i,
    fix: /accept the endpoint's connection/,
  },
  {
    name: 'the session cuts packets to less than headers',
    plant: broken(async ({ eni }) => bench.user.modifySession((await session(eni)).id, { PacketLength: 20 })),
    check: 'packet-length',
    evidence: /cuts packets to 20 bytes/,
    fix: /packetLength in the policy to 35 or more/,
  },
  {
    name: 'nothing was mirrored in the last hour',
    plant: async () => {
      await bench.goodSensor();
      const web = await bench.instance({ Name: 'web', mirror: 'true' });
      await bench.sweep();
      bench.figures(web.id, { NetworkMirrorIn: 0, NetworkMirrorOut: 0 });
      return web.id;
    },
    check: 'metrics',
    evidence: /0 bytes in and 0 bytes out were mirrored/,
    fix: /has traffic that the filter accepts/,
  },
  {
    name: 'the instance is short of bandwidth, and copies are skipped',
    plant: broken(({ id }) => bench.figures(id, { NetworkSkipMirrorOut: 4_096 })),
    check: 'metrics',
    evidence: /4,096 bytes out were skipped, because production traffic comes first/,
    fix: /mirror less/,
  },
];

describe('automirror doctor', () => {
  it('finds no fault in a healthy world, and does not pass what it cannot see', async () => {
    const web = await bench.healthy();
    const told = await bench.doctor(web.id, '--flow', 'tcp:10.0.0.5:443');
    expect(verdicts(told)).toEqual({
      'instance-state': 'pass',
      'instance-type': 'pass',
      policy: 'pass',
      session: 'pass',
      metrics: 'pass',
      filter: 'pass',
      'filter-flow': 'pass',
      shadowing: 'pass',
      target: 'pass',
      route: 'pass',
      'source-network-acl': 'pass',
      'target-network-acl': 'pass',
      'security-group': 'pass',
      'packet-length': 'unknown',
    });
  });

  it('finds no fault behind a load balancer that crosses zones', async () => {
    const web = await bench.behindLoadBalancer(['eu-west-1a', 'eu-west-1b']);
    const Attributes = [{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }];
    await bench.elb.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn: web.arn, Attributes }));
    const told = await bench.doctor(web.id);
    expect(Object.values(verdicts(told))).not.toContain('fail');
    expect(verdicts(told)).toMatchObject({
      'load-balancer-listener': 'pass',
      'load-balancer-health': 'pass',
      'load-balancer-zones': 'pass',
      route: 'pass',
      'security-group': 'pass',
    });
  });

  it('finds no fault across a peering that is active', async () => {
    const { id } = await acrossVpcs('active');
    const told = await bench.doctor(id);
    expect(Object.values(verdicts(told))).not.toContain('fail');
    expect(findings(told).get('route')?.evidence).toMatch(/leads 10\.0\.0\.0\/16 to pcx-\w+, active/);
  });

  it.each(faults)('finds that $name', async ({ plant, check, evidence, fix, besides = [] }) => {
    const id = await plant();
    const told = await bench.doctor(id);
    const failed = Object.entries(verdicts(told)).flatMap(([name, verdict]) => (verdict === 'fail' ? [name] : []));
    expect(failed.sort()).toEqual([check, ...besides].sort());
    expect(findings(told).get(check)?.evidence).toMatch(evidence);
    expect(findings(told).get(check)?.fix).toMatch(fix);
    expect(told.instances[0]?.verdict).toBe('fail');
  });
});
