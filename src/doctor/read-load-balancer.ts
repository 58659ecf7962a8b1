import {
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  type Listener as ElbListener,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { allPages, attempt } from './attempt.ts';
import type { Listener, LoadBalancer, Read, RegisteredTarget } from './facts.ts';

/** Reads one Network Load Balancer with its listeners and their targets; `gone` where ELB does not know it. */
export async function readLoadBalancer(
  elb: ElasticLoadBalancingV2Client,
  arn: string,
  nodes: Read<readonly string[]>,
): Promise<Read<LoadBalancer | 'gone'>> {
  const described = await attempt('elasticloadbalancing:DescribeLoadBalancers', () => describe(elb, arn));
  if ('unread' in described || described.value === undefined) return 'unread' in described ? described : { value: 'gone' };
  const { value: found } = described;
  const [isCrossZone, listeners] = await Promise.all([
    attempt('elasticloadbalancing:DescribeLoadBalancerAttributes', async () => {
      const { Attributes = [] } = await elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: arn }));
      return Attributes.some(({ Key, Value }) => Key === 'load_balancing.cross_zone.enabled' && Value === 'true');
    }),
    attempt('elasticloadbalancing:DescribeListeners', () => readListeners(elb, arn)),
  ]);
  const groups = 'value' in listeners ? new Set(listeners.value.flatMap(({ targetGroupArns }) => targetGroupArns)) : [];
  const targets: Record<string, Read<readonly RegisteredTarget[]>> = {};
  for (const group of groups)
    targets[group] = await attempt('elasticloadbalancing:DescribeTargetHealth', () => readHealth(elb, group));
  return { value: { ...found, isCrossZone, listeners, targets, eniIds: nodes } };
}

async function describe(elb: ElasticLoadBalancingV2Client, arn: string) {
  try {
    const { LoadBalancers = [] } = await elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }));
    const [found] = LoadBalancers;
    if (found === undefined) return undefined;
    return {
      arn,
      state: found.State?.Code ?? 'unknown',
      zones: (found.AvailabilityZones ?? []).flatMap(({ ZoneName }) => ZoneName ?? []).sort(),
      groupIds: found.SecurityGroups ?? [],
    };
  } catch (error) {
    if (error instanceof Error && error.name.startsWith('LoadBalancerNotFound')) return undefined;
    throw error;
  }
}

function readListeners(elb: ElasticLoadBalancingV2Client, arn: string): Promise<readonly Listener[]> {
  return allPages(async (Marker) => {
    const page = await elb.send(new DescribeListenersCommand({ LoadBalancerArn: arn, Marker, PageSize: 400 }));
    return [(page.Listeners ?? []).map(toListener), page.NextMarker];
  });
}

function toListener({ Protocol, Port = 0, DefaultActions = [] }: ElbListener): Listener {
  const groups = DefaultActions.flatMap(({ TargetGroupArn, ForwardConfig }) => [
    ...(TargetGroupArn === undefined ? [] : [TargetGroupArn]),
    ...(ForwardConfig?.TargetGroups ?? []).flatMap((one) => one.TargetGroupArn ?? []),
  ]);
  return { protocol: Protocol ?? 'unknown', port: Port, targetGroupArns: [...new Set(groups)] };
}

async function readHealth(elb: ElasticLoadBalancingV2Client, group: string): Promise<readonly RegisteredTarget[]> {
  const { TargetHealthDescriptions = [] } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: group }));
  return TargetHealthDescriptions.map(({ Target, TargetHealth }) => ({
    id: Target?.Id ?? 'unknown',
    state: TargetHealth?.State ?? 'unknown',
    ...(Target?.AvailabilityZone === undefined ? {} : { zone: Target.AvailabilityZone }),
    ...(TargetHealth?.Reason === undefined ? {} : { reason: TargetHealth.Reason }),
  }));
}
