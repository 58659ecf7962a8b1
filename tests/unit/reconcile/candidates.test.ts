import { describe, expect, it } from 'vitest';
import type { Instance } from '../../../src/model/instance.ts';
import { instanceTag, ownerTag } from '../../../src/model/ownership.ts';
import { Memory } from '../../../src/reconcile/memory.ts';
import { type ReconcileRequest, reconcile } from '../../../src/reconcile/reconcile.ts';
import type { Result } from '../../../src/reconcile/result.ts';
import { ManualClock } from '../../support/shell/clock.ts';
import { ec2Error, FakeEc2 } from '../../support/shell/fake-ec2.ts';
import {
  accountId,
  anEniId,
  anInstance,
  anInstanceId,
  anInterface,
  aPolicy,
  aSession,
  aTarget,
  owner,
} from '../../support/shell/things.ts';

const untagged = (n: number, more: Partial<Instance> = {}) => anInstance(n, { tags: { Name: `web-${n}` }, ...more });

class Sweep {
  readonly ec2 = new FakeEc2();
  readonly results: Result[] = [];

  constructor(instances: readonly Instance[]) {
    for (const instance of instances) this.ec2.addInstance(instance);
    this.ec2.targetList.push(aTarget(1));
  }

  async run(policy = aPolicy(), more: Partial<ReconcileRequest> = {}) {
    const clock = new ManualClock();
    this.ec2.calls.length = 0;
    this.ec2.log.length = 0;
    this.results.length = 0;
    return reconcile(
      { owner, accountId, policy, inventory: this.ec2, mirroring: this.ec2, clock, memory: new Memory() },
      {
        scope: { kind: 'everything' },
        first: new Set(),
        applyUntil: clock.now() + 10_000,
        onResult: (result) => this.results.push(result),
        ...more,
      },
    );
  }

  /** What was asked of instances and interfaces, filters by their names. */
  get asked(): readonly string[] {
    const lines = this.ec2.log.filter((line) => /^(instances|networkInterfaces) /.test(line));
    return lines.map((line) => line.replace(/\[\{"name":"([^"]+)".*/, 'by $1'));
  }

  get deletions(): readonly string[] {
    return this.results.flatMap(({ action, reason }) => (action.kind === 'session.delete' ? [reason.code] : []));
  }
}

describe('a sweep', () => {
  it('asks for candidates and their interfaces, and for no other instance', async () => {
    const sweep = new Sweep([anInstance(1), anInstance(2), ...Array.from({ length: 50 }, (_, n) => untagged(n + 10))]);
    const first = await sweep.run();
    expect(first.reading.instances.map(({ id }) => id)).toEqual([1, 2].map(anInstanceId));
    const { plan } = await sweep.run();
    expect(plan.actions.map(({ kind }) => kind)).toEqual(['session.keep', 'session.keep']);
    expect(sweep.asked).toEqual(['instances by tag-key', `networkInterfaces [["${anEniId(1)}","${anEniId(2)}"]]`]);
  });

  it('asks once for each of a few filters, and keeps an instance that meets two of them once', async () => {
    const policy = aPolicy(`rules:
      - { name: a, match: { tag: { mirror: true } } }
      - { name: b, match: { vpc: vpc-1 } }`);
    const sweep = new Sweep([anInstance(1, inVpc(1)), untagged(2, inVpc(2)), untagged(3)]);
    const { reading } = await sweep.run(policy);
    expect(sweep.asked.slice(0, 2)).toEqual(['instances by tag-key', 'instances by network-interface.vpc-id']);
    expect(reading.decisions.map(({ instanceId, rule }) => [instanceId, rule])).toEqual([
      [anInstanceId(1), 'a'],
      [anInstanceId(2), 'b'],
    ]);
  });

  it('lists everything where filters cannot tell', async () => {
    const sweep = new Sweep([anInstance(1), untagged(2)]);
    const { reading } = await sweep.run(aPolicy('rules: [{ name: a, match: { not: { zone: x } } }]'));
    expect(sweep.asked).toEqual(['instances ["all"]', 'networkInterfaces ["all"]']);
    expect(reading.instances).toHaveLength(2);
  });

  it('asks for no instance where no network has the tag that is wanted', async () => {
    const sweep = new Sweep([anInstance(1, inVpc(1))]);
    const policy = aPolicy('rules: [{ name: a, match: { vpcTag: { mirror: true } } }]');
    await sweep.run(policy);
    expect(sweep.asked).toEqual([]);
    sweep.ec2.tagsByNetwork.set('vpc-1', { mirror: 'true' });
    await sweep.run(policy);
    expect(sweep.asked[0]).toBe('instances by network-interface.vpc-id');
    expect(sweep.ec2.sessionsById.size).toBe(1);
  });

  it('refuses a tag mirror that says neither yes nor no', async () => {
    const sweep = new Sweep([untagged(1, { tags: { MIRROR: 'ture' } })]);
    await sweep.run();
    expect(sweep.results).toMatchObject([{ action: { kind: 'instance.refuse' }, reason: { code: 'tag-invalid' } }]);
  });

  it('looks at an instance that an event of its batch names, whatever it is', async () => {
    const sweep = new Sweep([untagged(1), untagged(2)]);
    await sweep.run(aPolicy(), { first: new Set([anInstanceId(2)]) });
    expect(sweep.asked).toEqual(['instances by tag-key', `instances [["${anInstanceId(2)}"]]`]);
    expect(sweep.results).toMatchObject([{ action: { kind: 'instance.skip', instanceId: anInstanceId(2) } }]);
  });

  it('lists all interfaces where there are too many to ask for them by their ids', async () => {
    const sweep = new Sweep(Array.from({ length: 1_001 }, (_, n) => anInstance(n + 1)));
    await sweep.run(aPolicy(), { isDryRun: true });
    expect(sweep.asked).toEqual(['instances by tag-key', 'networkInterfaces ["all"]']);
  });
});

describe('a session of ours on an instance that is no candidate', () => {
  it('is deleted for what the instance is, which is asked for by its id', async () => {
    const sweep = new Sweep([anInstance(1), untagged(2)]);
    sweep.ec2.addSession(aSession(2));
    await sweep.run();
    expect(sweep.asked.slice(0, 2)).toEqual(['instances by tag-key', `instances [["${anInstanceId(2)}"]]`]);
    expect(sweep.deletions).toEqual(['no-rule-matched']);
  });

  it('stays while its interface is on the way', async () => {
    const moving = untagged(2, { networkInterfaces: [anInterface(2, { attachmentStatus: 'detaching' })] });
    const sweep = new Sweep([moving]);
    sweep.ec2.addSession(aSession(2));
    await sweep.run();
    expect(sweep.deletions).toEqual([]);
  });

  it('is deleted as gone only where EC2 was asked for the instance, and does not know it', async () => {
    const sweep = new Sweep([]);
    sweep.ec2.interfacesById.set(anEniId(2), { id: anEniId(2), tags: {} });
    sweep.ec2.addSession(aSession(2));
    await sweep.run();
    expect(sweep.asked).toContain(`instances [["${anInstanceId(2)}"]]`);
    expect(sweep.deletions).toEqual(['instance-gone']);
  });

  it('is deleted in the same sweep where its interface has moved to yet another', async () => {
    const sweep = new Sweep([untagged(2, { networkInterfaces: [] }), untagged(3, { networkInterfaces: [anInterface(2)] })]);
    sweep.ec2.addSession(aSession(2));
    const { followUp } = await sweep.run();
    expect(sweep.asked.slice(1)).toEqual([
      `instances [["${anInstanceId(2)}"]]`,
      `networkInterfaces [["${anEniId(2)}"]]`,
      `instances [["${anInstanceId(3)}"]]`,
    ]);
    expect(followUp).toEqual([]);
    expect(sweep.deletions).toEqual(['no-rule-matched']);
  });

  it.each([
    ['of the instance', 'instances', anInstanceId(2)],
    ['of where its interface is', 'networkInterfaces', anEniId(4)],
  ] as const)('ends the pass before anything changes where nothing can be learnt %s', async (_what, call, about) => {
    const sweep = new Sweep([anInstance(1), untagged(2)]);
    sweep.ec2.addSession(aSession(2));
    sweep.ec2.addSession(aSession(3, { eniId: anEniId(4) }));
    sweep.ec2.fail(call, ec2Error('throttled', 'RequestLimitExceeded'), { about });
    await expect(sweep.run()).rejects.toMatchObject({ code: 'RequestLimitExceeded' });
    expect(sweep.results).toEqual([]);
    expect(sweep.ec2.sessionsById.size).toBe(2);
  });

  it('is not asked for by what its tag says where that is no id: a star would be every instance', async () => {
    const sweep = new Sweep([untagged(2)]);
    sweep.ec2.addSession(aSession(2, { tags: { [ownerTag]: owner, [instanceTag]: 'i-*' } }));
    await sweep.run();
    expect(sweep.asked).toEqual([
      'instances by tag-key',
      `networkInterfaces [["${anEniId(2)}"]]`,
      `instances [["${anInstanceId(2)}"]]`,
    ]);
    expect(sweep.deletions).toEqual(['no-rule-matched']);
  });

  it('that somebody else owns is nobody to ask for', async () => {
    const sweep = new Sweep([untagged(2)]);
    sweep.ec2.addSession(aSession(2, { tags: { [ownerTag]: 'another', [instanceTag]: anInstanceId(2) } }));
    await sweep.run();
    expect(sweep.asked).toEqual(['instances by tag-key']);
  });

  it('that another account has made on a target of ours is nobody to ask for, whatever its tags say', async () => {
    const sweep = new Sweep([untagged(2)]);
    sweep.ec2.addSession({ ...aSession(2), accountId: '444455556666' });
    await sweep.run();
    expect(sweep.asked).toEqual(['instances by tag-key']);
    expect(sweep.deletions).toEqual([]);
  });
});

function inVpc(n: number) {
  return { vpcId: 'vpc-1', networkInterfaces: [anInterface(n, { vpcId: 'vpc-1' })] };
}
