import type { Check } from '../check.ts';
import { fail, pass, unknown, whenRead } from '../finding.ts';
import { balancerOf, vxlanListener } from './load-balancer.ts';

export const loadBalancerHealth: Check = {
  id: 'load-balancer-health',
  title: 'Load balancer has healthy targets',
  expects: 'for a Network Load Balancer: a target group of its VXLAN listener has a healthy target',
  about: 'session',
  examine(subject, facts) {
    const balancer = balancerOf(subject, facts);
    if (balancer === undefined) return undefined;
    return whenRead('the load balancer', balancer, ({ listeners, targets }) =>
      whenRead('its listeners', listeners, (value) => {
        const listener = vxlanListener(value);
        if (listener === undefined) return unknown('no listener leads to targets', 'make the listener first');
        const groups = listener.targetGroupArns.map((arn) => targets[arn]);
        const registered = groups.flatMap((group) => (group !== undefined && 'value' in group ? group.value : []));
        const healthy = registered.filter(({ state }) => state === 'healthy');
        if (healthy.length > 0) return pass(`${healthy.length} of ${registered.length} targets are healthy`);
        const refused = groups.find((group) => group === undefined || 'unread' in group);
        if (refused !== undefined || groups.length === 0)
          return unknown(
            `the health of its targets could not be read: ${refused === undefined ? 'the listener names no target group' : refused.unread}`,
            'allow elasticloadbalancing:DescribeTargetHealth, or look at the target group by hand',
          );
        const states = [
          ...new Set(registered.map(({ id, state, reason }) => `${id} ${state}${reason === undefined ? '' : ` (${reason})`}`)),
        ];
        return fail(
          registered.length === 0
            ? 'its target group is empty'
            : `none of ${registered.length} targets is healthy: ${states.slice(0, 3).join(', ')}`,
          'register the sensors, let them answer the health check, and allow the check in their security groups',
        );
      }),
    );
  },
};
