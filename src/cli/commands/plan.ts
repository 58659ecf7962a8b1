import { isChange, type Plan } from '../../plan/action.ts';
import { Memory } from '../../reconcile/memory.ts';
import { reconcile } from '../../reconcile/reconcile.ts';
import type { Account } from '../account.ts';
import { connect } from '../account.ts';
import type { AccountOptions } from '../account-options.ts';
import { inWords } from '../cli-error.ts';
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
  const policy = await loadPolicy(options.policy, io.cwd);
  const run = await inWords(
    'EC2 could not be read',
    reconcile(
      { ...account, owner: options.owner, policy, memory: new Memory() },
      {
        scope: { kind: 'everything' },
        first: new Set(),
        applyUntil: Number.POSITIVE_INFINITY,
        isDryRun: true,
        allowDeletes: options.allowDeletes ?? false,
        onResult: () => undefined,
      },
    ),
  );
  return run.plan;
}
