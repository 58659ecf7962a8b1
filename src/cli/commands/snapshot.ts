import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { connect } from '../account.ts';
import type { AccountOptions } from '../account-options.ts';
import { CliError, inWords } from '../cli-error.ts';
import type { CliIo } from '../io.ts';
import { counted } from '../render/numbers.ts';
import { saveSnapshot } from '../snapshot/save.ts';

export interface SnapshotOptions extends AccountOptions {
  readonly out: string;
}

/** Saves what a plan is computed from into a folder, for `plan --from`. */
export async function snapshotCommand(options: SnapshotOptions, io: CliIo): Promise<0> {
  const account = await connect(options, io);
  const folder = resolve(io.cwd, options.out);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new CliError(`${options.out}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const files = await inWords('Nothing was saved', saveSnapshot(account, folder));
  if (options.json) {
    io.out(`${JSON.stringify({ snapshot: 1, folder: options.out, files })}\n`);
    return 0;
  }
  for (const [file, items] of Object.entries(files)) io.out(`${file}: ${counted(items, 'item')}\n`);
  io.out(`Saved in ${options.out}. What a policy would change there: automirror plan --from ${options.out}\n`);
  return 0;
}
