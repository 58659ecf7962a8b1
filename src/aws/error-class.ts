import { Ec2Error, type ErrorClass } from '../reconcile/ports.ts';
import { DeadlineError } from './rate-limiter.ts';

/**
 * What an EC2 error code means to us. Both spellings of the mirror codes are known: what the errors page documents
 * (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html) and what is seen on the wire.
 */
export function classifyCode(code: string, status: number | undefined): ErrorClass {
  for (const [errorClass, pattern] of codePatterns) {
    if (pattern.test(code)) return errorClass;
  }
  if (status !== undefined && status >= 500) return 'unsettled';
  return knownInvalid.test(code) ? 'invalid' : 'unsettled';
}

const codePatterns: readonly (readonly [ErrorClass, RegExp])[] = [
  ['gone', /^InvalidTrafficMirror(Session|Target|Filter|FilterRule)(Id)?\.?No(t)?Found$/],
  ['gone', /^Invalid(NetworkInterface|NetworkInterfaceI[Dd]|InstanceID|VpcEndpointId|ID)(\.NotFound)?$/],
  ['gone', /^(NetworkLoadBalancerNotFoundException|InvalidNetworkLoadBalancerArn\.NotFound|InvalidTrafficMirrorTarget)$/],
  ['in-use', /^TrafficMirror(Target|Filter)InUse(Exception)?$/],
  ['in-use', /^InterfaceInUseByTrafficMirror(Target|Session)$/],
  ['in-use', /^NlbInUseByTrafficMirrorTargetException$/],
  ['unsupported', /^NetworkInterfaceNotSupported$/],
  ['quota', /^TrafficMirror\w+LimitExceeded$/],
  ['quota', /^TagLimitExceeded$/],
  [
    'denied',
    /^(UnauthorizedOperation|AuthFailure|OptInRequired|AccessDenied|AccessDeniedException|UnrecognizedClientException|InvalidClientTokenId|ExpiredToken|Blocked|PendingVerification)$/,
  ],
  [
    'throttled',
    /^(RequestLimitExceeded|Throttling|ThrottlingException|ThrottledException|RequestThrottled|RequestThrottledException|TooManyRequestsException|EC2ThrottledException|SlowDown|ConcurrentTagAccess)$/,
  ],
];

/** Codes that say for certain that the request was refused for what it says. */
const knownInvalid =
  /^(InvalidParameter(Value|Combination|Dependency)?|MissingParameter|UnknownParameter|MalformedQueryString|InvalidAction|UnsupportedOperation|Invalid\w+\.Malformed|InvalidFilter|FilterLimitExceeded|TagPolicyViolation|InvalidTagKey\.Malformed)$/;

/** Turns whatever a client call threw into an `Ec2Error`. */
export function toEc2Error(error: unknown): Ec2Error {
  if (error instanceof Ec2Error) return error;
  if (error instanceof DeadlineError) return new Ec2Error('deadline', 'Deadline', error.message, { cause: error });
  if (!(error instanceof Error)) return new Ec2Error('unsettled', 'Unknown', String(error), { cause: error });
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  const { httpStatusCode, requestId } = (typeof metadata === 'object' && metadata !== null ? metadata : {}) as {
    httpStatusCode?: number;
    requestId?: string;
  };
  // Errors of the socket are called Error, and say in `code` what they are.
  const code = error.name === 'Error' && 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return new Ec2Error(classifyCode(code, httpStatusCode), code, error.message, { requestId, cause: error });
}
