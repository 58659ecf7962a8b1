import type { Check } from '../check.ts';
import { fail, pass, unknown, whenRead } from '../finding.ts';
import { balancerOf, vxlanListener } from './load-balancer.ts';

export const loadBalancerZones: Check = {
  id: 'load-balancer-zones',
  title: 'Load balancer serves every zone',
  expects: 'for a Network Load Balancer: cross-zone load balancing is on, or each of its zones has a healthy target of its own',
  about: 'session',
  examine(subject, facts) {
    const balancer = balancerOf(subject, facts);
    if (balancer === undefined) return undefined;
    return whenRead('the load balancer', balancer, ({ arn, isCrossZone, listeners, targets, zones }) =>
      whenRead('whether it is cross-zone', isCrossZone, (value) => {
        if (value) return pass('cross-zone load balancing is on');
        const turnOn = `aws elbv2 modify-load-balancer-attributes --load-balancer-arn ${arn} --attributes Key=load_balancing.cross_zone.enabled,Value=true`;
        const groups =
          'value' in listeners ? (vxlanListener(listeners.value)?.targetGroupArns ?? []).map((group) => targets[group]) : [];
        const read = groups.flatMap((group) => (group !== undefined && 'value' in group ? [group.value] : []));
        if (read.length < groups.length || groups.length === 0)
          return unknown('cross-zone load balancing is off, and where its healthy targets are is not known', turnOn);
        const served = new Set(
          read.flat().flatMap(({ state, zone }) => (state === 'healthy' && zone !== undefined ? [zone] : [])),
        );
        const empty = zones.filter((zone) => !served.has(zone));
        return empty.length === 0
          ? pass(`cross-zone load balancing is off, but ${zones.join(', ')} each have a healthy target`)
          : fail(`cross-zone load balancing is off, and ${empty.join(', ')} has no healthy target`, turnOn);
      }),
    );
  },
};
