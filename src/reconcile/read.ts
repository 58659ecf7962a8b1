import type { Decision } from '../model/decision.ts';
import type { EniId, InstanceId } from '../model/ids.ts';
import type { Instance } from '../model/instance.ts';
import { instanceTag, isOurs } from '../model/ownership.ts';
import type { CompiledPolicy } from '../model/policy.ts';
import type { ActualSession } from '../model/session.ts';
import type { ActualTarget } from '../model/target.ts';
import { declaredInterfaces } from '../plan/declared-targets.ts';
import type { Attachment, DeclaredInterface, Scope, World } from '../plan/world.ts';
import { type PolicyFacts, resolve } from '../policy/resolve.ts';
import type { InterfaceFacts, Inventory } from './ports.ts';
import { listInstances, withOurs } from './read-instances.ts';

/** What a pass knows before it plans. */
export interface Reading {
  /** As DescribeInstances tells of them. */
  readonly instances: readonly Instance[];
  /** What DescribeNetworkInterfaces told, of the interfaces that were asked for. */
  readonly interfaces: ReadonlyMap<EniId, InterfaceFacts>;
  /** How many interfaces there are, where all were listed. */
  readonly interfacesInAccount?: number;
  readonly decisions: readonly Decision[];
  readonly world: World;
}

export interface ReadContext {
  readonly owner: string;
  readonly accountId: string;
  readonly policy: CompiledPolicy;
  readonly facts: PolicyFacts;
  readonly inventory: Inventory;
  /** Whether to read what is behind the targets although nothing is wanted of them. */
  readonly asksTargets?: boolean;
  /** How many interfaces there were when all were listed last; it saves calls. */
  readonly interfacesInAccount?: number | undefined;
  /** Instances that a sweep looks at whatever they are. */
  readonly waitedFor?: ReadonlySet<InstanceId>;
}

/**
 * Reads what a plan for the scope needs, each list at most once and to its end, and lets the policy decide. Rejects if any read fails: nothing is planned
 * on half an answer, and the other reads end with the page that they wait for.
 *
 * Instances, sessions and, where the policy asks for them, tags of networks come first; where nothing is wanted and nothing of ours stands there, that is all.
 * A sweep looks after our filters and targets too.
 */
export async function read(given: ReadContext, scope: Scope): Promise<Reading> {
  try {
    return await readAll(given, scope);
  } catch (error) {
    given.inventory.abandon?.();
    throw error;
  }
}

async function readAll(given: ReadContext, scope: Scope): Promise<Reading> {
  const { inventory, owner, accountId, policy } = given;
  const networkTagsRead = policy.asksForNetworkTags ? inventory.networkTags() : undefined;
  const [listed, sessions, networkTags] = await Promise.all([
    listInstances(given, scope, networkTagsRead),
    inventory.sessions(),
    networkTagsRead,
  ]);
  const isPartOfAll = scope.kind === 'everything' && listed.arePart;
  const instances = isPartOfAll ? await withOurs(given, listed.instances, sessions) : listed.instances;
  const context = networkTags === undefined ? given : { ...given, facts: { ...given.facts, networkTags } };
  const mirrored = new Set(sessions.map(({ eniId }) => eniId));
  const first = decide(context, instances, mirrored, new Map());
  const attached = attachmentsOf(instances);
  const ours = sessions.filter((session) => isOurs(owner, accountId, session) && concerns(scope, session, attached));
  const isWanted = first.some((decision) => decision.sessions.length > 0);

  const [targets, filters] =
    isWanted || scope.kind === 'everything' ? await Promise.all([inventory.targets(), inventory.filters()]) : [[], []];
  const declared = isWanted || scope.kind === 'everything' ? declaredInterfaces(context.policy) : [];

  // Where nobody is to be placed, it does not matter what is behind a target, unless somebody asks.
  const asked = interfacesToAsk(first, ours, attached, isWanted || context.asksTargets ? targets : [], declared);
  const isById = scope.kind === 'instances' || isCheaperById(asked.size, { given, instances, isPartOfAll });
  const facts = await readInterfaces(inventory, asked, isById);
  const decisions = isWanted ? decide(context, instances, mirrored, facts) : first;
  for (const eniId of asked) {
    if (!attached.has(eniId)) attached.set(eniId, toAttachment(facts.get(eniId)));
  }
  const behind = await describeInterfaces(
    inventory,
    [...targets.flatMap(({ networkInterfaceId }) => networkInterfaceId ?? []), ...declared],
    facts,
    instances,
  );
  return {
    instances,
    interfaces: facts,
    ...(isById || asked.size === 0 ? {} : { interfacesInAccount: facts.size }),
    decisions,
    world: {
      accountId,
      sessions,
      targets: targets.map((target) => withInterface(target, asked, behind, accountId)),
      filters,
      attachments: attached,
      declaredInterfaces: new Map(
        declared.flatMap((eniId) => {
          const facts = behind.get(eniId);
          return facts === undefined ? [] : [[eniId, facts]];
        }),
      ),
    },
  };
}

function decide(
  { policy, facts }: ReadContext,
  instances: readonly Instance[],
  mirrored: ReadonlySet<EniId>,
  interfaces: ReadonlyMap<EniId, InterfaceFacts>,
): readonly Decision[] {
  return instances.map((instance) => {
    // A session that stands proves that EC2 takes the type: what it refused was another instance, perhaps for an interface on the move.
    const isProven = instance.networkInterfaces.some(({ id }) => mirrored.has(id));
    const known = isProven ? { ...facts, refusedTypes: new Map<string, number>() } : facts;
    return resolve(interfaces.size === 0 ? instance : withFacts(instance, interfaces), policy, known);
  });
}

/** An instance with what is known of its interfaces beyond DescribeInstances: what the policy decides on. */
export function withFacts(instance: Instance, interfaces: ReadonlyMap<EniId, InterfaceFacts>): Instance {
  return {
    ...instance,
    networkInterfaces: instance.networkInterfaces.map((known) => {
      const more = interfaces.get(known.id);
      if (more === undefined) return known;
      const { attachment: _attachment, ...facts } = more;
      return { ...known, ...facts };
    }),
  };
}

function attachmentsOf(instances: readonly Instance[]): Map<EniId, Attachment> {
  const attachments = new Map<EniId, Attachment>();
  for (const instance of instances) {
    for (const { id, attachmentStatus } of instance.networkInterfaces) {
      const isSettled = attachmentStatus === 'attached';
      attachments.set(id, isSettled ? { instanceId: instance.id } : attachmentStatus === 'detached' ? 'none' : 'in-transit');
    }
  }
  return attachments;
}

function concerns(scope: Scope, session: ActualSession, attached: ReadonlyMap<EniId, Attachment>): boolean {
  return scope.kind === 'everything' || scope.ids.has(session.tags[instanceTag] ?? '') || attached.has(session.eniId);
}

function interfacesToAsk(
  decisions: readonly Decision[],
  ours: readonly ActualSession[],
  attached: ReadonlyMap<EniId, Attachment>,
  targets: readonly ActualTarget[],
  declared: readonly EniId[],
): ReadonlySet<EniId> {
  return new Set([
    ...decisions.flatMap((decision) => decision.sessions.map((session) => session.eniId)),
    ...ours.filter((session) => !attached.has(session.eniId)).map((session) => session.eniId),
    ...targets.flatMap((target) => target.networkInterfaceId ?? []),
    ...declared,
  ]);
}

/** So many times as many interfaces come on a page of all as in an answer about some: a thousand, against two hundred ids in one call. */
const listedPerAsked = 5;

/** How many interfaces a sweep asks for by their ids, in five calls, while it does not know how many pages a list of all has. */
const mostAskedBlindly = 1_000;

/** Whether asking for interfaces by their ids takes no more calls than listing all would. */
function isCheaperById(
  asked: number,
  { given, instances, isPartOfAll }: { given: ReadContext; instances: readonly Instance[]; isPartOfAll: boolean },
): boolean {
  // Those of the instances that were read are there; of the others nothing is known but what an earlier list has shown.
  const seen = instances.reduce((sum, { networkInterfaces }) => sum + networkInterfaces.length, 0);
  const least = Math.max(seen, given.interfacesInAccount ?? 0);
  const isKnown = !isPartOfAll || given.interfacesInAccount !== undefined;
  return asked * listedPerAsked <= least || (!isKnown && asked <= mostAskedBlindly);
}

async function readInterfaces(
  inventory: Inventory,
  asked: ReadonlySet<EniId>,
  isById: boolean,
): Promise<ReadonlyMap<EniId, InterfaceFacts>> {
  if (asked.size === 0) return new Map();
  const facts = await inventory.networkInterfaces(isById ? [...asked] : 'all');
  return new Map(facts.map((fact) => [fact.id, fact]));
}

/** The answer was complete, so an ENI that is not in it does not exist; its sessions are gone with it, or about to be. */
function toAttachment(facts: InterfaceFacts | undefined): Attachment {
  const attachment = facts?.attachment;
  if (attachment === undefined || attachment.status === 'detached') return 'none';
  if (attachment.status !== 'attached' || attachment.instanceId === undefined) return 'in-transit';
  return { instanceId: attachment.instanceId };
}

/** What is known of the interfaces behind targets, those that are there and those that the policy declares; what EC2 does not know is missing. */
async function describeInterfaces(
  inventory: Inventory,
  interfaces: readonly EniId[],
  facts: ReadonlyMap<EniId, InterfaceFacts>,
  instances: readonly Instance[],
): Promise<ReadonlyMap<EniId, DeclaredInterface>> {
  const types = new Map(instances.map((instance) => [instance.id, instance.type]));
  const known = interfaces.flatMap((eniId) => facts.get(eniId) ?? []);
  const unknown = known.flatMap((fact) => fact.attachment?.instanceId ?? []).filter((id) => !types.has(id));
  const sensors = unknown.length === 0 ? [] : await inventory.instances([...new Set(unknown)]);
  for (const sensor of sensors) types.set(sensor.id, sensor.type);
  return new Map(
    known.map(({ id, zone, attachment }) => {
      const instanceId = attachment?.instanceId;
      const instanceType = instanceId === undefined ? undefined : types.get(instanceId);
      const isFree = attachment === undefined || attachment.status === 'detached';
      return [
        id,
        {
          ...(zone === undefined ? {} : { zone }),
          ...(instanceId === undefined ? {} : { instanceId }),
          ...(instanceType === undefined ? {} : { instanceType }),
          ...(isFree ? { interfaceState: 'unattached' as const } : {}),
        },
      ];
    }),
  );
}

/** A target with what is behind it. An interface of this account that was asked for and not told of is gone; of another account's none is ever seen. */
function withInterface(
  target: ActualTarget,
  asked: ReadonlySet<EniId>,
  behind: ReadonlyMap<EniId, DeclaredInterface>,
  accountId: string,
): ActualTarget {
  const { networkInterfaceId: eniId } = target;
  if (eniId === undefined || !asked.has(eniId)) return target;
  const facts = behind.get(eniId);
  if (facts !== undefined) return { ...target, ...facts };
  return target.accountId === accountId ? { ...target, interfaceState: 'gone' } : target;
}
