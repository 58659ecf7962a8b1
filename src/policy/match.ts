import type { Instance } from '../model/instance.ts';
import type { CompiledMatch, MatchField, NetworkTagMatch, Pattern } from '../model/policy.ts';
import { lookUpTag, type Tags } from '../model/tags.ts';
import { launchedText, wanted } from './describe-match.ts';

/** Set by EC2 Auto Scaling on the instances it launches: https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html */
export const autoScalingGroupTag = 'aws:autoscaling:groupName';

/** Tags of VPCs and subnets by their id; one that is not here has none. */
export type NetworkTags = ReadonlyMap<string, Tags>;

/**
 * Whether an instance meets a match, and why.
 *
 * `conflict`: the answer hangs on a tag whose spellings disagree, so there is none; `conflicts` names those tags (lower case, of a network with its id).
 */
export interface MatchResult {
  readonly verdict: 'yes' | 'no' | 'conflict';
  readonly why: string;
  readonly conflicts: readonly string[];
}

/**
 * Evaluates a compiled match over one instance; every selector is looked at, so that `why` tells of each.
 *
 * @throws if the match asks for tags of networks and `networkTags` is undefined: nobody has read them, and a guess could cost sessions
 */
export function evaluate(match: CompiledMatch, instance: Instance, networkTags: NetworkTags | undefined): MatchResult {
  switch (match.kind) {
    case 'all':
    case 'any':
      return combine(
        match.kind,
        match.of.map((part) => evaluate(part, instance, networkTags)),
      );
    case 'not':
      return negate(evaluate(match.of, instance, networkTags));
    case 'tag':
      return evaluateTag(match, instance.tags);
    case 'networkTag':
      if (networkTags === undefined) throw new Error('the tags of networks were not read');
      return evaluateNetworkTag(match, instance, networkTags);
    case 'launched':
      return evaluateLaunch(match.when, match.at, instance);
    case 'field':
      return compare(match.field, fieldValues(match.field, instance), match.patterns);
  }
}

/** Three-valued logic: a conflict counts only where no other part settles the answer. */
function combine(kind: 'all' | 'any', parts: readonly MatchResult[]): MatchResult {
  const settling = kind === 'all' ? 'no' : 'yes';
  const conflicting = parts.filter((part) => part.verdict === 'conflict');
  const settled = parts.some((part) => part.verdict === settling);
  const otherwise = kind === 'all' ? 'yes' : 'no';
  const verdict = settled ? settling : conflicting.length > 0 ? 'conflict' : otherwise;
  const [only] = parts;
  const why = parts.length === 1 && only !== undefined ? only.why : `${kind} of (${parts.map((part) => part.why).join('; ')})`;
  const conflicts = verdict === 'conflict' ? [...new Set(conflicting.flatMap((part) => part.conflicts))].sort() : [];
  return { verdict, why, conflicts };
}

function negate(inner: MatchResult): MatchResult {
  const why = `not (${inner.why})`;
  if (inner.verdict === 'conflict') return { ...inner, why };
  return { verdict: inner.verdict === 'yes' ? 'no' : 'yes', why, conflicts: [] };
}

/** How a tag selector stands to one set of tags. */
export function tagVerdict(wanted: { key: string; patterns: readonly Pattern[] }, tags: Tags): MatchResult['verdict'] {
  return evaluateTag(wanted, tags).verdict;
}

/** @param of the network whose tags these are; nothing for the instance's own */
function evaluateTag({ key, patterns }: { key: string; patterns: readonly Pattern[] }, tags: Tags, of = ''): MatchResult {
  const found = lookUpTag(tags, key);
  if (found.kind === 'absent') return { verdict: 'no', why: `tag ${key}${of} is absent`, conflicts: [] };
  if (found.kind === 'conflict') {
    const spellings = found.spellings.map((spelling) => `${spelling}=${tags[spelling] ?? ''}`).join(' and ');
    return { verdict: 'conflict', why: `tag ${key}${of} is a conflict: ${spellings}`, conflicts: [key + of] };
  }
  return compare(`tag ${key}${of}`, [found.value], patterns);
}

function evaluateNetworkTag(match: NetworkTagMatch, instance: Instance, networkTags: NetworkTags): MatchResult {
  const ids = fieldValues(match.of, instance);
  if (ids.length === 0) return { verdict: 'no', why: `${match.of} is unknown`, conflicts: [] };
  return combine(
    'any',
    ids.map((id) => evaluateTag(match, networkTags.get(id) ?? {}, ` of ${id}`)),
  );
}

function evaluateLaunch(when: 'before' | 'after', at: number, { launchTime }: Instance): MatchResult {
  const found = launchTime === undefined ? 'unknown' : launchedText(launchTime);
  const isMet = launchTime !== undefined && launchTime < at === (when === 'before');
  const why = `launch time is ${found}${isMet ? ',' : ', not'} ${when} ${launchedText(at)}`;
  return { verdict: isMet ? 'yes' : 'no', why, conflicts: [] };
}

/** An instance with several interfaces has the VPC, subnet, zone and groups of each of them: one that matches is enough. */
function fieldValues(field: MatchField, instance: Instance): readonly string[] {
  const interfaces = instance.networkInterfaces;
  switch (field) {
    case 'vpc':
      return known([instance.vpcId, ...interfaces.map((eni) => eni.vpcId)]);
    case 'subnet':
      return known([instance.subnetId, ...interfaces.map((eni) => eni.subnetId)]);
    case 'zone':
      return known([instance.zone, ...interfaces.map((eni) => eni.zone)]);
    case 'instanceType':
      return [instance.type];
    case 'account':
      return [instance.accountId];
    case 'autoScalingGroup': {
      const found = lookUpTag(instance.tags, autoScalingGroupTag);
      return found.kind === 'value' ? [found.value] : [];
    }
    case 'securityGroup': {
      // The groups of an instance are those of its primary interface.
      const groups = interfaces.flatMap(({ securityGroups = [] }) => securityGroups);
      return known(groups.flatMap(({ id, name }) => [id, name]));
    }
    case 'iamInstanceProfile': {
      const arn = instance.iamInstanceProfile;
      return known([arn, arn?.slice(arn.lastIndexOf('/') + 1)]);
    }
    case 'platform':
      // EC2 says `windows` or nothing, and bills everything else, macOS too, as some Linux.
      return known([instance.platform ?? 'linux', instance.platformDetails]);
    case 'hasPublicIp':
      return [String(interfaces.some((eni) => eni.hasPublicIp))];
  }
}

function known(values: readonly (string | undefined)[]): readonly string[] {
  return values.filter((value) => value !== undefined).filter((value, index, all) => all.indexOf(value) === index);
}

function compare(subject: string, values: readonly string[], patterns: readonly Pattern[]): MatchResult {
  const hit = values.find((value) => matchesAny(patterns, value));
  if (hit !== undefined) return { verdict: 'yes', why: `${subject} is ${JSON.stringify(hit)}`, conflicts: [] };
  const found = values.length === 0 ? 'unknown' : values.map((value) => JSON.stringify(value)).join(', ');
  return { verdict: 'no', why: `${subject} is ${found}, wanted ${wanted(patterns)}`, conflicts: [] };
}

/** Whether a value is what one of the patterns says, without regard to case. */
export function matchesAny(patterns: readonly Pattern[], value: string): boolean {
  return patterns.some((pattern) => matches(pattern, value));
}

function matches(pattern: Pattern, value: string): boolean {
  return 'text' in pattern ? pattern.text === value.toLowerCase() : expression(pattern.regex).test(value);
}

const expressions = new Map<string, RegExp>();

/** Compiled once for each source: a sweep asks the same few patterns of every instance. */
function expression(source: string): RegExp {
  let made = expressions.get(source);
  if (made === undefined) {
    made = new RegExp(source, 'isu');
    expressions.set(source, made);
  }
  return made;
}
