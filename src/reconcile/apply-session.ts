import type { FilterId, TargetId } from '../model/ids.ts';
import { isOwnedBy, slotTag, specTag } from '../model/ownership.ts';
import type { ActualSession } from '../model/session.ts';
import type { CreateSession, DeleteSession, FilterRef, ModifySession, SessionAction, TargetRef } from '../plan/action.ts';
import type { ApplyContext } from './apply.ts';
import { clientToken } from './client-token.ts';
import { failureOf } from './failure.ts';
import { Ec2Error, type ErrorClass, type Receipt, type SessionModification } from './ports.ts';
import type { Result } from './result.ts';

/** Makes a session. Where the answer was lost, or names no certain reason, EC2 is asked whether the session is there. */
export async function applySessionCreate(action: CreateSession, context: ApplyContext): Promise<Result> {
  const { spec, eniId } = action;
  const request = {
    eniId,
    targetId: targetIdOf(spec.target),
    filterId: filterIdOf(spec.filter),
    sessionNumber: spec.sessionNumber,
    tags: spec.tags,
    ...(spec.packetLength === undefined ? {} : { packetLength: spec.packetLength }),
    ...(spec.vni === undefined ? {} : { vni: spec.vni }),
  };
  try {
    const { sessionId, requestId } = await context.mirroring.createSession({
      ...request,
      clientToken: clientToken(request, context.tokenSalt),
    });
    return { ...done(action, { requestId }), sessionId };
  } catch (error) {
    // EC2 documents no code for a number that is taken: the session may be there from an earlier try.
    const found = await settle(error, ['unsettled', 'throttled', 'invalid'], action, context, (sessions) =>
      sessions.find((session) => isTheOne(session, action, context.owner)),
    );
    return { ...done(action, found.receipt), sessionId: found.session.id };
  }
}

/** Changes the fields that differ, then the tags that tell about them. */
export async function applySessionModify(action: ModifySession, context: ApplyContext): Promise<Result> {
  const { session, spec, changes } = action;
  const filterId = filterIdOf(spec.filter);
  const targetId = targetIdOf(spec.target);
  const fields = new Set(changes.map((change) => change.field));
  const modification: SessionModification = {
    ...(fields.has('target') ? { targetId } : {}),
    ...(fields.has('filter') ? { filterId } : {}),
    ...(fields.has('sessionNumber') ? { sessionNumber: spec.sessionNumber } : {}),
    ...(fields.has('packetLength') ? { packetLength: spec.packetLength ?? null } : {}),
    ...(fields.has('vni') && spec.vni !== undefined ? { vni: spec.vni } : {}),
  };
  const isAsWanted = (one: ActualSession) =>
    one.targetId === targetId &&
    one.filterId === filterId &&
    one.sessionNumber === spec.sessionNumber &&
    one.packetLength === spec.packetLength &&
    (spec.vni === undefined || one.vni === spec.vni);

  let receipt: Receipt = { requestId: undefined };
  if (Object.keys(modification).length > 0) {
    try {
      receipt = await context.mirroring.modifySession(session.id, modification);
    } catch (error) {
      const settled = await settle(error, ['unsettled', 'throttled', 'denied'], action, context, (sessions) => {
        const still = sessions.find((one) => one.id === session.id);
        if (still === undefined) throw new Ec2Error('gone', codeOf(error), `${session.id} is gone`, { cause: error });
        requireOurs(still, error, context.owner);
        return isAsWanted(still) && !isDenial(error) ? still : undefined;
      });
      receipt = settled.receipt;
    }
  }
  if (fields.has('tags')) {
    const labels = Object.fromEntries(Object.entries(spec.tags).filter(([key, value]) => session.tags[key] !== value));
    try {
      const tagged = await context.mirroring.tagSession(session.id, labels);
      receipt = receipt.requestId === undefined ? tagged : receipt;
    } catch (error) {
      if (!(error instanceof Ec2Error) || Object.keys(modification).length === 0) throw error;
      return { ...failureOf(action, error, 'the session was changed'), sessionId: session.id };
    }
  }
  return { ...done(action, receipt), sessionId: session.id };
}

/** Deletes a session; one that is gone already counts as deleted. */
export async function applySessionDelete(action: DeleteSession, context: ApplyContext): Promise<Result> {
  const { session } = action;
  try {
    return { ...done(action, await context.mirroring.deleteSession(session.id)), sessionId: session.id };
  } catch (error) {
    if (error instanceof Ec2Error && error.class === 'gone') {
      return { ...done(action, { requestId: error.requestId }), sessionId: session.id, errorCode: error.code };
    }
    const settled = await settle(error, ['unsettled', 'throttled', 'denied'], action, context, (sessions) => {
      const still = sessions.find((one) => one.id === session.id);
      if (still !== undefined) requireOurs(still, error, context.owner);
      return still === undefined ? session : undefined;
    });
    return { ...done(action, settled.receipt), sessionId: session.id };
  }
}

/**
 * Asks EC2 what became of a call whose answer says nothing certain; throws the error again if it is of another class, or if what was wanted is not so.
 * An attempt that was throttled may have come after one whose answer was lost, so that says nothing certain either. Nor does a denial: a session that is
 * gone has no owner tag, and IAM, which is asked first, then sees nothing that the role may touch.
 */
async function settle(
  error: unknown,
  classes: readonly ErrorClass[],
  action: SessionAction,
  { inventory }: ApplyContext,
  find: (sessions: readonly ActualSession[]) => ActualSession | undefined,
): Promise<{ readonly session: ActualSession; readonly receipt: Receipt }> {
  if (!(error instanceof Ec2Error) || !classes.includes(error.class)) throw error;
  let sessions: readonly ActualSession[] = [];
  try {
    sessions = await inventory.sessionsOf(action.eniId);
  } catch (looking) {
    if (!(looking instanceof Ec2Error)) throw looking;
    // A describe whose filter matches nothing may raise a not-found error where others give an empty list.
    const isEmpty = looking.class === 'gone';
    if (!isEmpty) throw inDoubt(error, looking);
  }
  const session = find(sessions);
  if (session === undefined) throw error;
  return { session, receipt: { requestId: error.requestId } };
}

function inDoubt(error: Ec2Error, looking: Ec2Error): Ec2Error {
  const { class: errorClass, code, message, requestId } = error;
  const doubt = `${message}; the change may have happened, for EC2 could not be asked (${looking.code})`;
  return new Ec2Error(errorClass, code, doubt, { requestId, cause: error });
}

/** A denial for a session that lost our owner tag says nothing of the role: somebody has taken the session from us. */
function requireOurs(session: ActualSession, error: unknown, owner: string): void {
  if (isOwnedBy(owner, session.tags)) return;
  throw new Ec2Error('in-use', codeOf(error), `${session.id} no longer has our owner tag`, { cause: error });
}

function isDenial(error: unknown): boolean {
  return error instanceof Ec2Error && error.class === 'denied';
}

function codeOf(error: unknown): string {
  return error instanceof Ec2Error ? error.code : 'Unknown';
}

function isTheOne(session: ActualSession, { spec, slot }: CreateSession, owner: string): boolean {
  return (
    isOwnedBy(owner, session.tags) &&
    session.tags[slotTag] === String(slot) &&
    session.tags[specTag] === spec.tags[specTag] &&
    session.sessionNumber === spec.sessionNumber &&
    session.targetId === targetIdOf(spec.target)
  );
}

function filterIdOf(filter: FilterRef): FilterId {
  if (!('id' in filter)) throw new Error('a session was to be applied before its filter was made');
  return filter.id;
}

function targetIdOf(target: TargetRef): TargetId {
  if (!('id' in target)) throw new Error('a session was to be applied before its target was made');
  return target.id;
}

function done(action: SessionAction, { requestId }: Receipt): Result {
  return { action, outcome: 'done', reason: action.reason, ...(requestId === undefined ? {} : { requestId }) };
}
