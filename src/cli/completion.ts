import { readdirSync } from 'node:fs';
import { RootCommand, type Command as TabCommand } from '@bomb.sh/tab';
import type { Command } from 'commander';

/** The completions of a program, from its own definitions: commands, options, choices, and files where an option takes one. */
export function completionsOf(program: Command, cwd: string): RootCommand {
  const root = new RootCommand();
  describe(root, program, cwd);
  const walk = (command: Command, path: string): void => {
    for (const inner of program.createHelp().visibleCommands(command)) {
      const full = `${path} ${inner.name()}`.trim();
      describe(root.command(full, inner.description()), inner, cwd);
      walk(inner, full);
    }
  };
  walk(program, '');
  return root;
}

function describe(tab: TabCommand, command: Command, cwd: string): void {
  const offer =
    (name: string, choices: readonly string[] = []) =>
    (complete: (value: string, description: string) => void) => {
      for (const value of values(name, choices, cwd)) complete(value, '');
    };
  for (const { long, flags, description, argChoices, required, optional } of command.createHelp().visibleOptions(command)) {
    const name = long?.slice(2);
    if (name === undefined) continue;
    if (required || optional) tab.option(name, description, offer(flags, argChoices));
    else tab.option(name, description);
  }
  for (const argument of command.registeredArguments)
    tab.argument(argument.name(), offer(`<${argument.name()}>`, argument.argChoices));
}

/** The choices, or, for what its name calls a file, a folder or a path, what lies here. */
function values(flags: string, choices: readonly string[], cwd: string): readonly string[] {
  if (choices.length > 0) return choices;
  if (!/<(file|folder|path)>/.test(flags)) return [];
  try {
    return readdirSync(cwd, { withFileTypes: true }).map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  } catch {
    return [];
  }
}
