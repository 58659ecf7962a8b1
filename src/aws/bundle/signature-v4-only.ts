/**
 * Stands in for `@aws-sdk/signature-v4-multi-region` and all that has to do with SigV4a in the handler's bundle: it signs only for EventBridge's global
 * endpoints (`EndpointId`), which automirror does not use, so every request is signed with plain SigV4.
 */
export { SignatureV4 as SignatureV4MultiRegion } from '@smithy/signature-v4';

/** In the client's list of ways to sign, and never chosen. */
export class AwsSdkSigV4ASigner {
  sign(): never {
    throw new Error('SigV4a is not part of this bundle');
  }
}

const notSet = { environmentVariableSelector: () => undefined, default: undefined };

/** Regions of a SigV4a signature. */
export const NODE_SIGV4A_CONFIG_OPTIONS = notSet;

/** Which way of signing to take, where there is more than one. */
export const NODE_AUTH_SCHEME_PREFERENCE_OPTIONS = notSet;

/** The SDK's index passes it on, and nothing here takes it. */
export const resolveAwsSdkSigV4AConfig = undefined;
