/**
 * Stands in for the SDK's choice of credentials and signer in the handler's bundle. The original lets credentials be exchanged while a client lives, remembers those that expire,
 * notes where they are from, and knows services whose Region is found by asking. Lambda's are in the environment for as long as the process lives.
 */
import { normalizeProvider } from '@smithy/core/client';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsCredentialIdentity, ChecksumConstructor, Provider } from '@smithy/types';

interface ClientConfig {
  readonly credentials?: AwsCredentialIdentity | Provider<AwsCredentialIdentity>;
  readonly credentialDefaultProvider: (config: object) => Provider<AwsCredentialIdentity>;
  readonly region: string | Provider<string>;
  readonly defaultSigningName: string;
  readonly sha256: ChecksumConstructor;
}

/** Adds the signer's settings to the client's. */
export const bindResolveAwsSdkSigV4Config = (disableClockSkewCorrection: Provider<boolean>) => (config: ClientConfig) => {
  const { region, defaultSigningName: service, sha256 } = config;
  const credentials = normalizeProvider(config.credentials ?? config.credentialDefaultProvider(config));
  const signer = new SignatureV4({ credentials, region: normalizeProvider(region), service, sha256, uriEscapePath: true });
  return Object.assign(config, {
    credentials,
    disableClockSkewCorrection,
    // What is learnt of it by answers.
    systemClockOffset: 0,
    signer: async () => signer,
  });
};
