import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { InstanceId } from '../model/ids.ts';
import { isOurs } from '../model/ownership.ts';
import type { CompiledPolicy } from '../model/policy.ts';
import type { ActualSession } from '../model/session.ts';
import type { ActualTarget } from '../model/target.ts';
import type { Inventory } from '../reconcile/ports.ts';
import { read as readSources } from '../reconcile/read.ts';
import { attempt, byId, inChunks } from './attempt.ts';
import type { ById, Facts, LoadBalancer, Place, Read } from './facts.ts';
import { readLoadBalancer } from './read-load-balancer.ts';
import { readMetrics } from './read-metrics.ts';
import { NetworkReader } from './read-network.ts';
import { readTransit, type TransitFacts } from './read-transit.ts';

export interface DoctorContext {
  readonly owner: string;
  readonly accountId: string;
  readonly region: string;
  readonly policy: CompiledPolicy;
  readonly inventory: Inventory;
  readonly ec2: EC2Client;
  readonly loadBalancing: ElasticLoadBalancingV2Client;
  readonly cloudWatch: CloudWatchClient;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The facts, and which instances they were read for. */
export interface FactsRead {
  readonly facts: Facts;
  readonly subjects: readonly string[];
}

/**
 * Reads what the checks look at, for one instance or for every source: instances that the policy wants mirrored or refuses, and those with a session of ours.
 * Changes nothing. What the caller may not read of the network is left unread in the facts.
 *
 * @throws Ec2Error when instances, sessions, targets or filters cannot be read: without them there is nothing to examine
 */
export async function readFacts(context: DoctorContext, which: InstanceId | 'all'): Promise<FactsRead> {
  const { inventory, owner, accountId, region, now } = context;
  const scope = which === 'all' ? ({ kind: 'everything' } as const) : ({ kind: 'instances', ids: new Set([which]) } as const);
  const [reading, targets, filters] = await Promise.all([
    readSources({ ...context, facts: { now, refusedTypes: new Map() } }, scope),
    inventory.targets(),
    inventory.filters(),
  ]);
  const { sessions } = reading.world;
  const ours = sessions.filter((one) => isOurs(context.owner, context.accountId, one));
  const mirrored = new Set(ours.map(({ eniId }) => eniId));
  const decisions = Object.fromEntries(reading.decisions.map((decision) => [decision.instanceId, decision]));
  const examined = reading.instances.filter(
    ({ id, networkInterfaces }) =>
      which !== 'all' || decisions[id]?.outcome !== 'skip' || networkInterfaces.some((eni) => mirrored.has(eni.id)),
  );
  const own = new Set(examined.flatMap(({ networkInterfaces }) => networkInterfaces.map(({ id }) => id)));
  const concerned = ours.filter(({ eniId }) => own.has(eniId));
  const network = await readNetwork(context, concerned, byId(targets));

  const known = new Set(reading.instances.map(({ id }) => id));
  const sensors =
    'value' in network.places
      ? Object.values(network.places.value).flatMap(({ instanceId }) =>
          instanceId === undefined || known.has(instanceId as InstanceId) ? [] : [instanceId],
        )
      : [];
  // An interface's instance is one of EC2's own ids.
  const others = sensors.length === 0 ? [] : await inventory.instances(sensors as InstanceId[]);
  const withSessions = examined.filter(({ networkInterfaces }) => networkInterfaces.some(({ id }) => mirrored.has(id)));
  const metrics = await attempt('cloudwatch:GetMetricData', () =>
    readMetrics(
      context.cloudWatch,
      withSessions.map(({ id }) => id),
      now,
    ),
  );
  const facts: Facts = {
    owner,
    accountId,
    region,
    instances: byId([...reading.instances, ...others]),
    decisions,
    sessions,
    targets: byId(targets),
    filters: byId(filters),
    ...network,
    metrics,
  };
  return { facts, subjects: examined.map(({ id }) => id) };
}

type NetworkFacts = TransitFacts &
  Pick<
    Facts,
    'places' | 'routeTables' | 'networkAcls' | 'securityGroups' | 'prefixLists' | 'peerings' | 'loadBalancers' | 'endpoints'
  >;

async function readNetwork(
  context: DoctorContext,
  sessions: readonly ActualSession[],
  targets: ById<ActualTarget>,
): Promise<NetworkFacts> {
  const network = new NetworkReader(context.ec2);
  const used = [...new Set(sessions.map(({ targetId }) => targetId))].flatMap((id) => targets[id] ?? []);
  const endpoints = await attempt('ec2:DescribeVpcEndpoints', async () =>
    byId(await network.endpoints(used.flatMap((target) => target.gatewayLoadBalancerEndpointId ?? []))),
  );
  const nodes: Record<string, Read<readonly Place[]>> = {};
  const loadBalancers: Record<string, Read<LoadBalancer | 'gone'>> = {};
  for (const arn of used.flatMap((target) => target.networkLoadBalancerArn ?? [])) {
    const found = await attempt('ec2:DescribeNetworkInterfaces', () => network.nodesOf(arn));
    nodes[arn] = found;
    const eniIds = 'unread' in found ? found : { value: found.value.map(({ eniId }) => eniId) };
    loadBalancers[arn] = await readLoadBalancer(context.loadBalancing, arn, eniIds);
  }

  const sources = sessions.map(({ eniId }) => eniId);
  const behind = [
    ...used.flatMap((target) => target.networkInterfaceId ?? []),
    ...('value' in endpoints ? Object.values(endpoints.value).flatMap(({ eniIds }) => eniIds) : []),
  ];
  const places = await attempt('ec2:DescribeNetworkInterfaces', async () => {
    const read = await network.places([...sources, ...behind]);
    return Object.fromEntries(
      [...read, ...Object.values(nodes).flatMap((node) => ('value' in node ? node.value : []))].map((place) => [
        place.eniId,
        place,
      ]),
    );
  });
  if ('unread' in places)
    return {
      places,
      endpoints,
      loadBalancers,
      prefixLists: {},
      routeTables: places,
      networkAcls: places,
      securityGroups: places,
      peerings: places,
      subnets: places,
      transitAttachments: places,
      transitAssociations: places,
      transitRoutes: {},
      arrivalTables: places,
    };

  const isSource = new Set<string>(sources);
  const all = Object.values(places.value);
  const from = all.filter(({ eniId }) => isSource.has(eniId));
  const to = all.filter(({ eniId }) => !isSource.has(eniId));
  const vpcIds = new Set(all.map(({ vpcId }) => vpcId));
  const [routeTables, networkAcls, securityGroups] = await Promise.all([
    attempt('ec2:DescribeRouteTables', () => network.routeTables(from.map(({ vpcId }) => vpcId))),
    attempt('ec2:DescribeNetworkAcls', () => network.networkAcls(all.map(({ subnetId }) => subnetId))),
    attempt('ec2:DescribeSecurityGroups', async () => byId(await network.securityGroups(to.flatMap(({ groupIds }) => groupIds)))),
  ]);
  const tables = 'value' in routeTables ? routeTables.value : [];
  const transit = await readTransit(context.ec2, network, from, to, tables);
  const { arrivalTables } = transit;
  const routes = [...tables, ...('value' in arrivalTables ? arrivalTables.value : [])].flatMap((table) => table.routes);
  const groups = 'value' in securityGroups ? Object.values(securityGroups.value) : [];
  const lists = new Set([
    ...routes.flatMap(({ destination }) => (destination.startsWith('pl-') ? [destination] : [])),
    ...groups.flatMap(({ ingress }) => ingress.flatMap(({ prefixListIds }) => prefixListIds)),
  ]);
  const prefixLists = Object.fromEntries(
    await inChunks(lists, 1, async ([id = '']) => [
      [id, await attempt('ec2:GetManagedPrefixListEntries', () => network.prefixList(id))] as const,
    ]),
  );
  const peerings = vpcIds.size > 1 ? await attempt('ec2:DescribeVpcPeeringConnections', () => network.peerings()) : { value: [] };
  return {
    places,
    endpoints,
    loadBalancers,
    routeTables,
    networkAcls,
    securityGroups,
    prefixLists,
    peerings,
    ...transit,
  };
}
