import { Command } from 'commander';
import type { CommandContext } from '../main.ts';

/** `automirror policy check | schema | test`. */
export function policyCommand({ io, exit }: CommandContext): Command {
  const policy = new Command('policy').description('check the policy file, test it, and print its schema');
  policy
    .command('check')
    .description('validate a policy file and show what it compiles to')
    .argument('[file]', 'policy file, - for standard input', 'policy.yml')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ automirror policy check examples/policies/03-never.yml')
    .action(async (file: string, options: { json?: boolean }) => {
      const { policyCheck } = await import('./policy-check.ts');
      exit(await policyCheck(file, { json: options.json === true }, io));
    });
  policy
    .command('schema')
    .description('print the JSON Schema of the policy file, for editors')
    .addHelpText('after', '\nExample:\n  $ automirror policy schema > policy.schema.json')
    .action(async () => {
      const { jsonSchema } = await import('../../policy/source/json-schema.ts');
      io.out(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
    });
  policy
    .command('test')
    .description('run cases (an instance in, an expectation out) against a policy')
    .argument('<path>', 'file of cases, or a folder of such files (.json, .yml, .yaml)')
    .option('--policy <file>', 'policy for the cases that name none', 'policy.yml')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ automirror policy test examples/policies/cases')
    .action(async (path: string, options: { json?: boolean; policy: string }) => {
      const { policyTest } = await import('./policy-test.ts');
      exit(await policyTest(path, { json: options.json === true, policy: options.policy }, io));
    });
  return policy;
}
