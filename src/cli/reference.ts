import type { Command } from 'commander';

/** The reference of a program as Markdown, from its own definitions: what `--help` prints for each command, under its name. */
export function referenceOf(program: Command): string {
  return leavesOf(program, [])
    .map(({ command, path }) => `### ${path.join(' ')}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`)
    .join('\n');
}

/** Every command that does something, groups aside. */
function leavesOf(
  command: Command,
  path: readonly string[],
): readonly { readonly command: Command; readonly path: readonly string[] }[] {
  const inner = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
  const isGroup =
    inner.length > 0 && command.registeredArguments.length === 0 && command.options.length <= (command.parent === null ? 1 : 0);
  return [...(isGroup ? [] : [{ command, path }]), ...inner.flatMap((one) => leavesOf(one, [...path, one.name()]))];
}

/** The help with what is added after it, such as the example. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (written) => {
      text += written;
    },
    getOutHelpWidth: () => 100,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trimEnd();
}

const begin = '<!-- Made by npm run docs:cli from the program itself. -->\n\n';
const end = '\n<!-- End of what npm run docs:cli makes. -->\n';

/** A page with the reference between its two marks; throws where it lacks them. */
export function withReference(page: string, reference: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error('docs/cli.md has no marks for the reference');
  return `${page.slice(0, from)}${begin}${reference}${page.slice(to)}`;
}
