import type { EniId, InstanceId, TargetId } from './ids.ts';
import type { Tags } from './tags.ts';

export type TargetType = 'network-interface' | 'network-load-balancer' | 'gateway-load-balancer-endpoint';

/** A traffic mirror target as EC2 holds it, with what is known of the thing behind it. */
export interface ActualTarget {
  readonly id: TargetId;
  readonly type: TargetType;
  readonly networkInterfaceId?: EniId;
  readonly networkLoadBalancerArn?: string;
  readonly gatewayLoadBalancerEndpointId?: string;
  readonly accountId?: string;
  readonly tags: Tags;
  /** Availability Zone of the target's ENI; undefined for load balancers and where not known (an ENI of another account). */
  readonly zone?: string;
  /** The instance that the target's ENI is attached to, where known. */
  readonly instanceId?: InstanceId;
  readonly instanceType?: string;
  /** The interface behind the target: EC2 does not know it any more, or it is attached to nothing, so that nobody receives the copies. */
  readonly interfaceState?: 'gone' | 'unattached';
}
