import { type InstanceId, isInstanceId } from '../model/ids.ts';
import type { Instance } from '../model/instance.ts';
import { instanceTag, isOurs } from '../model/ownership.ts';
import type { ActualSession } from '../model/session.ts';
import type { Scope } from '../plan/world.ts';
import { candidateQueries } from '../policy/candidate-queries.ts';
import type { NetworkTags } from '../policy/match.ts';
import type { Inventory } from './ports.ts';
import type { ReadContext } from './read.ts';

/** Instances, each once. */
export interface InstancesRead {
  readonly instances: readonly Instance[];
  /** Whether others may be there, of which nothing is known. */
  readonly arePart: boolean;
}

/** Reads the instances of a scope: of everything only those that the policy could want, where filters of EC2 can say that. */
export async function listInstances(
  { inventory, policy }: ReadContext,
  scope: Scope,
  networkTagsRead: Promise<NetworkTags> | undefined,
): Promise<InstancesRead> {
  const questions: readonly Parameters<Inventory['instances']>[0][] =
    scope.kind === 'instances'
      ? // Ids of a scope come from events and tags; one that is none finds nothing.
        [[...scope.ids] as InstanceId[]]
      : (candidateQueries(policy, networkTagsRead && (await networkTagsRead)) ?? ['all']);
  const answers = await Promise.all(questions.map((question) => inventory.instances(question)));
  return { instances: byId(answers.flat()), arePart: questions[0] !== 'all' };
}

function byId(instances: readonly Instance[]): readonly Instance[] {
  return [...new Map(instances.map((instance) => [instance.id, instance])).values()];
}

/**
 * The candidates of a sweep with those that it must look at whatever they are, read by their ids: those that our sessions name or stand on, and those that
 * somebody waits for. So an instance that a session of ours names and that is not here is one that EC2 was asked for and does not know.
 */
export async function withOurs(
  { inventory, owner, accountId, waitedFor = new Set() }: ReadContext,
  candidates: readonly Instance[],
  sessions: readonly ActualSession[],
): Promise<readonly Instance[]> {
  const found = new Map(candidates.map((instance) => [instance.id, instance]));
  const readMissing = async (ids: readonly InstanceId[]) => {
    const missing = ids.filter((id) => !found.has(id));
    for (const instance of missing.length === 0 ? [] : await inventory.instances(missing)) found.set(instance.id, instance);
  };
  const ours = sessions.filter((session) => isOurs(owner, accountId, session));
  await readMissing([...waitedFor, ...ours.map(({ tags }) => tags[instanceTag] ?? '').filter(isInstanceId)]);

  // An interface that is not where its session says may have moved to an instance of which nothing else is known.
  const seen = new Set([...found.values()].flatMap(({ networkInterfaces }) => networkInterfaces.map(({ id }) => id)));
  const adrift = ours.map(({ eniId }) => eniId).filter((eniId) => !seen.has(eniId));
  const interfaces = adrift.length === 0 ? [] : await inventory.networkInterfaces(adrift);
  await readMissing(interfaces.flatMap(({ attachment }) => attachment?.instanceId ?? []));
  return [...found.values()];
}
