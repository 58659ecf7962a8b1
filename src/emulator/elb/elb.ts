/** The emulated Elastic Load Balancing (v2), Network Load Balancers only: who listens where, and which targets are healthy. No packet passes. */
import { AwsError, type Host, type Service } from '../core.ts';
import type { Ec2 } from '../ec2/service.ts';
import { createQueryService } from '../query-protocol.ts';
import { elbOperations } from './operations.ts';

export interface LoadBalancerRecord {
  readonly arn: string;
  readonly name: string;
  readonly scheme: string;
  readonly vpcId: string;
  readonly state: 'provisioning' | 'active' | 'active_impaired' | 'failed';
  /** One node each. */
  readonly subnets: readonly { readonly subnetId: string; readonly zone: string; readonly networkInterfaceId: string }[];
  readonly groupIds: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

export interface TargetGroupRecord {
  readonly arn: string;
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly vpcId: string;
  readonly targetType: 'instance' | 'ip';
  readonly targets: readonly { readonly id: string; readonly port: number }[];
}

export interface ListenerRecord {
  readonly arn: string;
  readonly loadBalancerArn: string;
  readonly protocol: string;
  readonly port: number;
  readonly targetGroupArns: readonly string[];
}

export interface TargetHealthOverride {
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'unused' | 'draining' | 'unavailable';
  readonly reason?: string;
}

export interface ElbStore {
  readonly host: Host;
  readonly ec2: Ec2;
  readonly loadBalancers: Map<string, LoadBalancerRecord>;
  readonly targetGroups: Map<string, TargetGroupRecord>;
  readonly listeners: Map<string, ListenerRecord>;
  /** By target group and target: what a health check would find. */
  readonly health: Map<string, TargetHealthOverride>;
}

export interface Elb extends Service {
  /** What the health check of a target finds from now on; without it, a registered instance that runs is healthy. */
  setTargetHealth(targetGroupArn: string, targetId: string, health: TargetHealthOverride): void;
  setLoadBalancerState(loadBalancerArn: string, state: LoadBalancerRecord['state']): void;
}

export function healthKey(targetGroupArn: string, targetId: string): string {
  return `${targetGroupArn} ${targetId}`;
}

export function createElb(host: Host, ec2: Ec2): Elb {
  const store: ElbStore = {
    host,
    ec2,
    loadBalancers: new Map(),
    targetGroups: new Map(),
    listeners: new Map(),
    health: new Map(),
  };
  const wire = createQueryService({
    namespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
    version: '2015-12-01',
    operations: elbOperations(store),
  });
  return {
    handle: (request) => wire.handle(request),
    setTargetHealth(targetGroupArn, targetId, health) {
      if (!store.targetGroups.get(targetGroupArn)?.targets.some(({ id }) => id === targetId))
        throw new RangeError(`${targetId} is not registered with ${targetGroupArn}`);
      store.health.set(healthKey(targetGroupArn, targetId), health);
    },
    setLoadBalancerState(loadBalancerArn, state) {
      store.loadBalancers.set(loadBalancerArn, { ...needLoadBalancer(store, loadBalancerArn), state });
    },
  };
}

export function needLoadBalancer(store: ElbStore, arn: string): LoadBalancerRecord {
  const found = store.loadBalancers.get(arn);
  if (found === undefined) throw new AwsError('LoadBalancerNotFound', `Load balancer '${arn}' not found`);
  return found;
}

export function needTargetGroup(store: ElbStore, arn: string): TargetGroupRecord {
  const found = store.targetGroups.get(arn);
  if (found === undefined) throw new AwsError('TargetGroupNotFound', `Target group '${arn}' not found`);
  return found;
}
