import { filterNameTag } from '../../model/ownership.ts';
import type {
  CompiledMatch,
  CompiledPolicy,
  CompiledRule,
  InstanceTypeLists,
  Limits,
  OnFinding,
  PoolMember,
  SessionTemplate,
  VniRange,
} from '../../model/policy.ts';
import { acceptedBy, isCovered, isEmpty } from '../../plan/packet-set.ts';
import { describeRule } from '../../policy/describe-filter.ts';
import { describeMatch, wanted } from '../../policy/describe-match.ts';
import { formatIssues } from '../../policy/source/format-issues.ts';
import type { CliIo } from '../io.ts';
import { readPolicy } from '../policy-file.ts';

/** Validates a policy file: prints what it means, or its issues on standard error. With `json` both go to standard output as one object. */
export async function policyCheck(file: string, options: { readonly json: boolean }, io: CliIo): Promise<0 | 1> {
  const parsed = await readPolicy(file, io.cwd);
  if ('issues' in parsed) {
    if (options.json) io.out(`${JSON.stringify({ file, valid: false, issues: parsed.issues }, null, 2)}\n`);
    io.err(`${formatIssues(parsed.issues)}\n`);
    return 1;
  }
  const { policy } = parsed;
  io.out(options.json ? `${JSON.stringify({ file, valid: true, policy }, null, 2)}\n` : `${summary(file, policy)}\n`);
  return 0;
}

function summary(file: string, policy: CompiledPolicy): string {
  return [
    `${file} is valid; hash ${policy.hash}`,
    '',
    ...section(
      'never',
      policy.never.map((match: CompiledMatch) => [describeMatch(match)]),
    ),
    ...section('rules, the first that matches decides', policy.rules.map(ruleLines)),
    ...section(
      'target pools',
      Object.values(policy.pools).map((pool) => [
        `${pool.name}: zone ${pool.zone}; targets tagged automirror:target=${pool.name}`,
        ...pool.members.map((member) => `and ${memberText(member)}`),
      ]),
    ),
    ...section('filters', [
      ...Object.values(policy.filters).map(({ name, hash, content }) => [
        `${name} (${hash})`,
        ...content.rules.map(describeRule),
        ...content.networkServices.map((service) => `network service ${service}`),
      ]),
      ...Object.entries(policy.existingFilters ?? {}).map(([name, how]) => [
        `${name}: yours, ${'id' in how ? how.id : `tagged ${filterNameTag}=${name}`}`,
      ]),
    ]),
    ...section(
      'to look at',
      starvedSessions(policy).map((line) => [line]),
    ),
    `on shadow: ${policy.onShadow ?? 'warn'}`,
    `when stopped: ${policy.whenStopped} sessions`,
    ...(policy.instanceTypes === undefined ? [] : [typesText(policy.instanceTypes)]),
    `limits: ${limitsText(policy.limits)}`,
    ...(policy.onFinding === undefined ? [] : [findingText(policy.onFinding)]),
  ].join('\n');
}

/** Each entry is a first line and lines that belong to it. */
function section(title: string, entries: readonly (readonly string[])[]): readonly string[] {
  if (entries.length === 0) return [];
  const lines = entries.flatMap(([first = '', ...rest]) => [`  ${first}`, ...rest.map((line) => `      ${line}`)]);
  return [`${title}:`, ...lines, ''];
}

function ruleLines(rule: CompiledRule, index: number): readonly string[] {
  return [
    `${index + 1}. ${rule.name}: ${describeMatch(rule.match)}`,
    ...rule.sessions.map(sessionText),
    `tags may override: ${rule.tagOverrides.length === 0 ? 'nothing' : rule.tagOverrides.join(', ')}`,
  ];
}

function sessionText(session: SessionTemplate): string {
  const length = session.packetLength === undefined ? 'whole packets' : `${session.packetLength} bytes of each packet`;
  const vni = session.vni === undefined ? '' : `, VNI ${vniText(session.vni)}`;
  return `session ${session.sessionNumber} to ${session.target}, filter ${session.filter}, ${length}${vni}`;
}

function vniText(vni: number | VniRange): string {
  return typeof vni === 'number' ? String(vni) : `from ${vni.base} on, ${vni.count} of them`;
}

/** Sessions of a rule that get no packet, because those with lower numbers take them all. */
function starvedSessions(policy: CompiledPolicy): readonly string[] {
  return policy.rules.flatMap(({ name, sessions }) => {
    const inOrder = [...sessions].sort((a, b) => a.sessionNumber - b.sessionNumber);
    const packets = inOrder.map(({ filter }) => {
      const content = policy.filters[filter]?.content;
      return content === undefined ? undefined : acceptedBy(content);
    });
    return inOrder.flatMap(({ sessionNumber, filter }, index) => {
      const own = packets[index];
      const before = packets.slice(0, index).flatMap((one) => one ?? []);
      if (own === undefined || before.length === 0 || isEmpty(own) || !isCovered(own, before)) return [];
      return `rule "${name}": session ${sessionNumber} (filter ${filter}) gets no packet, for those with lower numbers take them all`;
    });
  });
}

function memberText(member: PoolMember): string {
  return Object.values(member).join(' ');
}

function typesText({ allow, deny }: InstanceTypeLists): string {
  return `instance types: allow ${wanted(allow) || 'what the table allows'}, deny ${wanted(deny) || 'nothing'}`;
}

function limitsText({ maxSessions, maxDeletesPerSweep, apiShare }: Limits): string {
  const deletes =
    'share' in maxDeletesPerSweep ? `${percent(maxDeletesPerSweep.share)} of them` : String(maxDeletesPerSweep.count);
  return `${maxSessions} sessions, deletes in one sweep ${deletes}, API share ${percent(apiShare)}`;
}

function findingText({ minSeverity, forMs, target, filter, types }: OnFinding): string {
  const which = types === undefined ? '' : ` of type ${wanted(types)}`;
  const where = `${target === undefined ? '' : `, target ${target}`}${filter === undefined ? '' : `, filter ${filter}`}`;
  return `on finding: severity ${minSeverity} and above${which}; its instance is mirrored for ${duration(forMs)}${where}`;
}

/** In the largest unit that has no rest. */
function duration(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes % 1440 === 0) return `${minutes / 1440}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(4))}%`;
}
