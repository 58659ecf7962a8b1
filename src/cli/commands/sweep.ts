import { connect } from '../account.ts';
import type { AccountOptions } from '../account-options.ts';
import type { CliIo } from '../io.ts';
import { requestSweep, type SweepWishes } from '../service-request.ts';
import { requested } from './apply.ts';

export type SweepOptions = AccountOptions & SweepWishes;

/** Asks the deployed service, through the event bus, for a sweep. */
export async function sweepCommand(options: SweepOptions, io: CliIo): Promise<0> {
  const request = await requestSweep(await connect(options, io), options.owner, options);
  io.out(
    options.json ? `${JSON.stringify({ sweep: 1, ...request.detail })}\n` : `${requested(undefined, options.owner, request)}\n`,
  );
  return 0;
}
