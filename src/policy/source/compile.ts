import { filterHash } from '../../model/filter-hash.ts';
import type { FilterId } from '../../model/ids.ts';
import type {
  CompiledPolicy,
  CompiledRule,
  FilterProfile,
  Limits,
  OnFinding,
  PoolMember,
  SessionTemplate,
  TagOverride,
  TargetPool,
  VniRange,
} from '../../model/policy.ts';
import { vniRange } from '../../model/session.ts';
import { defaultSessionNumber } from '../session-number.ts';
import { watchedTagKeys } from '../watched-tags.ts';
import { candidateFilters } from './candidates.ts';
import { compileMatch, compilePatterns } from './compile-match.ts';
import { allTraffic, defaultPool } from './cross-checks.ts';
import { durationMs } from './duration.ts';
import { expandDirection } from './filter-rules.ts';
import type { FilterSource } from './filter-source.ts';
import { canonicalHash } from './hash.ts';
import type { PolicySource } from './schema.ts';

type RuleSource = NonNullable<PolicySource['rules']>[number];
type PoolSource = NonNullable<PolicySource['targets']>[string];
type MemberSource = NonNullable<PoolSource['members']>[number];

/** The filter that is meant by `all-traffic` unless the file gives it a content of its own. */
const allTrafficSource: FilterSource = {
  networkServices: ['amazon-dns'],
  ingress: [{ accept: 'all' }],
  egress: [{ accept: 'all' }],
};

const everyOverride: readonly TagOverride[] = ['target', 'filter', 'until', 'interfaces', 'packetLength'];

const vniRangeSize = 65_536;

/** The rule of a file that has none. */
const optInRule: RuleSource = { name: 'opt-in', match: { tag: { mirror: 'true' } }, tagOverrides: [...everyOverride] };

/**
 * Compiles a policy that has passed every check: fills in the defaults, expands filters, resolves names, and gives it its hash.
 * Deterministic: files that mean the same and differ in the order of keys, in quotes or comments have the same hash.
 */
export function compile(source: PolicySource): CompiledPolicy {
  const rules = (source.rules ?? [optInRule]).map(compileRule);
  const used = rules.flatMap((rule) => rule.sessions);
  const pools = withBuiltIn(
    source.targets,
    defaultPool,
    source.onFinding?.target === defaultPool || used.some((session) => session.target === defaultPool),
  );
  const filters = withBuiltIn(
    source.filters,
    allTraffic,
    source.onFinding?.filter === allTraffic || used.some((session) => session.filter === allTraffic),
  );
  const rest: Omit<CompiledPolicy, 'hash'> = {
    format: 1,
    pools: mapSorted(pools, compilePool),
    filters: mapSorted(
      onlyValues(filters, (filter) => !isExisting(filter)),
      compileFilter,
    ),
    ...compileExistingFilters(onlyValues(filters, isExisting)),
    never: (source.never ?? []).map(compileMatch),
    rules,
    whenStopped: source.whenStopped ?? 'remove',
    ...(source.onShadow === 'refuse' ? { onShadow: 'refuse' as const } : {}),
    limits: compileLimits(source.limits ?? {}),
    ...compileInstanceTypes(source.instanceTypes ?? {}),
    ...(source.onFinding === undefined ? {} : { onFinding: compileOnFinding(source.onFinding) }),
  };
  const { ofNetworks } = watchedTagKeys(rest);
  const candidates = candidateFilters(rules);
  return {
    ...rest,
    hash: canonicalHash(rest),
    ...(ofNetworks ? { asksForNetworkTags: true } : {}),
    ...(candidates === undefined ? {} : { candidates }),
  };
}

/** The built-in name exists where the section is left out or a rule refers to it; otherwise a tag could choose what the file does not offer. */
function withBuiltIn<Value>(
  written: Readonly<Record<string, Value>> | undefined,
  name: string,
  isUsed: boolean,
): Readonly<Record<string, Value | undefined>> {
  return written === undefined || (isUsed && !Object.hasOwn(written, name)) ? { ...written, [name]: undefined } : written;
}

function isExisting(source: FilterSource | undefined): boolean {
  return source?.id !== undefined || source?.tagged !== undefined;
}

function compileExistingFilters(
  sources: Readonly<Record<string, FilterSource | undefined>>,
): Pick<CompiledPolicy, 'existingFilters'> {
  if (Object.keys(sources).length === 0) return {};
  // The schema has seen to the form of the id.
  return {
    existingFilters: mapSorted(sources, (_, source) =>
      source?.id === undefined ? { tagged: true } : { id: source.id as FilterId },
    ),
  };
}

function onlyValues<Value>(
  named: Readonly<Record<string, Value>>,
  isKept: (value: Value) => boolean,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(named).filter(([, value]) => isKept(value)));
}

function mapSorted<From, To>(
  named: Readonly<Record<string, From>>,
  convert: (name: string, value: From) => To,
): Readonly<Record<string, To>> {
  const entries = Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, value]) => [name, convert(name, value)]));
}

function compilePool(name: string, source: PoolSource | undefined): TargetPool {
  return { name, zone: source?.zone ?? 'prefer', members: (source?.members ?? []).map(compileMember) };
}

/** The schema has seen to it that exactly one key is there, in the form of its id. */
function compileMember(source: MemberSource): PoolMember {
  return source as PoolMember;
}

function compileFilter(name: string, written: FilterSource | undefined): FilterProfile {
  const isBuiltIn = name === allTraffic && Object.keys(written ?? {}).length === 0;
  const source = isBuiltIn ? allTrafficSource : (written ?? {});
  const networkServices = [...new Set(source.networkServices ?? [])];
  const content = { networkServices, rules: [...expandDirection('ingress', source), ...expandDirection('egress', source)] };
  return { name, content, hash: filterHash(content) };
}

function compileRule(source: RuleSource): CompiledRule {
  const sessions = source.sessions ?? [{}];
  return {
    name: source.name,
    match: compileMatch(source.match),
    sessions: sessions.map(compileSession),
    tagOverrides: everyOverride.filter((name) => source.tagOverrides?.includes(name)),
  };
}

function compileSession(source: NonNullable<RuleSource['sessions']>[number], slot: number): SessionTemplate {
  return {
    target: source.target ?? defaultPool,
    filter: source.filter ?? allTraffic,
    ...(source.packetLength === undefined ? {} : { packetLength: source.packetLength }),
    sessionNumber: source.sessionNumber ?? defaultSessionNumber(slot),
    ...(source.vni === undefined ? {} : { vni: typeof source.vni === 'number' ? source.vni : compileVniRange(source.vni) }),
  };
}

/** As many as fit where the file does not say how many: more than EC2 allows sessions, so that a range is hardly ever full. */
function compileVniRange({ base, count }: { base: number; count?: number | undefined }): VniRange {
  return { base, count: count ?? Math.min(vniRangeSize, vniRange.max - base + 1) };
}

function compileInstanceTypes({
  allow,
  deny,
}: NonNullable<PolicySource['instanceTypes']>): Pick<CompiledPolicy, 'instanceTypes'> {
  if (allow === undefined && deny === undefined) return {};
  return { instanceTypes: { allow: compilePatterns(allow ?? []), deny: compilePatterns(deny ?? []) } };
}

function compileOnFinding(source: NonNullable<PolicySource['onFinding']>): OnFinding {
  return {
    minSeverity: source.minSeverity ?? 7,
    forMs: durationMs(source.for ?? '4h'),
    ...(source.target === undefined ? {} : { target: source.target }),
    ...(source.filter === undefined ? {} : { filter: source.filter }),
    ...(source.types === undefined ? {} : { types: compilePatterns(source.types) }),
  };
}

function compileLimits(source: NonNullable<PolicySource['limits']>): Limits {
  const deletes = source.maxDeletesPerSweep ?? '25%';
  const share = source.apiShare ?? '50%';
  return {
    maxSessions: source.maxSessions ?? 9000,
    maxDeletesPerSweep: typeof deletes === 'number' ? { count: deletes } : { share: percent(deletes) },
    apiShare: typeof share === 'number' ? share : percent(share),
  };
}

/** `25%` is 0.25; rounded, so that a share is the same number however it was written. */
function percent(text: string): number {
  return Math.round(Number.parseFloat(text) * 10_000) / 1_000_000;
}
