import type { Check } from '../check.ts';
import { fail, pass, whenRead } from '../finding.ts';

export const endpointAvailable: Check = {
  id: 'endpoint',
  title: 'Gateway Load Balancer endpoint is available',
  expects: 'for such a target: the endpoint exists, is of type GatewayLoadBalancer and is available',
  about: 'session',
  examine({ session }, { targets, endpoints }) {
    const id = targets[session.targetId]?.gatewayLoadBalancerEndpointId;
    if (id === undefined) return undefined;
    return whenRead('VPC endpoints', endpoints, (value) => {
      const endpoint = value[id];
      if (endpoint === undefined)
        return fail(`the endpoint ${id} does not exist`, 'make the endpoint anew, and a target for it in the pool');
      if (endpoint.type !== 'GatewayLoadBalancer')
        return fail(`${id} is an endpoint of type ${endpoint.type}`, 'make a target for an endpoint of type GatewayLoadBalancer');
      return endpoint.state.toLowerCase() === 'available'
        ? pass(`${id} is available`)
        : fail(
            `${id} is ${endpoint.state}`,
            "accept the endpoint's connection in the account of the endpoint service, or make it anew",
          );
    });
  },
};
