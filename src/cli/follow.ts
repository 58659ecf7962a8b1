import type { AuditRecord } from '../audit/record.ts';
import type { InstanceId } from '../model/ids.ts';
import type { Clock } from '../reconcile/ports.ts';
import type { ServiceRequest } from './service-request.ts';
import type { Trail } from './trail.ts';
import type { Tell } from './trail-teller.ts';
import { aboutInstance, poll, TrailWatch } from './watch.ts';

/** How a request to the service ended; the last object of `apply --json`. */
export interface Followed {
  /** `done`: all of it. `partly`: something failed or was held back. `failed`: nothing could be done. `unsettled`: not known in time. */
  readonly outcome: 'done' | 'partly' | 'failed' | 'unsettled';
  readonly detail: string;
}

/** What following needs to know. */
export interface Following {
  readonly clock: Clock;
  readonly trail: Trail;
  readonly request: ServiceRequest;
  /** When it was made, epoch milliseconds. */
  readonly since: number;
  readonly waitMs: number;
  readonly tell: Tell;
  /** Whether EC2 is as the plan wants it: asked where the trail cannot tell. */
  readonly isSettled: () => Promise<boolean>;
}

/** The caller's clock and AWS's may differ by so much: records that name the request are found all the same. */
const clockSkewMs = 30_000;

/**
 * Follows a sweep by the trail until its record is there, and that of every sweep that goes on where it had to stop.
 *
 * A batch that held another request too may name that one. Everything passes one queue in order, so the second sweep to end after the request has seen it.
 */
export async function followSweep(following: Following): Promise<Followed> {
  const { request } = following;
  let ended = 0;
  let isServed = false;
  const counts = { failed: 0, blocked: 0 };
  return follow(following, undefined, (record) => {
    const { action, reason, outcome, eventId, detail = '' } = record;
    if (action === 'gate.block') counts.blocked += 1;
    else if (outcome === 'failed' && action !== 'sweep.complete') counts.failed += 1;
    if (action !== 'sweep.complete') return undefined;
    if (eventId === request.eventId) isServed = true;
    else ended += 1;
    if (!isServed && ended < 2) return undefined;
    if (outcome === 'failed') return { outcome: 'failed', detail: `${reason}: ${detail}` };
    if (reason !== 'sweep-done') return undefined;
    return counts.failed + counts.blocked === 0
      ? { outcome: 'done', detail }
      : {
          outcome: 'partly',
          detail: `${counts.failed} changes failed, ${counts.blocked} times a gate held changes back: ${detail}`,
        };
  });
}

/** Follows a request about one instance until EC2 is as the plan wants it, or a change of it has failed. */
export async function followInstance(following: Following, id: InstanceId): Promise<Followed> {
  const { request, isSettled } = following;
  return follow(
    following,
    aboutInstance(id),
    ({ outcome, eventId, reason, detail = '' }) =>
      outcome === 'failed' && eventId === request.eventId ? { outcome: 'partly', detail: `${reason}: ${detail}` } : undefined,
    async () => ((await isSettled()) ? { outcome: 'done', detail: `${id} is as the policy wants it` } : undefined),
  );
}

async function follow(
  { clock, trail, request, since, waitMs, tell, isSettled }: Following,
  filter: string | undefined,
  read: (record: AuditRecord) => Followed | undefined,
  look: () => Promise<Followed | undefined> = async () => undefined,
): Promise<Followed> {
  const watch = new TrailWatch(trail, since - clockSkewMs, filter);
  const ended = await poll(clock, waitMs, async () => {
    const records = (await watch.look()).filter(({ eventId, time }) => eventId === request.eventId || Date.parse(time) >= since);
    await tell(records.filter(({ action, outcome }) => action !== 'sweep.complete' || outcome === 'failed'));
    for (const record of records) {
      const end = read(record);
      if (end !== undefined) return end;
    }
    if (watch.unreadable === undefined) return look();
    const detail = `nothing is left to change; the audit trail could not be read: ${watch.unreadable}`;
    return (await isSettled()) ? ({ outcome: 'done', detail } as const) : undefined;
  });
  if (ended !== undefined) return ended;
  const why = watch.unreadable === undefined ? '' : ` The audit trail could not be read: ${watch.unreadable}`;
  const detail = `after ${Math.round(waitMs / 1000)} s the trail does not tell of its end; automirror plan tells what is left.${why}`;
  return { outcome: 'unsettled', detail };
}
