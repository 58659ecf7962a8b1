import type { Reason } from '../model/decision.ts';
import type { InstanceId } from '../model/ids.ts';
import type { Instance } from '../model/instance.ts';
import { instanceTag, isOurs } from '../model/ownership.ts';
import type { CompiledPolicy } from '../model/policy.ts';
import type { ActualSession } from '../model/session.ts';
import type { Tags } from '../model/tags.ts';
import { isChange } from '../plan/action.ts';
import { type DryRun, dryRun, type PlanSource } from './dry-run.ts';

/** How it stands with the mirroring of one instance, by EC2 as it is and the policy. */
export interface Outlook {
  readonly instance: Instance;
  /** Sessions of ours on it, as EC2 holds them. */
  readonly sessions: readonly ActualSession[];
  /** Whether the policy wants it mirrored, leaves it alone, or refuses it, and why. */
  readonly outcome: DryRun['reading']['decisions'][number]['outcome'];
  readonly reason: Reason;
  /** Interfaces and slots that are refused, or the whole of it. */
  readonly refusals: readonly { readonly eniId?: string; readonly reason: Reason }[];
  /** Whether nothing is left to change for it. */
  readonly isSettled: boolean;
  /** Sessions that stand as wanted, or would once the changes are made. */
  readonly served: number;
}

/**
 * Looks at one instance as the service would after an event of it; undefined where EC2 does not know it.
 *
 * @param tags what to suppose of its tags, instead of those that it has
 */
export async function outlookFor(
  source: PlanSource,
  owner: string,
  policy: CompiledPolicy,
  id: InstanceId,
  tags?: Tags,
): Promise<Outlook | undefined> {
  const scope = { kind: 'instances', ids: new Set([id]) } as const;
  const { reading, plan } = await dryRun(tags === undefined ? source : withTags(source, id, tags), { owner, policy, scope });
  const instance = reading.instances.find((one) => one.id === id);
  const decision = reading.decisions.find(({ instanceId }) => instanceId === id);
  if (instance === undefined || decision === undefined) return undefined;
  const enis = new Set(instance.networkInterfaces.map((eni) => eni.id));
  const isOfInstance = (session: ActualSession) => session.tags[instanceTag] === id || enis.has(session.eniId);
  const serving = plan.actions.filter(
    ({ kind }) => kind === 'session.keep' || kind === 'session.modify' || kind === 'session.create',
  );
  return {
    instance,
    sessions: reading.world.sessions.filter((session) => isOfInstance(session) && isOurs(owner, source.accountId, session)),
    outcome: decision.outcome,
    reason: decision.reason,
    refusals: plan.actions.flatMap((action) =>
      action.kind === 'instance.refuse'
        ? [{ ...(action.eniId === undefined ? {} : { eniId: action.eniId }), reason: action.reason }]
        : [],
    ),
    isSettled: !plan.actions.some(isChange),
    served: new Set(serving.map((action) => ('eniId' in action ? `${action.eniId}/${'slot' in action ? action.slot : ''}` : '')))
      .size,
  };
}

/** The account as it would be if an instance had other tags. */
function withTags(source: PlanSource, id: InstanceId, tags: Tags): PlanSource {
  return {
    ...source,
    inventory: {
      ...source.inventory,
      instances: async (which) =>
        (await source.inventory.instances(which)).map((instance) => (instance.id === id ? { ...instance, tags } : instance)),
    },
  };
}
