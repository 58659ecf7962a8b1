import { isChange, type Plan } from '../../plan/action.ts';
import type { Account } from '../account.ts';
import { connect } from '../account.ts';
import type { AccountOptions } from '../account-options.ts';
import { dryRun } from '../dry-run.ts';
import type { CliIo } from '../io.ts';
import { loadPolicy } from '../policy-file.ts';
import { planJson, planText } from '../render/plan-text.ts';

export interface PlanOptions extends AccountOptions {
  readonly policy: string;
  readonly allowDeletes?: boolean;
}

/** Shows what the next sweep would do; 2 if it would change anything. */
export async function planCommand(options: PlanOptions, io: CliIo): Promise<0 | 2> {
  const plan = await computePlan(options, await connect(options), io);
  io.out(options.json ? `${JSON.stringify(planJson(plan), null, 2)}\n` : planText(plan, io.isTerminal));
  return plan.actions.some((action) => isChange(action) || action.kind === 'gate.block') ? 2 : 0;
}

/** Reads the account and plans everything with the policy file, changing nothing. */
export async function computePlan(options: PlanOptions, account: Account, io: CliIo): Promise<Plan> {
  const { owner, allowDeletes } = options;
  const { plan } = await dryRun(account, { owner, policy: await loadPolicy(options.policy, io.cwd), allowDeletes });
  return plan;
}
