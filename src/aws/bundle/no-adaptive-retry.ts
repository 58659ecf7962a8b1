/**
 * Stands in for the SDK's adaptive retry mode in the handler's bundle: the service has its own token bucket for each API action, and
 * a second limiter behind it would only hide how long a call waits. The standard mode is the SDK's own.
 */
export class AdaptiveRetryStrategy {
  constructor() {
    throw new Error('retry mode "adaptive" is not part of this bundle; leave AWS_RETRY_MODE unset or "standard"');
  }
}
