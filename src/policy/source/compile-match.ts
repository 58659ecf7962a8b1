import type { CompiledMatch, MatchField, Pattern } from '../../model/policy.ts';
import { mirrorTag, synonyms } from '../mirror-tag.ts';
import { parseTime } from '../until.ts';
import type { MatchSource, PatternsSource } from './match-schema.ts';

const fields = [
  'vpc',
  'subnet',
  'zone',
  'instanceType',
  'autoScalingGroup',
  'account',
  'securityGroup',
  'iamInstanceProfile',
  'platform',
  'hasPublicIp',
] as const satisfies readonly MatchField[];

/** Compiles a match; the parts come in a fixed order, so that the order of keys in the file does not count. */
export function compileMatch(source: MatchSource): CompiledMatch {
  const parts: CompiledMatch[] = [];
  for (const wanted of compileTags(source.tag)) parts.push({ kind: 'tag', ...wanted });
  for (const wanted of compileTags(source.vpcTag)) parts.push({ kind: 'networkTag', of: 'vpc', ...wanted });
  for (const wanted of compileTags(source.subnetTag)) parts.push({ kind: 'networkTag', of: 'subnet', ...wanted });
  for (const field of fields) {
    const values = source[field];
    if (values !== undefined) parts.push({ kind: 'field', field, patterns: compilePatterns(values) });
  }
  const { launchedBefore, launchedAfter } = source;
  if (launchedBefore !== undefined) parts.push({ kind: 'launched', when: 'before', at: timeOf(launchedBefore) });
  if (launchedAfter !== undefined) parts.push({ kind: 'launched', when: 'after', at: timeOf(launchedAfter) });
  if (source.all !== undefined) parts.push({ kind: 'all', of: source.all.map(compileMatch) });
  if (source.any !== undefined) parts.push({ kind: 'any', of: source.any.map(compileMatch) });
  if (source.not !== undefined) parts.push({ kind: 'not', of: compileMatch(source.not) });
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: 'all', of: parts };
}

function compileTags(tags: MatchSource['tag']): readonly { readonly key: string; readonly patterns: readonly Pattern[] }[] {
  return Object.entries(tags ?? {})
    .map(([key, values]) => [key.trim().toLowerCase(), values] as const)
    .sort(byFirst)
    .map(([key, values]) => ({ key, patterns: compileTagPatterns(key, values) }));
}

function timeOf(text: string): number {
  const time = parseTime(text);
  if (time === undefined) throw new Error(`not a time, though the schema took it: ${text}`);
  return time;
}

function byFirst(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}

/** A yes or a no wanted of the tag `mirror` stands for all words that say it. */
function compileTagPatterns(key: string, values: PatternsSource): readonly Pattern[] {
  const patterns = compilePatterns(values);
  if (key !== mirrorTag) return patterns;
  const widened = patterns.flatMap(widen);
  return widened.filter(
    (pattern, index) => widened.findIndex((other) => JSON.stringify(other) === JSON.stringify(pattern)) === index,
  );
}

function widen(pattern: Pattern): readonly Pattern[] {
  const words = 'text' in pattern ? synonyms(pattern.text) : undefined;
  return words?.map((text) => ({ text })) ?? [pattern];
}

/** One value or glob, or a list of them. */
export function compilePatterns(values: PatternsSource): readonly Pattern[] {
  const list = Array.isArray(values) ? values : [values];
  return list.map((value) => compilePattern(String(value).trim()));
}

function compilePattern(text: string): Pattern {
  const glob = text.toLowerCase();
  if (!/[*?]/.test(glob)) return { text: glob };
  const regex = glob
    .replace(/[\\^$.|+()[\]{}/]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return { regex: `^${regex}$`, glob };
}
