import { type Command, Option } from 'commander';

/** Options of every command that talks to AWS, named as in the AWS CLI. */
export interface AccountOptions {
  readonly owner: string;
  readonly region?: string;
  readonly profile?: string;
  readonly endpointUrl?: string;
  /** The account that `npm start` emulates on this machine. */
  readonly emulator?: boolean;
  readonly json?: boolean;
}

/** The owner id of a stack deployed with the defaults: the stack's name. */
export const defaultOwner = 'automirror-dev';

/** The policy of a project: `policy.yml` in the directory where the command runs. */
export const defaultPolicyFile = 'policy.yml';

/** Adds the options of `AccountOptions` to a command. */
export function withAccountOptions(command: Command): Command {
  return command
    .option('--owner <id>', 'owner id of the deployment, by default the stack name', process.env.AUTOMIRROR_OWNER ?? defaultOwner)
    .option('--region <region>', 'AWS Region')
    .option('--profile <profile>', 'profile of the AWS configuration')
    .option('--endpoint-url <url>', 'where AWS is, e.g. the address that npm start prints')
    .addOption(
      new Option(
        '--emulator',
        'the account that npm start emulates here, with the credentials and the Region that it has',
      ).conflicts(['endpointUrl', 'profile']),
    )
    .option('--json', 'print JSON');
}
