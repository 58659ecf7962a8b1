import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { convertSample } from '../../migrate/convert-sample.ts';
import { formatIssues } from '../../policy/source/format-issues.ts';
import { CliError } from '../cli-error.ts';
import type { CliIo } from '../io.ts';
import { readText } from '../policy-file.ts';

export interface MigrateConvertOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** Converts a file of the sample: the policy goes to standard output or a new file, what a person has to see to goes to standard error. */
export async function migrateConvertCommand(
  file: string,
  { out, json = false }: MigrateConvertOptions,
  io: CliIo,
): Promise<0 | 1> {
  const converted = convertSample(await readText(file, io.cwd), file);
  if ('issues' in converted) {
    if (json) io.out(`${JSON.stringify({ convert: 1, file, issues: converted.issues }, null, 2)}\n`);
    io.err(`${formatIssues(converted.issues)}\n`);
    return 1;
  }
  const { policy, toDo } = converted;
  if (out !== undefined) await writeNew(out, policy, io.cwd);
  if (json) {
    io.out(`${JSON.stringify({ convert: 1, file, policy, toDo }, null, 2)}\n`);
    return 0;
  }
  if (out === undefined) io.out(policy);
  io.err(['To see to:', ...toDo.map((line) => `  ${line}`), ''].join('\n'));
  return 0;
}

/** A policy that is there may be the one that is deployed. */
async function writeNew(file: string, text: string, cwd: string): Promise<void> {
  try {
    await writeFile(resolve(cwd, file), text, { flag: 'wx' });
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new CliError(
      `${file} ${isThere ? 'is there already, and is left as it is' : `could not be written: ${String(error)}`}`,
      {
        cause: error,
      },
    );
  }
}
