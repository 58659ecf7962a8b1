import { isWithin } from '../addresses.ts';
import type { Check } from '../check.ts';
import type { AclEntry, NetworkAcl } from '../facts.ts';
import { type Finding, fail, pass, unread, whenRead, worst } from '../finding.ts';
import { udp, vxlanPort, type Way, waysOf } from '../way.ts';

/** The check of one end: packets leave the source's subnet and enter the target's. */
function aclCheck(end: 'source' | 'target'): Check {
  const isEgress = end === 'source';
  return {
    id: `${end}-network-acl`,
    title: isEgress
      ? "Network ACL of the source's subnet lets the packets out"
      : "Network ACL of the target's subnet lets the packets in",
    expects: `the network ACL of the ${end}'s subnet allows UDP ${vxlanPort} ${isEgress ? 'out to the target' : 'in from the source'}: its rules in order of number, the first that matches decides; within one subnet it is not asked`,
    about: 'session',
    examine({ session }, facts) {
      const ways = waysOf(session, facts);
      if ('unread' in ways) return unread(`the network ACL of the ${end}'s subnet`, ways.unread);
      return whenRead(
        'network ACLs',
        facts.networkAcls,
        (acls) =>
          worst(ways.value.map((way) => examineWay(way, acls, isEgress))) ??
          unread('network ACLs', 'the target has no interface'),
      );
    },
  };
}

export const sourceNetworkAcl = aclCheck('source');
export const targetNetworkAcl = aclCheck('target');

function examineWay(
  { source, receiver, sourceAddress, receiverAddress }: Way,
  acls: readonly NetworkAcl[],
  isEgress: boolean,
): Finding {
  if (source.subnetId === receiver.subnetId) return pass(`source and target are both in ${source.subnetId}`);
  const subnetId = isEgress ? source.subnetId : receiver.subnetId;
  const far = isEgress ? receiverAddress : sourceAddress;
  const acl = acls.find(({ subnetIds }) => subnetIds.includes(subnetId));
  if (acl === undefined) return unread(`the network ACL of ${subnetId}`, 'EC2 shows none');
  const way = isEgress ? `out to ${far}` : `in from ${far}`;
  const entry = acl.entries
    .filter((one) => one.isEgress === isEgress && matches(one, far))
    .sort((a, b) => a.ruleNumber - b.ruleNumber)[0];
  if (entry?.action === 'allow') return pass(`rule ${entry.ruleNumber} of ${acl.id} allows UDP ${vxlanPort} ${way}`);
  const by = entry === undefined ? 'no rule' : entry.ruleNumber >= 32_767 ? 'the final rule' : `rule ${entry.ruleNumber}`;
  return fail(
    entry === undefined
      ? `${by} of ${acl.id} allows UDP ${vxlanPort} ${way}`
      : `${by} of ${acl.id} of ${subnetId} denies UDP ${vxlanPort} ${way}`,
    `add an allowing ${isEgress ? 'outbound' : 'inbound'} rule for UDP ${vxlanPort} ${isEgress ? 'to' : 'from'} ${far} to ${acl.id}, with a number below ${entry?.ruleNumber ?? 32_767}`,
  );
}

function matches({ protocol, ports, cidr }: AclEntry, address: string): boolean {
  if (protocol !== -1 && protocol !== udp) return false;
  if (protocol === udp && ports !== undefined && (ports.from > vxlanPort || ports.to < vxlanPort)) return false;
  return isWithin(address, cidr);
}
