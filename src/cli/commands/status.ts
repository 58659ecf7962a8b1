import { connect } from '../account.ts';
import { dryRun } from '../dry-run.ts';
import { alarmsOf, lastGoodSweep } from '../health.ts';
import type { CliIo } from '../io.ts';
import { loadPolicy } from '../policy-file.ts';
import { statusText } from '../render/status-text.ts';
import { statusOf } from '../status.ts';
import { Trail } from '../trail.ts';
import type { PlanOptions } from './plan.ts';

export interface StatusOptions extends PlanOptions {
  readonly stack?: string;
}

/** Shows how things stand. What EC2 does not tell is an error; what the trail and CloudWatch do not tell is unknown. */
export async function statusCommand(options: StatusOptions, io: CliIo): Promise<0> {
  const { owner, stack = owner, price } = options;
  const policy = await loadPolicy(options.policy, io.cwd);
  const account = await connect(options, io);
  const [run, sweep, alarms] = await Promise.all([
    dryRun(account, { owner, policy }),
    lastGoodSweep(new Trail(account.clientConfig, owner), account.clock.now()),
    alarmsOf(stack, account.clientConfig),
  ]);
  const status = statusOf(run, account.region, price, { lastGoodSweep: sweep, alarms });
  io.out(options.json ? `${JSON.stringify(status, null, 2)}\n` : statusText(status, io.isTerminal));
  return 0;
}
