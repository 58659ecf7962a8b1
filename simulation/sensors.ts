/** Makes targets, and fills and breaks them. */
import type { DeedOf, Hand, Input } from './hand.ts';

const otherAccount = '999988887777';

/** Sessions of another account, which may use a target that is shared with it. */
export function fill(hand: Hand, { target, sessions }: DeedOf<'fill target'>): string {
  const id = hand.target(target);
  if (id === undefined) return 'nothing to do it to';
  const { world, controls } = hand.emulator.ec2;
  const isInterface = world
    .targets()
    .some((one) => one.trafficMirrorTargetId === id && one.destination.type === 'network-interface');
  const room = isInterface ? 10 - world.sessions().filter((session) => session.trafficMirrorTargetId === id).length : sessions;
  for (let count = 0; count < Math.min(sessions, room); count += 1)
    controls.addForeignSession({ ownerId: otherAccount, trafficMirrorTargetId: id });
  return id;
}

export function empty(hand: Hand, { target }: DeedOf<'empty target'>): string {
  const id = hand.target(target);
  const { world, controls } = hand.emulator.ec2;
  for (const { ownerId, trafficMirrorSessionId, trafficMirrorTargetId } of world.sessions())
    if (ownerId === otherAccount && trafficMirrorTargetId === id) controls.removeForeignSession(trafficMirrorSessionId);
  return id ?? 'nothing to do it to';
}

export async function addTarget(hand: Hand, { pool, kind, subnet }: DeedOf<'add target'>): Promise<string> {
  const tags = { 'automirror:target': pool };
  const { controls } = hand.emulator.ec2;
  if (kind === 'shared') {
    const { host } = hand.emulator;
    const { partition, region } = host;
    const networkLoadBalancerArn = `arn:${partition}:elasticloadbalancing:${region}:${otherAccount}:loadbalancer/net/${host.newUuid()}/0123456789abcdef`;
    return controls.addSharedTarget({
      ownerId: otherAccount,
      tags,
      destination: { type: 'network-load-balancer', networkLoadBalancerArn },
    });
  }
  const TagSpecifications = [{ ResourceType: 'traffic-mirror-target', Tags: [{ Key: 'automirror:target', Value: pool }] }];
  return hand.call('CreateTrafficMirrorTarget', { ...(await destination(hand, kind, subnet)), TagSpecifications });
}

/** The interface of a sensor, which is launched for it, or a load balancer. */
async function destination(hand: Hand, kind: 'interface' | 'load balancer', subnet: number): Promise<Input> {
  const { host } = hand.emulator;
  const { accountId, partition, region } = host;
  if (kind === 'load balancer')
    return {
      NetworkLoadBalancerArn: `arn:${partition}:elasticloadbalancing:${region}:${accountId}:loadbalancer/net/${host.newUuid().slice(0, 8)}/0123456789abcdef`,
    };
  const sensor = await hand.answer('RunInstances', {
    ImageId: 'ami-0123456789abcdef0',
    InstanceType: 'm5.large',
    MinCount: 1,
    MaxCount: 1,
    SubnetId: hand.subnet(subnet),
  });
  return { NetworkInterfaceId: /eni-[0-9a-f]{17}/.exec(JSON.stringify(sensor))?.[0] };
}

export function deleteSensor(hand: Hand, { target }: DeedOf<'delete sensor interface'>): Promise<string> {
  const found = hand.emulator.ec2.world
    .targets()
    .find(({ trafficMirrorTargetId }) => trafficMirrorTargetId === hand.target(target));
  const eni = found?.destination.type === 'network-interface' ? found.destination.networkInterfaceId : undefined;
  const home = hand.emulator.ec2.world
    .networkInterfaces()
    .find(({ networkInterfaceId }) => networkInterfaceId === eni)?.attachment;
  return hand.call('TerminateInstances', { InstanceIds: home === undefined ? undefined : [home.instanceId] });
}
