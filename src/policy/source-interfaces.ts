import type { LeftOut, Reason } from '../model/decision.ts';
import type { Instance, NetworkInterface } from '../model/instance.ts';
import type { ReasonCode } from '../model/reasons.ts';
import { mirrorWish } from './mirror-tag.ts';
import type { InterfaceChoice } from './tag-overrides.ts';

export interface SourceInterfaces {
  readonly sources: readonly NetworkInterface[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Parts an instance's interfaces into those that become sources and those that do not, each with its reason.
 * https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-sessions.html says which interfaces EC2 takes.
 *
 * @param canOptOut whether the rule lets tags choose interfaces; where it does not, an interface's own tag `mirror` does not count
 */
export function sourceInterfaces(instance: Instance, choice: InterfaceChoice, canOptOut: boolean): SourceInterfaces {
  const sources: NetworkInterface[] = [];
  const leftOut: LeftOut[] = [];
  for (const eni of instance.networkInterfaces) {
    const left =
      whyNotAttached(eni) ?? whyNotChosen(eni, choice) ?? (canOptOut ? whyOptedOut(eni) : undefined) ?? whyUnsupported(eni);
    if (left === undefined) sources.push(eni);
    else leftOut.push({ eniId: eni.id, ...left });
  }
  return { sources, leftOut };
}

type Left = { readonly outcome: 'skip' | 'refuse'; readonly reason: Reason };

function whyNotAttached(eni: NetworkInterface): Left | undefined {
  if (eni.attachmentStatus === 'attached') return undefined;
  return { outcome: 'skip', reason: { code: 'interface-not-attached', detail: `${eni.id} is ${eni.attachmentStatus}` } };
}

function whyNotChosen(eni: NetworkInterface, choice: InterfaceChoice): Left | undefined {
  const chosen = choice === 'all' || (choice === 'primary' ? eni.deviceIndex === 0 : choice.includes(eni.deviceIndex));
  if (chosen) return undefined;
  const wanted = typeof choice === 'string' ? choice : choice.join(',');
  const detail = `${eni.id} has device index ${eni.deviceIndex}, and the tag mirror-interfaces is "${wanted}"`;
  return { outcome: 'skip', reason: { code: 'interface-not-selected', detail } };
}

/** A yes says nothing: an interface is mirrored because its instance is selected. */
function whyOptedOut(eni: NetworkInterface): Left | undefined {
  const { says } = mirrorWish(eni.tags ?? {});
  if (says === 'no')
    return { outcome: 'skip', reason: { code: 'interface-opted-out', detail: `the tag mirror of ${eni.id} says no` } };
  if (says !== 'conflict') return undefined;
  const detail = `${eni.id} has two spellings of the tag mirror that disagree`;
  return { outcome: 'refuse', reason: { code: 'tag-conflict', detail } };
}

function whyUnsupported(eni: NetworkInterface): Left | undefined {
  const refuse = (code: ReasonCode, detail: string): Left => ({ outcome: 'refuse', reason: { code, detail } });
  if (eni.interfaceType !== 'interface')
    return refuse('interface-unsupported', `${eni.id} is of type "${eni.interfaceType}"; only "interface" can be a source`);
  if (eni.requesterManaged === true) return refuse('interface-managed', `${eni.id} is managed by an AWS service`);
  if (eni.ipv6Native === true) return refuse('interface-ipv6-only', `${eni.id} is in an IPv6-only subnet`);
  return undefined;
}
