import type { Decision } from '../model/decision.ts';
import type { ActualFilter } from '../model/filter.ts';
import type { EniId, InstanceId } from '../model/ids.ts';
import type { Instance } from '../model/instance.ts';
import { instanceTag, isOurs } from '../model/ownership.ts';
import type { CompiledPolicy } from '../model/policy.ts';
import type { ActualSession, DesiredSession } from '../model/session.ts';
import type { Action, Plan } from '../plan/action.ts';
import { destinationText } from '../plan/spec.ts';
import { describeRule } from '../policy/describe-filter.ts';
import { withFacts } from '../reconcile/read.ts';
import { type ChosenPlace, type DryRun, slotKey } from './dry-run.ts';

/** Everything that led to what is planned for one instance, interface or session; the shape of `explain --json`, version 1. */
export interface Explanation {
  readonly explain: 1;
  /** The id that was asked about. */
  readonly subject: string;
  readonly owner: string;
  readonly policyHash: string;
  /** Absent where EC2 does not know the instance (any more), or the interface is on none. */
  readonly instance?: Instance;
  /** What it wants is in `wanted`. */
  readonly decision?: Omit<Decision, 'sessions'>;
  /** Rules that come after the one that decided. */
  readonly notConsidered: readonly string[];
  readonly wanted: readonly WantedSession[];
  /** What EC2 holds now, other people's too. */
  readonly sessions: readonly (ActualSession & { readonly ours: boolean })[];
  /** Of the plan, what concerns the subject; the same objects as in `plan --json`. */
  readonly actions: readonly Action[];
}

/** A session that the policy wants, with the target that was found for it and how. */
export interface WantedSession extends DesiredSession {
  /** Its rules as text; absent for a filter that is neither in the policy nor in EC2. */
  readonly filterRules?: readonly string[];
  readonly networkServices?: readonly string[];
  readonly placement?: {
    readonly pool: string;
    readonly zoneRule: string;
    /** Where its session stays, whatever the loads are. */
    readonly staysOn?: string;
    readonly reason?: string;
    readonly candidates: readonly {
      readonly targetId: string;
      readonly type: string;
      readonly zone?: string;
      readonly verdict: string;
      /** Sources, everybody's counted, at the moment of the choice. */
      readonly load: number;
      /** null: no limit. */
      readonly capacity: number | null;
    }[];
  };
}

/** What an id of an instance, interface or session is about: which of the account's things are to be explained. */
export interface Focus {
  readonly instanceId?: InstanceId;
  readonly enis: ReadonlySet<EniId>;
}

/** Finds what an id is about in what was read; undefined where EC2 told of no such thing. */
export function focusOn(subject: string, { instances, world }: DryRun['reading']): Focus | undefined {
  const instance = instances.find(({ id }) => id === subject);
  if (instance !== undefined) return { instanceId: instance.id, enis: new Set(instance.networkInterfaces.map(({ id }) => id)) };
  const orphaned = world.sessions.filter(({ tags }) => tags[instanceTag] === subject);
  // An id in our own tag was one of EC2's.
  if (orphaned.length > 0) return { instanceId: subject as InstanceId, enis: new Set(orphaned.map(({ eniId }) => eniId)) };

  const session = world.sessions.find(({ id, eniId }) => id === subject || eniId === subject);
  const eni = instances.flatMap(({ networkInterfaces }) => networkInterfaces).find(({ id }) => id === subject);
  const eniId = session?.eniId ?? eni?.id;
  if (eniId === undefined) return undefined;
  const home = instances.find(({ networkInterfaces }) => networkInterfaces.some(({ id }) => id === eniId));
  return { ...(home === undefined ? {} : { instanceId: home.id }), enis: new Set([eniId]) };
}

/** Gathers the explanation out of what was read, decided and planned; it computes nothing anew, so it cannot disagree with the plan. */
export function explain(subject: string, { instanceId, enis }: Focus, run: DryRun): Explanation {
  const { reading, policy, plan, owner } = run;
  const { accountId, sessions } = reading.world;
  const listed = reading.instances.find(({ id }) => id === instanceId);
  const decision = reading.decisions.find((one) => one.instanceId === instanceId);
  const considered = new Set(decision?.considered.map(({ rule }) => rule));
  const isAsked = (eniId: EniId | undefined) => eniId !== undefined && enis.has(eniId);
  return {
    explain: 1,
    subject,
    owner,
    policyHash: policy.hash,
    ...(listed === undefined ? {} : { instance: withFacts(listed, reading.interfaces) }),
    ...(decision === undefined ? {} : { decision: withoutSessions(decision) }),
    notConsidered: decision === undefined ? [] : policy.rules.map(({ name }) => name).filter((name) => !considered.has(name)),
    wanted: (decision?.sessions ?? [])
      .filter(({ eniId }) => enis.has(eniId))
      .map((desired) => wanted(desired, run.places.get(slotKey(desired)), policy, reading.world.filters)),
    sessions: sessions
      .filter(({ eniId, tags }) => enis.has(eniId) || (listed?.id === subject && tags[instanceTag] === subject))
      .map((session) => ({
        ...session,
        ours: isOurs(owner, accountId, session),
      })),
    actions: actionsOn(plan, (action) => {
      if ('eniId' in action && action.eniId !== undefined) return isAsked(action.eniId);
      return 'instanceId' in action && action.instanceId === instanceId;
    }),
  };
}

function withoutSessions({ sessions: _sessions, ...decision }: Decision): Omit<Decision, 'sessions'> {
  return decision;
}

/** The plan's actions that the test picks, with the filters and targets made for them and their part of what a gate holds back. */
function actionsOn({ actions }: Plan, isPicked: (action: Action) => boolean): readonly Action[] {
  const picked = actions.flatMap((action): Action[] => {
    if (action.kind !== 'gate.block') return isPicked(action) ? [action] : [];
    const blocked = action.blocked.filter(isPicked);
    return blocked.length === 0 ? [] : [{ ...action, blocked }];
  });
  const hashes = new Set(
    picked.flatMap((action) => ('spec' in action && 'hash' in action.spec.filter ? [action.spec.filter.hash] : [])),
  );
  const destinations = new Set(
    picked.flatMap((action) => ('spec' in action && 'destination' in action.spec.target ? [action.spec.target.destination] : [])),
  );
  return actions.flatMap((action): Action[] => {
    if (action.kind === 'target.create') return destinations.has(destinationText(action.destination)) ? [action] : [];
    if (action.kind === 'filter.create') return hashes.has(action.profile.hash) ? [action] : [];
    if (action.kind === 'gate.block') return picked.filter((one) => one.kind === 'gate.block' && one.gate === action.gate);
    return picked.includes(action) ? [action] : [];
  });
}

function wanted(
  desired: DesiredSession,
  chosen: ChosenPlace | undefined,
  policy: CompiledPolicy,
  filters: readonly ActualFilter[],
): WantedSession {
  const { filter } = desired;
  const content = 'name' in filter ? policy.filters[filter.name]?.content : filters.find(({ id }) => id === filter.id)?.content;
  return {
    ...desired,
    ...(content === undefined ? {} : { filterRules: content.rules.map(describeRule), networkServices: content.networkServices }),
    ...(chosen === undefined ? {} : { placement: placementOf(chosen) }),
  };
}

function placementOf({ choice, placement }: ChosenPlace): NonNullable<WantedSession['placement']> {
  const { wish, settledOn } = choice;
  return {
    pool: wish.pool.name,
    zoneRule: wish.pool.zone,
    ...(settledOn === undefined ? {} : { staysOn: settledOn }),
    ...(placement.placed || settledOn !== undefined ? {} : { reason: placement.reason }),
    candidates: placement.candidates.map(({ target, verdict, load, capacity }) => ({
      // One that the plan makes is named as its changes name it.
      targetId: target.id.replace(/^tmt-new:/, 'new:'),
      type: target.type,
      ...(target.zone === undefined ? {} : { zone: target.zone }),
      // Of a session that stays, nothing was chosen by load.
      verdict:
        settledOn === undefined ? verdict : target.id === settledOn ? 'stays' : verdict === 'chosen' ? 'possible' : verdict,
      load,
      capacity: Number.isFinite(capacity) ? capacity : null,
    })),
  };
}
