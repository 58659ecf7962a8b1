import { Replay, type ReplayedSession } from '../../audit/replay.ts';
import type { EniId } from '../../model/ids.ts';
import { isOurs } from '../../model/ownership.ts';
import type { ActualSession } from '../../model/session.ts';
import { type Account, connect } from '../account.ts';
import type { AccountOptions } from '../account-options.ts';
import { inWords } from '../cli-error.ts';
import type { CliIo } from '../io.ts';
import { counted } from '../render/numbers.ts';
import { Trail } from '../trail.ts';

/** A session that only one side tells of. */
interface Difference {
  readonly sessionId: string;
  readonly eniId?: string;
  readonly instanceId?: string;
  /** `interface-gone`, `replaced`: the end of the session is known. `unrecorded`: it is not, and somebody should look. */
  readonly why: 'interface-gone' | 'replaced' | 'unrecorded';
  readonly detail: string;
}

/** The comparison; the shape of `audit verify --json`, version 1. */
export interface Verification {
  readonly verify: 1;
  /** Whether every session is accounted for. */
  readonly equal: boolean;
  readonly trail: {
    readonly group: string;
    readonly records: number;
    readonly begins: string | null;
    /** null: for ever. */
    readonly retentionDays: number | null;
  };
  /** By the trail: those that went with their interface are not counted. */
  readonly sessions: { readonly byTrail: number; readonly inEc2: number };
  /** By the trail they are there, and EC2 does not know them. */
  readonly missing: readonly Difference[];
  /** EC2 knows them, and the trail does not. */
  readonly extra: readonly Difference[];
}

/** Records travel for a moment: what differs is looked at again after this long before it is told. */
const settleMs = 5_000;

/** Replays the trail from its beginning and compares the sessions that it yields with those of EC2: 0 when all are accounted for. */
export async function auditVerifyCommand(options: AccountOptions, io: CliIo): Promise<0 | 1> {
  const account = await connect(options);
  const trail = new Trail(account.clientConfig, options.owner);
  let verification = await verify(account, trail, options.owner);
  if (!verification.equal) {
    await account.clock.sleep(settleMs);
    verification = await verify(account, trail, options.owner);
  }
  io.out(options.json ? `${JSON.stringify(verification, null, 2)}\n` : verificationText(verification));
  return verification.equal ? 0 : 1;
}

async function verify(account: Account, trail: Trail, owner: string): Promise<Verification> {
  const replay = new Replay();
  const read = async () => {
    for await (const { record } of trail.records(0)) replay.tell(record);
    return (await trail.retentionDays()) ?? null;
  };
  const retentionDays = await inWords('The audit trail could not be read', read());
  const listed = await inWords('EC2 could not be read', account.inventory.sessions());
  const ours = new Map(
    listed.filter((session) => isOurs(owner, account.accountId, session)).map((session) => [session.id as string, session]),
  );

  const isAbsent = ({ sessionId }: ReplayedSession) => !ours.has(sessionId);
  const gone = [...replay.held.values()].filter(isAbsent);
  const living = await livingInterfaces(account, gone);
  const missing = [
    ...gone.map((session) => lost(session, session.eniId !== undefined && living.has(session.eniId))),
    ...[...replay.replaced.values()].filter(isAbsent).map(replaced),
  ];
  const extra = [...ours.values()]
    .filter(({ id }) => !replay.held.has(id) && !replay.replaced.has(id))
    .map((session) => unknown(session, replay.begins, retentionDays));
  return {
    verify: 1,
    equal: extra.length === 0 && missing.every(({ why }) => why !== 'unrecorded'),
    trail: { group: trail.group, records: replay.records, begins: replay.begins ?? null, retentionDays },
    sessions: { byTrail: replay.held.size - missing.filter(({ why }) => why === 'interface-gone').length, inEc2: ours.size },
    missing,
    extra,
  };
}

async function livingInterfaces({ inventory }: Account, sessions: readonly ReplayedSession[]): Promise<ReadonlySet<string>> {
  // A record of ours names interfaces as EC2 does.
  const ids = [...new Set(sessions.flatMap(({ eniId }) => eniId ?? []))] as EniId[];
  if (ids.length === 0) return new Set();
  const facts = await inWords('EC2 could not be read', inventory.networkInterfaces(ids));
  return new Set(facts.map(({ id }) => id));
}

function subject({ sessionId, eniId, instanceId }: ReplayedSession): Pick<Difference, 'sessionId' | 'eniId' | 'instanceId'> {
  return { sessionId, ...(eniId === undefined ? {} : { eniId }), ...(instanceId === undefined ? {} : { instanceId }) };
}

function lost(session: ReplayedSession, isInterfaceThere: boolean): Difference {
  return isInterfaceThere
    ? {
        ...subject(session),
        why: 'unrecorded',
        detail: `there at ${session.lastSeen}; since then deleted by somebody else and not put back yet, or the record of its deletion was lost`,
      }
    : { ...subject(session), why: 'interface-gone', detail: 'EC2 deletes the sessions of an interface together with it' };
}

function replaced(session: ReplayedSession): Difference {
  const detail = 'deleted by somebody else; the service has put another one in its place';
  return { ...subject(session), why: 'replaced', detail };
}

function unknown({ id, eniId }: ActualSession, begins: string | undefined, retentionDays: number | null): Difference {
  const since = begins === undefined ? 'has no record at all' : `begins at ${begins}`;
  const kept = retentionDays === null ? 'keeps records for ever' : `keeps records for ${retentionDays} days`;
  return {
    sessionId: id,
    eniId,
    why: 'unrecorded',
    detail: `no record tells of it: the trail ${since} and ${kept}, so it may be older; or somebody else made it with our owner tag, or its record was lost`,
  };
}

function verificationText({ equal, trail, sessions, missing, extra }: Verification): string {
  const known = missing.filter(({ why }) => why !== 'unrecorded');
  const count = (why: Difference['why']) => known.filter((one) => one.why === why).length;
  const line =
    (what: string) =>
    ({ sessionId, eniId, instanceId, detail }: Difference) =>
      `${what} ${sessionId} on ${eniId ?? 'an interface that no record names'}${instanceId === undefined ? '' : ` of ${instanceId}`}\n      ${detail}`;
  return [
    `${counted(trail.records, 'record')} in ${trail.group}${trail.begins === null ? '' : `, from ${trail.begins} on`}.`,
    `Sessions of ours: ${sessions.byTrail} by the trail, ${sessions.inEc2} in EC2.`,
    ...(known.length === 0
      ? []
      : [
          `Ended without a deletion of ours: ${count('interface-gone')} with their interface, ${count('replaced')} by somebody else and put back.`,
        ]),
    ...missing.filter(({ why }) => why === 'unrecorded').map(line('  - missing in EC2:')),
    ...extra.map(line('  + not in the trail:')),
    equal ? 'Every session is accounted for.' : 'The trail and EC2 differ.',
    '',
  ].join('\n');
}
