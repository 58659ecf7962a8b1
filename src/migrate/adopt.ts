import type { Decision } from '../model/decision.ts';
import type { EniId, InstanceId } from '../model/ids.ts';
import { instanceTag, isOurs, ownerTag, ruleTag, slotTag } from '../model/ownership.ts';
import type { CompiledPolicy } from '../model/policy.ts';
import type { ActualSession, DesiredSession } from '../model/session.ts';
import type { Tags } from '../model/tags.ts';
import { findPoolMembers, type PoolMembers } from '../plan/pools.ts';
import { slotOf } from '../plan/spec.ts';
import type { World } from '../plan/world.ts';

/** A session of nobody's that may become ours, for a slot that the policy wants and that nobody serves. */
export interface Adoption {
  readonly session: ActualSession;
  readonly instanceId: InstanceId;
  readonly slot: number;
  readonly rule: string;
  /** The tags that make it ours: owner, instance, rule and slot. Without the hash of what is wanted, so that the next pass sets what differs. */
  readonly tags: Tags;
}

/** A session of somebody else on an interface that the policy wants, and why it stays theirs. */
export interface LeftAlone {
  readonly session: ActualSession;
  readonly why: string;
}

export interface Adoptions {
  /** In order of interface and slot. */
  readonly adoptions: readonly Adoption[];
  readonly leftAlone: readonly LeftAlone[];
}

/** What adoption is decided on. */
export interface AdoptionInput {
  readonly owner: string;
  readonly policy: CompiledPolicy;
  readonly decisions: readonly Decision[];
  readonly world: World;
}

/**
 * Finds the sessions that may be adopted: made by this account, without an owner tag, on an interface where the policy wants a session that is not there,
 * and to a target that this session may go to. Of several the one with the wanted number comes first, then the lowest number. Whatever else differs the
 * next pass changes in place.
 */
export function findAdoptions({ owner, policy, decisions, world }: AdoptionInput): Adoptions {
  const members = findPoolMembers(policy.pools, world.targets);
  const onInterface = new Map<EniId, ActualSession[]>();
  for (const session of world.sessions) onInterface.set(session.eniId, [...(onInterface.get(session.eniId) ?? []), session]);
  const wanted = new Map<EniId, DesiredSession[]>();
  for (const desired of decisions.flatMap(({ sessions }) => sessions))
    wanted.set(desired.eniId, [...(wanted.get(desired.eniId) ?? []), desired]);

  const adoptions: Adoption[] = [];
  const leftAlone: LeftAlone[] = [];
  for (const [eniId, desired] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const sessions = onInterface.get(eniId) ?? [];
    const served = new Set(sessions.filter((session) => isOurs(owner, world.accountId, session)).map(slotOf));
    const theirs = sessions.filter((session) => !isOurs(owner, world.accountId, session)).sort(byNumber);
    const free = theirs.filter((session) => whoseIs(session, world.accountId) === undefined);
    const open = desired.filter(({ slot }) => !served.has(slot)).sort((a, b) => a.slot - b.slot);
    for (const wish of open) {
      const fitting = free.filter((session) => mayGoTo(wish, session, members));
      const session = fitting.find(({ sessionNumber }) => sessionNumber === wish.sessionNumber) ?? fitting[0];
      if (session === undefined) continue;
      free.splice(free.indexOf(session), 1);
      adoptions.push(adoption(owner, session, wish));
    }
    for (const session of theirs) {
      const why = free.includes(session) ? whyNot(open, session, members) : whoseIs(session, world.accountId);
      if (why !== undefined) leftAlone.push({ session, why });
    }
  }
  return { adoptions, leftAlone };
}

function adoption(owner: string, session: ActualSession, { instanceId, slot, rule }: DesiredSession): Adoption {
  const tags = { [ownerTag]: owner, [instanceTag]: instanceId, [ruleTag]: rule, [slotTag]: String(slot) };
  return { session, instanceId, slot, rule, tags };
}

/** Whose a session is that is not ours; undefined where nobody says that it is theirs. */
function whoseIs({ tags, accountId }: ActualSession, ownAccountId: string): string | undefined {
  if ((accountId ?? ownAccountId) !== ownAccountId) return `the account ${accountId} has made it`;
  return tags[ownerTag] === undefined ? undefined : `it belongs to the deployment ${tags[ownerTag]}`;
}

function mayGoTo({ target }: DesiredSession, { targetId }: ActualSession, members: PoolMembers): boolean {
  return 'pool' in target ? (members.get(target.pool) ?? []).some(({ id }) => id === targetId) : target.id === targetId;
}

function whyNot(open: readonly DesiredSession[], session: ActualSession, members: PoolMembers): string {
  const [wish] = open;
  if (wish === undefined) return 'every session that the policy wants there is there';
  if (open.some((one) => mayGoTo(one, session, members))) return 'another one comes first for what the policy wants there';
  const where = 'pool' in wish.target ? `no member of the pool "${wish.target.pool}"` : `not ${wish.target.id}`;
  return `its target ${session.targetId} is ${where}, where the policy wants the packets`;
}

function byNumber(a: ActualSession, b: ActualSession): number {
  return a.sessionNumber - b.sessionNumber || (a.id < b.id ? -1 : 1);
}
