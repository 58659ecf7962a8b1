import { describe, expect, it } from 'vitest';
import { ownerTag } from '../../../src/model/ownership.ts';
import type { Action } from '../../../src/plan/action.ts';
import { apply } from '../../../src/reconcile/apply.ts';
import type { Result } from '../../../src/reconcile/result.ts';
import { ManualClock } from '../../support/shell/clock.ts';
import { ec2Error, FakeEc2 } from '../../support/shell/fake-ec2.ts';
import { anEniId, aSession, aSessionId, deleteAction, modifyAction, owner } from '../../support/shell/things.ts';

/** Applies with IAM denying the call about session 1 once, as it does for a resource whose tags it cannot see. */
async function applyDenied(call: 'deleteSession' | 'modifySession', actions: readonly Action[], ec2: FakeEc2) {
  const clock = new ManualClock();
  const results: Result[] = [];
  ec2.fail(call, ec2Error('denied', 'UnauthorizedOperation'), { about: aSessionId(1), times: 1 });
  await apply(actions, {
    inventory: ec2,
    mirroring: ec2,
    clock,
    owner,
    until: clock.now() + 10_000,
    tokenSalt: 'salt',
    isDryRun: false,
    onResult: (result) => results.push(result),
  });
  const rows = results.map(({ action, outcome, reason }) => [
    'eniId' in action ? String(action.eniId) : '',
    outcome,
    reason.code,
  ]);
  return rows.sort(([a = ''], [b = '']) => a.localeCompare(b));
}

describe('a denial for a session that is gone with its interface', () => {
  it('counts as a deletion done, and stops no other deletion', async () => {
    const ec2 = new FakeEc2();
    ec2.addSession(aSession(2));
    const results = await applyDenied('deleteSession', [deleteAction(1), deleteAction(2)], ec2);
    expect(results.map(([eniId, outcome]) => [eniId, outcome])).toEqual([
      [anEniId(1), 'done'],
      [anEniId(2), 'done'],
    ]);
    expect(ec2.sessionsById.size).toBe(0);
  });

  it('fails a modification as not found, and stops no other modification', async () => {
    const ec2 = new FakeEc2();
    ec2.addSession(aSession(2));
    const results = await applyDenied('modifySession', [modifyAction(1), modifyAction(2)], ec2);
    expect(results.map(([, outcome, reason]) => [outcome, reason])).toEqual([
      ['failed', 'not-found'],
      ['done', 'drift'],
    ]);
  });
});

describe('a denial for a session that has lost our owner tag', () => {
  it.each([
    ['deleteSession', deleteAction(1), deleteAction(2)],
    ['modifySession', modifyAction(1), modifyAction(2)],
  ] as const)('fails %s as a conflict, and stops no other change of that kind', async (call, lost, other) => {
    const ec2 = new FakeEc2();
    ec2.addSession({ ...aSession(1), tags: { [ownerTag]: 'somebody else' } });
    ec2.addSession(aSession(2));
    const results = await applyDenied(call, [lost, other], ec2);
    expect(results[0]?.slice(1)).toEqual(['failed', 'conflict']);
    expect(results[1]?.[1]).toBe('done');
  });
});

it('a denial for a session that is ours and there is a failure', async () => {
  const ec2 = new FakeEc2();
  ec2.addSession(aSession(1));
  const results = await applyDenied('deleteSession', [deleteAction(1)], ec2);
  expect(results[0]?.slice(1)).toEqual(['failed', 'denied']);
});
