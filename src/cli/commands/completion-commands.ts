import { Argument, Command } from 'commander';
import type { CommandContext } from '../main.ts';

/** `automirror completion SHELL`, and what its script asks at each press of the key. */
export function completionCommands(_context: CommandContext): readonly Command[] {
  const completion = new Command('completion')
    .description('print what makes a shell complete commands and options; needs automirror on the PATH')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', '\nExample:\n  $ automirror completion bash > ~/.local/share/bash-completion/completions/automirror')
    .action(async (shell: string, _options, command: Command) => {
      const { completionsOf } = await import('../completion.ts');
      const program = rootOf(command);
      completionsOf(program, process.cwd()).setup(program.name(), program.name(), shell);
    });
  return [completion];
}

/** What the printed scripts call, with the words typed so far after `--`. */
export function completeCommand(_context: CommandContext): Command {
  return new Command('complete').argument('[words...]').action(async (words: string[], _options, command: Command) => {
    const { completionsOf } = await import('../completion.ts');
    completionsOf(rootOf(command), process.cwd()).parse([...words]);
  });
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent);
}
