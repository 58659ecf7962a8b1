import { Command } from 'commander';
import { withAccountOptions } from '../account-options.ts';
import type { CommandContext } from '../main.ts';
import { defaultPolicyFile } from '../policy-file.ts';

/** The commands that look at an account for a person: `doctor`. */
export function diagnosisCommands({ io, exit }: CommandContext): readonly Command[] {
  const doctor = withAccountOptions(new Command('doctor'))
    .description('tell why no packets arrive: check the way from source to target; exit code 2 if a check fails')
    .argument('[instance]', 'instance id; every source of ours when left out, summed up by check')
    .option('--policy <file>', 'policy file', defaultPolicyFile)
    .option('--flow <flow>', 'ask about one flow too: PROTOCOL:PEER[:PEER-PORT[:OWN-PORT]], e.g. tcp:10.0.0.5:443')
    .addHelpText('after', '\nExample:\n  $ automirror doctor i-0123456789abcdef0 --flow tcp:10.0.0.5:443 --region eu-west-1')
    .action(async (instance: string | undefined, options) =>
      exit(await (await import('./doctor.ts')).doctorCommand(instance, options, io)),
    );

  return [doctor];
}
