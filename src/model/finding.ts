import type { InstanceId } from './ids.ts';

/** What a GuardDuty finding says of an EC2 instance, as far as anything is made of it. */
export interface Finding {
  readonly id: string;
  /** Such as `Backdoor:EC2/C&CActivity.B!DNS`. */
  readonly type: string;
  /** 1.0 to 10.0. */
  readonly severity: number;
  readonly instanceId: InstanceId;
  /** When GuardDuty sent it, epoch milliseconds; absent where it does not tell. */
  readonly at?: number;
}
