/** EC2's published request buckets. Source: EC2 Developer Guide, "Request throttling for the Amazon EC2 API" (2026). */

export interface BucketSize {
  /** Requests (or instances) that a full bucket holds. */
  readonly capacity: number;
  readonly refillPerSecond: number;
}

const bucket = (capacity: number, refillPerSecond: number): BucketSize => ({ capacity, refillPerSecond });

const NON_MUTATING = bucket(100, 20);
const UNFILTERED = bucket(50, 10);
/** The Traffic Mirror actions are listed nowhere else, so they are of this category by inference. */
const MUTATING = bucket(50, 5);

/** Non-mutating actions that have a smaller bucket when called with neither pagination nor filter. */
const UNFILTERED_ACTIONS: ReadonlySet<string> = new Set([
  'DescribeInstances',
  'DescribeInstanceStatus',
  'DescribeNetworkInterfaces',
  'DescribeSecurityGroups',
  'DescribeSnapshots',
  'DescribeSpotInstanceRequests',
  'DescribeVolumes',
]);

const EXCEPTIONS: Readonly<Record<string, BucketSize>> = {
  AuthorizeSecurityGroupIngress: bucket(50, 5),
  RevokeSecurityGroupIngress: bucket(50, 5),
  CreateTags: bucket(100, 10),
  DeleteTags: bucket(100, 10),
  CreateNetworkInterface: bucket(100, 5),
  DeleteNetworkInterface: bucket(100, 5),
  ModifyNetworkInterfaceAttribute: bucket(100, 5),
  RunInstances: bucket(5, 2),
  StartInstances: bucket(5, 2),
  TerminateInstances: bucket(100, 5),
  CreateVpcEndpoint: bucket(4, 0.3),
};

/** Buckets that count instances instead of requests. */
export const RESOURCE_BUCKETS: Readonly<Record<string, BucketSize>> = {
  RunInstances: bucket(1000, 2),
  StartInstances: bucket(1000, 2),
  StopInstances: bucket(1000, 20),
  TerminateInstances: bucket(1000, 20),
};

/** The bucket of a request, and a name that tells the two buckets of one action apart. */
export function requestBucket(
  action: string,
  mutating: boolean,
  isNarrowed: boolean,
): { readonly name: string; readonly size: BucketSize } {
  const exception = EXCEPTIONS[action];
  if (exception !== undefined) return { name: action, size: exception };
  if (mutating) return { name: action, size: MUTATING };
  if (UNFILTERED_ACTIONS.has(action) && !isNarrowed) return { name: `${action} unfiltered`, size: UNFILTERED };
  return { name: action, size: NON_MUTATING };
}
