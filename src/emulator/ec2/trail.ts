/** CloudTrail records of mutating calls, refused and dry-run ones included. */
import type { AwsError, Caller, Host } from '../core.ts';
import type { Operation } from './account.ts';
import { trailRequest, trailResponse } from './trail-shapes.ts';

export interface TrailedCall {
  readonly operation: Operation;
  readonly caller: Caller;
  readonly requestId: string;
  readonly userAgent: string;
  /** Undefined when the request could not even be read. */
  readonly input: object | undefined;
  readonly outcome: { readonly output: object } | { readonly error: AwsError };
}

const isoSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const lastSegment = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

function userIdentity(caller: Caller, nowMs: number): object {
  const { accountId, accessKeyId, arn, principalId, roleArn } = caller;
  if (caller.kind === 'user' || roleArn === undefined)
    return { type: 'IAMUser', principalId, arn, accountId, accessKeyId, userName: lastSegment(arn) };
  const [rolePrincipal = principalId] = principalId.split(':');
  return {
    type: 'AssumedRole',
    principalId,
    arn,
    accountId,
    accessKeyId,
    sessionContext: {
      sessionIssuer: { type: 'Role', principalId: rolePrincipal, arn: roleArn, accountId, userName: lastSegment(roleArn) },
      webIdFederationData: {},
      attributes: { creationDate: isoSeconds(nowMs), mfaAuthenticated: 'false' },
    },
  };
}

/** Errors of the service itself are `Server.`; a throttled call counts as the client's. */
const errorCode = (error: AwsError): string =>
  `${error.status >= 500 && error.code !== 'RequestLimitExceeded' ? 'Server' : 'Client'}.${error.code}`;

/** The `detail` of "AWS API Call via CloudTrail". Source: CloudTrail User Guide, "Record contents". */
export function trailRecord(host: Host, call: TrailedCall): object {
  const { input, operation, outcome, requestId } = call;
  const now = host.clock.now();
  const request = input === undefined ? null : (operation.trail?.(input) ?? trailRequest(operation.name, input));
  return {
    eventVersion: '1.11',
    userIdentity: userIdentity(call.caller, now),
    eventTime: isoSeconds(now),
    eventSource: 'ec2.amazonaws.com',
    eventName: operation.name,
    awsRegion: host.region,
    sourceIPAddress: '203.0.113.10',
    userAgent: call.userAgent,
    ...('error' in outcome ? { errorCode: errorCode(outcome.error), errorMessage: outcome.error.message } : {}),
    requestParameters: request,
    responseElements: 'output' in outcome ? trailResponse(operation.name, outcome.output, requestId) : null,
    requestID: requestId,
    eventID: host.newUuid(),
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: host.accountId,
    eventCategory: 'Management',
  };
}
