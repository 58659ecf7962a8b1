import { DescribeInstancesCommand, DescribeNetworkInterfacesCommand, EC2Client, type Filter } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { createInventory } from '../../../src/aws/ec2-inventory.ts';
import type { CompiledPolicy } from '../../../src/model/policy.ts';
import { Memory } from '../../../src/reconcile/memory.ts';
import { reconcile } from '../../../src/reconcile/reconcile.ts';
import { ManualClock } from '../../support/shell/clock.ts';
import { lets } from '../../support/shell/ec2-filters.ts';
import { FakeEc2 } from '../../support/shell/fake-ec2.ts';
import { accountId, anInstance, aPolicy, aTarget, owner } from '../../support/shell/things.ts';

/** An account of a hundred thousand instances, every hundredth of them tagged `Mirror=true`. */
const instances = Array.from({ length: 100_000 }, (_, n) =>
  anInstance(n, { tags: n % 100 === 0 ? { Mirror: 'true' } : { Name: `web-${n}` } }),
);

/** EC2's lists of instances and interfaces in pages, behind the SDK's client; the others are a fake's. */
class PagedEc2 {
  readonly pages = { instances: 0, interfaces: 0 };
  readonly #client = Object.assign(new EC2Client({ region: 'eu-west-1' }), {
    send: (command: object) => Promise.resolve(this.#answer(command)),
  });
  readonly #rest = new FakeEc2();

  async sweep(policy: CompiledPolicy) {
    const clock = new ManualClock();
    this.#rest.targetList.push(aTarget(1));
    const paged = createInventory(this.#client, clock, { at: clock.now() + 60_000 });
    const inventory = {
      ...paged,
      sessions: () => this.#rest.sessions(),
      targets: () => this.#rest.targets(),
      filters: () => this.#rest.filters(),
    };
    return reconcile(
      { owner, accountId, policy, inventory, mirroring: this.#rest, clock, memory: new Memory() },
      { scope: { kind: 'everything' }, first: new Set(), applyUntil: clock.now() + 1, isDryRun: true, onResult: () => undefined },
    );
  }

  #answer(command: object) {
    if (command instanceof DescribeInstancesCommand) {
      this.pages.instances += 1;
      const { items, NextToken } = page(matching(command.input.Filters), command.input);
      const Instances = items.map(({ id, type, state, tags, networkInterfaces }) => ({
        InstanceId: id,
        InstanceType: type,
        State: { Name: state },
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        NetworkInterfaces: networkInterfaces.map((eni) => ({
          NetworkInterfaceId: eni.id,
          Attachment: { DeviceIndex: 0, Status: 'attached' },
        })),
      }));
      return { Reservations: [{ OwnerId: accountId, Instances }], NextToken };
    }
    if (command instanceof DescribeNetworkInterfacesCommand) {
      this.pages.interfaces += 1;
      const wanted = command.input.Filters?.[0]?.Values;
      const ids = wanted ?? instances.flatMap(({ networkInterfaces }) => networkInterfaces.map(({ id }) => id));
      const { items, NextToken } = page(ids, command.input);
      return { NetworkInterfaces: items.map((id) => ({ NetworkInterfaceId: id })), NextToken };
    }
    throw new Error(`nobody should ask for ${command.constructor.name}`);
  }
}

function matching(filters: Filter[] | undefined) {
  const [filter] = filters ?? [];
  if (filter === undefined) return instances;
  return instances.filter((instance) => lets({ name: filter.Name ?? '', values: filter.Values ?? [] }, instance));
}

function page<T>(
  all: readonly T[],
  { MaxResults = 0, NextToken = '0' }: { MaxResults?: number | undefined; NextToken?: string | undefined },
) {
  const end = Number(NextToken) + MaxResults;
  return { items: all.slice(Number(NextToken), end), NextToken: end < all.length ? String(end) : undefined };
}

describe('a sweep of a hundred thousand instances', () => {
  it('reads the one page of the thousand that may be wanted', async () => {
    const ec2 = new PagedEc2();
    const { plan } = await ec2.sweep(aPolicy());
    expect(plan.actions.filter(({ kind }) => kind === 'session.create')).toHaveLength(1_000);
    expect(ec2.pages).toEqual({ instances: 1, interfaces: 5 });
  }, 30_000);

  it('reads the hundred pages of all where filters cannot tell, and plans the same', async () => {
    const ec2 = new PagedEc2();
    const { candidates: _unused, ...listing } = aPolicy();
    const { plan } = await ec2.sweep(listing);
    expect(plan.actions.filter(({ kind }) => kind === 'session.create')).toHaveLength(1_000);
    expect(ec2.pages).toEqual({ instances: 100, interfaces: 100 });
  }, 30_000);
});
