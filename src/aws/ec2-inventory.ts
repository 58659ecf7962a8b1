import {
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeTrafficMirrorFiltersCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeTrafficMirrorTargetsCommand,
  type EC2Client,
  type Filter,
} from '@aws-sdk/client-ec2';
import type { InstanceFilter } from '../model/instance.ts';
import { type Clock, Ec2Error, type Inventory } from '../reconcile/ports.ts';
import { type Deadline, timeLeft } from './client.ts';
import { toFilter, toInstance, toInterfaceFacts, toSession, toTarget } from './convert.ts';
import type { ListNetworkTags } from './network-tags.ts';
import { pageSize, pages } from './pages.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html: filter values in one request. */
const valuesPerRequest = 200;

/** An account may hide what AWS services manage in it from describes; what is hidden would look gone. */
const IncludeManagedResources = true;

/**
 * The Inventory port over the EC2 API.
 *
 * Ids go in as filter values, not as ids: one unknown id must not fail the call for its neighbours. Every list is paged to its end, across empty pages.
 */
export function createInventory(
  client: EC2Client,
  clock: Clock,
  deadline: Deadline,
  listNetworkTags: ListNetworkTags = notAskedFor,
): Inventory {
  let abandoned = 0;
  /** Made once for each read: what its calls are sent with, for as long as somebody wants its answer. */
  const optionsOfRead = () => {
    const begunAfter = abandoned;
    return () => {
      if (begunAfter !== abandoned) throw new Ec2Error('deadline', 'Abandoned', 'nobody waits for this answer any more');
      return timeLeft(deadline.at, clock);
    };
  };
  return {
    instances: (which) => {
      const options = optionsOfRead();
      return byIds(which, 'instance-id', (Filters) =>
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
      );
    },
    networkInterfaces: (which) => {
      const options = optionsOfRead();
      return byIds(which, 'network-interface-id', (Filters) =>
        pages(async (NextToken) => {
          const page = await client.send(
            new DescribeNetworkInterfacesCommand({ Filters, MaxResults: pageSize, NextToken, IncludeManagedResources }),
            options(),
          );
          return [(page.NetworkInterfaces ?? []).map(toInterfaceFacts), page.NextToken];
        }),
      );
    },
    sessions: () => listSessions(undefined),
    sessionsOf: (eniId) => listSessions([{ Name: 'network-interface-id', Values: [eniId] }]),
    targets: () => {
      const options = optionsOfRead();
      return pages(async (NextToken) => {
        const page = await client.send(new DescribeTrafficMirrorTargetsCommand({ MaxResults: pageSize, NextToken }), options());
        return [(page.TrafficMirrorTargets ?? []).map(toTarget), page.NextToken];
      });
    },
    filters: () => {
      const options = optionsOfRead();
      return pages(async (NextToken) => {
        const page = await client.send(new DescribeTrafficMirrorFiltersCommand({ MaxResults: pageSize, NextToken }), options());
        return [(page.TrafficMirrorFilters ?? []).map(toFilter), page.NextToken];
      });
    },
    networkTags: () => listNetworkTags(client, optionsOfRead()),
    abandon: () => {
      abandoned += 1;
    },
  };

  function listSessions(Filters: Filter[] | undefined) {
    const options = optionsOfRead();
    return pages(async (NextToken) => {
      const page = await client.send(
        new DescribeTrafficMirrorSessionsCommand({ Filters, MaxResults: pageSize, NextToken }),
        options(),
      );
      return [(page.TrafficMirrorSessions ?? []).map(toSession), page.NextToken];
    });
  }
}

/** The bundler leaves out what a policy does not need. */
function notAskedFor(): never {
  throw new Error('this function is not made to read tags of networks');
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
