import pc from 'picocolors';
import type { Considered } from '../../model/decision.ts';
import type { NetworkInterface } from '../../model/instance.ts';
import { nameTag } from '../../model/ownership.ts';
import type { Tags } from '../../model/tags.ts';
import type { Explanation, WantedSession } from '../explain.ts';
import { actionsText, type Colors } from './plan-text.ts';
import { sessionText } from './session-text.ts';

/** An explanation as people read it: what was decided, then what it was decided from, part by part in the order in which the service looks at it. */
export function explainText(explanation: Explanation, isTerminal: boolean): string {
  const colors = pc.createColors(isTerminal && pc.isColorSupported);
  const { decision, wanted, sessions, actions, notConsidered } = explanation;
  const parts: readonly (readonly [heading: string, lines: readonly string[]])[] = [
    ['Read of EC2', facts(explanation)],
    ['Rules of the policy', [...(decision?.considered ?? []).map(ruleLine), ...notLookedAt(notConsidered)]],
    ['Left out', (decision?.leftOut ?? []).map(({ eniId, slot, reason }) => `${place(eniId, slot)}: ${told(reason)}`)],
    ['Notes', decision?.notes ?? []],
    ['Wanted', wanted.flatMap(wantedLines)],
    ['EC2 holds', sessions.length === 0 ? ['no session'] : sessions.map(sessionLine)],
  ];
  return [
    ...verdict(explanation, colors),
    ...parts.flatMap(([heading, lines]) =>
      lines.length === 0 ? [] : ['', colors.bold(heading), ...lines.map((line) => `  ${line}`)],
    ),
    '',
    colors.bold('Plan'),
    ...planned(actionsText(actions, colors)),
    '',
  ].join('\n');
}

function verdict({ subject, instance, decision }: Explanation, colors: Colors): readonly string[] {
  if (instance === undefined || decision === undefined)
    return [colors.bold(`${subject}: EC2 lists no such instance; sessions are all that is known of it`)];
  const name = instance.tags[nameTag];
  const named = name === undefined || name === '' ? instance.id : `${instance.id} (${name})`;
  const about = subject === instance.id ? named : `${subject} on ${named}`;
  const outcome = { mirror: 'to be mirrored', skip: 'left alone', refuse: 'refused' }[decision.outcome];
  return [colors.bold(`${about}: ${outcome}`), `  ${told(decision.reason)}`];
}

function told({ code, detail }: { readonly code: string; readonly detail: string }): string {
  return `${code}: ${detail}`;
}

function facts({ instance }: Explanation): readonly string[] {
  if (instance === undefined) return [];
  const { type, state, zone, vpcId, subnetId, accountId, tags, networkInterfaces } = instance;
  return [
    [type, state, zone, vpcId, subnetId, `account ${accountId}`].filter((part) => part !== undefined).join(', '),
    `tags: ${tagsText(tags)}`,
    ...networkInterfaces.map(interfaceLine),
  ];
}

function interfaceLine(eni: NetworkInterface): string {
  const { id, deviceIndex, interfaceType, attachmentStatus, zone, subnetId, requesterManaged, ipv6Native, tags } = eni;
  const kind = interfaceType === 'interface' ? [] : [`type ${interfaceType}`];
  const special = [
    ...(requesterManaged === true ? ['managed by an AWS service'] : []),
    ...(ipv6Native === true ? ['IPv6 only'] : []),
  ];
  const where = [zone, subnetId].filter((part) => part !== undefined);
  const tagged = tags === undefined || Object.keys(tags).length === 0 ? [] : [`tags: ${tagsText(tags)}`];
  return [`${id}: device index ${deviceIndex}`, attachmentStatus, ...kind, ...where, ...special, ...tagged].join(', ');
}

function tagsText(tags: Tags): string {
  const entries = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  return entries.length === 0 ? 'none' : entries.sort().join(', ');
}

function ruleLine({ rule, matched, why }: Considered): string {
  return `${rule}: ${matched ? 'matches' : 'does not match'}: ${why}`;
}

function notLookedAt(rules: readonly string[]): readonly string[] {
  return rules.length === 0 ? [] : [`not looked at: ${rules.join(', ')}`];
}

function place(eniId: string, slot: number | undefined): string {
  return slot === undefined ? eniId : `${eniId}, slot ${slot}`;
}

function wantedLines(wanted: WantedSession): readonly string[] {
  const { eniId, slot, rule, target, filter, sessionNumber, packetLength, vni, zone, onlyIfPresent, placement } = wanted;
  const asked = 'pool' in target ? `pool "${target.pool}"` : `target ${target.id}, which a tag names`;
  const length = packetLength === undefined ? 'whole packets' : `${packetLength} bytes of each packet`;
  const { filterRules, networkServices = [] } = wanted;
  return [
    `${place(eniId, slot)}, by rule ${rule}: number ${sessionNumber} or near it, ${length}${vniText(vni)}`,
    ...(onlyIfPresent ? ['  only if its session is there already: the instance does not run'] : []),
    `  target: ${asked}${placement === undefined ? '' : `, zone: ${placement.zoneRule}`}; the source is in ${zone ?? 'an unknown zone'}`,
    ...(placement === undefined ? [] : candidateLines(placement)),
    `  filter: ${'name' in filter ? filter.name : filter.id}`,
    ...(filterRules ?? ['known neither to the policy nor to EC2']).map((line) => `    ${line}`),
    ...(networkServices.length === 0 ? [] : [`    network services: ${networkServices.join(', ')}`]),
  ];
}

function vniText(vni: WantedSession['vni']): string {
  if (vni === undefined) return '';
  return typeof vni === 'number' ? `, VNI ${vni}` : `, a VNI of ${vni.base} to ${vni.base + vni.count - 1}`;
}

const verdicts: Readonly<Record<string, string>> = {
  stays: 'the session stays there',
  chosen: 'chosen',
  possible: 'has room; another one comes first',
  full: 'full',
  unattached: 'its interface is attached to no instance',
  'other-zone': 'in another zone, which the pool does not allow',
  'own-instance': "on the source's own instance",
};

function candidateLines({ candidates, reason }: NonNullable<WantedSession['placement']>): readonly string[] {
  const lines = candidates.map(({ targetId, type, zone, verdict, load, capacity }) => {
    const where = type === 'network-interface' ? (zone ?? 'unknown zone') : 'every zone';
    const room = capacity === null ? `${load} sources, no limit` : `${load} of ${capacity} sources`;
    return `    ${targetId}: ${verdicts[verdict] ?? verdict} (${where}, ${room})`;
  });
  return [...lines, ...(reason === undefined ? [] : [`    none: ${reason}`])];
}

function sessionLine(session: Explanation['sessions'][number]): string {
  return `${sessionText(session)}, ${session.ours ? 'ours' : 'not ours'}`;
}

function planned(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ['  nothing to do'] : lines;
}
