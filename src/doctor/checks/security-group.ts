import { isWithin } from '../addresses.ts';
import type { Check } from '../check.ts';
import type { Facts, GroupRule } from '../facts.ts';
import { type Finding, fail, pass, unknown, unread, whenRead, worst } from '../finding.ts';
import { udp, vxlanPort, type Way, waysOf } from '../way.ts';

export const securityGroup: Check = {
  id: 'security-group',
  title: "Target's security groups let the packets in",
  expects: `a security group of the target allows UDP ${vxlanPort} from the source: its address, a prefix list that holds it, or a group that the source is in`,
  about: 'session',
  examine({ session }, facts) {
    const ways = waysOf(session, facts);
    if ('unread' in ways) return unread("the target's security groups", ways.unread);
    return (
      worst(ways.value.map((way) => examineWay(way, facts))) ?? unread("the target's security groups", 'it has no interface')
    );
  },
};

type Answer = { readonly allows: string } | { readonly unsure: string } | 'no';

function examineWay(way: Way, facts: Facts): Finding {
  const { receiver, sourceAddress } = way;
  if (receiver.groupIds.length === 0) return pass(`${receiver.what} has no security groups`);
  return whenRead('security groups', facts.securityGroups, (groups) => {
    const answers = receiver.groupIds.map((id): Answer => {
      const group = groups[id];
      if (group === undefined) return { unsure: `the group ${id} is not shown` };
      const rules = group.ingress.filter(isForVxlan).map((rule) => answerOf(rule, way, id, facts));
      return (
        rules.find((answer) => typeof answer === 'object' && 'allows' in answer) ??
        rules.find((answer) => answer !== 'no') ??
        'no'
      );
    });
    for (const answer of answers) if (answer !== 'no' && 'allows' in answer) return pass(answer.allows);
    for (const answer of answers)
      if (answer !== 'no' && 'unsure' in answer)
        return unknown(
          `no rule is certain to let ${sourceAddress} in: ${answer.unsure}`,
          `look at the groups ${receiver.groupIds.join(', ')} by hand`,
        );
    const [first = ''] = receiver.groupIds;
    return fail(
      `none of ${receiver.groupIds.join(', ')} of ${receiver.what} allows UDP ${vxlanPort} from ${sourceAddress}`,
      `aws ec2 authorize-security-group-ingress --group-id ${first} --protocol udp --port ${vxlanPort} --cidr ${sourceAddress}/${sourceAddress.includes(':') ? 128 : 32} (or the CIDR of all your sources)`,
    );
  });
}

function isForVxlan({ protocol, ports }: GroupRule): boolean {
  if (protocol === '-1') return true;
  if (protocol !== 'udp' && protocol !== String(udp)) return false;
  return ports === undefined || ports.from === -1 || (ports.from <= vxlanPort && ports.to >= vxlanPort);
}

function answerOf(rule: GroupRule, { source, receiver, sourceAddress }: Way, groupId: string, facts: Facts): Answer {
  const cidr = rule.cidrs.find((one) => isWithin(sourceAddress, one));
  if (cidr !== undefined) return { allows: `${groupId} allows UDP ${vxlanPort} from ${cidr}` };
  const lists = rule.prefixListIds.map((id): Answer => {
    const list = facts.prefixLists[id] ?? { unread: 'not asked for' };
    if ('unread' in list) return { unsure: `the prefix list ${id} could not be read: ${list.unread}` };
    const entry = list.value.find((one) => isWithin(sourceAddress, one));
    return entry === undefined ? 'no' : { allows: `${groupId} allows UDP ${vxlanPort} from ${entry} of ${id}` };
  });
  const named = lists.find((answer) => answer !== 'no' && 'allows' in answer);
  if (named !== undefined) return named;
  const shared = rule.groupIds.find((id) => source.groupIds.includes(id));
  if (shared !== undefined) {
    const allows = `${groupId} allows UDP ${vxlanPort} from the group ${shared}, which the source is in`;
    if (source.vpcId === receiver.vpcId) return { allows };
    // https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html: a group of a peered VPC counts, while the peering is active.
    if ('unread' in facts.peerings) return { unsure: `peering connections could not be read: ${facts.peerings.unread}` };
    const peered = facts.peerings.value.find(({ vpcIds }) => vpcIds.includes(source.vpcId) && vpcIds.includes(receiver.vpcId));
    if (peered?.status === 'active') return { allows: `${allows}, through ${peered.id}` };
    return { unsure: `the group ${shared} is of another VPC, with which no active peering is shown` };
  }
  return lists.find((answer) => answer !== 'no') ?? 'no';
}
