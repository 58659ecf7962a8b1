/** A token bucket: `burst` tokens at most, `perSecond` of them added each second. */
export interface BucketSize {
  readonly burst: number;
  readonly perSecond: number;
}

const nonMutating: BucketSize = { burst: 100, perSecond: 20 };
const mutating: BucketSize = { burst: 50, perSecond: 5 };

/** Actions that others in an account use too: of their budget we take the policy's `limits.apiShare`. */
const shared: ReadonlySet<string> = new Set(['DescribeInstances', 'DescribeNetworkInterfaces', 'DescribeTags', 'CreateTags']);

/**
 * The budget of one EC2 API action, per account and Region.
 *
 * https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html (2026). That the Traffic Mirror actions are of the ordinary mutating and
 * non-mutating classes is inferred: they are listed nowhere else.
 */
export function bucketSize(action: string, apiShare: number): BucketSize {
  const full = action === 'CreateTags' ? { burst: 100, perSecond: 10 } : action.startsWith('Describe') ? nonMutating : mutating;
  if (!shared.has(action)) return full;
  return { burst: Math.max(1, Math.floor(full.burst * apiShare)), perSecond: full.perSecond * apiShare };
}
