import type { Finding } from '../model/finding.ts';
import type { Instance } from '../model/instance.ts';
import type { Tags } from '../model/tags.ts';
import { findingTags, reasonTag } from '../policy/finding-tags.ts';
import { failureOf } from './failure.ts';
import { Ec2Error, type Receipt } from './ports.ts';
import type { ReconcileContext } from './reconcile.ts';
import type { Result, TagInstance } from './result.ts';

/** How long after we have tagged an instance EC2's lists may not show it. */
const unseenMs = 30_000;

/**
 * Follows the findings of a batch: reads the instances that they name, decides, and tags each instance in one call. One result for each finding. Answers
 * with the errors that are no answer of EC2, and so ours.
 *
 * @param asked findings, each with what its result is told with
 * @param onIntent told of each call before it is made
 * @throws Ec2Error when the instances cannot be read: nothing was changed then
 */
export async function serveFindings<Trigger>(
  asked: readonly { readonly finding: Finding; readonly trigger: Trigger }[],
  {
    inventory,
    mirroring,
    policy,
    clock,
    memory: { tagged },
  }: Pick<ReconcileContext, 'inventory' | 'mirroring' | 'policy' | 'clock' | 'memory'>,
  onResult: (result: Result, trigger: Trigger) => void,
  onIntent: (tagging: Pick<TagInstance, 'kind' | 'instanceId'>) => void,
): Promise<readonly unknown[]> {
  const defects: unknown[] = [];
  for (const [id, { unseenUntil }] of tagged) {
    if (unseenUntil < clock.now()) tagged.delete(id);
  }
  const ids = [...new Set(asked.map(({ finding }) => finding.instanceId))];
  const [listed, networkTags] = await Promise.all([
    inventory.instances(ids),
    policy.asksForNetworkTags ? inventory.networkTags() : undefined,
  ]);
  const instances = new Map(listed.map((instance) => [instance.id, instance]));
  await Promise.all(ids.map(serve));
  return defects;

  async function serve(instanceId: Finding['instanceId']): Promise<void> {
    let instance = withRecent(instances.get(instanceId));
    let set: Tags | undefined;
    const decided = asked
      .filter(({ finding }) => finding.instanceId === instanceId)
      .map(({ finding, trigger }) => {
        const { outcome, ...decision } = findingTags(finding, instance, policy, clock.now(), networkTags);
        const { tags } = decision;
        if (instance !== undefined && tags !== undefined) {
          set = { ...set, ...tags };
          // The next finding on it is decided as if this one had been followed.
          instance = { ...instance, tags: { ...instance.tags, ...tags } };
        }
        const action: TagInstance = { kind: 'instance.tag', instanceId, ...decision };
        return { action, outcome, reason: action.reason, trigger };
      });
    if (set !== undefined) onIntent({ kind: 'instance.tag', instanceId });
    const answer = set === undefined ? undefined : await tag(instanceId, set);
    for (const { trigger, ...result } of decided) {
      if (answer === undefined || result.action.tags === undefined) onResult(result, trigger);
      else if (answer instanceof Ec2Error) onResult(failureOf(result.action, answer), trigger);
      else onResult(answer.requestId === undefined ? result : { ...result, requestId: answer.requestId }, trigger);
    }
  }

  /** The instance with what we have just set, where EC2 shows no trace of it; where it shows one, what it shows is newer. */
  function withRecent(instance: Instance | undefined): Instance | undefined {
    const recent = instance && tagged.get(instance.id);
    if (instance === undefined || recent === undefined || reasonTag in instance.tags) return instance;
    return { ...instance, tags: { ...instance.tags, ...recent.tags } };
  }

  async function tag(instanceId: Finding['instanceId'], tags: Tags): Promise<Receipt | Ec2Error> {
    try {
      const receipt = await mirroring.tagInstance(instanceId, tags);
      tagged.set(instanceId, { tags: { ...tagged.get(instanceId)?.tags, ...tags }, unseenUntil: clock.now() + unseenMs });
      return receipt;
    } catch (error) {
      if (error instanceof Ec2Error) return error;
      defects.push(error);
      return new Ec2Error('unsettled', 'Unknown', `an error of the service itself: ${String(error)}`);
    }
  }
}
