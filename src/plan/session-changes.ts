import type { Reason } from '../model/decision.ts';
import { specTag } from '../model/ownership.ts';
import { type ActualSession, packetLengthRange } from '../model/session.ts';
import type { Action, CreateSession, KeepSession, ModifySession, SessionSpec } from './action.ts';
import { targetRef } from './declared-targets.ts';
import { assignNumbers } from './numbers.ts';
import { orderNumberChanges } from './order.ts';
import type { PlacedSeat } from './placing.ts';
import { findShadows } from './shadows.ts';
import { sessionChanges, sessionTags, specHash } from './spec.ts';
import type { Vnis } from './vnis.ts';
import type { PlanContext } from './world.ts';

/** What to do so that the sessions of one ENI become what its seats ask for; the content hashes of the filters that this needs are added to `wantedFilters`. */
export function planSessions(
  context: PlanContext,
  seats: readonly PlacedSeat[],
  foreign: readonly ActualSession[],
  vnis: Vnis,
  wantedFilters: Set<string>,
): readonly Action[] {
  const foreignNumbers = new Set(foreign.map((session) => session.sessionNumber));
  const numbers = assignNumbers(
    seats.map(({ desired, session }) => ({ preferred: desired.sessionNumber, current: session?.sessionNumber })),
    foreignNumbers,
  );
  const wanted = seats.map((placed, index) =>
    sessionAction(context, placed, numbers[index] ?? placed.desired.sessionNumber, vnis.get(placed.desired)),
  );
  const others: Action[] = [...findShadows(context, wanted, foreign)];

  const staying = new Set(foreignNumbers);
  const modifications: ModifySession[] = [];
  for (const action of wanted) {
    if (action.kind === 'session.keep') staying.add(action.session.sessionNumber);
    else if ('hash' in action.spec.filter) wantedFilters.add(action.spec.filter.hash);
    if (action.kind === 'session.modify') modifications.push(action);
    else others.push(action);
  }
  return [...others, ...orderNumberChanges(modifications, staying)];
}

function sessionAction(
  context: PlanContext,
  placed: PlacedSeat,
  sessionNumber: number,
  vni: number | 'none' | undefined,
): CreateSession | ModifySession | KeepSession {
  const { desired, session } = placed;
  const spec = specOf(context, placed, sessionNumber, vni);
  const { eniId, instanceId, slot, rule } = desired;
  const subject = { eniId, instanceId, slot, rule };
  if (session === undefined) {
    const reason = { code: 'session-missing', detail: `rule "${rule}" wants a session in slot ${slot}` } as const;
    return { kind: 'session.create', ...subject, spec, reason };
  }
  const changes = sessionChanges(session, spec);
  if (changes.length > 0) {
    const fields = changes.map((change) => change.field);
    return { kind: 'session.modify', ...subject, session, spec, changes, reason: whyModified(placed, session, spec, fields) };
  }
  const reason = { code: 'session-current', detail: `${session.id} is as rule "${rule}" wants it` } as const;
  return { kind: 'session.keep', ...subject, session, reason };
}

function whyModified({ moved }: PlacedSeat, session: ActualSession, spec: SessionSpec, fields: readonly string[]): Reason {
  const list = fields.join(', ');
  if (moved !== undefined) return moved;
  if (session.tags[specTag] === spec.tags[specTag]) return { code: 'drift', detail: `not as we left it: ${list}` };
  return { code: 'settings-changed', detail: `asked for otherwise now: ${list}` };
}

function specOf(
  context: PlanContext,
  placed: PlacedSeat,
  sessionNumber: number,
  given: number | 'none' | undefined,
): SessionSpec {
  const { desired, target, filter } = placed;
  const packetLength = desired.packetLength ?? lengthAsGiven(placed);
  // A session for which its range has no VNI left keeps the one that it has.
  const vni = typeof desired.vni === 'object' ? (given === 'none' ? undefined : given) : desired.vni;
  return {
    target: targetRef(target, context.declared),
    filter,
    sessionNumber,
    ...(packetLength === undefined ? {} : { packetLength }),
    ...(vni === undefined ? {} : { vni }),
    tags: sessionTags(context.owner, desired, specHash(desired, desired.filterChoice.hash)),
  };
}

/**
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTrafficMirrorSession.html: a session to a Network Load Balancer has 8,500 bytes where
 * nothing is asked for. To lift that would be to change it back for ever.
 */
function lengthAsGiven({ session, target }: PlacedSeat): number | undefined {
  const isGiven = target.type === 'network-load-balancer' && session?.packetLength === packetLengthRange.max;
  return isGiven ? packetLengthRange.max : undefined;
}
