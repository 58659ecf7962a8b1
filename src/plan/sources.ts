import type { Decision, Reason } from '../model/decision.ts';
import type { EniId, InstanceId, TargetId } from '../model/ids.ts';
import { instanceTag, ruleTag } from '../model/ownership.ts';
import { type ActualSession, type DesiredSession, sessionsPerInterface } from '../model/session.ts';
import type { Action, LeaveSource } from './action.ts';
import { placeSeats } from './placing.ts';
import { refusal, refuseSeats } from './seat-refusals.ts';
import { type Seating, seat } from './seats.ts';
import { planSessions } from './session-changes.ts';
import { slotOf } from './spec.ts';
import { type Wish, wishOf } from './wish.ts';
import type { PlanContext } from './world.ts';

/** What to do on the source ENIs. */
export interface SourcePlan {
  readonly actions: readonly Action[];
  /** Content hashes of the filters that the planned sessions need. */
  readonly wantedFilters: ReadonlySet<string>;
  readonly followUp: ReadonlySet<InstanceId>;
  readonly tightTargets: readonly TargetId[];
}

/** What stands on one ENI and what is wanted there. */
export interface SourceInterface {
  readonly eniId: EniId;
  readonly decision: Decision | undefined;
  readonly own: readonly ActualSession[];
  readonly foreign: readonly ActualSession[];
  readonly seating: Seating<Wish>;
  /** Wishes that nothing can serve; they take no seat from the others. */
  readonly hopeless: readonly { readonly desired: DesiredSession; readonly reason: Reason }[];
}

/** Plans every ENI that has a wanted session or one of ours in scope. */
export function planSources(context: PlanContext, inScope: readonly ActualSession[]): SourcePlan {
  const { interfaces: all, followUp } = gather(context, inScope);
  const deleted = new Set(all.flatMap(({ seating }) => [...seating.unwanted, ...seating.duplicates]));
  const unplaced = new Map<string, LeaveSource>();
  let granted = refuseSeats(context, all, deleted, unplaced);
  let placed = placeSeats(context, granted.interfaces, granted.vnis);
  for (;;) {
    // What finds no target casts no shadow, and gives its VNI back, which somebody else may have wanted.
    const before = deleted.size + unplaced.size;
    for (const { session } of [...placed.evicted.values()].flat()) deleted.add(session);
    for (const refusal of placed.refused) unplaced.set(`${refusal.eniId}/${refusal.slot}`, refusal);
    if (granted.refused.length + granted.vnis.size === 0 || deleted.size + unplaced.size === before) break;
    granted = refuseSeats(context, all, deleted, unplaced);
    placed = placeSeats(context, granted.interfaces, granted.vnis);
  }

  const actions: Action[] = [...granted.refused, ...placed.refused];
  const wantedFilters = new Set<string>();
  for (const source of granted.interfaces) {
    const seats = placed.seats.get(source.eniId) ?? [];
    const evicted = placed.evicted.get(source.eniId) ?? [];
    actions.push(...deletions(context, source, evicted), ...refusals(context, source));
    actions.push(...planSessions(context, seats, source.foreign, granted.vnis, wantedFilters));
  }
  return { actions, wantedFilters, followUp, tightTargets: placed.tightTargets };
}

function gather(context: PlanContext, inScope: readonly ActualSession[]) {
  const followUp = new Set<InstanceId>();
  const onInterface = new Map<EniId, ActualSession[]>();
  for (const session of context.world.sessions)
    onInterface.set(session.eniId, [...(onInterface.get(session.eniId) ?? []), session]);

  const wanted = new Map<EniId, Decision>();
  const decisions = [...context.decisions.values()].sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
  for (const decision of decisions) {
    for (const desired of decision.sessions) wanted.set(desired.eniId, decision);
  }

  const looked = new Set(inScope);
  const enis = new Set<EniId>(wanted.keys());
  for (const session of inScope) {
    if (wanted.has(session.eniId)) continue;
    const attachment = context.world.attachments.get(session.eniId);
    // Not read, or on the move: what is not known is not touched.
    if (attachment === undefined || attachment === 'in-transit') continue;
    if (attachment === 'none' || context.decisions.has(attachment.instanceId)) enis.add(session.eniId);
    else followUp.add(attachment.instanceId);
  }

  const interfaces = [...enis].sort().map((eniId): SourceInterface => {
    const sessions = onInterface.get(eniId) ?? [];
    // On an ENI that nobody wants, a session of an instance outside the scope is not looked at: nothing is known of that instance.
    const own = sessions.filter((session) => context.ours.has(session) && (wanted.has(eniId) || looked.has(session)));
    const foreign = sessions.filter((session) => !context.ours.has(session));
    const decision = wanted.get(eniId);
    const asked = wishesFor(eniId, decision).map((desired) => ({ desired, answer: answerTo(context, desired) }));
    const wishes = asked.flatMap(({ answer }) => ('granted' in answer ? answer.granted : []));
    const hopeless = asked.flatMap(({ desired, answer }) => ('refused' in answer ? { desired, reason: answer.refused } : []));
    const { room, yields } = roomOn(context, eniId, own, foreign);
    return { eniId, decision, own, foreign, seating: seat(wishes, own, room, yields), hopeless };
  });
  return { interfaces, followUp };
}

/**
 * How many sessions of ours an ENI can hold, and whether one of them makes room for a lower slot where that is too few. The list of sessions alone is no ground
 * for that: it may still show what somebody else has just deleted. EC2's refusal alone is none either: what the list does not show yet may be the very
 * session that is asked for.
 */
function roomOn(
  { fullInterfaces }: PlanContext,
  eniId: EniId,
  own: readonly ActualSession[],
  foreign: readonly ActualSession[],
): { readonly room: number; readonly yields: boolean } {
  const listed = own.length + foreign.length;
  if (fullInterfaces?.has(eniId))
    return listed < sessionsPerInterface ? { room: 0, yields: false } : { room: own.length, yields: true };
  // More than EC2 ever holds together: some of them are gone.
  const isBehind = listed > sessionsPerInterface;
  return { room: Math.max(0, sessionsPerInterface - foreign.length), yields: fullInterfaces === undefined && !isBehind };
}

/** An ENI that is a target can be no source: nothing is seated there, and what is there goes. */
function answerTo(context: PlanContext, desired: DesiredSession): ReturnType<typeof wishOf> {
  const sensor = context.sensorInterfaces.get(desired.eniId);
  return sensor === undefined ? wishOf(context, desired) : { refused: { code: 'interface-is-target', detail: sensor } };
}

function deletions(
  context: PlanContext,
  source: SourceInterface,
  evicted: readonly { session: ActualSession; reason: Reason }[],
): Action[] {
  const { seating, eniId } = source;
  const subject = (session: ActualSession) => ({
    eniId,
    instanceId: instanceOf(session),
    slot: slotOf(session),
    rule: session.tags[ruleTag],
  });
  return [
    ...seating.unwanted.map((session) => ({ session, reason: whyUnwanted(context, source, session) })),
    ...seating.duplicates.map((session) => ({
      session,
      reason: {
        code: 'duplicate-session',
        detail: `another session of ours serves slot ${slotOf(session)} of ${eniId}`,
      } satisfies Reason,
    })),
    ...evicted,
  ].map(({ session, reason }) => ({ kind: 'session.delete', session, ...subject(session), reason }));
}

function whyUnwanted(context: PlanContext, source: SourceInterface, session: ActualSession): Reason {
  const { eniId, seating } = source;
  const sensor = context.sensorInterfaces.get(eniId);
  if (sensor !== undefined) return { code: 'interface-is-target', detail: sensor };
  if (seating.noRoom.some((lost) => lost.session === session)) return fullReason(context, source);

  const attachment = context.world.attachments.get(eniId);
  const home = typeof attachment === 'object' ? attachment.instanceId : instanceOf(session);
  const decision = source.decision ?? (home === undefined ? undefined : context.decisions.get(home));
  if (decision === undefined) {
    return home === undefined || attachment !== 'none'
      ? { code: 'interface-not-attached', detail: `${eniId} is attached to no instance` }
      : { code: 'instance-gone', detail: `EC2 does not know ${home} any more, and ${eniId} is attached to no instance` };
  }
  if (decision.outcome !== 'mirror') return decision.reason;
  const slot = slotOf(session);
  const hopeless = source.hopeless.find(({ desired }) => desired.slot === slot);
  if (hopeless !== undefined) return hopeless.reason;
  const leftOut = decision.leftOut.find((entry) => entry.eniId === eniId && (entry.slot === undefined || entry.slot === slot));
  if (leftOut !== undefined) return leftOut.reason;
  if (attachment === 'none') return { code: 'interface-not-attached', detail: `${eniId} is attached to no instance` };
  return { code: 'slot-removed', detail: `rule "${decision.rule}" asks for no session in slot ${slot ?? '?'}` };
}

function refusals(context: PlanContext, source: SourceInterface): Action[] {
  return [
    ...source.seating.noRoom.map(({ desired }) => refusal(desired, fullReason(context, source))),
    ...source.hopeless.map(({ desired, reason }) => refusal(desired, reason)),
  ];
}

function wishesFor(eniId: EniId, decision: Decision | undefined): readonly DesiredSession[] {
  return decision?.sessions.filter((wish) => wish.eniId === eniId) ?? [];
}

function fullReason({ fullInterfaces }: PlanContext, { eniId, own, foreign }: SourceInterface): Reason {
  if (fullInterfaces?.has(eniId) && own.length + foreign.length < sessionsPerInterface)
    return {
      code: 'interface-full',
      detail: `EC2 says that ${eniId} has ${sessionsPerInterface} sessions; its list does not show them all yet`,
    };
  const others = foreign.length === 1 ? '1 session that is not ours' : `${foreign.length} sessions that are not ours`;
  return { code: 'interface-full', detail: `${eniId} can have ${sessionsPerInterface} sessions and has ${others}` };
}

function instanceOf(session: ActualSession): InstanceId | undefined {
  const tag = session.tags[instanceTag];
  return tag?.startsWith('i-') ? (tag as InstanceId) : undefined;
}
