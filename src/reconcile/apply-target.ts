import type { CreateTarget, DeleteTarget } from '../plan/action.ts';
import { destinationText } from '../plan/spec.ts';
import type { ApplyContext } from './apply.ts';
import { clientToken } from './client-token.ts';
import { Ec2Error } from './ports.ts';
import type { Result } from './result.ts';

/** Makes the target that the policy declares. */
export async function applyTargetCreate(action: CreateTarget, { mirroring, tokenSalt }: ApplyContext): Promise<Result> {
  const { destination, tags, reason } = action;
  const request = { destination, description: `automirror: ${destinationText(destination)}`, tags };
  const { targetId, requestId } = await mirroring.createTarget({ ...request, clientToken: clientToken(request, tokenSalt) });
  return { action, outcome: 'done', reason, targetId, ...(requestId === undefined ? {} : { requestId }) };
}

/** Deletes a target that no pool has and no session uses; one that is gone already counts as deleted. */
export async function applyTargetDelete(action: DeleteTarget, { mirroring }: ApplyContext): Promise<Result> {
  const done = { action, outcome: 'done', reason: action.reason } as const;
  try {
    const { requestId } = await mirroring.deleteTarget(action.target.id);
    return { ...done, ...(requestId === undefined ? {} : { requestId }) };
  } catch (error) {
    if (error instanceof Ec2Error && error.class === 'gone') return { ...done, errorCode: error.code };
    throw error;
  }
}
