/** Stands in for the endpoint resolver of `@aws-sdk/client-eventbridge` in the handler's bundle. */
import { endpointResolver } from './endpoint.ts';

const plainIsFips = ['us-gov-east-1', 'us-gov-west-1'];

export const defaultEndpointResolver = endpointResolver(
  'events',
  (region, dualStack) => !dualStack && !plainIsFips.includes(region),
);
