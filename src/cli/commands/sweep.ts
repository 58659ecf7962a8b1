import { connect } from '../account.ts';
import type { AccountOptions } from '../account-options.ts';
import { CliError } from '../cli-error.ts';
import type { CliIo } from '../io.ts';

export interface SweepOptions extends AccountOptions {
  readonly allowDeletes?: boolean;
}

/** Asks the deployed service, through the event bus, for a sweep. */
export async function sweepCommand(options: SweepOptions, io: CliIo): Promise<0> {
  const { bus } = await connect(options);
  const detail = { owner: options.owner, ...(options.allowDeletes ? { allowDeletes: true } : {}) };
  const [refused] = await bus.put([{ detailType: 'Sweep Requested', detail }]);
  if (refused !== undefined) throw new CliError(`The event bus did not take the request: ${refused.error}`);
  const text = `Sweep requested of ${options.owner}${options.allowDeletes ? ', deletions beyond the limit allowed this once' : ''}.\n`;
  io.out(options.json ? `${JSON.stringify({ sweep: 1, ...detail })}\n` : text);
  return 0;
}
