import type { InstanceId } from '../../model/ids.ts';
import { isChange, type Plan } from '../../plan/action.ts';
import type { Scope } from '../../plan/world.ts';
import { type Account, connect } from '../account.ts';
import { CliError, said } from '../cli-error.ts';
import { applyDirectly } from '../direct.ts';
import { dryRun } from '../dry-run.ts';
import { consequences } from '../estimate.ts';
import { type Followed, followInstance, followSweep } from '../follow.ts';
import { outlookFor } from '../instance-outlook.ts';
import type { CliIo } from '../io.ts';
import { loadPolicy } from '../policy-file.ts';
import { planJson, planText } from '../render/plan-text.ts';
import { requestReconcile, requestSweep, type ServiceRequest } from '../service-request.ts';
import { stackRules } from '../stack-rules.ts';
import { Trail } from '../trail.ts';
import { trailTeller } from '../trail-teller.ts';
import { requireInstanceId } from '../watch.ts';
import type { PlanOptions } from './plan.ts';

export interface ApplyOptions extends PlanOptions {
  readonly yes?: boolean;
  readonly stack?: string;
  readonly direct?: boolean;
  readonly only?: string;
  /** Milliseconds; 0: not at all. */
  readonly wait: number;
}

/**
 * Shows the plan, asks, has the deployed service do it (the one writer stays the one writer), and tells what it does until it is done. Declined is a failure,
 * and so is anything that failed or was held back.
 */
export async function applyCommand(options: ApplyOptions, io: CliIo): Promise<0 | 1> {
  const { owner, only, json = false } = options;
  if (json && !options.yes) throw new CliError('With --json nobody can be asked: give --yes too.');
  const scope = scopeOf(only);
  const policy = await loadPolicy(options.policy, io.cwd);
  const account = await connect(options, io);
  const { allowDeletes, rebalance } = options;
  const run = await dryRun(account, { owner, policy, scope, allowDeletes, rebalance });
  const after = consequences(run, options.price);
  io.out(json ? `${JSON.stringify({ apply: 1, plan: planJson(run.plan, after) })}\n` : planText(run.plan, after, io.isTerminal));
  if (!wantsApplying(run.plan)) return json ? end({ outcome: 'done', detail: 'nothing to change' }, json, io) : 0;

  await checkWriter(account, options);
  const question = options.direct ? 'Do this with your own credentials? [y/N] ' : 'Ask the service to do this? [y/N] ';
  if (!options.yes && !(await isConfirmed(question, io))) {
    io.err('Nothing was changed.\n');
    return 1;
  }
  const tell = trailTeller(account.inventory, io, json);
  if (options.direct) return end(await applyDirectly(account, { owner, policy, scope, wishes: options }, tell), json, io);

  const since = account.clock.now();
  const [id] = scope.kind === 'instances' ? scope.ids : [];
  const request = id === undefined ? await requestSweep(account, owner, options) : await requestReconcile(account, owner, id);
  if (!json) io.out(`${requested(id, owner, request)}\n`);
  if (options.wait === 0) return json ? end({ outcome: 'unsettled', detail: 'requested; nobody waited' }, json, io, 0) : 0;
  const following = {
    clock: account.clock,
    trail: new Trail(account.clientConfig, owner),
    request,
    since,
    waitMs: options.wait,
    tell,
    isSettled: async () =>
      id === undefined
        ? !wantsApplying((await dryRun(account, { owner, policy, allowDeletes })).plan)
        : (await outlookFor(account, owner, policy, id))?.isSettled !== false,
  };
  return end(id === undefined ? await followSweep(following) : await followInstance(following, id), json, io);
}

function scopeOf(only: string | undefined): Scope & { readonly ids?: ReadonlySet<InstanceId> } {
  if (only === undefined) return { kind: 'everything' };
  requireInstanceId(only);
  return { kind: 'instances', ids: new Set([only]) };
}

function wantsApplying({ actions }: Plan): boolean {
  return actions.some((action) => isChange(action) || action.kind === 'gate.block');
}

/** Makes sure that exactly one of the service and the caller does the work: both at once would undo each other's. */
async function checkWriter(account: Account, { owner, stack = owner, direct }: ApplyOptions): Promise<void> {
  let rules: readonly string[];
  try {
    rules = await stackRules(account, stack);
  } catch (error) {
    // Without --direct the request tells soon enough whether somebody serves it.
    if (!direct) return;
    throw new CliError(
      `It cannot be told whether the stack ${stack} is deployed here, so --direct is refused: the two would work against each other. (${said(error)})`,
      { cause: error },
    );
  }
  if (direct && rules.length > 0)
    throw new CliError(`The stack ${stack} is deployed here and would work at the same time: leave --direct out.`);
  if (!direct && rules.length === 0)
    throw new CliError(
      `No stack ${stack} is deployed here that could do this. Name the deployment with --owner and --stack, or do it with your own credentials: --direct.`,
    );
}

/** What is told of a request that the bus has taken. */
export function requested(id: string | undefined, owner: string, { detail }: ServiceRequest): string {
  const what = id === undefined ? 'Sweep requested' : `A look at ${id} requested`;
  const more = [
    ...(detail.allowDeletes === true ? [', deletions beyond the limit allowed this once'] : []),
    ...(detail.rebalance === true ? [', with the load spread evenly'] : []),
  ];
  return `${what} of ${owner}${more.join('')}.`;
}

function end({ outcome, detail }: Followed, json: boolean, io: CliIo, code: 0 | 1 = outcome === 'done' ? 0 : 1): 0 | 1 {
  if (json) io.out(`${JSON.stringify({ apply: 1, outcome, detail })}\n`);
  else if (outcome === 'done') io.out(`Done: ${detail}.\n`);
  else io.err(`${{ partly: 'Not all of it was done', failed: 'Failed', unsettled: 'Not known' }[outcome]}: ${detail}\n`);
  return code;
}

/** Whether the person at the terminal says yes; a `CliError` where there is nobody to ask. */
export async function isConfirmed(question: string, io: CliIo): Promise<boolean> {
  if (io.ask === undefined) throw new CliError('There is no terminal to ask on: give --yes to go on without being asked.');
  return /^y(es)?$/i.test((await io.ask(question)).trim());
}
