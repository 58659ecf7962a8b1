/** What other tools make beside ours, and what hands do to ours. */
import { choose, type DeedOf, type Hand } from './hand.ts';

export async function makeForeignSession(
  hand: Hand,
  { interface: which, target, number, owner }: DeedOf<'make foreign session'>,
): Promise<string> {
  const eni = choose(hand.attached(), which);
  const targetId = hand.target(target);
  if (eni === undefined || targetId === undefined) return 'nothing to do it to';
  const made = await hand.answer('CreateTrafficMirrorFilter', { Description: 'of another tool' });
  const tags =
    owner === 'nobody'
      ? {}
      : { TagSpecifications: [{ ResourceType: 'traffic-mirror-session', Tags: [{ Key: 'automirror:owner', Value: owner }] }] };
  return hand.call('CreateTrafficMirrorSession', {
    NetworkInterfaceId: eni,
    TrafficMirrorTargetId: targetId,
    TrafficMirrorFilterId: /tmf-[0-9a-f]{17}/.exec(JSON.stringify(made))?.[0],
    SessionNumber: number,
    ...tags,
  });
}

export function modifySession(hand: Hand, { session, field, value }: DeedOf<'modify session by hand'>): Promise<string> {
  const TrafficMirrorSessionId = hand.ownSession(session);
  switch (field) {
    case 'number':
      return hand.call('ModifyTrafficMirrorSession', { TrafficMirrorSessionId, SessionNumber: value });
    case 'length':
      return hand.call('ModifyTrafficMirrorSession', { TrafficMirrorSessionId, PacketLength: value });
    case 'vni':
      return hand.call('ModifyTrafficMirrorSession', { TrafficMirrorSessionId, VirtualNetworkId: value });
    case 'target':
      return hand.call('ModifyTrafficMirrorSession', {
        TrafficMirrorSessionId,
        TrafficMirrorTargetId: hand.target(value / 257),
      });
  }
}

/** No filter of a policy has such a rule. */
export const strangeRuleNumber = 77;

export function editFilter(hand: Hand, { filter, how }: DeedOf<'edit filter by hand'>): Promise<string> {
  const TrafficMirrorFilterId = choose(hand.ownFilters(), filter);
  const rule = hand.emulator.ec2.world.filterRules().find((one) => one.trafficMirrorFilterId === TrafficMirrorFilterId);
  switch (how) {
    case 'add rule':
      return hand.call('CreateTrafficMirrorFilterRule', {
        TrafficMirrorFilterId,
        TrafficDirection: 'ingress',
        RuleNumber: strangeRuleNumber,
        RuleAction: 'accept',
        SourceCidrBlock: '192.0.2.0/24',
        DestinationCidrBlock: '0.0.0.0/0',
      });
    case 'delete rule':
      return hand.call('DeleteTrafficMirrorFilterRule', { TrafficMirrorFilterRuleId: rule?.trafficMirrorFilterRuleId });
    case 'change rule':
      return hand.call('ModifyTrafficMirrorFilterRule', {
        TrafficMirrorFilterRuleId: rule?.trafficMirrorFilterRuleId,
        RuleAction: 'reject',
      });
    case 'drop services':
      return hand.call('ModifyTrafficMirrorFilterNetworkServices', {
        TrafficMirrorFilterId,
        RemoveNetworkServices: ['amazon-dns'],
      });
  }
}
