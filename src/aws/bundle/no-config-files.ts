/**
 * Stands in for the SDK's reader of `~/.aws/config` and `~/.aws/credentials` in the handler's bundle: Lambda has neither. Environment
 * variables (`AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_MAX_ATTEMPTS` …) are read before it and keep working.
 */
import { CredentialsProviderError } from '@smithy/core/config';

/** A provider that never finds anything, so that the chain goes on to the default. */
export const fromSharedConfigFiles = () => async (): Promise<never> => {
  throw new CredentialsProviderError('no configuration files in Lambda', { tryNextLink: true });
};
