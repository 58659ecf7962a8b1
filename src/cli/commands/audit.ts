import { type Account, connect } from '../account.ts';
import type { AccountOptions } from '../account-options.ts';
import { CliError, inWords } from '../cli-error.ts';
import type { Since } from '../duration.ts';
import type { CliIo } from '../io.ts';
import { Trail, type TrailEntry } from '../trail.ts';
import { stamp, type Tell, trailTeller } from '../trail-teller.ts';
import { pollMs, requireInstanceId, TrailWatch } from '../watch.ts';

export interface AuditOptions extends AccountOptions {
  readonly instance?: string;
  readonly since: Since;
  readonly action?: string;
  readonly follow?: boolean;
}

/** Records that are told together, so that the names of their instances take one call. */
const together = 500;

/** Tells the audit trail, oldest first; with --follow until it is interrupted. */
export async function auditCommand(options: AuditOptions, io: CliIo): Promise<0> {
  const { instance, action, since } = options;
  if (instance !== undefined) requireInstanceId(instance);
  const account = await connect(options, io);
  const trail = new Trail(account.clientConfig, options.owner);
  const from = 'at' in since ? since.at : account.clock.now() - since.agoMs;
  const filter = filterFor(instance, action);
  const tell = trailTeller(account.inventory, io, options.json ?? false);
  const told = await inWords('The audit trail could not be read', tellAll(trail.records(from, filter), tell));
  if (!options.follow) {
    if (told.length === 0 && !options.json)
      io.out(`${trail.group} has no such record since ${stamp(new Date(from).toISOString())}.\n`);
    return 0;
  }
  await follow(new TrailWatch(trail, from, filter, told), account, tell, io);
  return 0;
}

/** Answers with the ids of what was told. */
async function tellAll(records: AsyncIterable<TrailEntry>, tell: Tell): Promise<readonly string[]> {
  const ids: string[] = [];
  let batch: TrailEntry[] = [];
  for await (const entry of records) {
    ids.push(entry.id);
    if (batch.push(entry) < together) continue;
    await tell(batch.map(({ record }) => record));
    batch = [];
  }
  await tell(batch.map(({ record }) => record));
  return ids;
}

async function follow(watch: TrailWatch, { clock }: Account, tell: Tell, io: CliIo): Promise<void> {
  let unreadable: string | undefined;
  while (io.interrupted?.aborted !== true) {
    await clock.sleep(pollMs);
    await tell(await watch.look());
    if (watch.unreadable !== undefined && watch.unreadable !== unreadable)
      io.err(`The audit trail could not be read, and is tried again: ${watch.unreadable}\n`);
    unreadable = watch.unreadable;
  }
}

/** `session` is every action of that kind, as `session.*` is. */
function filterFor(instance: string | undefined, action: string | undefined): string | undefined {
  if (action !== undefined && !/^[a-z]+(\.([a-z]+|\*))?$/.test(action))
    throw new CliError(`${action} is no action such as session.create, or session for all of that kind.`);
  const named = action === undefined || action.includes('.') ? action : `${action}.*`;
  const conditions = [
    ...(instance === undefined ? [] : [`$.detail.instanceId = "${instance}"`]),
    ...(named === undefined ? [] : [`$.detail.action = "${named}"`]),
  ];
  return conditions.length === 0 ? undefined : `{ ${conditions.join(' && ')} }`;
}
