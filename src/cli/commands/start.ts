import type { Reason } from '../../model/decision.ts';
import type { InstanceId } from '../../model/ids.ts';
import type { CompiledPolicy } from '../../model/policy.ts';
import { lookUpTag, type Tags } from '../../model/tags.ts';
import { parseTime } from '../../policy/until.ts';
import { type Account, connect } from '../account.ts';
import type { AccountOptions } from '../account-options.ts';
import { CliError, inWords } from '../cli-error.ts';
import { type Outlook, outlookFor } from '../instance-outlook.ts';
import { changeTags, type TagChange, tagChange, tagsAfter } from '../instance-tags.ts';
import type { CliIo } from '../io.ts';
import { loadPolicy } from '../policy-file.ts';
import { sessionText } from '../render/session-text.ts';
import { Trail } from '../trail.ts';
import { aboutInstance, poll, requireInstanceId, TrailWatch } from '../watch.ts';

export interface InstanceOptions extends AccountOptions {
  readonly policy: string;
  /** How long to wait for the service, milliseconds; 0: not at all. */
  readonly wait: number;
}

export interface StartOptions extends InstanceOptions {
  readonly target?: string;
  readonly filter?: string;
  /** Milliseconds from now. */
  readonly for?: number;
  readonly interfaces?: string;
  readonly packetLength?: string;
  readonly reason?: string;
}

/** How it ended, and the shape of `start --json` and `stop --json` beside their version. */
export interface Ended {
  readonly outcome: 'mirrored' | 'refused' | 'skipped' | 'stopped' | 'still-mirrored' | 'tagged' | 'unsettled';
  readonly reason?: Reason;
  readonly sessions: Outlook['sessions'];
}

/** The local policy's refusal is believed without the service's own word after this long. */
const trailPatienceMs = 5_000;

/**
 * Tags an instance so that it is mirrored, waits for the deployed service, and shows its sessions: 0 when they are as the policy wants them.
 * What the policy would refuse or leave alone is told and not tagged at all.
 */
export async function startCommand(id: string, options: StartOptions, io: CliIo): Promise<0 | 1> {
  requireInstanceId(id);
  const policy = await loadPolicy(options.policy, io.cwd);
  const account = await connect(options, io);
  const before = await outlookFor(account, options.owner, policy, id);
  if (before === undefined) throw new CliError(`EC2 lists no instance ${id} in this account and Region.`);
  const change = tagChange(before.instance.tags, wantedTags(options, before.instance.tags, account.clock.now()));
  const after = await outlookFor(account, options.owner, policy, id, tagsAfter(before.instance.tags, change));
  const refusal = after === undefined ? undefined : whyNot(after);
  if (refusal !== undefined) {
    return end(io, options, { start: 1, instanceId: id, set: {}, removed: [] }, refusal, 'Nothing was tagged.');
  }

  const since = account.clock.now();
  await inWords('The tags could not be set', changeTags(account.ec2, id, change));
  if (!options.json) io.out(`${id}: ${changeText(change)}\n`);
  const ended = options.wait === 0 ? tagged(before) : await waitForSessions(account, options, policy, id, since);
  const head = { start: 1, instanceId: id, set: change.set, removed: change.remove };
  return end(io, options, head, ended, `The tags stay; automirror stop ${id} takes them away.`);
}

function wantedTags(options: StartOptions, tags: Tags, now: number): Readonly<Record<string, string | null>> {
  const until = lookUpTag(tags, 'mirror-until');
  // A time that has passed would end the mirroring before it begins.
  const isOver = until.kind === 'conflict' || (until.kind === 'value' && (parseTime(until.value) ?? 0) <= now);
  const given = (key: string, value: string | undefined) => (value === undefined ? {} : { [key]: value });
  return {
    mirror: 'true',
    ...given('mirror-target', options.target),
    ...given('mirror-filter', options.filter),
    ...given('mirror-interfaces', options.interfaces),
    ...given('mirror-packet-length', options.packetLength),
    ...given('mirror-reason', options.reason),
    ...(options.for === undefined
      ? isOver
        ? { 'mirror-until': null }
        : {}
      : { 'mirror-until': new Date(now + options.for).toISOString().replace(/\.\d+Z$/, 'Z') }),
  };
}

function whyNot({ outcome, reason, refusals, served, instance, sessions }: Outlook): Ended | undefined {
  // It is on its way, and will be mirrored when it runs.
  if (outcome === 'mirror' && instance.state === 'pending') return undefined;
  if (outcome === 'skip') return { outcome: 'skipped', reason, sessions };
  if (outcome === 'refuse') return { outcome: 'refused', reason, sessions };
  if (served > 0) return undefined;
  return { outcome: 'refused', reason: refusals[0]?.reason ?? reason, sessions };
}

/** Waits until EC2 holds what the policy wants of the instance, or the service has refused it. */
async function waitForSessions(
  account: Account,
  { owner, wait }: StartOptions,
  policy: CompiledPolicy,
  id: InstanceId,
  since: number,
): Promise<Ended> {
  const watch = new TrailWatch(new Trail(account.clientConfig, owner), since, aboutInstance(id));
  let told: Reason | undefined;
  let last: Outlook | undefined;
  const ended = await poll(account.clock, wait, async (): Promise<Ended | undefined> => {
    for (const record of await watch.look()) {
      const { outcome, reason, detail = '', policyHash } = record;
      if (outcome !== 'blocked' && outcome !== 'failed') continue;
      // A reason code of the service, which may be newer than this tool.
      told = { code: reason as Reason['code'], detail };
      if (outcome === 'blocked' && policyHash !== policy.hash)
        return { outcome: 'refused', reason: told, sessions: last?.sessions ?? [] };
    }
    const now = await outlookFor(account, owner, policy, id);
    if (now === undefined) return { outcome: 'skipped', reason: gone(id), sessions: [] };
    last = now;
    const [refusal] = now.refusals;
    if (now.isSettled && now.served > 0 && now.sessions.length > 0) {
      return refusal === undefined
        ? { outcome: 'mirrored', sessions: now.sessions }
        : { outcome: 'refused', reason: refusal.reason, sessions: now.sessions };
    }
    const why = whyNot(now);
    const isCertain = told !== undefined || account.clock.now() - since >= trailPatienceMs;
    return why !== undefined && isCertain ? why : undefined;
  });
  return ended ?? { outcome: 'unsettled', reason: told ?? unsettled(wait, watch.unreadable), sessions: last?.sessions ?? [] };
}

function gone(id: InstanceId): Reason {
  return { code: 'instance-gone', detail: `EC2 does not know ${id} any more` };
}

/** Why a wait has ended without an end. */
export function unsettled(waitMs: number, unreadable: string | undefined): Reason {
  const trail = unreadable === undefined ? '' : ` The audit trail could not be read: ${unreadable}`;
  return {
    code: 'deadline',
    detail: `after ${Math.round(waitMs / 1000)} s the service has not done it. Is it deployed, with this owner and this policy? automirror status tells.${trail}`,
  };
}

/** What follows when nobody waits. */
export function tagged({ sessions }: Outlook): Ended {
  return { outcome: 'tagged', sessions };
}

export function changeText({ set, remove }: TagChange): string {
  const tags = Object.entries(set).map(([key, value]) => `${key}=${value}`);
  return [
    ...(tags.length === 0 ? [] : [`set ${tags.join(', ')}`]),
    ...(remove.length === 0 ? [] : [`took away ${remove.join(', ')}`]),
  ].join('; ');
}

/** Writes how it ended, and gives the exit code; `advice` follows what went wrong. */
export function end(io: CliIo, { json }: AccountOptions, head: object, ended: Ended, advice: string): 0 | 1 {
  const isFine = ended.outcome === 'mirrored' || ended.outcome === 'stopped' || ended.outcome === 'tagged';
  if (json) {
    io.out(`${JSON.stringify({ ...head, ...ended })}\n`);
    return isFine ? 0 : 1;
  }
  for (const session of ended.sessions) io.out(`${sessionText(session)}\n`);
  if (isFine) return 0;
  const { reason } = ended;
  io.err(`${ended.outcome}: ${reason === undefined ? '' : `${reason.code}: ${reason.detail}`}\n${advice}\n`);
  return 1;
}
