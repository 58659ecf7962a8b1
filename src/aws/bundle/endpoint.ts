/**
 * Finds the address of a service in the handler's bundle, where the SDK would run a rules engine over a decision diagram for it. The rules are
 * those of the two services; a test compares every answer with the SDK's own, for every Region, FIPS and dual stack.
 */
import { partition } from '@aws-sdk/core/client';

/** The SDK's names of what an endpoint depends on. */
export interface EndpointParameters {
  readonly Region?: string;
  readonly UseFIPS?: boolean;
  readonly UseDualStack?: boolean;
  /** A custom address; wins over the Region. */
  readonly Endpoint?: string;
  /** EventBridge's global endpoints. */
  readonly EndpointId?: string;
}

export interface ResolvedEndpoint {
  readonly url: URL;
  readonly properties: Record<string, never>;
  readonly headers: Record<string, string[]>;
}

/** Whether the FIPS address of a Region of GovCloud carries the suffix `-fips`; most plain ones there are validated anyway. */
type GovCloudFips = (region: string, dualStack: boolean) => boolean;

/** A resolver for the service with this host name; it throws when the Region lacks what is asked for. */
export function endpointResolver(host: string, govCloudFips: GovCloudFips) {
  return ({ Region, UseFIPS = false, UseDualStack = false, Endpoint, EndpointId }: EndpointParameters): ResolvedEndpoint => {
    if (EndpointId !== undefined) throw new Error('global endpoints are not part of this bundle');
    if (Endpoint !== undefined) {
      if (UseFIPS) throw new Error('Invalid Configuration: FIPS and custom endpoint are not supported');
      if (UseDualStack) throw new Error('Invalid Configuration: Dualstack and custom endpoint are not supported');
      return endpoint(Endpoint);
    }
    if (Region === undefined) throw new Error('Invalid Configuration: Missing Region');

    const { name, dnsSuffix, dualStackDnsSuffix, supportsFIPS, supportsDualStack } = partition(Region);
    if (UseFIPS && !supportsFIPS) throw new Error('FIPS is enabled but this partition does not support FIPS');
    if (UseDualStack && !supportsDualStack) {
      throw new Error('DualStack is enabled but this partition does not support DualStack');
    }
    const suffixed = UseFIPS && (name !== 'aws-us-gov' || govCloudFips(Region, UseDualStack));
    return endpoint(`https://${host}${suffixed ? '-fips' : ''}.${Region}.${UseDualStack ? dualStackDnsSuffix : dnsSuffix}`);
  };
}

function endpoint(url: string): ResolvedEndpoint {
  return { url: new URL(url), properties: {}, headers: {} };
}
