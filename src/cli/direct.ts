import { randomUUID } from 'node:crypto';
import { toRecord, toSweepRecord } from '../audit/record.ts';
import { RunCounts } from '../audit/run-counts.ts';
import type { CompiledPolicy } from '../model/policy.ts';
import type { Scope } from '../plan/world.ts';
import { Memory } from '../reconcile/memory.ts';
import { reconcile } from '../reconcile/reconcile.ts';
import type { Account } from './account.ts';
import { inWords, said } from './cli-error.ts';
import type { Followed } from './follow.ts';
import type { SweepWishes } from './service-request.ts';
import type { Tell } from './trail-teller.ts';

const trigger = { what: 'command-line' } as const;

/** Less than the patience of a connection, so that what is under way can end. */
const applyForMs = 14 * 60_000;

/**
 * Does with the caller's own credentials what the service would do, by the same code. Each record is told the moment that its change is made: nobody else
 * keeps it.
 */
export async function applyDirectly(
  account: Account,
  { owner, policy, scope, wishes }: { owner: string; policy: CompiledPolicy; scope: Scope; wishes: SweepWishes },
  tell: Tell,
): Promise<Followed> {
  const facts = { owner, runId: randomUUID(), policyHash: policy.hash };
  const counts = new RunCounts();
  const seen = { failed: 0, blocked: 0 };
  const now = () => new Date(account.clock.now());
  let telling: Promise<void> = Promise.resolve();
  const run = await inWords(
    'EC2 could not be read, and nothing was changed',
    reconcile(
      { ...account, owner, policy, memory: new Memory() },
      {
        scope,
        first: new Set(),
        applyUntil: account.clock.now() + applyForMs,
        allowDeletes: wishes.allowDeletes ?? false,
        rebalance: wishes.rebalance ?? false,
        onResult: (result) => {
          counts.add(result);
          const { kind } = result.action;
          if (kind === 'instance.skip' || kind === 'session.keep') return;
          if (kind === 'gate.block') seen.blocked += 1;
          else if (result.outcome === 'failed') seen.failed += 1;
          const record = toRecord(result, trigger, facts, now());
          telling = telling.then(() => tell([record]));
        },
      },
    ),
  );
  await telling;
  const reason = run.isUnfinished ? 'sweep-unfinished' : 'sweep-done';
  const detail = counts.sentence(run);
  if (scope.kind === 'everything')
    await tell([toSweepRecord({ code: reason, detail }, counts.settings(run), trigger, facts, now())]);
  if (run.defects.length > 0) return { outcome: 'partly', detail: `an error of automirror itself: ${said(run.defects[0])}` };
  if (run.isUnfinished) return { outcome: 'partly', detail: `the time was up: ${detail}` };
  if (seen.failed + seen.blocked > 0)
    return {
      outcome: 'partly',
      detail: `${seen.failed} changes failed, ${seen.blocked} times a gate held changes back: ${detail}`,
    };
  return { outcome: 'done', detail };
}
