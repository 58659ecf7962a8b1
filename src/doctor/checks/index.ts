import type { Check } from '../check.ts';
import { endpointAvailable } from './endpoint-available.ts';
import { filterDirections } from './filter-directions.ts';
import { filterFlow } from './filter-flow.ts';
import { instanceState } from './instance-state.ts';
import { instanceType } from './instance-type.ts';
import { loadBalancerHealth } from './load-balancer-health.ts';
import { loadBalancerListener } from './load-balancer-listener.ts';
import { loadBalancerZones } from './load-balancer-zones.ts';
import { mirrorMetrics } from './metrics.ts';
import { sourceNetworkAcl, targetNetworkAcl } from './network-acl.ts';
import { packetLength } from './packet-length.ts';
import { policySelects } from './policy-selects.ts';
import { route } from './route.ts';
import { securityGroup } from './security-group.ts';
import { sessionExists } from './session-exists.ts';
import { shadowing } from './shadowing.ts';
import { targetAlive } from './target-alive.ts';
import { transitGateway } from './transit-gateway.ts';

/** Every check, in the order in which packets meet what it looks at. */
export const checks: readonly Check[] = [
  instanceState,
  instanceType,
  policySelects,
  sessionExists,
  filterDirections,
  filterFlow,
  shadowing,
  targetAlive,
  route,
  transitGateway,
  sourceNetworkAcl,
  targetNetworkAcl,
  securityGroup,
  endpointAvailable,
  loadBalancerListener,
  loadBalancerHealth,
  loadBalancerZones,
  packetLength,
  mirrorMetrics,
];
