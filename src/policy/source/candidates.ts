import type { CandidateFilter, CompiledMatch, CompiledRule, MatchField, Pattern } from '../../model/policy.ts';
import { autoScalingGroupTag } from '../match.ts';
import { mirrorTag } from '../mirror-tag.ts';
import { asksYesOrNo } from '../select-rule.ts';

/** Filters of which every instance meets one that is among what they stand for; undefined where no filter tells. */
type Cover = readonly CandidateFilter[] | undefined;

/** More questions than this would hardly be cheaper than one for everything. */
const mostFilters = 3;

/** Values of one request that the filter of a candidate may take before its spellings; what EC2 allows is 200. */
const mostValues = 100;

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html: characters of a filter's value. */
const longestValue = 255;

/** What an ARN has before the name of an instance profile. */
const anyPath = '*/';

/** Where several selectors of a match could be asked for, the one that is named first here is, as the most telling. */
const names: readonly string[] = [
  'iam-instance-profile.arn',
  'network-interface.group-id',
  'tag-key',
  'network-interface.subnet-id',
  'network-interface.vpc-id',
  'platform',
  'instance-type',
  'availability-zone',
  'owner-id',
];

/**
 * The filters of DescribeInstances that let through every instance which the rules select, refuse, or refuse for a tag `mirror` that says neither yes nor no.
 * They let others through too. Undefined where everything has to be listed.
 */
export function candidateFilters(rules: readonly CompiledRule[]): Cover {
  const covers = rules.map((rule) => cover(rule.match));
  const slips: Cover = rules.some((rule) => asksYesOrNo(rule.match)) ? tagKey(mirrorTag) : [];
  return fitting(union([...covers, slips]));
}

function cover(match: CompiledMatch): Cover {
  switch (match.kind) {
    case 'all':
      return match.of
        .map(cover)
        .filter((part) => part !== undefined)
        .sort((a, b) => cost(a) - cost(b))[0];
    case 'any':
      return union(match.of.map(cover));
    case 'not':
    case 'launched':
      return undefined;
    case 'tag':
      return tagKey(match.key);
    case 'networkTag':
      return [{ name: `network-interface.${match.of}-id`, values: [], networks: [match] }];
    case 'field':
      return coverField(match.field, match.patterns);
  }
}

/** The key alone, for values compare without regard to case. */
function tagKey(key: string): Cover {
  return isPlain(key) ? filter('tag-key', [], [escaped(key)]) : undefined;
}

function coverField(field: MatchField, patterns: readonly Pattern[]): Cover {
  const values = patterns.map(toValue);
  const isAnything = values.some((value) => /^\*+$/.test(value));
  if (!values.every((value) => isPlain(value) && anyPath.length + value.length <= longestValue)) return undefined;
  switch (field) {
    case 'vpc':
      return isAnything ? undefined : filter('network-interface.vpc-id', values);
    case 'subnet':
      return isAnything ? undefined : filter('network-interface.subnet-id', values);
    case 'zone':
      return isAnything ? undefined : filter('availability-zone', values);
    case 'instanceType':
      return isAnything ? undefined : filter('instance-type', values);
    case 'account':
      return isAnything ? undefined : filter('owner-id', values);
    case 'autoScalingGroup':
      // Auto Scaling writes its key in one way, and nobody else may.
      return filter('tag-key', [autoScalingGroupTag]);
    case 'securityGroup':
      // No name begins like an id, and in a name letters may be of either case.
      return values.every((value) => /^sg-[0-9a-f]{8,17}$/.test(value))
        ? filter('network-interface.group-id', values)
        : undefined;
    case 'iamInstanceProfile':
      return filter(
        'iam-instance-profile.arn',
        [],
        values.flatMap((value) => [value, anyPath + value]),
      );
    case 'platform':
      return values.every((value) => value === 'windows') ? filter('platform', ['windows', 'Windows']) : undefined;
    case 'hasPublicIp':
      return undefined;
  }
}

function filter(name: string, values: readonly string[], anyCase: readonly string[] = []): Cover {
  return [{ name, values, ...(anyCase.length === 0 ? {} : { anyCase }) }];
}

/** ASCII alone: beyond it, letters of two cases are not always one and one. */
function isPlain(text: string): boolean {
  return /^[ -~]+$/.test(text);
}

function toValue(pattern: Pattern): string {
  return 'text' in pattern ? escaped(pattern.text) : pattern.glob.replaceAll('\\', '\\\\');
}

function escaped(text: string): string {
  return text.replace(/[\\*?]/g, '\\$&');
}

function cost(part: readonly CandidateFilter[]): number {
  const ranks = part.map(({ name }) => names.indexOf(name));
  return part.length * names.length + Math.max(...ranks);
}

/** Filters of one name become one. */
function union(covers: readonly Cover[]): Cover {
  const known = covers.filter((one) => one !== undefined);
  if (known.length < covers.length) return undefined;
  const parts = known.flat();
  return names.flatMap((name) => {
    const same = parts.filter((part) => part.name === name);
    if (same.length === 0) return [];
    const anyCase = distinct(same.flatMap((part) => part.anyCase ?? []));
    const networks = distinct(same.flatMap((part) => part.networks ?? []));
    return {
      name,
      values: distinct(same.flatMap((part) => part.values)),
      ...(anyCase.length === 0 ? {} : { anyCase }),
      ...(networks.length === 0 ? {} : { networks }),
    };
  });
}

function distinct<T>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

function fitting(found: Cover): Cover {
  // A value in any case needs room for a few of its spellings.
  const fits = ({ values, anyCase = [] }: CandidateFilter) => values.length + 4 * anyCase.length <= mostValues;
  return found !== undefined && found.length <= mostFilters && found.every(fits) ? found : undefined;
}
