import type { ActualFilter, FilterContent } from '../../../src/model/filter.ts';
import type { EniId, FilterId, InstanceId, SessionId, TargetId } from '../../../src/model/ids.ts';
import type { Instance, NetworkInterface } from '../../../src/model/instance.ts';
import { instanceTag, ownerTag, ruleTag, slotTag, specTag, targetPoolTag } from '../../../src/model/ownership.ts';
import type { CompiledPolicy } from '../../../src/model/policy.ts';
import type { ActualSession } from '../../../src/model/session.ts';
import type { ActualTarget } from '../../../src/model/target.ts';
import type { CreateFilter, CreateSession, DeleteSession, ModifySession, SessionSpec } from '../../../src/plan/action.ts';
import { parsePolicy } from '../../../src/policy/source/parse.ts';

export const owner = 'automirror-test';
export const accountId = '111122223333';

const hex = (n: number) => n.toString(16).padStart(17, '0');
export const anInstanceId = (n: number): InstanceId => `i-${hex(n)}`;
export const anEniId = (n: number): EniId => `eni-${hex(n)}`;
export const aSessionId = (n: number): SessionId => `tms-${hex(n)}`;
export const aTargetId = (n: number): TargetId => `tmt-${hex(n)}`;
export const aFilterId = (n: number): FilterId => `tmf-${hex(n)}`;

/** A policy as a user writes it, compiled; the built-in one by default. */
export function aPolicy(yaml = ''): CompiledPolicy {
  const parsed = parsePolicy(yaml, 'policy.yml');
  if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues));
  return parsed.policy;
}

export function anInterface(n: number, more: Partial<NetworkInterface> = {}): NetworkInterface {
  return { id: anEniId(n), deviceIndex: 0, interfaceType: 'interface', attachmentStatus: 'attached', ...more };
}

/** Instance `n`: running, one interface of the same number, and the tag `mirror=true` unless told otherwise. */
export function anInstance(n: number, more: Partial<Instance> = {}): Instance {
  return {
    id: anInstanceId(n),
    accountId,
    type: 'm5.large',
    state: 'running',
    zone: 'eu-west-1a',
    tags: { mirror: 'true' },
    networkInterfaces: [anInterface(n)],
    ...more,
  };
}

/** Target `n`, a load balancer in the pool `default`. */
export function aTarget(n: number, more: Partial<ActualTarget> = {}): ActualTarget {
  return {
    id: aTargetId(n),
    type: 'network-load-balancer',
    networkLoadBalancerArn: `arn:aws:elasticloadbalancing:eu-west-1:${accountId}:loadbalancer/net/sensors/${hex(n)}`,
    tags: { [targetPoolTag]: 'default' },
    ...more,
  };
}

export const acceptAll: FilterContent = {
  networkServices: ['amazon-dns'],
  rules: [
    { direction: 'ingress', number: 10, action: 'accept', sourceCidr: '0.0.0.0/0', destinationCidr: '0.0.0.0/0' },
    { direction: 'egress', number: 10, action: 'accept', sourceCidr: '0.0.0.0/0', destinationCidr: '0.0.0.0/0' },
  ],
};

export function aFilter(n: number, more: Partial<ActualFilter> = {}): ActualFilter {
  return { id: aFilterId(n), content: acceptAll, ruleIds: [], tags: {}, ...more };
}

/** Session `n` of ours on ENI `n` of instance `n`. */
export function aSession(n: number, more: Partial<ActualSession> = {}): ActualSession {
  return {
    id: aSessionId(n),
    eniId: anEniId(n),
    targetId: aTargetId(1),
    filterId: aFilterId(1),
    sessionNumber: 1,
    vni: 1_000 + n,
    accountId,
    tags: {
      [ownerTag]: owner,
      [instanceTag]: anInstanceId(n),
      [ruleTag]: 'opt-in',
      [slotTag]: '0',
      [specTag]: '00000000000000aa',
    },
    ...more,
  };
}

export function aSpec(more: Partial<SessionSpec> = {}): SessionSpec {
  return {
    target: { id: aTargetId(1) },
    filter: { id: aFilterId(1) },
    sessionNumber: 1,
    tags: { [ownerTag]: owner, [slotTag]: '0', [specTag]: '00000000000000aa' },
    ...more,
  };
}

export function createAction(n: number, more: Partial<CreateSession> = {}): CreateSession {
  return {
    kind: 'session.create',
    eniId: anEniId(n),
    instanceId: anInstanceId(n),
    slot: 0,
    rule: 'opt-in',
    reason: { code: 'session-missing', detail: 'the rule wants it' },
    spec: aSpec(),
    ...more,
  };
}

export function modifyAction(n: number, more: Partial<ModifySession> = {}): ModifySession {
  return {
    kind: 'session.modify',
    eniId: anEniId(n),
    instanceId: anInstanceId(n),
    slot: 0,
    rule: 'opt-in',
    reason: { code: 'drift', detail: 'somebody changed it' },
    session: aSession(n, { sessionNumber: 7 }),
    spec: aSpec(),
    changes: [{ field: 'sessionNumber', before: '7', after: '1' }],
    ...more,
  };
}

export function deleteAction(n: number, more: Partial<DeleteSession> = {}): DeleteSession {
  return {
    kind: 'session.delete',
    eniId: anEniId(n),
    instanceId: anInstanceId(n),
    slot: 0,
    rule: 'opt-in',
    reason: { code: 'instance-terminated', detail: 'it is terminated' },
    session: aSession(n),
    ...more,
  };
}

export function createFilterAction(hash: string, more: Partial<CreateFilter> = {}): CreateFilter {
  return {
    kind: 'filter.create',
    profile: { name: 'all-traffic', content: acceptAll, hash },
    tags: { [ownerTag]: owner, [specTag]: hash },
    reason: { code: 'filter-missing', detail: 'no such filter' },
    ...more,
  };
}
