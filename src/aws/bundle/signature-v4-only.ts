/**
 * Stands in for `@aws-sdk/signature-v4-multi-region` in the handler's bundle: SigV4a signs only for EventBridge's global
 * endpoints (`EndpointId`), which automirror does not use, so every request is signed with plain SigV4.
 */
export { SignatureV4 as SignatureV4MultiRegion } from '@smithy/signature-v4';
