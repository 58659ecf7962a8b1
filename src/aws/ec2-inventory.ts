import {
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeTagsCommand,
  DescribeTrafficMirrorFiltersCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeTrafficMirrorTargetsCommand,
  type EC2Client,
  type Filter,
} from '@aws-sdk/client-ec2';
import type { Tags } from '../model/tags.ts';
import type { InstanceFilter } from '../policy/candidate-queries.ts';
import type { Clock, Inventory } from '../reconcile/ports.ts';
import { type Deadline, timeLeft } from './client.ts';
import { toFilter, toInstance, toInterfaceFacts, toSession, toTagOfNetwork, toTarget } from './convert.ts';
import { toEc2Error } from './error-class.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html: filter values in one request. */
const valuesPerRequest = 200;

const pageSize = 1_000;

/** An account may hide what AWS services manage in it from describes; what is hidden would look gone. */
const IncludeManagedResources = true;

/**
 * The Inventory port over the EC2 API.
 *
 * Ids go in as filter values, not as ids: one unknown id must not fail the call for its neighbours. Every list is paged to its end, across empty pages.
 */
export function createInventory(client: EC2Client, clock: Clock, deadline: Deadline): Inventory {
  const options = () => timeLeft(deadline.at, clock);
  return {
    instances: (which) =>
      byIds(which, 'instance-id', (Filters) =>
        pages(async (NextToken) => {
          const page = await client.send(
            new DescribeInstancesCommand({ Filters, MaxResults: pageSize, NextToken, IncludeManagedResources }),
            options(),
          );
          const reservations = page.Reservations ?? [];
          return [
            reservations.flatMap(({ Instances = [], OwnerId }) => Instances.map((one) => toInstance(one, OwnerId))),
            page.NextToken,
          ];
        }),
      ),
    networkInterfaces: (which) =>
      byIds(which, 'network-interface-id', (Filters) =>
        pages(async (NextToken) => {
          const page = await client.send(
            new DescribeNetworkInterfacesCommand({ Filters, MaxResults: pageSize, NextToken, IncludeManagedResources }),
            options(),
          );
          return [(page.NetworkInterfaces ?? []).map(toInterfaceFacts), page.NextToken];
        }),
      ),
    sessions: () => listSessions(undefined),
    sessionsOf: (eniId) => listSessions([{ Name: 'network-interface-id', Values: [eniId] }]),
    targets: () =>
      pages(async (NextToken) => {
        const page = await client.send(new DescribeTrafficMirrorTargetsCommand({ MaxResults: pageSize, NextToken }), options());
        return [(page.TrafficMirrorTargets ?? []).map(toTarget), page.NextToken];
      }),
    filters: () =>
      pages(async (NextToken) => {
        const page = await client.send(new DescribeTrafficMirrorFiltersCommand({ MaxResults: pageSize, NextToken }), options());
        return [(page.TrafficMirrorFilters ?? []).map(toFilter), page.NextToken];
      }),
    networkTags: async () => {
      const Filters = [{ Name: 'resource-type', Values: ['vpc', 'subnet'] }];
      const tags = await pages(async (NextToken) => {
        const page = await client.send(new DescribeTagsCommand({ Filters, MaxResults: pageSize, NextToken }), options());
        return [(page.Tags ?? []).map(toTagOfNetwork), page.NextToken];
      });
      const byNetwork = new Map<string, Tags>();
      for (const { networkId, tag } of tags) byNetwork.set(networkId, { ...byNetwork.get(networkId), ...tag });
      return byNetwork;
    },
  };

  function listSessions(Filters: Filter[] | undefined) {
    return pages(async (NextToken) => {
      const page = await client.send(
        new DescribeTrafficMirrorSessionsCommand({ Filters, MaxResults: pageSize, NextToken }),
        options(),
      );
      return [(page.TrafficMirrorSessions ?? []).map(toSession), page.NextToken];
    });
  }
}

type Page<T> = readonly [items: readonly T[], nextToken: string | undefined];

/** Reads pages until none follows; a page may be empty and still have a next one. An item that a list tells twice is kept once, as told last. */
async function pages<T extends { readonly id: string }>(
  read: (nextToken: string | undefined) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const items = new Map<string, T>();
  let token: string | undefined;
  try {
    do {
      const [page, next] = await read(token);
      for (const item of page) items.set(item.id, item);
      if (next && next === token) throw new Error('EC2 gave the same page token twice');
      token = next || undefined;
    } while (token !== undefined);
  } catch (error) {
    throw toEc2Error(error);
  }
  return [...items.values()];
}

async function byIds<T>(
  which: readonly string[] | 'all' | InstanceFilter,
  filterName: string,
  read: (filters: Filter[] | undefined) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  if (which === 'all') return read(undefined);
  if ('name' in which) return read([{ Name: which.name, Values: [...which.values] }]);
  const ids = [...new Set(which)].sort();
  const items: T[] = [];
  for (let start = 0; start < ids.length; start += valuesPerRequest) {
    items.push(...(await read([{ Name: filterName, Values: ids.slice(start, start + valuesPerRequest) }])));
  }
  return items;
}
