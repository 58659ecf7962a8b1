import type { EniId, FilterId, InstanceId, SessionId, TargetId } from './ids.ts';
import type { VniRange } from './policy.ts';
import type { Tags } from './tags.ts';

/** https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html: sessions per source ENI, not adjustable. */
export const sessionsPerInterface = 3;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTrafficMirrorSession.html */
export const sessionNumberRange = { min: 1, max: 32_766 } as const;

/** https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-sessions.html: bytes after the VXLAN header. */
export const packetLengthRange = { min: 1, max: 8_500 } as const;

/** RFC 7348: 24 bits. */
export const vniRange = { min: 1, max: 16_777_215 } as const;

/** A traffic mirror session as EC2 holds it. */
export interface ActualSession {
  readonly id: SessionId;
  readonly eniId: EniId;
  readonly targetId: TargetId;
  readonly filterId: FilterId;
  readonly sessionNumber: number;
  /** Bytes; absent when whole packets are mirrored. */
  readonly packetLength?: number;
  readonly vni?: number;
  readonly description?: string;
  /** The account that made the session; sessions of other accounts on a target we share are visible to us. */
  readonly accountId?: string;
  readonly tags: Tags;
}

/** A session that the policy wants on one ENI, before a target is placed and a number is given. */
export interface DesiredSession {
  readonly eniId: EniId;
  readonly instanceId: InstanceId;
  /** Index into the rule's `sessions`: 0 is the first, and the first to be served when an ENI is short of room. */
  readonly slot: number;
  readonly rule: string;
  /** Pool by name; or one target that a tag named by its id, which is good only if it is a member of some pool. */
  readonly target: { readonly pool: string } | { readonly id: TargetId };
  /** Filter by the policy's name; or one that a tag named by its id, which is good only if it belongs to the policy. */
  readonly filter: { readonly name: string } | { readonly id: FilterId };
  readonly packetLength?: number;
  /** Preferred number: a free one near it is taken where it is not free. */
  readonly sessionNumber: number;
  /** One for all, or a range out of which each session gets its own; absent: EC2 picks. */
  readonly vni?: number | VniRange;
  /** Availability Zone of the source ENI, where known. */
  readonly zone?: string;
  /** The instance's Name, or its id. */
  readonly name: string;
  /** A session that may stay, but would not be made anew (the instance is pending, stopping, or stopped under `whenStopped: keep`). */
  readonly onlyIfPresent: boolean;
}
