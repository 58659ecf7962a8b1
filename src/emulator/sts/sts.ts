/** The emulated STS: GetCallerIdentity, query protocol. */
import type { Service, ServiceRequest, ServiceResponse } from '../core.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** Creates an STS that tells each caller who it is. */
export function createSts(): Service {
  return {
    handle(request) {
      const action = parametersOf(request).get('Action') ?? '';
      return Promise.resolve(action === 'GetCallerIdentity' ? identity(request) : unknownAction(action, request.requestId));
    },
  };
}

function parametersOf({ path, body }: ServiceRequest): URLSearchParams {
  const query = path.includes('?') ? path.slice(path.indexOf('?') + 1) : '';
  return new URLSearchParams(body === '' ? query : body);
}

function identity({ caller, requestId }: ServiceRequest): ServiceResponse {
  const userId = caller.principalId;
  return xml(
    200,
    requestId,
    `<GetCallerIdentityResponse xmlns="${NAMESPACE}"><GetCallerIdentityResult><Arn>${escapeXml(caller.arn)}</Arn><UserId>${escapeXml(userId)}</UserId>` +
      `<Account>${escapeXml(caller.accountId)}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
  );
}

function unknownAction(action: string, requestId: string): ServiceResponse {
  return xml(
    400,
    requestId,
    `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>Could not find operation ${escapeXml(action)} for version 2011-06-15</Message></Error>` +
      `<RequestId>${requestId}</RequestId></ErrorResponse>`,
  );
}

function xml(status: number, requestId: string, body: string): ServiceResponse {
  return { status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (char) => ENTITIES[char] ?? char);
}
