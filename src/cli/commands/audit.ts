import pc from 'picocolors';
import { type InstanceId, isInstanceId } from '../../model/ids.ts';
import { nameTag } from '../../model/ownership.ts';
import { createTrailText, type NameOf } from '../../terminal/trail-text.ts';
import { type Account, connect } from '../account.ts';
import type { AccountOptions } from '../account-options.ts';
import { CliError, inWords } from '../cli-error.ts';
import type { Since } from '../duration.ts';
import type { CliIo } from '../io.ts';
import { Trail, type TrailEntry } from '../trail.ts';
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
  const account = await connect(options);
  const trail = new Trail(account.clientConfig, options.owner);
  const from = 'at' in since ? since.at : account.clock.now() - since.agoMs;
  const filter = filterFor(instance, action);
  const tell = options.json ? jsonTeller(io) : textTeller(account, io);
  const told = await inWords('The audit trail could not be read', tellAll(trail.records(from, filter), tell));
  if (!options.follow) {
    if (told.length === 0 && !options.json)
      io.out(`${trail.group} has no such record since ${stamp(new Date(from).toISOString())}.\n`);
    return 0;
  }
  await follow(new TrailWatch(trail, from, filter, told), account, tell, io);
  return 0;
}

/** Tells records to the person or the program. */
type Tell = (entries: readonly Pick<TrailEntry, 'record' | 'message'>[]) => Promise<void>;

/** Answers with the ids of what was told. */
async function tellAll(records: AsyncIterable<TrailEntry>, tell: Tell): Promise<readonly string[]> {
  const ids: string[] = [];
  let batch: TrailEntry[] = [];
  for await (const entry of records) {
    ids.push(entry.id);
    if (batch.push(entry) < together) continue;
    await tell(batch);
    batch = [];
  }
  await tell(batch);
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

function jsonTeller(io: CliIo): Tell {
  return async (entries) => {
    for (const { record } of entries) io.out(`${JSON.stringify(record)}\n`);
  };
}

function textTeller(account: Account, io: CliIo): Tell {
  const names = new Map<string, string>();
  const nameOf: NameOf = (id) => (names.get(id) ? `${names.get(id)} (${id})` : id);
  const colors = pc.createColors(io.isTerminal && pc.isColorSupported);
  const text = createTrailText(nameOf, { colors, columns: () => io.columns ?? 100 });
  return async (entries) => {
    await learnNames(account, entries, names);
    for (const { record, message } of entries) {
      const line = text(stamp(record.time), message);
      if (line !== undefined) io.out(`${line}\n`);
    }
  };
}

/** Names are for convenience: where EC2 does not tell them, ids do. */
async function learnNames(
  { inventory }: Account,
  entries: readonly Pick<TrailEntry, 'record'>[],
  names: Map<string, string>,
): Promise<void> {
  const unknown = [...new Set(entries.map(({ record }) => record.instanceId))].filter(
    (id): id is InstanceId => id !== undefined && isInstanceId(id) && !names.has(id),
  );
  if (unknown.length === 0) return;
  for (const id of unknown) names.set(id, '');
  try {
    for (const { id, tags } of await inventory.instances(unknown)) names.set(id, tags[nameTag] ?? '');
  } catch {
    // The trail may be read by somebody who may not describe instances.
  }
}

/** `2026-11-25 22:50:24Z`: to the second, in the time zone of everything that AWS shows. */
function stamp(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')}Z`;
}
