import type { Reason } from '../model/decision.ts';
import { isFilterId, isTargetId } from '../model/ids.ts';
import type { CompiledPolicy, TagOverride } from '../model/policy.ts';
import { type DesiredSession, packetLengthRange } from '../model/session.ts';
import { lookUpTag, type Tags } from '../model/tags.ts';
import { parseTime } from './until.ts';

/** The tag that each override reads; listed in the order in which problems are told. */
export const overrideTags: Readonly<Record<TagOverride, string>> = {
  target: 'mirror-target',
  filter: 'mirror-filter',
  until: 'mirror-until',
  interfaces: 'mirror-interfaces',
  packetLength: 'mirror-packet-length',
};

const overrideNames: readonly TagOverride[] = ['target', 'filter', 'until', 'interfaces', 'packetLength'];

/** `all`, `primary` (device index 0), or device indexes, ascending. */
export type InterfaceChoice = 'all' | 'primary' | readonly number[];

/** What an instance's tags ask for within what the rule allows; absent means that the rule's own setting stands. */
export interface Overrides {
  readonly target?: DesiredSession['target'];
  readonly filter?: DesiredSession['filter'];
  /** Epoch milliseconds. */
  readonly until?: number;
  readonly interfaces?: InterfaceChoice;
  /** Bytes. */
  readonly packetLength?: number;
}

/** `problems` are grounds to refuse the instance (nothing is guessed from a bad tag); `notes` tell of tags that the rule does not let count. */
export interface OverrideReading {
  readonly overrides: Overrides;
  readonly problems: readonly Reason[];
  readonly notes: readonly string[];
}

/** Reads the tags `mirror-…` of an instance under one rule of the policy. */
export function readOverrides(
  tags: Tags,
  allowed: readonly TagOverride[],
  policy: CompiledPolicy,
  rule: string,
): OverrideReading {
  const problems: Reason[] = [];
  const notes: string[] = [];
  let overrides: Overrides = {};
  for (const name of overrideNames) {
    const tag = overrideTags[name];
    const found = lookUpTag(tags, tag);
    if (found.kind === 'absent') continue;
    if (!allowed.includes(name)) {
      notes.push(`the tag ${tag} is ignored: rule "${rule}" does not list "${name}" in tagOverrides`);
      continue;
    }
    if (found.kind === 'conflict') {
      problems.push({
        code: 'tag-conflict',
        detail: `the tag ${tag} is spelled ${found.spellings.join(' and ')} with values that disagree`,
      });
      continue;
    }
    const read = readers[name](found.value, policy);
    if ('code' in read) problems.push(read);
    else overrides = { ...overrides, ...read };
  }
  return { overrides, problems, notes };
}

type Reader = (value: string, policy: CompiledPolicy) => Overrides | Reason;

const invalid = (tag: string, value: string, expected: string): Reason => ({
  code: 'tag-invalid',
  detail: `the tag ${tag} is ${JSON.stringify(value)}; expected ${expected}`,
});

const readers: Readonly<Record<TagOverride, Reader>> = {
  target: (value, policy) => {
    const id = value.toLowerCase();
    if (isTargetId(id)) return { target: { id } };
    if (value === '' || id.startsWith('tmt-'))
      return invalid(overrideTags.target, value, 'the name of a target pool, or a target id such as tmt-0123456789abcdef0');
    const pool = nameIn(policy.pools, value);
    if (pool !== undefined) return { target: { pool } };
    return { code: 'target-unknown', detail: `the tag mirror-target names "${value}"; the policy has ${list(policy.pools)}` };
  },
  filter: (value, policy) => {
    const id = value.toLowerCase();
    if (isFilterId(id)) return { filter: { id } };
    if (value === '' || id.startsWith('tmf-'))
      return invalid(overrideTags.filter, value, 'the name of a filter, or a filter id such as tmf-0123456789abcdef0');
    const filters = { ...policy.filters, ...policy.existingFilters };
    const name = nameIn(filters, value);
    if (name !== undefined) return { filter: { name } };
    return { code: 'filter-unknown', detail: `the tag mirror-filter names "${value}"; the policy has ${list(filters)}` };
  },
  until: (value) => {
    const until = parseTime(value);
    return until === undefined ? invalid(overrideTags.until, value, 'an ISO 8601 time such as 2026-12-31T18:00:00Z') : { until };
  },
  interfaces: (value) => {
    const interfaces = parseInterfaces(value);
    return interfaces === undefined
      ? invalid(overrideTags.interfaces, value, '"all", "primary" or device indexes such as "0,2"')
      : { interfaces };
  },
  packetLength: (value) => {
    const bytes = /^\d{1,6}$/.test(value) ? Number(value) : Number.NaN;
    const { min, max } = packetLengthRange;
    return bytes >= min && bytes <= max
      ? { packetLength: bytes }
      : invalid(overrideTags.packetLength, value, `bytes from ${min} to ${max}`);
  },
};

function nameIn(named: Readonly<Record<string, unknown>>, wanted: string): string | undefined {
  const lower = wanted.toLowerCase();
  return Object.keys(named).find((name) => name.toLowerCase() === lower);
}

function list(named: Readonly<Record<string, unknown>>): string {
  return Object.keys(named).join(', ');
}

function parseInterfaces(value: string): InterfaceChoice | undefined {
  const word = value.toLowerCase();
  if (word === 'all' || word === 'primary') return word;
  if (!/^\d{1,3}(\s*[,\s]\s*\d{1,3})*$/.test(value)) return undefined;
  return [...new Set(value.split(/[,\s]+/).map(Number))].sort((a, b) => a - b);
}
