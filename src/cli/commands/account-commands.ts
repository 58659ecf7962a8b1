import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultPrice } from '../../model/price.ts';
import { defaultPolicyFile, withAccountOptions } from '../account-options.ts';
import { durationMs, sinceWhen } from '../duration.ts';
import type { CommandContext } from '../main.ts';

/** The commands that talk to an account: `plan`, `explain`, `status`, `start`, `stop`, `audit`, `snapshot`, `apply`, `sweep`, `teardown`. */
export function accountCommands({ io, exit }: CommandContext): readonly Command[] {
  const policy = ['--policy <file>', 'policy file', defaultPolicyFile] as const;
  const rebalance = ['--rebalance', 'spread the load of the targets evenly, this once'] as const;
  const wait = (ms = 90_000, text = '90s') =>
    new Option('--wait <duration>', 'how long to wait for the service, 0s: not at all').default(ms, text).argParser(durationMs);
  const from = ['--from <folder>', 'read what automirror snapshot or the AWS CLI saved there, not the account'] as const;
  const stack = ['--stack <name>', 'name of the stack, if it is not the owner id'] as const;
  const allowDeletes = ['--allow-deletes', 'let this one sweep delete more than limits.maxDeletesPerSweep'] as const;

  const price = () =>
    new Option('--price <usd>', 'USD for an hour of a mirror session; Regions differ').default(defaultPrice).argParser(priceOf);

  const plan = withAccountOptions(new Command('plan'))
    .description('show what the next sweep would do, and why; exit code 2 if it would change anything')
    .option(...policy)
    .option(...from)
    .option(...rebalance)
    .addOption(price())
    .addHelpText('after', example("automirror plan --owner automirror-prod --region eu-west-1 --json | jq '.changes[].reason'"))
    .action(async (options) => exit(await (await import('./plan.ts')).planCommand(options, io)));

  const explain = withAccountOptions(new Command('explain'))
    .description('tell why an instance, an interface or a session is mirrored or not, how, and what would change')
    .argument('<id>', 'an instance (i-…), a network interface (eni-…) or a session (tms-…)')
    .option(...policy)
    .option(...from)
    .addHelpText('after', example('automirror explain i-0123456789abcdef0 --owner automirror-prod --region eu-west-1'))
    .action(async (id, options) => exit(await (await import('./explain.ts')).explainCommand(id, options, io)));

  const status = withAccountOptions(new Command('status'))
    .description('show what is mirrored and what is not, how full the pools are, what it costs, and how the service does')
    .option(...policy)
    .option(...stack)
    .addOption(price())
    .addHelpText('after', example('automirror status --owner automirror-prod --region eu-west-1'))
    .action(async (options) => exit(await (await import('./status.ts')).statusCommand(options, io)));

  const snapshot = withAccountOptions(new Command('snapshot'))
    .description('save what a plan is computed from as the AWS CLI prints it, for plan --from')
    .requiredOption('--out <folder>', 'where to, made if it is not there')
    .addHelpText('after', example('automirror snapshot --out account --region eu-west-1 && automirror plan --from account'))
    .action(async (options) => exit(await (await import('./snapshot.ts')).snapshotCommand(options, io)));

  const start = withAccountOptions(new Command('start'))
    .description('tag an instance so that it is mirrored, wait for the deployed service, and show its sessions')
    .argument('<instance>', 'id of the instance (i-…)')
    .option('--target <pool>', 'where to: a pool of the policy (tag mirror-target)')
    .option('--filter <name>', 'which packets: a filter of the policy (tag mirror-filter)')
    .option('--for <duration>', 'until when, counted from now, such as 2h (tag mirror-until)', durationMs)
    .option('--interfaces <which>', 'all, primary, or device indexes such as 0,2 (tag mirror-interfaces)')
    .option('--packet-length <bytes>', 'cut packets to this length (tag mirror-packet-length)')
    .option('--reason <text>', 'why, for who looks at the instance later (tag mirror-reason)')
    .option(...policy)
    .addOption(wait())
    .addHelpText('after', example('automirror start i-0123456789abcdef0 --for 2h --reason INC-1234 --region eu-west-1'))
    .action(async (id, options) => exit(await (await import('./start.ts')).startCommand(id, options, io)));

  const stop = withAccountOptions(new Command('stop'))
    .description('take the tags that ask for mirroring from an instance, and wait until its sessions are gone')
    .argument('<instance>', 'id of the instance (i-…)')
    .option(...policy)
    .addOption(wait())
    .addHelpText('after', example('automirror stop i-0123456789abcdef0 --owner automirror-prod --region eu-west-1'))
    .action(async (id, options) => exit(await (await import('./stop.ts')).stopCommand(id, options, io)));

  const verify = withAccountOptions(new Command('verify'))
    .description('replay the audit trail from its beginning and compare it with the sessions in EC2; exit code 1 if they differ')
    .option(...stack)
    .addHelpText('after', example('automirror audit verify --owner automirror-prod --region eu-west-1'))
    .action(async (options) => exit(await (await import('./audit-verify.ts')).auditVerifyCommand(options, io)));

  const audit = withAccountOptions(new Command('audit'))
    .description('tell the audit trail: what was done, refused and failed, and why')
    .option('--instance <id>', 'of this instance only')
    .addOption(
      new Option('--since <when>', 'how long ago, such as 2h, or an ISO 8601 time')
        .default({ agoMs: 86_400_000 }, '24h')
        .argParser(sinceWhen),
    )
    .option('--action <name>', 'of this action only, such as session.delete, or session for all of that kind')
    .option('--follow', 'go on telling as records come, until interrupted')
    .addHelpText('after', example('automirror audit --since 2h --action session --owner automirror-prod --region eu-west-1'))
    .action(async (options) => exit(await (await import('./audit.ts')).auditCommand(options, io)))
    .addCommand(verify);

  const apply = withAccountOptions(new Command('apply'))
    .description('show the plan, ask, have the deployed service do it, and tell what it does')
    .option(...policy)
    .option(...stack)
    .addOption(price())
    .option(...allowDeletes)
    .option(...rebalance)
    .addOption(new Option('--only <instance>', 'this instance alone (i-…)').conflicts(['allowDeletes', 'rebalance']))
    .option('--direct', 'with your own credentials, where no stack is deployed; nobody but you keeps the records')
    .option('--yes', 'do not ask')
    .addOption(wait(600_000, '10m'))
    .addHelpText('after', example('automirror apply --owner automirror-prod --region eu-west-1 --yes'))
    .action(async (options) => exit(await (await import('./apply.ts')).applyCommand(options, io)));

  const sweep = withAccountOptions(new Command('sweep'))
    .description('ask the deployed service to compare everything now')
    .option(...allowDeletes)
    .option(...rebalance)
    .addHelpText('after', example('automirror sweep --owner automirror-prod --region eu-west-1'))
    .action(async (options) => exit(await (await import('./sweep.ts')).sweepCommand(options, io)));

  const teardown = withAccountOptions(new Command('teardown'))
    .description('disable the deployed service and delete every session and filter of its owner')
    .option(...stack)
    .option('--yes', 'do not ask')
    .addHelpText('after', example('automirror teardown --owner automirror-prod --region eu-west-1'))
    .action(async (options) => exit(await (await import('./teardown.ts')).teardownCommand(options, io)));

  return [plan, explain, status, start, stop, audit, snapshot, apply, sweep, teardown];
}

function example(line: string): string {
  return `\nExample:\n  $ ${line}`;
}

function priceOf(text: string): number {
  const price = Number(text);
  if (text.trim() === '' || !Number.isFinite(price) || price < 0)
    throw new InvalidArgumentError('A price is a number of USD, such as 0.015.');
  return price;
}
