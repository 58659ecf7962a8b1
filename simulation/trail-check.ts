/** Replays what one stack has told, over all its invocations, by the product's own replay, and compares it with the account as it truly is. */
import { detailTypeOf } from '../src/audit/detail-type.ts';
import type { Intent } from '../src/audit/intent.ts';
import type { AuditRecord } from '../src/audit/record.ts';
import { Replay } from '../src/audit/replay.ts';
import { compareWithTrail } from '../src/audit/verification.ts';
import type { Ec2World, SessionRecord } from '../src/emulator/ec2/service.ts';
import type { EniId, FilterId, SessionId, TargetId } from '../src/model/ids.ts';
import type { ActualSession } from '../src/model/session.ts';
import { ownSessions } from './oracle.ts';

export class TrailCheck {
  readonly #replay = new Replay();
  readonly #made = new Set<string>();
  readonly #deleted = new Set<string>();

  /** A line of the function's log; one that the bus has taken stands in the trail as well. */
  line(line: Readonly<Record<string, unknown>>): void {
    const record = line as unknown as AuditRecord;
    if (line.audit === 1 && detailTypeOf(record) !== undefined) this.#replay.tell(record);
    if (line.intent === 1) this.#replay.intend(line as unknown as Intent);
  }

  /** A session that the stack has truly made or deleted. */
  happened(kind: string, id: string): void {
    if (kind === 'session.create') this.#made.add(id);
    if (kind === 'session.delete') this.#deleted.add(id);
  }

  /** Sessions that the stack has made or deleted and that neither a record nor a line before it accounts for. */
  differences(world: Ec2World, owner: string, accountId: string): readonly string[] {
    const ours = ownSessions(world, owner, accountId).map((session) => sessionOf(session, world));
    const livingInterfaces = new Set(world.networkInterfaces().map(({ networkInterfaceId }) => networkInterfaceId));
    const { missing, extra } = compareWithTrail(this.#replay, { ours, livingInterfaces, retentionDays: null });
    return [
      ...missing.filter(({ sessionId, why }) => why === 'unrecorded' && this.#deleted.has(sessionId)),
      ...extra.filter(({ sessionId, why }) => why === 'unrecorded' && this.#made.has(sessionId)),
    ].map(({ sessionId, eniId, detail }) => `${sessionId} on ${eniId}: ${detail}`);
  }
}

/** As the product would read it. */
function sessionOf({ trafficMirrorSessionId, networkInterfaceId, ...session }: SessionRecord, world: Ec2World): ActualSession {
  return {
    id: trafficMirrorSessionId as SessionId,
    eniId: networkInterfaceId as EniId,
    targetId: session.trafficMirrorTargetId as TargetId,
    filterId: session.trafficMirrorFilterId as FilterId,
    sessionNumber: session.sessionNumber,
    tags: world.tags(trafficMirrorSessionId),
  };
}
