/** Defects planted on purpose, one at a time, to show that the simulation bites: each is a few words of the source put otherwise. */
export interface Defect {
  readonly name: string;
  /** Relative to the project's folder. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** A script that breaks a law with it. */
  readonly seed: number;
}

export const defects: readonly Defect[] = [
  {
    name: 'lists end with their first page',
    file: 'src/aws/pages.ts',
    find: 'token = next || undefined;',
    replace: 'token = undefined;',
    seed: 2,
  },
  {
    name: 'an empty page ends a list',
    file: 'src/aws/pages.ts',
    find: 'token = next || undefined;',
    replace: 'token = page.length === 0 ? undefined : next || undefined;',
    seed: 2,
  },
  {
    name: 'a list that fails on the way counts as read',
    file: 'src/aws/pages.ts',
    find: '    throw toEc2Error(error);\n',
    replace: '    toEc2Error(error);\n',
    seed: 1,
  },
  {
    name: 'a session that is gone already cannot be deleted',
    file: 'src/reconcile/apply-session.ts',
    find: "if (error instanceof Ec2Error && error.class === 'gone') {",
    replace: "if (error instanceof Ec2Error && error.class === 'denied') {",
    seed: 24,
  },
  {
    name: 'the owner of a session is not looked at',
    file: 'src/model/ownership.ts',
    find: 'return isOwnedBy(owner, one.tags) && (one',
    replace: 'return (one',
    seed: 1,
  },
  {
    name: 'any owner that begins alike is taken for ours',
    file: 'src/model/ownership.ts',
    find: 'return tags[ownerTag] === owner;',
    replace: 'return tags[ownerTag]?.startsWith(owner.slice(0, 8)) === true;',
    seed: 1,
  },
  {
    name: 'client tokens have no salt',
    file: 'src/reconcile/client-token.ts',
    find: 'JSON.stringify([request, salt])',
    replace: 'JSON.stringify([request])',
    seed: 1,
  },
  {
    name: 'creations come before deletions',
    file: 'src/plan/order.ts',
    find: "'session.create': 14,",
    replace: "'session.create': 10,",
    seed: 1,
  },
  {
    name: 'numbers are exchanged in the order of slots',
    file: 'src/plan/order.ts',
    find: 'spec.sessionNumber === session.sessionNumber || !held.has(spec.sessionNumber),',
    replace: 'spec.sessionNumber === session.sessionNumber || held.size > 0,',
    seed: 30,
  },
  {
    name: 'the gate counts a tenth of the deletions',
    file: 'src/plan/gates.ts',
    find: 'if (deletes.length === 0 || deletes.length + already <= allowed) return plan;',
    replace: 'if (deletes.length === 0 || deletes.length / 10 + already <= allowed) return plan;',
    seed: 3,
  },
  {
    name: 'events younger than the last look at everything are passed over',
    file: 'src/reconcile/coverage.ts',
    find: 'at + eventTimeStepMs + consistencyMs <= this.#readAt &&',
    replace: 'at <= now &&',
    seed: 1,
  },
  {
    name: 'the content of a filter is not looked at',
    file: 'src/plan/filters.ts',
    find: ' || filterHash(filter.content) !== tagged)',
    replace: ' || filterHash(filter.content) === undefined)',
    seed: 1,
  },
  {
    name: "other people's session numbers are not looked at",
    file: 'src/plan/session-changes.ts',
    find: 'const foreignNumbers = new Set(foreign.map((session) => session.sessionNumber));',
    replace: 'const foreignNumbers = new Set(foreign.slice(0, 0).map((session) => session.sessionNumber));',
    seed: 1,
  },
  {
    name: "other people's sessions take no room on an interface",
    file: 'src/plan/sources.ts',
    find: 'sessionsPerInterface - foreign.length',
    replace: 'sessionsPerInterface - 0 * foreign.length',
    seed: 5,
  },
  {
    name: 'a second session for one slot is left',
    file: 'src/plan/seats.ts',
    find: 'duplicates.push(...others);',
    replace: 'duplicates.push(...others.slice(1));',
    seed: 2,
  },
  {
    name: 'a target in another zone serves a pool that requires the same',
    file: 'src/plan/place.ts',
    find: "return rule !== 'require' || isSameZone(zone, target);",
    replace: "return rule === 'require' || rule !== 'require' || isSameZone(zone, target);",
    seed: 8,
  },
  {
    name: 'a target whose interface is gone still serves',
    file: 'src/plan/pools.ts',
    find: "interfaceState !== 'gone'",
    replace: 'interfaceState !== undefined || interfaceState === undefined',
    seed: 1,
  },
  {
    name: 'a packet length is never lifted',
    file: 'src/aws/ec2-mirroring.ts',
    find: "RemoveFields: packetLength === null ? ['packet-length'] : undefined,",
    replace: 'RemoveFields: undefined,',
    seed: 2,
  },
  {
    name: 'stopping an instance changes nothing',
    file: 'src/policy/resolve.ts',
    find: "instance.state === 'stopped' && policy.whenStopped === 'remove'",
    replace: "instance.state === 'stopped' && policy.whenStopped === 'remove' && policy.never.length > 99",
    seed: 6,
  },
  {
    name: 'the never list does not win',
    file: 'src/policy/select-rule.ts',
    find: 'policy.never.entries()',
    replace: 'policy.never.slice(1).entries()',
    seed: 30,
  },
  {
    name: 'mirror-until does not end anything',
    file: 'src/policy/resolve.ts',
    find: 'overrides.until !== undefined && overrides.until <= facts.now',
    replace: 'overrides.until !== undefined && overrides.until <= 0',
    seed: 2,
  },
  {
    name: 'a sweep does not tell what it has done',
    file: 'src/service.ts',
    find: "return outcome !== 'done' || (action.kind",
    replace: "return outcome !== 'done' && (action.kind",
    seed: 1,
  },
  {
    name: 'what the bus refuses is not told',
    file: 'src/audit/trail.ts',
    find: 'for (const { event, error } of await this.#bus.put(batch)) {',
    replace: 'for (const { event, error } of (await this.#bus.put(batch)).slice(0, 0)) {',
    seed: 9,
  },
  {
    name: 'a batch counts as served though EC2 could not be read',
    file: 'src/service.ts',
    find: "    return 'retry';",
    replace: "    return 'served';",
    seed: 2,
  },
  {
    name: 'an interface that has left its instance keeps its sessions',
    file: 'src/plan/sources.ts',
    find: "if (attachment === 'none' || context.decisions.has(attachment.instanceId))",
    replace: "if (attachment === 'none') continue;\n    if (context.decisions.has(attachment.instanceId))",
    seed: 2,
  },
  {
    name: 'a session made again by a sweep is told of twice',
    file: 'src/reconcile/reconcile.ts',
    find: 'request.onResult(memory.writes.withoutRepeat(result, clock.now()));',
    replace: 'request.onResult(result);',
    seed: 10,
  },
  {
    name: 'changes are begun without a line before them',
    file: 'src/reconcile/apply.ts',
    find: 'onIntent?.(changes);',
    replace: 'if (changes.length === 0) onIntent?.(changes);',
    seed: 1,
  },
  {
    name: 'the trail is replayed without deletions',
    file: 'src/audit/replay.ts',
    find: "if (action === 'session.delete') this.#delete(sessionId);",
    replace: "if (action === 'session.delete') this.#delete('');",
    seed: 1,
  },
];
