import type { Considered, Decision, LeftOut, Reason } from '../model/decision.ts';
import type { Instance, NetworkInterface } from '../model/instance.ts';
import { nameTag } from '../model/ownership.ts';
import type { CompiledPolicy, CompiledRule } from '../model/policy.ts';
import type { DesiredSession } from '../model/session.ts';
import { instanceTypesAsOf, sourceSupport } from './instance-types.ts';
import { matchesAny, type NetworkTags } from './match.ts';
import { selectRule } from './select-rule.ts';
import { type SourceInterfaces, sourceInterfaces } from './source-interfaces.ts';
import { type InterfaceChoice, type Overrides, readOverrides } from './tag-overrides.ts';

/** What a decision needs to know besides the instance and the policy. */
export interface PolicyFacts {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Instance types (lower case) that EC2 itself refused as sources within the last hour; only the keys count. */
  readonly refusedTypes: ReadonlyMap<string, unknown>;
  /** Left out where the policy asks for none; where it asks for them and nobody has read them, nothing is decided. */
  readonly networkTags?: NetworkTags;
}

/**
 * Decides what the policy wants of one instance: sessions for its interfaces, a skip or a refusal, with the reason and everything considered.
 * Pure: the same input gives the same decision. Total but for facts that lack the tags of networks which the policy asks for: then it throws.
 */
export function resolve(instance: Instance, policy: CompiledPolicy, facts: PolicyFacts): Decision {
  if (instance.state === 'terminated' || instance.state === 'shutting-down') {
    return ending(
      instance,
      'skip',
      { code: 'instance-terminated', detail: `${instance.id} is ${instance.state}` },
      { considered: [] },
    );
  }
  const selection = selectRule(instance, policy, facts.networkTags);
  const { considered } = selection;
  if (selection.outcome !== 'rule') {
    const named = selection.rule === undefined ? {} : { rule: selection.rule.name };
    return ending(instance, selection.outcome, selection.reason, { considered, ...named });
  }

  const { rule, why } = selection;
  const { overrides, problems, notes } = readOverrides(instance.tags, rule.tagOverrides, policy, rule.name);
  const end = (
    outcome: 'skip' | 'refuse',
    reason: Reason,
    more: { notes?: readonly string[]; leftOut?: readonly LeftOut[] } = {},
  ) => ending(instance, outcome, reason, { considered, rule: rule.name, notes, ...more });

  if (overrides.until !== undefined && overrides.until <= facts.now) {
    return end('skip', {
      code: 'until-passed',
      detail: `the tag mirror-until ended the mirroring at ${isoTime(overrides.until)}`,
    });
  }
  if (instance.state === 'stopped' && policy.whenStopped === 'remove') {
    return end('skip', { code: 'instance-stopped', detail: `${instance.id} is stopped, and whenStopped is "remove"` });
  }
  const [problem, ...others] = problems;
  if (problem !== undefined) return end('refuse', problem, { notes: [...others.map((other) => other.detail), ...notes] });

  const { allow = [], deny = [] } = policy.instanceTypes ?? {};
  if (matchesAny(deny, instance.type)) {
    return end('refuse', { code: 'instance-type-denied', detail: `instanceTypes.deny of the policy lists ${instance.type}` });
  }
  const type = typeSupport(instance.type, facts, matchesAny(allow, instance.type));
  if (type.refusal !== undefined) return end('refuse', { code: 'instance-type-unsupported', detail: type.refusal });

  const choice = overrides.interfaces ?? 'all';
  const interfaces = sourceInterfaces(instance, choice, rule.tagOverrides.includes('interfaces'));
  const allNotes = [...notes, ...type.notes, ...missingIndexes(instance, choice)];
  if (interfaces.sources.length === 0) {
    const { outcome, reason } = whyNoSource(instance, interfaces);
    return end(outcome, reason, { notes: allNotes, leftOut: interfaces.leftOut });
  }
  return {
    instanceId: instance.id,
    outcome: 'mirror',
    reason: { code: 'rule-matched', detail: `rule "${rule.name}": ${why}` },
    rule: rule.name,
    sessions: interfaces.sources.flatMap((eni) => desiredSessions(instance, eni, rule, overrides)),
    leftOut: interfaces.leftOut,
    considered,
    notes: allNotes,
  };
}

interface EndingParts {
  readonly considered: readonly Considered[];
  readonly rule?: string;
  readonly notes?: readonly string[];
  readonly leftOut?: readonly LeftOut[];
}

function ending(instance: Instance, outcome: 'skip' | 'refuse', reason: Reason, parts: EndingParts): Decision {
  const { considered, rule, notes = [], leftOut = [] } = parts;
  return {
    instanceId: instance.id,
    outcome,
    reason,
    ...(rule === undefined ? {} : { rule }),
    sessions: [],
    leftOut,
    considered,
    notes,
  };
}

/** @param isAllowed whether the policy says that the type is worth a call, whatever the table says; EC2's own refusal stands even so */
function typeSupport(
  type: string,
  facts: PolicyFacts,
  isAllowed: boolean,
): { readonly refusal?: string; readonly notes: readonly string[] } {
  if (facts.refusedTypes.has(type.toLowerCase()))
    return { refusal: `EC2 refused ${type} as a source within the last hour`, notes: [] };
  switch (isAllowed ? 'listed' : sourceSupport(type)) {
    case 'listed':
      return { notes: [] };
    case 'never':
      return { refusal: `${type} was never supported as a source (table of ${instanceTypesAsOf})`, notes: [] };
    case 'unlisted':
      return { notes: [`${type} is not on AWS's list of source types (table of ${instanceTypesAsOf}); EC2 decides`] };
  }
}

function missingIndexes(instance: Instance, choice: InterfaceChoice): readonly string[] {
  if (typeof choice === 'string') return [];
  const present = new Set(instance.networkInterfaces.map((eni) => eni.deviceIndex));
  return choice
    .filter((index) => !present.has(index))
    .map((index) => `the tag mirror-interfaces asks for device index ${index}, which the instance does not have`);
}

function whyNoSource(instance: Instance, { leftOut }: SourceInterfaces): Pick<LeftOut, 'outcome' | 'reason'> {
  const refused = leftOut.find((left) => left.outcome === 'refuse');
  if (refused !== undefined) return refused;
  const unchosen = leftOut.find((left) => left.reason.code === 'interface-not-selected');
  if (unchosen !== undefined) {
    return {
      outcome: 'skip',
      reason: { code: 'interface-not-selected', detail: 'the tag mirror-interfaces leaves every attached interface out' },
    };
  }
  const optedOut = leftOut.find((left) => left.reason.code === 'interface-opted-out');
  if (optedOut !== undefined) return optedOut;
  return { outcome: 'skip', reason: { code: 'no-interface', detail: `${instance.id} has no attached network interface` } };
}

/** Tags that choose target, filter and length speak of the rule's first session only; the others are the policy author's. */
function desiredSessions(
  instance: Instance,
  eni: NetworkInterface,
  rule: CompiledRule,
  overrides: Overrides,
): readonly DesiredSession[] {
  const zone = eni.zone ?? instance.zone;
  return rule.sessions.map((template, slot) => {
    const own = slot === 0 ? overrides : {};
    const packetLength = own.packetLength ?? template.packetLength;
    return {
      eniId: eni.id,
      instanceId: instance.id,
      slot,
      rule: rule.name,
      target: own.target ?? { pool: template.target },
      filter: own.filter ?? { name: template.filter },
      ...(packetLength === undefined ? {} : { packetLength }),
      sessionNumber: template.sessionNumber,
      ...(template.vni === undefined ? {} : { vni: template.vni }),
      ...(zone === undefined ? {} : { zone }),
      name: instance.tags[nameTag]?.trim() || instance.id,
      onlyIfPresent: instance.state !== 'running',
    };
  });
}

/** Date's own range ends in the year 275760; the tag's form ends in 9999. */
function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
