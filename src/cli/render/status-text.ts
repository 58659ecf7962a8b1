import pc from 'picocolors';
import type { Status } from '../status.ts';
import { counted, useText } from './numbers.ts';
import type { Colors } from './plan-text.ts';

/** How things stand, as people read it: what wants a look is coloured, and what is not known says so. */
export function statusText(status: Status, isTerminal: boolean): string {
  const colors = pc.createColors(isTerminal && pc.isColorSupported);
  const { owner, accountId, region, pools, quotas } = status;
  const parts: readonly (readonly [heading: string, lines: readonly string[]])[] = [
    ['Coverage', coverage(status, colors)],
    ['Sessions', sessions(status, colors)],
    ['Pools', pools.flatMap((pool) => poolLines(pool, colors))],
    ['Limits', quotas.map(({ name, used, limit }) => useText({ name: inWords[name] ?? name, used, limit }))],
    ['Cost', [costText(status)]],
    ['Service', service(status, colors)],
  ];
  return [
    colors.bold(`${owner} in ${accountId}, ${region}`),
    ...parts.flatMap(([heading, lines]) => ['', colors.bold(heading), ...lines.map((line) => `  ${line}`)]),
    '',
  ].join('\n');
}

function coverage({ instances, interfaces, refused }: Status, colors: Colors): readonly string[] {
  const { listed, selected, mirrored } = instances;
  return [
    `${selected} of ${listed} instances selected by the policy, ${mirrored} mirrored, ${instances.refused} refused`,
    `${interfaces.mirrored} of ${interfaces.wanted} wanted interfaces mirrored`,
    ...Object.entries(refused).map(([code, count]) => colors.magenta(`refused: ${count} ${code}`)),
  ];
}

function sessions({ sessions: held }: Status, colors: Colors): readonly string[] {
  const { ours, others, asWanted, toCreate, toModify, toDelete, drifted, orphans, heldBack } = held;
  const changes = `${toCreate} to create, ${toModify} to modify (${drifted} drifted), ${toDelete} to delete (${orphans} orphans)`;
  const isQuiet = toCreate + toModify + toDelete === 0;
  return [
    `${ours} ours, ${asWanted} of them as wanted; ${others} of others`,
    isQuiet ? changes : colors.yellow(changes),
    ...(heldBack === 0 ? [] : [colors.magenta(`${heldBack} changes held back by a gate: see automirror plan`)]),
  ];
}

function poolLines({ name, zoneRule, load, capacity, targets }: Status['pools'][number], colors: Colors): readonly string[] {
  const sources = (used: number, room: number | null) =>
    room === null ? `${used} sources, no limit` : `${used} of ${room} sources`;
  if (targets.length === 0) return [colors.magenta(`${name} (zone: ${zoneRule}): no target`)];
  return [
    `${name} (zone: ${zoneRule}): ${sources(load, capacity)}`,
    ...targets.map(
      (target) =>
        `  ${target.targetId}: ${sources(target.load, target.capacity)}, ${target.type === 'network-interface' ? (target.zone ?? 'unknown zone') : 'every zone'}`,
    ),
  ];
}

const inWords: Readonly<Record<string, string>> = {
  sessions: 'sessions in the account',
  targets: 'targets in the account',
  filters: 'filters in the account',
  'limits.maxSessions': 'sessions of ours (limits.maxSessions)',
};

function costText({ cost, sessions: { ours } }: Status): string {
  return `USD ${cost.perMonth.toFixed(2)} a month: ${counted(ours, 'session')} of ours at ${cost.pricePerSessionHour} an hour`;
}

function service({ lastGoodSweep, alarms, policyHash }: Status, colors: Colors): readonly string[] {
  const unknown = (what: string, why: string) => colors.yellow(`${what}: unknown: ${why}`);
  const sweep = lastGoodSweep.known
    ? [
        `last good sweep: ${age(lastGoodSweep.ageSeconds)} ago: ${lastGoodSweep.detail}`,
        lastGoodSweep.policyHash === policyHash
          ? `policy: the deployed one (${policyHash})`
          : colors.yellow(`policy: this file is ${policyHash}, the deployed one ${lastGoodSweep.policyHash}`),
      ]
    : [unknown('last good sweep', lastGoodSweep.why)];
  if (!alarms.known) return [...sweep, unknown('alarms', alarms.why)];
  const raised = alarms.alarms.filter(({ state }) => state === 'ALARM');
  const inState = (state: string) => alarms.alarms.filter((alarm) => alarm.state === state).length;
  return [
    ...sweep,
    `alarms: ${raised.length} raised, ${inState('OK')} ok, ${inState('INSUFFICIENT_DATA')} without enough data`,
    ...raised.map(({ name, reason }) => colors.red(`  ${name}: ${reason}`)),
  ];
}

function age(seconds: number): string {
  if (seconds < 120) return `${seconds} seconds`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} minutes`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} hours`;
  return `${Math.round(seconds / 86_400)} days`;
}
