import type { Decision } from '../../../src/model/decision.ts';
import type { ActualFilter } from '../../../src/model/filter.ts';
import { filterHash } from '../../../src/model/filter-hash.ts';
import type { EniId, FilterId, InstanceId, SessionId, TargetId } from '../../../src/model/ids.ts';
import { filterNameTag, ownerTag, slotTag, specTag, targetPoolTag } from '../../../src/model/ownership.ts';
import type { CompiledPolicy } from '../../../src/model/policy.ts';
import { type ReasonCode, reasons } from '../../../src/model/reasons.ts';
import type { ActualSession, DesiredSession } from '../../../src/model/session.ts';
import type { Tags } from '../../../src/model/tags.ts';
import type { ActualTarget } from '../../../src/model/target.ts';
import { sessionTags, specHash } from '../../../src/plan/spec.ts';
import type { Attachment, DeclaredInterface, PlanInput } from '../../../src/plan/world.ts';
import { accountId, aPolicy, contents, owner, type PoolText } from './policy.ts';

/**
 * A planning case as its JSON file holds it; every line is words, first the fixed ones, then `key=value` in any order.
 *
 * | List | Line |
 * |---|---|
 * | `decisions` | `i-a wants eni-a/0 POOL\|tmt-1 FILTER\|tmf-1 #10 [zone=a length=96 vni=7\|vni=100+4 rule=opt-in onlyIfPresent]`, several lines an instance; `i-a skip\|refuse CODE`; `i-a leaves eni-b[/1] skip\|refuse CODE` |
 * | `targets` | `tmt-1 eni\|nlb\|gwlbe [eni=eni-t1 on=i-sensor type=m5.large zone=a pool=default account=2 ours gone\|unattached]` |
 * | `declared` | `eni-1 [on=i-sensor type=m5.large zone=a unattached]`: what is known of an interface that a pool declares and that is no target |
 * | `filters` | `tmf-1 CONTENT [ours spec=HASH name=zeek]`; ours carries the content's hash unless `spec` or `spec=CONTENT` says otherwise |
 * | `sessions` | `tms-1 eni-a tmt-1 tmf-1 #10 [ours=i-a/0 asked=earlier length=96 vni=7 account=2]`; ours carries the tags of the wish it serves, `asked=earlier` another spec, `ours=i-a/?` no readable slot; `9 to tmt-1` are nine of somebody else |
 * | `attachments` | ENI to `i-a`, `none`, `in-transit` or `unread`; by default where the decision or the session's tag has it |
 */
export interface PlanCase {
  readonly name: string;
  readonly pools?: Readonly<Record<string, PoolText>>;
  /** Filters that people manage themselves, by name. */
  readonly existingFilters?: CompiledPolicy['existingFilters'];
  readonly onShadow?: 'refuse';
  readonly decisions?: readonly string[];
  readonly targets?: readonly string[];
  readonly declared?: readonly string[];
  readonly rebalance?: true;
  /** What a declared target stands for, where EC2 did not let us make it lately. */
  readonly failedTargets?: readonly string[];
  readonly fullTargets?: readonly string[];
  /** Interfaces that EC2 itself has called full; `[]` where it was to be asked and has called none so. */
  readonly fullInterfaces?: readonly string[];
  /** Default: one intact filter of ours for each of the policy's, `tmf-all` and `tmf-web`. */
  readonly filters?: readonly string[];
  readonly sessions?: readonly string[];
  readonly attachments?: Readonly<Record<string, string>>;
  /** Instance ids; default: everything. */
  readonly scope?: readonly string[];
  readonly first?: readonly string[];
  readonly last?: readonly string[];
  readonly expect: readonly string[];
  /** What the plan must say of sessions that take packets from each other; not compared where it is left out. */
  readonly shadows?: readonly string[];
}

/** The input that a case describes. Refuses a line that it cannot read. */
export function planInput(text: Omit<PlanCase, 'name' | 'expect' | 'shadows'>): PlanInput {
  const policy: CompiledPolicy = {
    ...aPolicy(text.pools),
    ...(text.existingFilters === undefined ? {} : { existingFilters: text.existingFilters }),
    ...(text.onShadow === undefined ? {} : { onShadow: text.onShadow }),
  };
  const decisions = readDecisions(text.decisions ?? []);
  const wishes = decisions.flatMap((decision) => decision.sessions);
  const sessions = (text.sessions ?? []).flatMap((line) => readSessions(line, policy, wishes));
  return {
    owner,
    policy,
    scope: text.scope === undefined ? { kind: 'everything' } : { kind: 'instances', ids: new Set(text.scope) },
    decisions,
    world: {
      accountId,
      sessions,
      targets: (text.targets ?? []).map(readTarget),
      filters: (text.filters ?? ['tmf-all all-traffic ours', 'tmf-web web ours']).map(readFilter),
      attachments: readAttachments(decisions, sessions, text.attachments ?? {}),
      declaredInterfaces: new Map((text.declared ?? []).map(readDeclared)),
    },
    ...(text.rebalance === undefined ? {} : { rebalance: text.rebalance }),
    ...(text.failedTargets === undefined ? {} : { failedTargets: new Set(text.failedTargets) }),
    ...(text.fullTargets === undefined ? {} : { fullTargets: new Set(text.fullTargets.map((id) => asId<TargetId>('tmt', id))) }),
    ...(text.fullInterfaces === undefined
      ? {}
      : { fullInterfaces: new Set(text.fullInterfaces.map((id) => asId<EniId>('eni', id))) }),
    ...(text.first === undefined ? {} : { first: new Set(text.first.map((id) => asId<InstanceId>('i', id))) }),
    ...(text.last === undefined ? {} : { last: new Set(text.last.map((id) => asId<InstanceId>('i', id))) }),
  };
}

function readDecisions(lines: readonly string[]): readonly Decision[] {
  const byInstance = new Map<InstanceId, Decision>();
  for (const line of lines) {
    const [id, verb = '', ...rest] = line.split(' ');
    const instanceId = asId<InstanceId>('i', id);
    const before: Decision = byInstance.get(instanceId) ?? {
      instanceId,
      outcome: 'mirror',
      reason: { code: 'rule-matched', detail: 'the case says so' },
      rule: 'opt-in',
      sessions: [],
      leftOut: [],
      considered: [],
      notes: [],
    };
    byInstance.set(instanceId, { ...before, ...readVerb(line, before, verb, rest) });
  }
  return [...byInstance.values()];
}

function readVerb(line: string, before: Decision, verb: string, rest: readonly string[]): Partial<Decision> {
  const outcome = (word: string | undefined): 'skip' | 'refuse' => {
    if (word === 'skip' || word === 'refuse') return word;
    throw new Error(`"${line}": "${word}" is neither skip nor refuse`);
  };
  switch (verb) {
    case 'wants':
      return { sessions: [...before.sessions, readWish(line, before.instanceId, rest)] };
    case 'leaves': {
      const { eniId, slot } = readPlace(rest[0]);
      const reason = { code: asCode(rest[2]), detail: `${eniId} is left out` };
      const entry = { eniId, outcome: outcome(rest[1]), reason, ...(slot === undefined ? {} : { slot }) };
      return { leftOut: [...before.leftOut, entry] };
    }
    case 'skip':
    case 'refuse':
      return { outcome: outcome(verb), reason: { code: asCode(rest[0]), detail: `${before.instanceId} is not mirrored` } };
    default:
      throw new Error(`"${line}": expected wants, leaves, skip or refuse`);
  }
}

function readWish(line: string, instanceId: InstanceId, words: readonly string[]): DesiredSession {
  const [place, target = '', filter = '', number, ...rest] = words;
  const { eniId, slot = 0 } = readPlace(place);
  const options = readOptions(line, rest, ['zone', 'length', 'vni', 'rule', 'onlyIfPresent', 'name']);
  return {
    eniId,
    instanceId,
    slot,
    rule: options.get('rule') ?? 'opt-in',
    target: target.startsWith('tmt-') ? { id: asId<TargetId>('tmt', target) } : { pool: target },
    filter: filter.startsWith('tmf-') ? { id: asId<FilterId>('tmf', filter) } : { name: filter },
    sessionNumber: asNumber(number),
    name: options.get('name') ?? instanceId,
    onlyIfPresent: options.has('onlyIfPresent'),
    ...numbers(options, { packetLength: 'length' }),
    ...readVni(options.get('vni')),
    ...texts(options, ['zone']),
  };
}

/** `vni=7`, or `vni=100+4` for four from 100 on. */
function readVni(text: string | undefined): Pick<DesiredSession, 'vni'> {
  if (text === undefined) return {};
  const [base, count] = text.split('+').map(Number);
  return { vni: count === undefined ? Number(base) : { base: Number(base), count } };
}

function readTarget(line: string): ActualTarget {
  const [id, kind = '', ...rest] = line.split(' ');
  const options = readOptions(line, rest, ['eni', 'on', 'type', 'zone', 'pool', 'account', 'ours', 'gone', 'unattached']);
  const tags: Tags = {
    ...(options.has('pool') ? { [targetPoolTag]: options.get('pool') ?? '' } : {}),
    ...(options.has('ours') ? { [ownerTag]: owner } : {}),
  };
  const base = {
    id: asId<TargetId>('tmt', id),
    accountId: options.get('account') ?? accountId,
    tags,
    ...behind(options),
  };
  switch (kind) {
    case 'eni':
      return {
        ...base,
        type: 'network-interface',
        networkInterfaceId: asId<EniId>('eni', options.get('eni') ?? `eni-of-${id}`),
      };
    case 'nlb':
      return { ...base, type: 'network-load-balancer', networkLoadBalancerArn: `arn:aws:elasticloadbalancing:::${id}` };
    case 'gwlbe':
      return { ...base, type: 'gateway-load-balancer-endpoint', gatewayLoadBalancerEndpointId: `vpce-of-${id}` };
    default:
      throw new Error(`"${line}": a target is eni, nlb or gwlbe`);
  }
}

function readDeclared(line: string): readonly [EniId, DeclaredInterface] {
  const [id, ...rest] = line.split(' ');
  return [asId<EniId>('eni', id), behind(readOptions(line, rest, ['on', 'type', 'zone', 'unattached']))];
}

function behind(options: ReadonlyMap<string, string>): DeclaredInterface {
  return {
    ...texts(options, ['zone']),
    ...(options.has('on') ? { instanceId: asId<InstanceId>('i', options.get('on')) } : {}),
    ...(options.has('type') ? { instanceType: options.get('type') ?? '' } : {}),
    ...(options.has('gone') ? { interfaceState: 'gone' as const } : {}),
    ...(options.has('unattached') ? { interfaceState: 'unattached' as const } : {}),
  };
}

function readFilter(line: string): ActualFilter {
  const [id, name = '', ...rest] = line.split(' ');
  const options = readOptions(line, rest, ['ours', 'spec', 'name']);
  const content = contents[name];
  if (content === undefined) throw new Error(`"${line}": no filter content "${name}"`);
  const spec = contents[options.get('spec') ?? name];
  const tags: Tags = options.has('ours')
    ? { [ownerTag]: owner, [specTag]: spec === undefined ? (options.get('spec') ?? '') : filterHash(spec), Name: name }
    : {};
  const named = options.has('name') ? { [filterNameTag]: options.get('name') ?? '' } : {};
  return { id: asId<FilterId>('tmf', id), content, ruleIds: [], tags: { ...tags, ...named } };
}

function readSessions(line: string, policy: CompiledPolicy, wishes: readonly DesiredSession[]): readonly ActualSession[] {
  const words = line.split(' ');
  const crowd = /^(\d+) to (tmt-\S+)$/.exec(line);
  if (crowd !== null) {
    return Array.from({ length: Number(crowd[1]) }, (_, index) => ({
      id: asId<SessionId>('tms', `tms-other-${crowd[2]}-${index}`),
      eniId: asId<EniId>('eni', `eni-other-${crowd[2]}-${index}`),
      targetId: asId<TargetId>('tmt', crowd[2]),
      filterId: asId<FilterId>('tmf', 'tmf-other'),
      sessionNumber: 1,
      accountId,
      tags: {},
    }));
  }
  const [id, eni, target, filter, number, ...rest] = words;
  const options = readOptions(line, rest, ['ours', 'asked', 'length', 'vni', 'account', 'name', 'rule']);
  const eniId = asId<EniId>('eni', eni);
  return [
    {
      id: asId<SessionId>('tms', id),
      eniId,
      targetId: asId<TargetId>('tmt', target),
      filterId: asId<FilterId>('tmf', filter),
      sessionNumber: asNumber(number),
      accountId: options.get('account') ?? accountId,
      ...numbers(options, { packetLength: 'length', vni: 'vni' }),
      tags: ownTags(eniId, options, policy, wishes),
    },
  ];
}

function ownTags(
  eniId: EniId,
  options: ReadonlyMap<string, string>,
  policy: CompiledPolicy,
  wishes: readonly DesiredSession[],
): Tags {
  const ours = options.get('ours');
  if (ours === undefined) return {};
  const [instance, slot = '?'] = ours.split('/');
  const instanceId = asId<InstanceId>('i', instance);
  const wish = wishes.find((candidate) => candidate.eniId === eniId && String(candidate.slot) === slot);
  const profile =
    wish !== undefined && 'name' in wish.filter ? policy.filters[wish.filter.name] : Object.values(policy.filters)[0];
  const asked = options.has('asked') || wish === undefined ? 'earlier' : specHash(wish, profile?.hash ?? '');
  const served: DesiredSession = {
    eniId,
    target: { pool: 'default' },
    filter: { name: 'all-traffic' },
    sessionNumber: 10,
    onlyIfPresent: false,
    ...wish,
    instanceId,
    slot: 0,
    rule: options.get('rule') ?? wish?.rule ?? 'opt-in',
    name: options.get('name') ?? wish?.name ?? instanceId,
  };
  return { ...sessionTags(owner, served, asked), [slotTag]: slot };
}

function readAttachments(
  decisions: readonly Decision[],
  sessions: readonly ActualSession[],
  stated: Readonly<Record<string, string>>,
): ReadonlyMap<EniId, Attachment> {
  const attachments = new Map<EniId, Attachment>();
  for (const { eniId, tags } of sessions) {
    const home = tags['automirror:instance'];
    if (home !== undefined) attachments.set(eniId, { instanceId: asId<InstanceId>('i', home) });
  }
  for (const { instanceId, sessions: wishes, leftOut } of decisions) {
    for (const { eniId } of [...wishes, ...leftOut]) attachments.set(eniId, { instanceId });
  }
  for (const [eni, where] of Object.entries(stated)) {
    const eniId = asId<EniId>('eni', eni);
    if (where === 'unread') attachments.delete(eniId);
    else if (where === 'none' || where === 'in-transit') attachments.set(eniId, where);
    else attachments.set(eniId, { instanceId: asId<InstanceId>('i', where) });
  }
  return attachments;
}

function readPlace(text = ''): { readonly eniId: EniId; readonly slot?: number } {
  const [eni, slot] = text.split('/');
  return { eniId: asId<EniId>('eni', eni), ...(slot === undefined ? {} : { slot: Number(slot) }) };
}

function readOptions(line: string, words: readonly string[], known: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    words.map((word) => {
      const [key = '', ...value] = word.split('=');
      if (!known.includes(key)) throw new Error(`"${line}": "${word}" is none of ${known.join(', ')}`);
      return [key, value.join('=')];
    }),
  );
}

function numbers<K extends string>(
  options: ReadonlyMap<string, string>,
  fields: Readonly<Record<K, string>>,
): Partial<Record<K, number>> {
  const found: Partial<Record<K, number>> = {};
  for (const field in fields) {
    const text = options.get(fields[field]);
    if (text !== undefined) found[field] = Number(text);
  }
  return found;
}

function texts<K extends string>(options: ReadonlyMap<string, string>, keys: readonly K[]): Partial<Record<K, string>> {
  const found: Partial<Record<K, string>> = {};
  for (const key of keys) {
    const text = options.get(key);
    if (text !== undefined) found[key] = text;
  }
  return found;
}

function asId<T extends string>(prefix: string, text: string | undefined): T {
  if (text === undefined || !text.startsWith(`${prefix}-`)) throw new Error(`"${text}" is no id that begins with ${prefix}-`);
  // The prefix is all that an id's type says.
  return text as T;
}

function asNumber(text: string | undefined): number {
  const match = /^#(\d+)$/.exec(text ?? '');
  if (match === null) throw new Error(`"${text}" is no session number such as #10`);
  return Number(match[1]);
}

function asCode(text: string | undefined): ReasonCode {
  const code = Object.keys(reasons).find((known): known is ReasonCode => known === text);
  if (code === undefined) throw new Error(`"${text}" is no reason code`);
  return code;
}
