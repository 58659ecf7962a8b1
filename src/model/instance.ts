import type { EniId, InstanceId } from './ids.ts';
import type { Tags } from './tags.ts';

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

export type AttachmentStatus = 'attaching' | 'attached' | 'detaching' | 'detached';

/**
 * One network interface of an instance.
 *
 * DescribeInstances tells everything but `zone`, `requesterManaged`, `ipv6Native` and `tags`, which come from DescribeNetworkInterfaces;
 * undefined means not read, never "no".
 */
export interface NetworkInterface {
  readonly id: EniId;
  readonly deviceIndex: number;
  /** `interface`, `efa`, `trunk`, …; only `interface` can be a source. */
  readonly interfaceType: string;
  readonly attachmentStatus: AttachmentStatus;
  readonly subnetId?: string;
  readonly vpcId?: string;
  readonly ownerId?: string;
  readonly zone?: string;
  readonly requesterManaged?: boolean;
  readonly ipv6Native?: boolean;
  readonly tags?: Tags;
  readonly securityGroups?: readonly SecurityGroup[];
  /** Whether one of its private addresses has a public IPv4 address, of EC2's own or an Elastic IP. */
  readonly hasPublicIp?: boolean;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name?: string;
}

/** One EC2 instance with all its network interfaces, ordered by device index. */
export interface Instance {
  readonly id: InstanceId;
  readonly accountId: string;
  readonly type: string;
  readonly state: InstanceState;
  readonly zone?: string;
  readonly vpcId?: string;
  readonly subnetId?: string;
  /** Epoch milliseconds; of the last start, not the first. */
  readonly launchTime?: number;
  /** `windows`, or absent: EC2 names no other. */
  readonly platform?: string;
  /** Operating system as it is billed: `Linux/UNIX`, `Red Hat Enterprise Linux`, `Windows with SQL Server Web`, … */
  readonly platformDetails?: string;
  /** ARN. */
  readonly iamInstanceProfile?: string;
  readonly tags: Tags;
  readonly networkInterfaces: readonly NetworkInterface[];
}

/** A filter of DescribeInstances, in EC2's own form: lets an instance through whose attribute `name` has one of the values. */
export interface InstanceFilter {
  readonly name: string;
  readonly values: readonly string[];
}
