import { isChange } from '../../plan/action.ts';
import { connect } from '../account.ts';
import { CliError } from '../cli-error.ts';
import { consequences } from '../estimate.ts';
import type { CliIo } from '../io.ts';
import { planText } from '../render/plan-text.ts';
import { computePlan, type PlanOptions } from './plan.ts';
import { sweepCommand } from './sweep.ts';

export interface ApplyOptions extends PlanOptions {
  readonly yes?: boolean;
}

/** Shows the plan, asks, and has the deployed service do it: the one writer stays the one writer. Declined is a failure. */
export async function applyCommand(options: ApplyOptions, io: CliIo): Promise<0 | 1> {
  const run = await computePlan(options, await connect(options), io);
  const { plan } = run;
  if (!options.json) io.out(planText(plan, consequences(run, options.price), io.isTerminal));
  if (!plan.actions.some((action) => isChange(action) || action.kind === 'gate.block')) return 0;
  if (!options.yes && !(await isConfirmed('Ask the service to do this? [y/N] ', io))) {
    io.err('Nothing was changed.\n');
    return 1;
  }
  return sweepCommand(options, io);
}

/** Whether the person at the terminal says yes; a `CliError` where there is nobody to ask. */
export async function isConfirmed(question: string, io: CliIo): Promise<boolean> {
  if (io.ask === undefined) throw new CliError('There is no terminal to ask on: give --yes to go on without being asked.');
  return /^y(es)?$/i.test((await io.ask(question)).trim());
}
