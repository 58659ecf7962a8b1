/** Stands in for the endpoint resolver of `@aws-sdk/client-eventbridge` in the handler's bundle. */
import { endpointResolver } from './endpoint.ts';

export const defaultEndpointResolver = endpointResolver('events', () => false);
