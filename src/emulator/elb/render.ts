import type { Element } from '../query-protocol.ts';
import { type ElbStore, healthKey, type ListenerRecord, type LoadBalancerRecord, type TargetGroupRecord } from './elb.ts';

export function renderLoadBalancer(record: LoadBalancerRecord): Element {
  return {
    LoadBalancerArn: record.arn,
    DNSName: `${record.name}.elb.example.com`,
    LoadBalancerName: record.name,
    Type: 'network',
    Scheme: record.scheme,
    VpcId: record.vpcId,
    State: { Code: record.state },
    IpAddressType: 'ipv4',
    CreatedTime: new Date(record.createdAt).toISOString(),
    AvailabilityZones: record.subnets.map(({ subnetId, zone }) => ({
      ZoneName: zone,
      SubnetId: subnetId,
      LoadBalancerAddresses: [],
    })),
    SecurityGroups: record.groupIds,
  };
}

export function renderTargetGroup(store: ElbStore, record: TargetGroupRecord): Element {
  const users = [...store.listeners.values()].filter((listener) => listener.targetGroupArns.includes(record.arn));
  return {
    TargetGroupArn: record.arn,
    TargetGroupName: record.name,
    Protocol: record.protocol,
    Port: String(record.port),
    VpcId: record.vpcId,
    TargetType: record.targetType,
    IpAddressType: 'ipv4',
    HealthCheckProtocol: 'TCP',
    HealthCheckPort: 'traffic-port',
    HealthCheckEnabled: 'true',
    LoadBalancerArns: [...new Set(users.map(({ loadBalancerArn }) => loadBalancerArn))],
  };
}

export function renderListener(record: ListenerRecord): Element {
  const [first] = record.targetGroupArns;
  return {
    ListenerArn: record.arn,
    LoadBalancerArn: record.loadBalancerArn,
    Protocol: record.protocol,
    Port: String(record.port),
    DefaultActions: [
      {
        Type: 'forward',
        TargetGroupArn: record.targetGroupArns.length === 1 ? first : undefined,
        ForwardConfig: { TargetGroups: record.targetGroupArns.map((TargetGroupArn) => ({ TargetGroupArn })) },
      },
    ],
  };
}

/** A group that no listener uses is not checked; an instance that runs is healthy unless something else was set. */
export function renderHealth(store: ElbStore, group: TargetGroupRecord, target: TargetGroupRecord['targets'][number]): Element {
  const instance = store.ec2.world.instances().find(({ instanceId }) => instanceId === target.id);
  const isUsed = [...store.listeners.values()].some((listener) => listener.targetGroupArns.includes(group.arn));
  const set = store.health.get(healthKey(group.arn, target.id));
  const runs = group.targetType === 'ip' || instance?.state === 'running';
  const health =
    set ??
    (!isUsed
      ? { state: 'unused', reason: 'Target.NotInUse' }
      : runs
        ? { state: 'healthy' }
        : { state: 'unused', reason: 'Target.InvalidState' });
  return {
    Target: { Id: target.id, Port: String(target.port), AvailabilityZone: instance?.availabilityZone },
    HealthCheckPort: String(target.port),
    TargetHealth: { State: health.state, Reason: 'reason' in health ? health.reason : undefined },
  };
}
