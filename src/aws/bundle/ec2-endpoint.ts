/** Stands in for the endpoint resolver of `@aws-sdk/client-ec2` in the handler's bundle. */
import { endpointResolver } from './endpoint.ts';

export const defaultEndpointResolver = endpointResolver('ec2', (_region, dualStack) => dualStack);
