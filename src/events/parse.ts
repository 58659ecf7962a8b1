import { type InstanceId, isInstanceId } from '../model/ids.ts';
import type { Request, Trigger } from './trigger.ts';

/**
 * Reads one queue message: the JSON of an EventBridge event. Never throws; what it cannot read it drops with a reason.
 *
 * Only ids are taken from an event: the state of things is asked of EC2.
 *
 * @param owner commands to another owner's stack are dropped
 * @param more parsers of events that not every policy has a use for
 */
export function parseMessage(body: string, owner: string, more: Parsers = {}): Request {
  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch {
    return drop('event-malformed', `the message is no JSON: ${excerpt(body)}`);
  }
  if (!isRecord(event) || typeof event.source !== 'string' || typeof event['detail-type'] !== 'string') {
    return drop('event-malformed', `the message is no EventBridge event (no source or detail-type): ${excerpt(body)}`);
  }
  const kind = `${event.source}/${event['detail-type']}`;
  const parser = parsers[kind] ?? more[kind];
  const id = typeof event.id === 'string' ? { eventId: event.id.slice(0, 128) } : {};
  if (parser === undefined) {
    const which = excerpt(`${event['detail-type']} from ${event.source}`);
    return drop('event-unknown', `no use for events of the kind: ${which}`, id);
  }
  const detail = inner(event.detail);
  const at = typeof event.time === 'string' ? Date.parse(event.time) : Number.NaN;
  return parser({ detail, resources: stringList(event.resources), owner, id, at });
}

interface Envelope {
  readonly detail: Readonly<Record<string, unknown>>;
  readonly resources: readonly string[];
  readonly owner: string;
  readonly id: { readonly eventId?: string };
  readonly at: number;
}

type Parser = (envelope: Envelope) => Request;

/** By source and detail-type, with a slash between them. */
export type Parsers = Readonly<Record<string, Parser>>;

/** The shapes are those that AWS documents, of which we trust nothing but ids. */
const parsers: Parsers = {
  'aws.ec2/EC2 Instance State-change Notification': ({ detail, id, at }) =>
    instances([detail['instance-id']], { what: 'instance-state', ...id }, 'detail.instance-id', at),

  'aws.tag/Tag Change on Resource': ({ detail, resources, id, at }) => {
    const trigger: Trigger = { what: 'tag-change', ...id };
    if (detail['resource-type'] === 'instance') return instances(resources.map(afterSlash), trigger, 'resources', at);
    // Tags of an ENI, a target, a subnet …: which instances they concern, only EC2 can tell.
    return { kind: 'sweep', trigger };
  },

  'aws.ec2/AWS API Call via CloudTrail': ({ detail, id }) => {
    const identity = inner(detail.userIdentity);
    const principal = typeof identity.arn === 'string' ? { principal: identity.arn.slice(0, 512) } : {};
    const trigger: Trigger = { what: 'api-call', ...id, ...principal };
    const { instanceId } = inner(detail.requestParameters);
    if (typeof instanceId === 'string' && isInstanceId(instanceId)) return { kind: 'instances', ids: [instanceId], trigger };
    return { kind: 'sweep', trigger };
  },

  'aws.events/Scheduled Event': ({ id }) => ({ kind: 'sweep', trigger: { what: 'schedule', ...id } }),

  'aws.cloudformation/CloudFormation Stack Status Change': ({ id }) => ({ kind: 'sweep', trigger: { what: 'stack', ...id } }),

  'automirror/Sweep Requested': ({ detail, owner, id }) =>
    toUs(detail, owner, id) ?? {
      kind: 'sweep',
      trigger: { what: 'sweep-requested', ...id },
      ...(detail.allowDeletes === true ? { allowDeletes: true } : {}),
      ...(detail.rebalance === true ? { rebalance: true } : {}),
    },

  'automirror/Reconcile Requested': ({ detail, owner, id }) =>
    toUs(detail, owner, id) ??
    instances(
      Array.isArray(detail.instanceIds) ? detail.instanceIds : [],
      { what: 'reconcile-requested', ...id },
      'detail.instanceIds',
    ),
};

function toUs(detail: Readonly<Record<string, unknown>>, owner: string, id: { readonly eventId?: string }): Request | undefined {
  if (detail.owner === owner) return undefined;
  const whose = typeof detail.owner === 'string' ? `is for another owner: ${excerpt(detail.owner)}` : 'names no owner';
  return drop('event-unknown', `the command ${whose}`, id);
}

function instances(candidates: readonly unknown[], trigger: Trigger, where: string, at?: number): Request {
  const ids = candidates.filter((id): id is InstanceId => typeof id === 'string' && isInstanceId(id));
  if (ids.length > 0) return { kind: 'instances', ids: [...new Set(ids)], trigger, ...(at === undefined ? {} : { at }) };
  return { kind: 'drop', reason: 'event-malformed', detail: `the event names no instance in ${where}`, trigger };
}

function drop(reason: 'event-malformed' | 'event-unknown', detail: string, id: { readonly eventId?: string } = {}): Request {
  return { kind: 'drop', reason, detail, trigger: { what: 'unknown', ...id } };
}

function afterSlash(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

function stringList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** An object within an event; empty where there is none. */
export function inner(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A short piece for a person to recognise the message by; JSON escapes keep it on one line. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}
