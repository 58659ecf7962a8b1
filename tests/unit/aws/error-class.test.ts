import { EC2ServiceException } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { LostAnswerError } from '../../../src/aws/client.ts';
import { IncompleteAnswerError } from '../../../src/aws/convert.ts';
import { classifyCode, toEc2Error } from '../../../src/aws/error-class.ts';
import { DeadlineError } from '../../../src/aws/rate-limiter.ts';
import { Ec2Error, type ErrorClass } from '../../../src/reconcile/ports.ts';

/** Every code of the errors page and of the wire, as AWS answers it with status 400 unless told otherwise. */
const table: readonly (readonly [ErrorClass, readonly string[], number?])[] = [
  [
    'gone',
    [
      'InvalidTrafficMirrorSessionNotFound',
      'InvalidTrafficMirrorSessionId.NotFound',
      'InvalidTrafficMirrorTargetNoFound',
      'InvalidTrafficMirrorTargetId.NotFound',
      'InvalidTrafficMirrorFilterNotFound',
      'InvalidTrafficMirrorFilterId.NotFound',
      'InvalidTrafficMirrorFilterRuleNotFound',
      'InvalidTrafficMirrorFilterRuleId.NotFound',
      'NetworkLoadBalancerNotFoundException',
      'InvalidNetworkLoadBalancerArn.NotFound',
      'InvalidNetworkInterfaceID.NotFound',
      'InvalidNetworkInterfaceId.NotFound',
      'InvalidNetworkInterface.NotFound',
      'InvalidTrafficMirrorTarget',
      'InvalidVpcEndpointId.NotFound',
      'InvalidInstanceID.NotFound',
      'InvalidID',
    ],
  ],
  [
    'in-use',
    [
      'TrafficMirrorTargetInUseException',
      'TrafficMirrorTargetInUse',
      'TrafficMirrorFilterInUse',
      'InterfaceInUseByTrafficMirrorTarget',
      'InterfaceInUseByTrafficMirrorSession',
      'NlbInUseByTrafficMirrorTargetException',
    ],
  ],
  ['unsupported', ['NetworkInterfaceNotSupported']],
  [
    'quota',
    [
      'TrafficMirrorSessionLimitExceeded',
      'TrafficMirrorSessionsPerInterfaceLimitExceeded',
      'TrafficMirrorSessionsPerTargetLimitExceeded',
      'TrafficMirrorSourcesPerTargetLimitExceeded',
      'TrafficMirrorTargetLimitExceeded',
      'TrafficMirrorFilterLimitExceeded',
      'TrafficMirrorFilterRuleLimitExceeded',
      'TagLimitExceeded',
    ],
  ],
  ['denied', ['UnauthorizedOperation'], 403],
  [
    'denied',
    ['AuthFailure', 'OptInRequired', 'AccessDenied', 'AccessDeniedException', 'ExpiredToken', 'Blocked', 'PendingVerification'],
  ],
  ['throttled', ['RequestLimitExceeded'], 503],
  [
    'throttled',
    [
      'ConcurrentTagAccess',
      'Throttling',
      'ThrottlingException',
      'ThrottledException',
      'RequestThrottled',
      'RequestThrottledException',
      'TooManyRequestsException',
      'EC2ThrottledException',
      'SlowDown',
    ],
  ],
  [
    'invalid',
    [
      'InvalidParameter',
      'InvalidParameterCombination',
      'InvalidParameterValue',
      'InvalidParameterDependency',
      'MissingParameter',
      'UnknownParameter',
      'MalformedQueryString',
      'InvalidAction',
      'UnsupportedOperation',
      'InvalidFilter',
      'FilterLimitExceeded',
      'TagPolicyViolation',
      'InvalidTagKey.Malformed',
      'InvalidInstanceID.Malformed',
      'InvalidNetworkInterfaceId.Malformed',
      'InvalidVpcEndpointId.Malformed',
      'InvalidNetworkLoadBalancerArn.Malformed',
    ],
  ],
  // Server errors may have taken effect, and a code we do not know says nothing: describe first.
  ['unsettled', ['InternalError', 'InternalFailure', 'ServerInternal', 'ServiceUnavailable', 'Unavailable', 'Unsupported'], 500],
  [
    'unsettled',
    [
      'IdempotentParameterMismatch',
      'InvalidClientToken',
      'DryRunOperation',
      'RequestExpired',
      'TrafficMirrorFilterRuleAlreadyExists',
      'InsufficientInstanceCapacity',
      'InvalidNextToken',
      'InvalidPaginationToken',
      'InvalidMaxResults',
      'SomethingNew',
      '',
    ],
  ],
];

describe('classifyCode', () => {
  it.each(table.flatMap(([errorClass, codes, status = 400]) => codes.map((code) => [code, status, errorClass] as const)))(
    '%s (HTTP %i) is %s',
    (code, status, errorClass) => {
      expect(classifyCode(code, status)).toBe(errorClass);
    },
  );

  it('takes a known client code by its name, whatever the status', () => {
    expect(classifyCode('RequestLimitExceeded', 400)).toBe('throttled');
    expect(classifyCode('UnauthorizedOperation', undefined)).toBe('denied');
  });

  it('takes an unknown code as unsettled even where it looks like a known one', () => {
    expect(classifyCode('InvalidParameterValueException', 400)).toBe('unsettled');
    expect(classifyCode('MyRequestLimitExceeded', 400)).toBe('unsettled');
  });
});

describe('toEc2Error', () => {
  it("keeps code, message, request id and cause of EC2's answer", () => {
    const cause = new EC2ServiceException({
      name: 'NetworkInterfaceNotSupported',
      message: 'eni-1 must be attached to a supported instance',
      $fault: 'client',
      $metadata: { httpStatusCode: 400, requestId: 'r-1' },
    });
    expect(toEc2Error(cause)).toMatchObject({
      class: 'unsupported',
      code: 'NetworkInterfaceNotSupported',
      message: 'eni-1 must be attached to a supported instance',
      requestId: 'r-1',
      cause,
    });
  });

  it.each([
    ['a call that was never sent', new DeadlineError('too late'), 'deadline', 'Deadline'],
    ['an attempt without an answer', new LostAnswerError('no time for another'), 'unsettled', 'LostAnswerError'],
    ['an aborted call', Object.assign(new Error('Request aborted'), { name: 'AbortError' }), 'unsettled', 'AbortError'],
    ['a lost connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'unsettled', 'ECONNRESET'],
    ['a timeout', Object.assign(new Error('slow'), { name: 'TimeoutError' }), 'unsettled', 'TimeoutError'],
    ['half an answer', new IncompleteAnswerError('no id'), 'unsettled', 'IncompleteAnswerError'],
    ['a thrown text', 'nonsense', 'unsettled', 'Unknown'],
    ['nothing at all', undefined, 'unsettled', 'Unknown'],
  ])('classifies %s', (_what, thrown, errorClass, code) => {
    expect(toEc2Error(thrown)).toMatchObject({ class: errorClass, code });
  });

  it('leaves an error that is classified already', () => {
    const error = new Ec2Error('gone', 'X', 'x');
    expect(toEc2Error(error)).toBe(error);
  });
});
