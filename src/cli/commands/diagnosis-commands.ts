import { Command } from 'commander';
import { defaultPrice } from '../../model/price.ts';
import { defaultPolicyFile, withAccountOptions } from '../account-options.ts';
import type { CommandContext } from '../main.ts';

/** The commands that look at an account for a person: `doctor`, `report`. */
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

  const report = withAccountOptions(new Command('report'))
    .description('write a page that shows the mirroring: map, sessions, capacity, refusals, cost, drift, last changes')
    .option('--policy <file>', 'policy file', defaultPolicyFile)
    .option('--out <file>', 'where to write the page, - for standard output', 'report.html')
    .option(
      '--price <usd>',
      "AWS's price of a session for an hour, in USD; other Regions than us-east-1 have others",
      String(defaultPrice),
    )
    .option('--log-group <name>', 'audit log group, if it is not /automirror/OWNER/audit')
    .addHelpText('after', '\nExample:\n  $ automirror report --out report.html --owner automirror-prod --region eu-west-1')
    .action(async (options) => exit(await (await import('./report.ts')).reportCommand(options, io)));

  return [doctor, report];
}
