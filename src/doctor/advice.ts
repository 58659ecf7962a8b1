import type { ReasonCode } from '../model/reasons.ts';

/** What to do about a source that is refused or left alone though it may be meant to be mirrored; codes that need nothing are absent. */
const advices: Partial<Readonly<Record<ReasonCode, string>>> = {
  'never-mirrored': "the policy's never list wins over tags: change the list, if the instance may be mirrored",
  'until-passed': 'set the tag mirror-until to a later time, or remove it',
  'instance-stopped': 'start the instance',
  'interface-not-selected': 'change the tag mirror-interfaces, or remove it to mirror all interfaces',
  'interface-opted-out': 'remove the tag mirror from the interface',
  'no-interface': 'attach a network interface',
  'interface-not-attached': 'attach the interface, or wait until it is',
  'tag-conflict': 'keep one spelling of the tag, and remove the others',
  'tag-invalid': 'give the tag a value that the tags reference allows',
  'target-unknown': 'name a target pool of the policy in the tag mirror-target, or add the pool to the policy',
  'filter-unknown': 'name a filter of the policy in the tag mirror-filter, or add the filter to the policy',
  'target-not-allowed': 'name a pool in the tag mirror-target, or make the target a member of one: tag it automirror:target=POOL',
  'filter-not-allowed': 'name a filter of the policy in the tag mirror-filter',
  'instance-type-unsupported':
    'change the instance to a supported type, such as m5, c5, r5 or t3; instanceTypes.allow in the policy tries an unlisted one',
  'instance-type-denied': 'take the type from instanceTypes.deny in the policy, if it may be mirrored',
  'interface-unsupported': 'mirror another interface: only plain interfaces outside IPv6-only subnets can be sources',
  'interface-managed': 'leave it: no interface that an AWS service manages can be a source',
  'interface-ipv6-only': 'mirror another interface, or move the instance to a subnet with IPv4 too',
  'interface-is-target': 'leave it: a sensor cannot be a source as well',
  'interface-full': 'delete a session of another tool from the interface: three is the most',
  'pool-empty': 'make a traffic mirror target and tag it automirror:target=POOL, or list it in the policy',
  'pool-zone': "add a target in the source's zone to the pool, or set the pool's zone to prefer",
  'pool-full': 'add a target to the pool, or use a larger sensor or a load balancer: those take more sources',
  'pool-unattached': "attach the targets' interfaces to sensors that run",
  'target-unavailable': 'change the member in the policy: what it names does not exist or cannot be a target',
  'filter-not-found': 'make the filter that the policy names, or tag one automirror:filter with its name',
  'vni-range-full': "give the rule's vni a larger count",
  'shadow-refused': 'give the rule a higher sessionNumber or a narrower filter, or set onShadow to warn',
  shadowed: 'give the session with the lower number a higher one, or one of the two a narrower filter',
  'max-sessions': 'raise limits.maxSessions in the policy, or mirror fewer interfaces',
};

/** What to do about a reason; undefined where nothing is to be done. `ReasonCode` is a closed set, but a newer service may write others. */
export function adviceOn(code: string): string | undefined {
  return Object.hasOwn(advices, code) ? advices[code as ReasonCode] : undefined;
}
