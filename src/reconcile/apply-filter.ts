import type { CreateFilter, DeleteFilter } from '../plan/action.ts';
import type { ApplyContext } from './apply.ts';
import { clientToken } from './client-token.ts';
import { failureOf } from './failure.ts';
import { Ec2Error } from './ports.ts';
import type { Result } from './result.ts';

/**
 * Makes a filter with all its rules. One that is not finished is never used: its content does not fit the hash in its tag, so the next plan makes
 * another, and the next sweep deletes this one. Once the filter is there, a failure is a result, so that the filter is told of.
 */
export async function applyFilterCreate(action: CreateFilter, { mirroring, tokenSalt }: ApplyContext): Promise<Result> {
  const { profile, tags } = action;
  const request = { description: `automirror: ${profile.name}`, tags };
  const { filterId, requestId } = await mirroring.createFilter({ ...request, clientToken: clientToken(request, tokenSalt) });
  try {
    for (const rule of profile.content.rules) {
      await mirroring.createFilterRule(filterId, rule, clientToken([filterId, rule], tokenSalt));
    }
    if (profile.content.networkServices.length > 0) await mirroring.addNetworkServices(filterId, profile.content.networkServices);
  } catch (error) {
    if (!(error instanceof Ec2Error)) throw error;
    return { ...failureOf(action, error, 'the filter was made'), filterId };
  }
  return { action, outcome: 'done', reason: action.reason, filterId, ...(requestId === undefined ? {} : { requestId }) };
}

/** Deletes a filter that nobody uses; one that is gone already counts as deleted. */
export async function applyFilterDelete(action: DeleteFilter, { mirroring }: ApplyContext): Promise<Result> {
  try {
    const { requestId } = await mirroring.deleteFilter(action.filter.id);
    return { action, outcome: 'done', reason: action.reason, ...(requestId === undefined ? {} : { requestId }) };
  } catch (error) {
    if (error instanceof Ec2Error && error.class === 'gone')
      return { action, outcome: 'done', reason: action.reason, errorCode: error.code };
    throw error;
  }
}
