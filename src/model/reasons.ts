/**
 * The closed set of reason codes: the same code stands in a decision, in the audit record and in the metric.
 * Codes are stable: they may be added, never renamed. The sentence says what the code means, in general; a decision's own `detail` says it of one case.
 */
export const reasons = {
  // Why a source is mirrored, or what a change is for.
  'rule-matched': 'a rule of the policy selects the instance',
  'session-missing': 'the policy wants a session that does not exist',
  'session-current': 'the session is as the policy wants it',
  'settings-changed': 'the policy or a tag asks for other settings than before',
  drift: 'somebody changed the session by hand',
  'target-left-pool': "the session's target is no longer a member of its pool or no longer fits its zone rule",
  rebalanced: 'a person asked for the load to be spread evenly',
  adopted: 'a person has given us a session that nobody owned',
  'target-missing': 'the policy declares a target that does not exist',
  'target-unused': 'the target is ours, it is in no pool, and no session uses it',
  'filter-missing': 'the policy wants a filter that does not exist',
  'filter-unused': 'no session uses the filter and the policy does not want it',

  // Why an instance or an interface is left alone.
  'no-rule-matched': 'no rule of the policy selects the instance',
  'opted-out': 'the tag mirror says no',
  'never-mirrored': "the policy's never list selects the instance",
  'until-passed': 'the time in the tag mirror-until has passed',
  'instance-pending': 'the instance is not running yet',
  'instance-stopped': 'the instance is stopped',
  'instance-terminated': 'the instance is terminated or about to be',
  'instance-gone': 'EC2 does not know the instance any more',
  'no-interface': 'the instance has no attached network interface',
  'interface-not-selected': 'the tag mirror-interfaces leaves the interface out',
  'interface-opted-out': 'the tag mirror of the interface says no',
  'interface-not-attached': 'the interface is not attached to the instance',
  teardown: 'everything of this owner is removed, because a person asked for it',
  'slot-removed': 'the rule asks for fewer sessions than before',
  shadowed: 'a session with a lower number takes packets that the filter of another accepts too',
  'duplicate-session': 'another session of ours serves the same slot of the interface',

  // Why a source that was selected is refused.
  'tag-conflict': 'two spellings of one tag disagree',
  'tag-invalid': 'a tag has a value that cannot be understood',
  'target-unknown': 'the tag mirror-target names no pool of the policy',
  'filter-unknown': 'the tag mirror-filter names no filter of the policy',
  'target-not-allowed': 'the tag mirror-target holds the id of a target that is in no pool of the policy',
  'filter-not-found': 'the policy names a filter that people manage themselves, and EC2 has none such',
  'filter-not-allowed': 'the tag mirror-filter holds the id of a filter that the policy does not know',
  'instance-type-unsupported': 'Traffic Mirroring does not support the instance type as a source',
  'instance-type-denied': "the policy's instanceTypes.deny lists the instance type",
  'interface-unsupported': 'Traffic Mirroring takes no interface of this type as a source',
  'interface-managed': 'an AWS service manages the interface, and Traffic Mirroring takes none of those as a source',
  'interface-ipv6-only': 'the interface is in an IPv6-only subnet, and Traffic Mirroring takes none of those as a source',
  'interface-is-target': 'the interface is itself a mirror target',
  'shadow-refused': 'the session would take packets from another tool, or would get none, and onShadow of the policy is refuse',
  'vni-range-full': "every VNI of the rule's range is taken",
  'interface-full': 'the interface already has three sessions',
  'pool-empty': 'the pool has no member that exists',
  'pool-unattached': 'the interface of every member that could serve is attached to no instance',
  'pool-zone': "no member of the pool is in the source's Availability Zone, which the pool requires",
  'pool-full': 'every member of the pool has as many sources as it can take',
  'target-unavailable': 'what the policy declares as a target cannot be made one',
  'max-sessions': 'limits.maxSessions of the policy is reached',

  // Why a change was not made.
  'max-deletes': 'the sweep would delete more sessions than limits.maxDeletesPerSweep allows',
  deadline: 'the time of this run was up; the rest follows in another',
  throttled: 'EC2 refused the call for now, and the time to retry was up',
  denied: 'IAM does not allow the call',
  quota: 'a quota of the account is reached',
  conflict: 'something else changed first; the next run sees it',
  'not-found': 'a resource that the call needs does not exist',
  'api-error': 'EC2 answered with an error',
  skipped: 'an earlier step that this one needs has failed',

  // What became of a finding.
  'finding-received': 'a finding on the instance asks for its mirroring',
  'finding-extended': 'a later finding on an instance that a finding had tagged asks for its mirroring for longer',
  'finding-current': 'the tags that a finding has set on the instance last as long already',
  'finding-mirrored': 'a rule of the policy selects the instance without the tags that the finding would set',
  'finding-below-severity': 'the finding is less severe than onFinding.minSeverity of the policy',
  'finding-type-not-listed': "the policy's onFinding.types does not list the type of the finding",
  'finding-past': 'the time for which the finding asks for mirroring has passed',
  'finding-left-alone': 'somebody has set tags on the instance that a finding does not overrule',

  // How a sweep ended.
  'sweep-done': 'everything was looked at, and what was to do is done or has failed for a reason of its own',
  'sweep-unfinished': 'the time of this run was up; another sweep goes on',
  'read-failed': 'EC2 could not be read to the end, so nothing was concluded and nothing changed',

  // Why a message was dropped.
  'event-malformed': 'the message is not an event',
  'event-unknown': 'the event is of no kind that this service acts on',
} as const;

export type ReasonCode = keyof typeof reasons;
