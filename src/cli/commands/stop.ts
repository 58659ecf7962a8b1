import { connect } from '../account.ts';
import { CliError, inWords } from '../cli-error.ts';
import { outlookFor } from '../instance-outlook.ts';
import { changeTags, tagChange, tagsAfter } from '../instance-tags.ts';
import type { CliIo } from '../io.ts';
import { loadPolicy } from '../policy-file.ts';
import { Trail } from '../trail.ts';
import { aboutInstance, poll, requireInstanceId, TrailWatch } from '../watch.ts';
import { changeText, type Ended, end, type InstanceOptions, tagged, unsettled } from './start.ts';

/** Every tag by which `start`, or a person, asks for mirroring. */
const mirrorTags = [
  'mirror',
  'mirror-target',
  'mirror-filter',
  'mirror-until',
  'mirror-interfaces',
  'mirror-packet-length',
  'mirror-reason',
];

/**
 * Takes the tags from an instance that ask for mirroring and waits until its sessions are gone: 0 when they are.
 * An instance that a rule selects without them goes on being mirrored: that is told, with the rule.
 */
export async function stopCommand(id: string, options: InstanceOptions, io: CliIo): Promise<0 | 1> {
  requireInstanceId(id);
  const { owner, wait } = options;
  const policy = await loadPolicy(options.policy, io.cwd);
  const account = await connect(options, io);
  const before = await outlookFor(account, owner, policy, id);
  if (before === undefined) throw new CliError(`EC2 lists no instance ${id} in this account and Region.`);
  const change = tagChange(before.instance.tags, Object.fromEntries(mirrorTags.map((key) => [key, null])));
  const since = account.clock.now();
  await inWords('The tags could not be taken away', changeTags(account.ec2, id, change));
  if (!options.json) io.out(`${id}: ${change.remove.length === 0 ? 'has no tag that asks for mirroring' : changeText(change)}\n`);

  const without = await outlookFor(account, owner, policy, id, tagsAfter(before.instance.tags, change));
  const head = { stop: 1, instanceId: id, removed: change.remove };
  if (without?.outcome === 'mirror') {
    const ended: Ended = { outcome: 'still-mirrored', reason: without.reason, sessions: without.sessions };
    return end(io, options, head, ended, 'The policy selects it without a tag: never and rules decide, see automirror explain.');
  }
  if (wait === 0) return end(io, options, head, tagged(before), '');
  const watch = new TrailWatch(new Trail(account.clientConfig, owner), since, aboutInstance(id));
  let told: Ended['reason'];
  let { sessions } = before;
  const ended = await poll(account.clock, wait, async (): Promise<Ended | undefined> => {
    const now = await outlookFor(account, owner, policy, id);
    sessions = now?.sessions ?? [];
    if (sessions.length === 0) return { outcome: 'stopped', sessions };
    for (const record of await watch.look()) {
      if (record.outcome === 'failed')
        told = { code: record.reason as NonNullable<Ended['reason']>['code'], detail: record.detail ?? '' };
    }
    return undefined;
  });
  const late: Ended = { outcome: 'unsettled', reason: told ?? unsettled(wait, watch.unreadable), sessions };
  return end(io, options, head, ended ?? late, 'The next sweep takes away what is left.');
}
