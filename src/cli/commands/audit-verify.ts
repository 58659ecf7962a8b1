import type { Intent } from '../../audit/intent.ts';
import type { AuditRecord } from '../../audit/record.ts';
import { Replay } from '../../audit/replay.ts';
import { type Comparison, compareWithTrail, missingSessions } from '../../audit/verification.ts';
import type { EniId } from '../../model/ids.ts';
import { isOurs } from '../../model/ownership.ts';
import { type Account, connect } from '../account.ts';
import type { AccountOptions } from '../account-options.ts';
import { inWords, said } from '../cli-error.ts';
import { FunctionLog } from '../function-log.ts';
import type { CliIo } from '../io.ts';
import { verificationText } from '../render/verification-text.ts';
import { Trail } from '../trail.ts';

/** The comparison; the shape of `audit verify --json`, version 1. */
export interface Verification extends Comparison {
  readonly verify: 1;
  readonly trail: {
    readonly group: string;
    readonly records: number;
    readonly begins: string | null;
    /** null: for ever. */
    readonly retentionDays: number | null;
  };
  /** Read only where the trail alone does not account for every session; `error`: why it could not be read to its end. */
  readonly functionLog?: FunctionLogState;
}

interface FunctionLogState {
  readonly group: string;
  readonly error?: string;
}

export interface VerifyOptions extends AccountOptions {
  readonly stack?: string;
}

/** Records travel for a moment: what differs is looked at again after this long before it is told. */
const settleMs = 5_000;

/** Replays the trail from its beginning and compares the sessions that it yields with those of EC2: 0 when all are accounted for. */
export async function auditVerifyCommand(options: VerifyOptions, io: CliIo): Promise<0 | 1> {
  const account = await connect(options, io);
  const { owner, stack = owner } = options;
  const trail = new Trail(account.clientConfig, owner);
  let verification = await verify(account, trail, owner);
  if (!verification.equal) {
    await account.settle(settleMs);
    const beside = await readBeside(new FunctionLog(account.clientConfig, stack), verification.trail.begins);
    verification = { ...(await verify(account, trail, owner, beside)), functionLog: beside.log };
  }
  io.out(options.json ? `${JSON.stringify(verification, null, 2)}\n` : verificationText(verification));
  return verification.equal ? 0 : 1;
}

async function verify(account: Account, trail: Trail, owner: string, beside: Beside = nothing): Promise<Verification> {
  const replay = new Replay();
  const untaken = [...beside.records];
  let records = 0;
  const read = async () => {
    for await (const { record } of trail.records(0)) {
      tellUntaken((one) => one.time < record.time);
      records += 1;
      replay.tell(record);
    }
    tellUntaken(() => true);
    return (await trail.retentionDays()) ?? null;
  };
  const tellUntaken = (isDue: (record: AuditRecord) => boolean) => {
    for (let next = untaken[0]; next !== undefined && isDue(next); next = untaken[0]) {
      replay.tell(next);
      untaken.shift();
    }
  };
  const retentionDays = await inWords('The audit trail could not be read', read());
  for (const intent of beside.intents) replay.intend(intent);
  const listed = await inWords('EC2 could not be read', account.inventory.sessions());
  const ours = listed.filter((session) => isOurs(owner, account.accountId, session));
  const livingInterfaces = await living(
    account,
    missingSessions(replay, ours).flatMap(({ eniId }) => eniId ?? []),
  );
  return {
    verify: 1,
    ...compareWithTrail(replay, { ours, livingInterfaces, retentionDays }),
    trail: { group: trail.group, records, begins: replay.begins ?? null, retentionDays },
  };
}

/** What the function's log tells beside the trail. */
interface Beside {
  readonly intents: readonly Intent[];
  /** In order of time. */
  readonly records: readonly AuditRecord[];
}

const nothing: Beside = { intents: [], records: [] };

/** Who may not read the function's log has the trail all the same. */
async function readBeside(log: FunctionLog, begins: string | null): Promise<Beside & { readonly log: FunctionLogState }> {
  const { group } = log;
  const intents: Intent[] = [];
  const records: AuditRecord[] = [];
  const beside = { intents, records };
  try {
    for await (const { intent, record } of log.entries(begins === null ? 0 : Date.parse(begins))) {
      if (intent !== undefined) intents.push(intent);
      if (record !== undefined) records.push(record);
    }
    return { ...beside, log: { group } };
  } catch (error) {
    return { ...beside, log: { group, error: said(error) } };
  }
}

async function living({ inventory }: Account, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  // A record of ours names interfaces as EC2 does.
  const facts = await inWords('EC2 could not be read', inventory.networkInterfaces([...new Set(ids)] as EniId[]));
  return new Set(facts.map(({ id }) => id));
}
