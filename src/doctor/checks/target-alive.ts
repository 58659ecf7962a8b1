import type { Check } from '../check.ts';
import type { Facts } from '../facts.ts';
import { type Finding, fail, pass, unknown, unread, whenRead } from '../finding.ts';

const repoint = 'move the session to another target of the pool: "automirror sweep" does it when the pool has one';

export const targetAlive: Check = {
  id: 'target',
  title: 'Target exists',
  expects: 'the target and what stands behind it exist; without it the session stays, is billed and carries nothing',
  about: 'session',
  examine({ session, instance }, facts) {
    const target = facts.targets[session.targetId];
    if (target === undefined)
      return fail(`${session.targetId} does not exist, or is not shared with this account any more`, repoint);
    if (target.accountId !== undefined && target.accountId !== facts.accountId)
      return unknown(
        `${target.id} belongs to account ${target.accountId}, and only that account sees what is behind it`,
        `run the doctor's network checks in account ${target.accountId}, or ask its people`,
      );
    if (target.networkInterfaceId !== undefined) return interfaceBehind(target.networkInterfaceId, instance.id, facts);
    if (target.gatewayLoadBalancerEndpointId !== undefined) return undefined;
    const balancer = facts.loadBalancers[target.networkLoadBalancerArn ?? ''];
    if (balancer === undefined) return unread(`what is behind ${target.id}`, 'it names no interface, load balancer or endpoint');
    return whenRead('the load balancer', balancer, (value) => {
      if (value === 'gone') return fail(`the load balancer ${target.networkLoadBalancerArn} does not exist`, repoint);
      return value.state === 'active' || value.state === 'active_impaired'
        ? pass(`${target.id} is the load balancer ${value.arn}, ${value.state}`)
        : fail(`the load balancer ${value.arn} is ${value.state}`, 'wait until it is active, or make it anew');
    });
  },
};

function interfaceBehind(eniId: string, sourceId: string, facts: Facts): Finding {
  return whenRead('network interfaces', facts.places, (places) => {
    const place = places[eniId];
    if (place === undefined) return fail(`the interface ${eniId} behind the target does not exist`, repoint);
    if (place.instanceId === undefined)
      return fail(
        `the interface ${eniId} behind the target is attached to no instance`,
        'attach it to the sensor, or point the pool at the interface that the sensor has now',
      );
    if (place.instanceId === sourceId)
      return fail(`the interface ${eniId} behind the target is on the source itself`, 'give the source another target pool');
    const sensor = facts.instances[place.instanceId];
    if (sensor === undefined)
      return unknown(`${eniId} is attached to ${place.instanceId}, whose state was not read`, 'look whether that instance runs');
    return sensor.state === 'running'
      ? pass(`${eniId} is attached to ${sensor.id} (${sensor.type}), which runs`)
      : fail(`${eniId} is attached to ${sensor.id}, which is ${sensor.state}`, `start the sensor ${sensor.id}`);
  });
}
