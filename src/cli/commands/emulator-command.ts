import { Command, InvalidArgumentError } from 'commander';
import type { CommandContext } from '../main.ts';

/** `automirror emulator`: what `npm start` starts. */
export function emulatorGroup({ io, exit }: CommandContext): Command {
  return new Command('emulator')
    .description('run an emulated AWS account with the service in it on this machine, for any AWS client')
    .option('--port <port>', 'port on 127.0.0.1, 0 for any free one', portNumber, 4566)
    .option('--policy <file>', "policy file, by default the project's policy.yml")
    .addHelpText('after', '\nExample:\n  $ automirror emulator --port 4600 --policy examples/policies/03-never.yml')
    .action(async (options) => exit(await (await import('./emulator.ts')).emulatorCommand(options, io)));
}

function portNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return Number(text);
}
