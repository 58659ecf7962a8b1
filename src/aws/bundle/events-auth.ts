/**
 * Stands in for the choice of signature of `@aws-sdk/client-eventbridge` in the handler's bundle: SigV4, always. The original resolves
 * the endpoint once more to find out whether it is a global one, which would need SigV4a.
 */
import { resolveAwsSdkSigV4Config } from '@aws-sdk/core/httpAuthSchemes';
import { getSmithyContext, normalizeProvider } from '@smithy/core/client';
import type { HandlerExecutionContext, Provider } from '@smithy/types';

interface AuthParameters {
  readonly operation: string;
  readonly region: string;
}

/** What a request is signed for. */
export async function defaultEventBridgeHttpAuthSchemeParametersProvider(
  config: { readonly region: string | Provider<string> },
  context: HandlerExecutionContext,
): Promise<AuthParameters> {
  return { operation: String(getSmithyContext(context).operation), region: await normalizeProvider(config.region)() };
}

/** The one way of signing. */
export function defaultEventBridgeHttpAuthSchemeProvider({ region }: AuthParameters) {
  return [
    {
      schemeId: 'aws.auth#sigv4',
      signingProperties: { name: 'events', region },
      propertiesExtractor: (config: unknown, context: unknown) => ({ signingProperties: { config, context } }),
    },
  ];
}

/** Adds the signer's settings to the client's. */
export function resolveHttpAuthSchemeConfig(config: Parameters<typeof resolveAwsSdkSigV4Config>[0]) {
  return Object.assign(resolveAwsSdkSigV4Config(config), { authSchemePreference: normalizeProvider<string[]>([]) });
}
