import { isChange } from '../../plan/action.ts';
import { connect } from '../account.ts';
import type { AccountOptions } from '../account-options.ts';
import { type DryRun, dryRun, type PlanSource } from '../dry-run.ts';
import { consequences } from '../estimate.ts';
import type { CliIo } from '../io.ts';
import { loadPolicy } from '../policy-file.ts';
import { planJson, planText } from '../render/plan-text.ts';

export interface PlanOptions extends AccountOptions {
  readonly policy: string;
  /** USD for a session-hour. */
  readonly price: number;
  readonly allowDeletes?: boolean;
  readonly rebalance?: boolean;
  /** A folder with a snapshot to plan from, instead of the account. */
  readonly from?: string;
}

/** Shows what the next sweep would do; 2 if it would change anything. */
export async function planCommand(options: PlanOptions, io: CliIo): Promise<0 | 2> {
  const run = await computePlan(options, await sourceOf(options, io), io);
  const after = consequences(run, options.price);
  io.out(options.json ? `${JSON.stringify(planJson(run.plan, after), null, 2)}\n` : planText(run.plan, after, io.isTerminal));
  return run.plan.actions.some((action) => isChange(action) || action.kind === 'gate.block') ? 2 : 0;
}

/** The saved account where there is one to read, the caller's own otherwise. */
export async function sourceOf(options: PlanOptions, io: CliIo): Promise<PlanSource> {
  if (options.from === undefined) return connect(options, io);
  const { openSnapshot } = await import('../snapshot/read.ts');
  return openSnapshot(options.from, io.cwd);
}

/** Reads the account and plans everything with the policy file, changing nothing. */
export async function computePlan(
  { owner, policy, allowDeletes, rebalance }: PlanOptions,
  source: PlanSource,
  io: CliIo,
): Promise<DryRun> {
  return dryRun(source, { owner, policy: await loadPolicy(policy, io.cwd), allowDeletes, rebalance });
}
