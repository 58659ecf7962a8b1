import type { Trigger } from '../events/trigger.ts';
import type { Reason } from '../model/decision.ts';
import { instanceTag, ruleTag } from '../model/ownership.ts';
import type { ActualSession } from '../model/session.ts';
import type { Action, SessionSpec } from '../plan/action.ts';
import { destinationText, filterText, slotOf, targetText } from '../plan/spec.ts';
import type { Result } from '../reconcile/result.ts';

/** Values of a session, as text for people and filters. */
export type Settings = Readonly<Record<string, string | number>>;

/**
 * One line of the audit trail: flat, and of version 1. What does not apply is left out.
 *
 * `before` and `after` hold only the fields that an action changes (all of them where it makes or deletes).
 */
export interface AuditRecord {
  readonly audit: 1;
  readonly time: string;
  readonly owner: string;
  readonly runId: string;
  readonly trigger: Trigger['what'];
  readonly eventId?: string;
  readonly principal?: string;
  readonly action: Result['action']['kind'] | 'event.drop' | 'sweep.complete';
  readonly outcome: Result['outcome'];
  readonly reason: string;
  readonly detail?: string;
  readonly instanceId?: string;
  readonly eniId?: string;
  readonly slot?: number;
  readonly sessionId?: string;
  readonly targetId?: string;
  readonly filterId?: string;
  readonly rule?: string;
  readonly before?: Settings;
  readonly after?: Settings;
  readonly errorCode?: string;
  readonly requestId?: string;
  readonly policyHash: string;
}

/** What all records of a run have in common. */
export interface RunFacts {
  readonly owner: string;
  readonly runId: string;
  readonly policyHash: string;
}

/** Longest text in a record, in characters: whoever can write a tag must not be able to flood the trail. */
const textLimit = 512;

/** Makes the record of a result. Values that others can write are cut to length; JSON keeps them on one line. */
export function toRecord(result: Result, trigger: Trigger, run: RunFacts, time: Date): AuditRecord {
  const { action, outcome, reason } = result;
  return {
    ...frame(trigger, run, time),
    action: action.kind,
    outcome,
    reason: reason.code,
    detail: cut(reason.detail),
    ...subjectOf(result),
    ...settingsOf(action),
    ...(result.errorCode === undefined ? {} : { errorCode: cut(result.errorCode) }),
    ...(result.requestId === undefined ? {} : { requestId: cut(result.requestId) }),
  };
}

/** Makes the record of a message that was dropped. */
export function toDropRecord(reason: Reason, trigger: Trigger, run: RunFacts, time: Date): AuditRecord {
  return { ...frame(trigger, run, time), action: 'event.drop', outcome: 'done', reason: reason.code, detail: cut(reason.detail) };
}

/** Makes the record that closes a sweep, with what it counted. */
export function toSweepRecord(reason: Reason, counts: Settings, trigger: Trigger, run: RunFacts, time: Date): AuditRecord {
  const outcome = reason.code === 'read-failed' ? 'failed' : 'done';
  return {
    ...frame(trigger, run, time),
    action: 'sweep.complete',
    outcome,
    reason: reason.code,
    detail: cut(reason.detail),
    after: counts,
  };
}

function frame(trigger: Trigger, run: RunFacts, time: Date) {
  const { what, ...from } = trigger;
  return { audit: 1, time: time.toISOString(), ...run, trigger: what, ...from } as const;
}

function subjectOf({ action, sessionId, filterId, targetId }: Result): Partial<AuditRecord> {
  switch (action.kind) {
    case 'filter.create':
      return filterId === undefined ? {} : { filterId };
    case 'filter.delete':
      return { filterId: action.filter.id };
    case 'target.create':
      return targetId === undefined ? {} : { targetId };
    case 'target.delete':
      return { targetId: action.target.id };
    case 'target.refuse':
    case 'gate.block':
      return {};
    case 'session.shadow': {
      const { instanceId, eniId, slot, rule, sessionId: id } = action;
      return {
        eniId,
        ...(instanceId === undefined ? {} : { instanceId }),
        ...(slot === undefined ? {} : { slot }),
        ...(rule === undefined ? {} : { rule: cut(rule) }),
        ...(id === undefined ? {} : { sessionId: id }),
      };
    }
    case 'instance.skip':
    case 'instance.refuse':
      return {
        instanceId: action.instanceId,
        ...(action.eniId === undefined ? {} : { eniId: action.eniId }),
        ...(action.slot === undefined ? {} : { slot: action.slot }),
        ...(action.rule === undefined ? {} : { rule: cut(action.rule) }),
      };
    case 'instance.tag':
      return { instanceId: action.instanceId };
    case 'session.create': {
      const { instanceId, eniId, slot, rule, spec } = action;
      return {
        instanceId,
        eniId,
        slot,
        rule: cut(rule),
        ...targetOf(spec),
        ...(sessionId === undefined ? {} : { sessionId }),
        ...filterOf(spec),
      };
    }
    case 'session.modify': {
      // What the session is from now on; its tags tell what it was.
      const { instanceId, slot, rule, spec } = action;
      return {
        ...sessionSubject(action.session),
        ...(instanceId === undefined ? {} : { instanceId }),
        ...(slot === undefined ? {} : { slot }),
        ...(rule === undefined ? {} : { rule: cut(rule) }),
        ...targetOf(spec),
        ...filterOf(spec),
      };
    }
    case 'session.delete':
    case 'session.keep':
      return { ...sessionSubject(action.session), targetId: action.session.targetId, filterId: action.session.filterId };
  }
}

function sessionSubject(session: ActualSession): Partial<AuditRecord> {
  const slot = slotOf(session);
  return {
    sessionId: session.id,
    eniId: session.eniId,
    ...(session.tags[instanceTag] === undefined ? {} : { instanceId: cut(session.tags[instanceTag]) }),
    ...(slot === undefined ? {} : { slot }),
    ...(session.tags[ruleTag] === undefined ? {} : { rule: cut(session.tags[ruleTag]) }),
  };
}

function filterOf({ filter }: SessionSpec): Partial<AuditRecord> {
  return 'id' in filter ? { filterId: filter.id } : {};
}

function targetOf({ target }: SessionSpec): Partial<AuditRecord> {
  return 'id' in target ? { targetId: target.id } : {};
}

function settingsOf(action: Result['action']): Partial<AuditRecord> {
  switch (action.kind) {
    case 'session.create':
      return { after: specSettings(action.spec) };
    case 'session.modify': {
      const side = (which: 'before' | 'after') =>
        Object.fromEntries(
          action.changes.flatMap((change) => (change[which] === undefined ? [] : [[change.field, cut(change[which])]])),
        );
      return { before: side('before'), after: side('after') };
    }
    case 'instance.tag':
      return action.tags === undefined ? {} : { after: action.tags };
    case 'session.delete':
      return { before: sessionSettings(action.session) };
    case 'filter.create':
      return { after: { name: cut(action.profile.name), hash: action.profile.hash, rules: action.profile.content.rules.length } };
    case 'filter.delete':
      return { before: { rules: action.filter.content.rules.length } };
    case 'target.create':
    case 'target.refuse':
      return { after: { destination: destinationText(action.destination) } };
    case 'target.delete': {
      const { networkInterfaceId, networkLoadBalancerArn, gatewayLoadBalancerEndpointId } = action.target;
      const destination = networkInterfaceId ?? networkLoadBalancerArn ?? gatewayLoadBalancerEndpointId;
      return destination === undefined ? {} : { before: { destination } };
    }
    case 'gate.block': {
      const count = (kind: Action['kind']) => action.blocked.filter((blocked) => blocked.kind === kind).length;
      return {
        after: {
          gate: action.gate,
          deletions: count('session.delete'),
          modifications: count('session.modify'),
          creations: count('session.create'),
        },
      };
    }
    case 'session.keep':
    case 'session.shadow':
    case 'instance.skip':
    case 'instance.refuse':
      return {};
  }
}

function specSettings(spec: SessionSpec): Settings {
  return {
    target: targetText(spec.target),
    filter: filterText(spec.filter),
    sessionNumber: spec.sessionNumber,
    ...(spec.packetLength === undefined ? {} : { packetLength: spec.packetLength }),
    ...(spec.vni === undefined ? {} : { vni: spec.vni }),
  };
}

function sessionSettings(session: ActualSession): Settings {
  return {
    target: session.targetId,
    filter: session.filterId,
    sessionNumber: session.sessionNumber,
    ...(session.packetLength === undefined ? {} : { packetLength: session.packetLength }),
    ...(session.vni === undefined ? {} : { vni: session.vni }),
  };
}

function cut(text: string): string {
  // Not through a surrogate pair: half of one is no Unicode, and need not pass the bus.
  return text.length > textLimit ? `${text.slice(0, textLimit - 1).replace(/[\ud800-\udbff]$/, '')}…` : text;
}
