import type { Reason } from '../model/decision.ts';
import type { Finding } from '../model/finding.ts';
import type { Instance } from '../model/instance.ts';
import type { CompiledPolicy } from '../model/policy.ts';
import type { ReasonCode } from '../model/reasons.ts';
import type { Tags } from '../model/tags.ts';
import { matchesAny, type NetworkTags } from './match.ts';
import { mirrorTag } from './mirror-tag.ts';
import { selectRule } from './select-rule.ts';
import { overrideTags } from './tag-overrides.ts';

/** The tag that says why a finding had an instance mirrored. */
export const reasonTag = 'mirror-reason';

/** What `mirror-reason` begins with where we have set it. The function's role may change the tags of such an instance, and of no other that has the tag `mirror`. */
export const reasonStart = 'GuardDuty finding ';

/** The reason repeats the end that was set with it: a `mirror-until` that says otherwise is somebody's. */
const reasonForm = new RegExp(`^${reasonStart}.* until=(\\S+)$`);

/** `done` with tags: they are to be set. `done` without: the finding asks for nothing, or for nothing new. `blocked`: for what is not ours to do. */
export interface FindingDecision {
  readonly outcome: 'done' | 'blocked';
  readonly tags?: Tags;
  readonly reason: Reason;
}

/**
 * Decides which tags a finding sets on the instance that it is about. Pure and total; the same finding on an instance that has its tags sets none.
 *
 * Only an instance that no rule selects yet, and on which nobody has set `mirror`, gets them all. One that an earlier finding has tagged gets a later end.
 * What a person has set is never overwritten.
 *
 * @param instance as EC2 has it now; undefined where EC2 does not know it
 * @param now epoch milliseconds
 * @param networkTags of VPCs and subnets, where the policy asks for them
 */
export function findingTags(
  finding: Finding,
  instance: Instance | undefined,
  policy: CompiledPolicy,
  now: number,
  networkTags?: NetworkTags,
): FindingDecision {
  const { onFinding } = policy;
  const { id, severity, type, instanceId, at = now } = finding;
  const decide = (outcome: FindingDecision['outcome'], code: ReasonCode, why: string, tags?: Tags): FindingDecision => ({
    outcome,
    reason: { code, detail: `${why} (${type}, severity ${severity}, finding ${id})` },
    ...(tags === undefined ? {} : { tags }),
  });
  // NaN is below every bound.
  if (onFinding === undefined || !(severity >= onFinding.minSeverity))
    return decide('done', 'finding-below-severity', `onFinding asks for ${onFinding?.minSeverity ?? 'nothing'}`);
  if (onFinding.types !== undefined && !matchesAny(onFinding.types, type))
    return decide('done', 'finding-type-not-listed', 'onFinding does not list the type');
  // In whole seconds, as people write times. What claims to come from the future begins now.
  const endsAt = Math.floor((Math.min(at, now) + onFinding.forMs) / 1000) * 1000;
  const until = new Date(endsAt).toISOString().replace('.000', '');
  if (endsAt <= now) return decide('done', 'finding-past', `it ended at ${until}`);
  if (instance === undefined) return decide('blocked', 'instance-gone', `EC2 does not know ${instanceId}`);
  const { tags, state } = instance;
  if (state === 'terminated' || state === 'shutting-down')
    return decide('blocked', 'instance-terminated', `${instanceId} is ${state}`);

  const spellings = (key: string) => Object.keys(tags).filter((spelling) => spelling.toLowerCase() === key);
  const isOnly = (key: string) => spellings(key).join() === key;
  const set: Tags = {
    [overrideTags.until]: until,
    [reasonTag]: `${reasonStart}${word(type)} severity=${severity} id=${word(id)} until=${until}`,
  };
  const noted = isOnly(reasonTag) ? reasonForm.exec(tags[reasonTag] ?? '')?.[1] : undefined;
  const isEndOurs = noted !== undefined && isOnly(overrideTags.until) && tags[overrideTags.until] === noted;
  if (isEndOurs && isOnly(mirrorTag) && tags[mirrorTag] === 'true') {
    return endsAt <= Date.parse(noted)
      ? decide('done', 'finding-current', `mirrored until ${noted} already`)
      : decide('done', 'finding-extended', `mirrored until ${until}`, set);
  }
  const somebodys = [
    ...spellings(mirrorTag),
    ...(isEndOurs ? [] : spellings(overrideTags.until)),
    ...(noted === undefined ? spellings(reasonTag) : []),
  ];
  if (somebodys.length > 0)
    return decide('blocked', 'finding-left-alone', `somebody has set ${somebodys.join(', ')} on ${instanceId}`);
  const before = selectRule(instance, policy, networkTags);
  if (before.outcome === 'rule') return decide('done', 'finding-mirrored', `rule "${before.rule.name}" selects ${instanceId}`);

  const all: Tags = {
    [mirrorTag]: 'true',
    ...set,
    ...choice(overrideTags.target, onFinding.target),
    ...choice(overrideTags.filter, onFinding.filter),
  };
  const after = selectRule({ ...instance, tags: { ...tags, ...all } }, policy, networkTags);
  if (after.outcome !== 'rule') return decide('blocked', after.reason.code, after.reason.detail);
  return decide('done', 'finding-received', `mirrored until ${until}`, all);

  function choice(key: string, name: string | undefined): Tags {
    return name === undefined || spellings(key).length > 0 ? {} : { [key]: name };
  }
}

/** One word of characters that a tag takes in every service and that no part of the reason is known by. */
function word(text: string): string {
  return text.replace(/[^\w.:/@+-]/g, '_').slice(0, 80) || '_';
}
