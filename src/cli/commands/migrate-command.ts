import { Command } from 'commander';
import { defaultPolicyFile, withAccountOptions } from '../account-options.ts';
import type { CommandContext } from '../main.ts';

/** `automirror migrate convert | adopt`: from another tool to this one. */
export function migrateCommand({ io, exit }: CommandContext): Command {
  const migrate = new Command('migrate').description('come from another tool: convert its settings, take over its sessions');
  migrate
    .command('convert')
    .description('convert a configuration file of the AWS sample of source automation to a policy')
    .argument('<file>', 'YAML file of the sample for one Region, - for standard input')
    .option('--out <file>', 'write the policy there, where no file is yet; standard output otherwise')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ automirror migrate convert us-east-1.yaml --out policy.yml && automirror policy check')
    .action(async (file, options) => exit(await (await import('./migrate-convert.ts')).migrateConvertCommand(file, options, io)));
  const adopt = withAccountOptions(new Command('adopt'))
    .description('take over sessions that no deployment owns, where the policy wants them: show them, ask, and tag them as ours')
    .option('--policy <file>', 'policy file', defaultPolicyFile)
    .option('--stack <name>', 'name of the stack, if it is not the owner id')
    .option('--only <id>', 'those of this instance (i-…) or interface (eni-…), or this session (tms-…), alone')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExample:\n  $ automirror migrate adopt --only i-0123456789abcdef0 --owner automirror-prod --region eu-west-1',
    )
    .action(async (options) => exit(await (await import('./migrate-adopt.ts')).migrateAdoptCommand(options, io)));
  return migrate.addCommand(adopt);
}
