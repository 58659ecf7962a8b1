import { basename } from 'node:path';
import { Document, isMap, isNode, isPair, isScalar, isSeq } from 'yaml';
import { describeIssues } from '../policy/source/describe-issue.ts';
import type { IssuePath } from '../policy/source/located.ts';
import { type PolicyIssue, readYaml } from '../policy/source/yaml-file.ts';
import { type Sample, sampleSchema } from './sample-schema.ts';

/** A policy that reads as the sample's file does, with what a person has to see to. */
export interface Converted {
  /** YAML, with the line that each part comes from. */
  readonly policy: string;
  /** Sentences that begin with the place they are about. */
  readonly toDo: readonly string[];
}

/** Number of every session that the sample makes. */
const sampleSessionNumber = 100;

type List = 'tags' | 'subnets' | 'vpcs';

/** In the order in which the sample looks for an instance. */
const lists: readonly List[] = ['tags', 'subnets', 'vpcs'];

type Entry = NonNullable<Sample[List]>[number];

interface Rule {
  readonly at: string;
  readonly name: string;
  readonly match: object;
  readonly sessions: readonly object[];
}

/**
 * Converts a configuration file of the AWS sample of source automation; every issue of a file that is none is told at once, and nothing is converted then.
 *
 * The sample's file: https://github.com/aws-samples/aws-vpc-traffic-mirroring-source-automation
 */
export function convertSample(text: string, file: string): Converted | { readonly issues: readonly PolicyIssue[] } {
  const read = readYaml(text, file, (keys) => keys.includes('tagList'));
  if ('issues' in read) return read;
  const parsed = sampleSchema.safeParse(read.value ?? {});
  if (!parsed.success) return { issues: read.place(describeIssues(parsed.error.issues, read.value)) };
  const sample = parsed.data;
  if (lists.every((list) => sample[list] === undefined))
    return { issues: read.place([{ path: [], at: 'value', message: 'expected tags, subnets or vpcs, found none of them' }]) };
  const name = basename(file);
  const place = (path: IssuePath) => {
    const [issue] = read.place([{ path, at: 'value', message: '' }]);
    return `${name}:${issue?.line ?? 1}`;
  };
  return convert(sample, name, place);
}

function convert(sample: Sample, file: string, place: (path: IssuePath) => string): Converted {
  const pools = new Map<string, { readonly name: string; readonly at: string }>();
  const filters = new Map<string, { readonly name: string; readonly at: string }>();
  const toDo: string[] = [];
  const rules = lists.flatMap((list) =>
    (sample[list] ?? []).map((entry: Entry, index): Rule => {
      const at = place([list, index]);
      const name = `${list}-${index + 1}`;
      const filter = filters.get(entry.filterId) ?? { name: `filter-${filters.size + 1}`, at };
      filters.set(entry.filterId, filter);
      // Sensors that were launched have no id yet: such an entry has a pool of its own.
      const key = entry.targetId ?? name;
      const pool = pools.get(key) ?? { name: entry.targetId === undefined ? name : `target-${pools.size + 1}`, at };
      pools.set(key, pool);
      if (entry.targetId === undefined) toDo.push(launched(at, pool.name, entry));
      toDo.push(...wildcards(at, entry));
      return {
        at,
        name,
        match: matchOf(entry),
        sessions: [{ target: pool.name, filter: filter.name, sessionNumber: sampleSessionNumber }],
      };
    }),
  );
  const looksAtNetworks = sample.subnets !== undefined || sample.vpcs !== undefined;
  toDo.push(
    `${file}: the sample mirrors the first interface of an instance only, and the policy all of them; where that is not wanted, tag instances mirror-interfaces=primary and give the rules tagOverrides: [interfaces]`,
  );
  const document = new Document({
    version: 1,
    targets: Object.fromEntries(
      [...pools].map(([key, { name }]) => [
        name,
        { zone: 'ignore', ...(key.startsWith('tmt-') ? { members: [{ id: key }] } : { members: [] }) },
      ]),
    ),
    filters: Object.fromEntries([...filters].map(([id, { name }]) => [name, { id }])),
    ...(looksAtNetworks ? { never: [{ tag: { mirror: 'false' } }] } : {}),
    rules: rules.map(({ at: _at, ...rule }) => rule),
  });
  document.commentBefore = ` What ${file} of aws-vpc-traffic-mirroring-source-automation says, as a policy of automirror.`;
  for (const { name, at } of pools.values()) comment(keyOf(document.get('targets', true), name), at);
  for (const { name, at } of filters.values()) comment(keyOf(document.get('filters', true), name), at);
  if (looksAtNetworks) comment(document.getIn(['never', 0], true), 'sensors in these networks: tag them mirror=false');
  for (const [index, { at }] of rules.entries()) comment(document.getIn(['rules', index], true), at);
  flow(document.get('targets', true), 2);
  flow(document.get('filters', true), 1);
  flow(document.get('never', true), 1);
  for (const index of rules.keys()) {
    flow(document.getIn(['rules', index, 'match'], true), 0);
    flow(document.getIn(['rules', index, 'sessions'], true), 0);
  }
  return { policy: document.toString({ lineWidth: 0 }), toDo };
}

function matchOf(entry: Entry): object {
  if ('subnetId' in entry) return { subnet: entry.subnetId };
  if ('vpcId' in entry) return { vpc: entry.vpcId };
  const tags = entry.tagList.map(({ Key, Value }) => ({ tag: { [Key]: Value } }));
  return tags.length === 1 ? (tags[0] ?? {}) : { any: tags };
}

function launched(at: string, pool: string, { targetInstanceType, targetInstanceAmi }: Entry): string {
  const sensors = [targetInstanceType, targetInstanceAmi].filter((text) => text !== undefined).join(' from ');
  return `${at}: the sample launches sensors here${sensors === '' ? '' : ` (${sensors})`}, and automirror does not: give the pool "${pool}" members, or tag your targets automirror:target=${pool}; until then what this rule selects is refused`;
}

function wildcards(at: string, entry: Entry): readonly string[] {
  if (!('tagList' in entry)) return [];
  return entry.tagList
    .filter(({ Value }) => /[*?]/.test(Value))
    .map(
      ({ Key, Value }) => `${at}: in the value "${Value}" of the tag ${Key}, * and ? stand for any text and any character here`,
    );
}

/** Before the node, on a line of its own. */
function comment(node: unknown, text: string): void {
  if (isNode(node)) node.commentBefore = ` ${text}`;
}

function keyOf(node: unknown, key: string): unknown {
  return isMap(node) ? node.items.find((pair) => isScalar(pair.key) && pair.key.value === key)?.key : undefined;
}

/** Writes what lies so many levels deep, and all below it, on one line. */
function flow(node: unknown, depth: number): void {
  if (!isMap(node) && !isSeq(node)) return;
  if (depth === 0) node.flow = true;
  else for (const item of node.items) flow(isPair(item) ? item.value : item, depth - 1);
}
