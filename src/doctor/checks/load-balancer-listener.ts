import type { Check } from '../check.ts';
import { fail, pass, whenRead } from '../finding.ts';
import { vxlanPort } from '../way.ts';
import { balancerOf, vxlanListener } from './load-balancer.ts';

export const loadBalancerListener: Check = {
  id: 'load-balancer-listener',
  title: 'Load balancer listens for VXLAN',
  expects: `for a Network Load Balancer: it has a UDP listener on port ${vxlanPort}; without one packets are lost silently`,
  about: 'session',
  examine(subject, facts) {
    const balancer = balancerOf(subject, facts);
    if (balancer === undefined) return undefined;
    return whenRead('the load balancer', balancer, ({ arn, listeners }) =>
      whenRead('its listeners', listeners, (value) => {
        const found = vxlanListener(value);
        if (found !== undefined) return pass(`${found.protocol} on ${found.port}`);
        const has = value.map(({ protocol, port }) => `${protocol} ${port}`).join(', ');
        return fail(
          `no UDP listener on ${vxlanPort} (${has === '' ? 'it has none at all' : `it has ${has}`})`,
          `aws elbv2 create-listener --load-balancer-arn ${arn} --protocol UDP --port ${vxlanPort} --default-actions Type=forward,TargetGroupArn=…`,
        );
      }),
    );
  },
};
