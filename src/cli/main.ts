import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { CliError } from './cli-error.ts';
import { accountCommands } from './commands/account-commands.ts';
import { completeCommand, completionCommands } from './commands/completion-commands.ts';
import { diagnosisCommands } from './commands/diagnosis-commands.ts';
import { emulatorGroup } from './commands/emulator-command.ts';
import { migrateCommand } from './commands/migrate-command.ts';
import { policyCommand } from './commands/policy.ts';
import { type CliIo, processIo } from './io.ts';

/** What a command ends with: 0 fine, 1 failed, 2 `plan` found changes, `doctor` a failed check. */
export type ExitCode = 0 | 1 | 2;

/** What a group of commands needs to hang itself into the program. */
export interface CommandContext {
  readonly io: CliIo;
  /** Sets the exit code of the program; a command that says nothing ends with 0. */
  readonly exit: (code: ExitCode) => void;
}

/** Each adds its commands; their actions import what they need only when they run, so that `--help` loads none of it. */
const commandGroups: readonly ((context: CommandContext) => readonly Command[])[] = [
  accountCommands,
  diagnosisCommands,
  (context) => [policyCommand(context), migrateCommand(context), emulatorGroup(context)],
  completionCommands,
];

/** Builds the command line program over injected input and output. */
export function createProgram(context: CommandContext): Command {
  const { io } = context;
  const program = new Command('automirror')
    .description('Mirror the traffic of EC2 instances that a policy selects, by tag or otherwise.')
    .version(packageJson.version)
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .addHelpText('after', '\nExample:\n  $ automirror policy check && automirror plan --region eu-west-1')
    .showSuggestionAfterError()
    // A command with commands of its own leaves to them what comes after their names, also where both have an option of that name.
    .enablePositionalOptions()
    .exitOverride();
  for (const group of commandGroups) for (const command of group(context)) addCommand(program, command);
  const complete = completeCommand(context);
  settle(program, complete);
  program.addCommand(complete, { hidden: true });
  return program;
}

/** A command made apart does not inherit the program's settings, and without them commander would end the process. */
function addCommand(program: Command, command: Command): void {
  settle(program, command);
  program.addCommand(command);
}

function settle(program: Command, command: Command): void {
  command.copyInheritedSettings(program);
  for (const inner of command.commands) settle(program, inner);
}

/** Runs one command line (without node and script) to its end and returns the exit code; never throws. */
export async function run(args: readonly string[], io: CliIo = processIo()): Promise<ExitCode> {
  let code: ExitCode = 0;
  const exit = (wanted: ExitCode) => {
    code = wanted;
  };
  try {
    await createProgram({ io, exit }).parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    // commander has written its message already; it also throws to end after --help, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    io.err(
      error instanceof CliError
        ? `${error.message}\n`
        : `automirror: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return 1;
  }
}
