import type { Command } from 'commander';

/** npm commands that are no script of ours. */
const npmBuiltIns: ReadonlySet<string> = new Set(['ci', 'install', 'i', 'exec', 'pack', 'version', '--version']);

/** npm runs these scripts without `run`. */
const npmShortcuts: ReadonlySet<string> = new Set(['start', 'test']);

/** What is wrong with the npm commands in a piece of code: one sentence for each that names no script. */
export function wrongNpmCommands(code: string, scripts: Readonly<Record<string, string>>): readonly string[] {
  return [...code.matchAll(/(?<![\w./-])npm\s+(run\s+)?([\w:-]+)/g)].flatMap(([whole, run, name = '']) => {
    const isKnown = run === undefined ? npmBuiltIns.has(name) || npmShortcuts.has(name) : true;
    if (!isKnown) return [`${whole}: npm has no such command, or it needs "run"`];
    const isScript = run !== undefined || npmShortcuts.has(name);
    return isScript && !(name in scripts) ? [`${whole}: package.json has no script ${name}`] : [];
  });
}

/** What is wrong with the command lines of our own program in a piece of code: unknown commands and options. */
export function wrongProgramCommands(code: string, program: Command): readonly string[] {
  return [...code.matchAll(/(?:\bnpx\s+automirror|^\s*(?:\$\s+)?automirror)(?=\s+[a-z-])((?:[ \t]+[^\s;&#>]+)+)/g)].flatMap(
    ([whole, rest = '']) => {
      const words = rest.trim().split(/\s+/);
      const pipe = words.indexOf('|');
      return walk(program, pipe < 0 ? words : words.slice(0, pipe)).map((problem) => `${whole.trim()}: ${problem}`);
    },
  );
}

function walk(command: Command, words: readonly string[]): readonly string[] {
  const [word, ...rest] = words;
  if (word === undefined || word === '…') return [];
  if (word.startsWith('-')) return [...unknownOptions(command, words)];
  if (command.commands.length === 0) return unknownOptions(command, words);
  // `check|test|schema` stands for each of them.
  return word.split('|').flatMap((name) => {
    const next = command.commands.find((candidate) => candidate.name() === name || candidate.aliases().includes(name));
    return next === undefined ? [`${command.name()} has no command ${name}`] : walk(next, rest);
  });
}

function unknownOptions(command: Command, words: readonly string[]): readonly string[] {
  const known = new Set(['--help', '-h', '--version', '-V', ...command.options.flatMap(({ long, short }) => [long, short])]);
  return words
    .filter((word) => /^--?[a-z]/i.test(word))
    .map((word) => word.split('=')[0] ?? word)
    .filter((option) => !known.has(option))
    .map((option) => `${command.name()} has no option ${option}`);
}
