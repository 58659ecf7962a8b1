import type { FilterId, FilterRuleId } from './ids.ts';
import type { Tags } from './tags.ts';

/** https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html; whether in total or per direction is not documented: in total is safe. */
export const rulesPerFilter = 10;

export type TrafficDirection = 'ingress' | 'egress';

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** One rule of a filter; ports and protocol absent mean all. */
export interface FilterRule {
  readonly direction: TrafficDirection;
  readonly number: number;
  readonly action: 'accept' | 'reject';
  /** IANA number. */
  readonly protocol?: number;
  readonly sourceCidr: string;
  readonly destinationCidr: string;
  readonly sourcePorts?: PortRange;
  readonly destinationPorts?: PortRange;
  readonly description?: string;
}

/** What a filter mirrors; two filters of equal content are the same filter to us. */
export interface FilterContent {
  readonly networkServices: readonly string[];
  readonly rules: readonly FilterRule[];
}

/** A traffic mirror filter as EC2 holds it. */
export interface ActualFilter {
  readonly id: FilterId;
  readonly content: FilterContent;
  readonly ruleIds: readonly FilterRuleId[];
  readonly tags: Tags;
}
