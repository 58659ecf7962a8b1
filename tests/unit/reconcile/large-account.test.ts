import { DescribeInstancesCommand, DescribeNetworkInterfacesCommand, EC2Client, type Filter } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { createInventory } from '../../../src/aws/ec2-inventory.ts';
import type { Instance } from '../../../src/model/instance.ts';
import type { CompiledPolicy } from '../../../src/model/policy.ts';
import { Memory } from '../../../src/reconcile/memory.ts';
import { reconcile } from '../../../src/reconcile/reconcile.ts';
import { ManualClock } from '../../support/shell/clock.ts';
import { lets } from '../../support/shell/ec2-filters.ts';
import { FakeEc2 } from '../../support/shell/fake-ec2.ts';
import { accountId, anInstance, aPolicy, aTarget, owner } from '../../support/shell/things.ts';

/** An account of a hundred thousand instances, one in so many of them tagged `Mirror=true`. */
const instancesWith = (untaggedPerTagged: number) =>
  Array.from({ length: 100_000 }, (_, n) =>
    anInstance(n, { tags: n % untaggedPerTagged === 0 ? { Mirror: 'true' } : { Name: `web-${n}` } }),
  );

/** EC2's lists of instances and interfaces in pages, behind the SDK's client; the others are a fake's. */
class PagedEc2 {
  pages = { instances: 0, interfaces: 0 };
  readonly #instances: readonly Instance[];
  readonly #client = Object.assign(new EC2Client({ region: 'eu-west-1' }), {
    send: (command: object) => Promise.resolve(this.#answer(command)),
  });
  readonly #rest = new FakeEc2();

  constructor(oneIn: number) {
    this.#instances = instancesWith(oneIn);
    this.#rest.targetList.push(aTarget(1));
  }

  async sweep(policy: CompiledPolicy, memory = new Memory()) {
    this.pages = { instances: 0, interfaces: 0 };
    const clock = new ManualClock();
    const paged = createInventory(this.#client, clock, { at: clock.now() + 60_000 });
    const inventory = {
      ...paged,
      sessions: () => this.#rest.sessions(),
      targets: () => this.#rest.targets(),
      filters: () => this.#rest.filters(),
    };
    return reconcile(
      { owner, accountId, policy, inventory, mirroring: this.#rest, clock, memory },
      { scope: { kind: 'everything' }, first: new Set(), applyUntil: clock.now() + 1, isDryRun: true, onResult: () => undefined },
    );
  }

  #answer(command: object) {
    if (command instanceof DescribeInstancesCommand) {
      this.pages.instances += 1;
      const { items, NextToken } = page(matching(this.#instances, command.input.Filters), command.input);
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
      const ids = wanted ?? this.#instances.flatMap(({ networkInterfaces }) => networkInterfaces.map(({ id }) => id));
      const { items, NextToken } = page(ids, command.input);
      return { NetworkInterfaces: items.map((id) => ({ NetworkInterfaceId: id })), NextToken };
    }
    throw new Error(`nobody should ask for ${command.constructor.name}`);
  }
}

function matching(instances: readonly Instance[], filters: Filter[] | undefined) {
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
    const ec2 = new PagedEc2(100);
    const { plan } = await ec2.sweep(aPolicy());
    expect(plan.actions.filter(({ kind }) => kind === 'session.create')).toHaveLength(1_000);
    expect(ec2.pages).toEqual({ instances: 1, interfaces: 5 });
  }, 30_000);

  it('reads the hundred pages of all instances where filters cannot tell, and plans the same', async () => {
    const ec2 = new PagedEc2(100);
    const { candidates: _unused, ...listing } = aPolicy();
    const { plan } = await ec2.sweep(listing);
    expect(plan.actions.filter(({ kind }) => kind === 'session.create')).toHaveLength(1_000);
    expect(ec2.pages).toEqual({ instances: 100, interfaces: 5 });
  }, 30_000);

  it('lists all interfaces of which many are wanted, and asks for these by their ids once it has seen that they are few of them', async () => {
    const ec2 = new PagedEc2(20);
    const memory = new Memory();
    const wanted = async () => (await ec2.sweep(aPolicy(), memory)).plan.actions.filter(({ kind }) => kind === 'session.create');
    const first = await wanted();
    expect(ec2.pages).toEqual({ instances: 5, interfaces: 100 });
    expect(await wanted()).toEqual(first);
    expect(first).toHaveLength(5_000);
    expect(ec2.pages).toEqual({ instances: 5, interfaces: 25 });
  }, 30_000);

  it('lists all interfaces where asking for a quarter of them by their ids would take more calls', async () => {
    const ec2 = new PagedEc2(4);
    const memory = new Memory();
    memory.interfacesInAccount = 100_000;
    await ec2.sweep(aPolicy(), memory);
    expect(ec2.pages).toEqual({ instances: 25, interfaces: 100 });
  }, 30_000);
});
