import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Instance } from '../../../src/model/instance.ts';
import type { Scope } from '../../../src/plan/world.ts';
import { Memory } from '../../../src/reconcile/memory.ts';
import { type ReconcileRequest, reconcile } from '../../../src/reconcile/reconcile.ts';
import type { Result } from '../../../src/reconcile/result.ts';
import { ManualClock, settled } from '../../support/shell/clock.ts';
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

const everything: Scope = { kind: 'everything' };
const only = (...ns: number[]): Scope => ({ kind: 'instances', ids: new Set(ns.map(anInstanceId)) });

class Loop {
  readonly ec2 = new FakeEc2();
  readonly clock = new ManualClock();
  readonly memory = new Memory();
  readonly results: Result[] = [];

  constructor(instances: readonly Instance[] = [], targets = [aTarget(1)]) {
    for (const instance of instances) this.ec2.addInstance(instance);
    this.ec2.targetList.push(...targets);
  }

  async run(scope: Scope, more: Partial<ReconcileRequest> = {}, policy = aPolicy()) {
    this.ec2.calls.length = 0;
    this.results.length = 0;
    return reconcile(
      { owner, accountId, policy, inventory: this.ec2, mirroring: this.ec2, clock: this.clock, memory: this.memory },
      {
        scope,
        first: new Set(),
        applyUntil: this.clock.now() + 10_000,
        onResult: (result) => this.results.push(result),
        ...more,
      },
    );
  }
}

const unhandled: unknown[] = [];
const keep = (reason: unknown) => unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', keep);
});
afterEach(() => {
  process.off('unhandledRejection', keep);
});

describe('reading', () => {
  it('of a launch that nobody tagged is two calls', async () => {
    const loop = new Loop([anInstance(1, { tags: {} })]);
    await loop.run(only(1));
    expect(loop.ec2.calls).toEqual(['instances', 'sessions']);
  });

  it('of an idle sweep walks each list once, and nothing else', async () => {
    const loop = new Loop(Array.from({ length: 30 }, (_, n) => anInstance(n + 1)));
    await loop.run(everything);
    const { plan } = await loop.run(everything);

    expect([...loop.ec2.calls].sort()).toEqual(['filters', 'instances', 'networkInterfaces', 'sessions', 'targets']);
    expect(plan.actions.map(({ kind }) => kind)).toEqual(plan.actions.map(() => 'session.keep'));
    expect(plan.actions).toHaveLength(30);
  });

  it('of a sweep over an account without anything of ours asks for no interfaces, but for targets and filters, which it may have to clear away', async () => {
    const loop = new Loop([anInstance(1, { tags: {} })]);
    await loop.run(everything);
    expect(loop.ec2.calls).toEqual(['instances', 'sessions', 'targets', 'filters']);
  });

  it('of a scope asks for its own interfaces and those of the targets, by id', async () => {
    const sensor = anInstance(9, { tags: {}, type: 'c5.18xlarge' });
    const loop = new Loop(
      [anInstance(1), anInstance(2), sensor],
      [aTarget(1, { type: 'network-interface', networkInterfaceId: anEniId(9) })],
    );
    const { reading } = await loop.run(only(1));

    const asked = loop.ec2.log.filter((line) => /^(instances|networkInterfaces) /.test(line));
    expect(asked).toEqual([
      `instances [["${anInstanceId(1)}"]]`,
      `networkInterfaces [["${anEniId(1)}","${anEniId(9)}"]]`,
      `instances [["${anInstanceId(9)}"]]`,
    ]);
    expect(reading.world.targets).toMatchObject([
      { instanceId: anInstanceId(9), instanceType: 'c5.18xlarge', zone: 'eu-west-1a' },
    ]);
  });

  it.each([
    ['attached', { instanceId: anInstanceId(1) }],
    ['attaching', 'in-transit'],
    ['detaching', 'in-transit'],
    ['detached', 'none'],
  ] as const)('takes an interface of the scope that is %s as it is', async (attachmentStatus, attachment) => {
    const loop = new Loop([anInstance(1, { networkInterfaces: [anInterface(1, { attachmentStatus })] })]);
    const { reading } = await loop.run(only(1));
    expect(reading.world.attachments.get(anEniId(1))).toEqual(attachment);
  });
});

describe('tags of networks', () => {
  const policy = aPolicy('rules: [{ name: net, match: { vpcTag: { mirror: true } } }]');
  const inVpc = (n: number, vpcId: string) => anInstance(n, { tags: {}, vpcId });

  it('are read once, where the policy asks for them, and decide', async () => {
    const loop = new Loop([inVpc(1, 'vpc-1'), inVpc(2, 'vpc-2')]);
    loop.ec2.tagsByNetwork.set('vpc-1', { mirror: 'yes' });
    const { reading } = await loop.run(only(1, 2), {}, policy);
    expect(reading.decisions.map(({ outcome }) => outcome)).toEqual(['mirror', 'skip']);
    expect(loop.ec2.calls.filter((call) => call === 'networkTags')).toHaveLength(1);
  });

  it('are not read where the policy asks for none', async () => {
    const loop = new Loop([anInstance(1)]);
    await loop.run(everything);
    expect(loop.ec2.calls).not.toContain('networkTags');
  });

  it('that cannot be read end the pass before anything is planned or changed', async () => {
    const loop = new Loop([inVpc(1, 'vpc-1')]);
    loop.ec2.addSession(aSession(1));
    const error = ec2Error('denied', 'UnauthorizedOperation');
    loop.ec2.fail('networkTags', error);
    for (const scope of [everything, only(1)]) await expect(loop.run(scope, {}, policy)).rejects.toBe(error);
    expect(loop.results).toEqual([]);
    expect(loop.ec2.sessionsById.size).toBe(1);
  });

  it('that nobody has read decide nothing', async () => {
    const loop = new Loop([inVpc(1, 'vpc-1')]);
    loop.ec2.addSession(aSession(1));
    const { asksForNetworkTags: _forgotten, ...forgetful } = policy;
    await expect(loop.run(everything, {}, forgetful)).rejects.toThrow('the tags of networks were not read');
    expect(loop.ec2.sessionsById.size).toBe(1);
  });
});

describe('a read that fails', () => {
  it.each(['instances', 'sessions', 'targets', 'filters', 'networkInterfaces'] as const)(
    'of %s ends the pass before anything is planned or changed',
    async (list) => {
      const loop = new Loop([anInstance(1), anInstance(2, { state: 'terminated' })]);
      loop.ec2.addSession(aSession(2));
      const error = ec2Error('unsettled', 'InternalError');
      loop.ec2.fail(list, error);

      for (const scope of [everything, only(1, 2)]) {
        await expect(loop.run(scope)).rejects.toBe(error);
        expect(loop.results).toEqual([]);
        expect(loop.ec2.calls).not.toContain('createSession');
        expect(loop.ec2.calls).not.toContain('deleteSession');
      }
      expect(loop.ec2.sessionsById.size).toBe(1);
      // What else was being read is of no use, and would take tokens.
      expect(loop.ec2.abandoned).toBe(2);
    },
  );

  it('together with another leaves no rejection unhandled', async () => {
    const loop = new Loop([anInstance(1)]);
    loop.ec2.fail('instances', ec2Error('unsettled', 'InternalError'));
    loop.ec2.fail('sessions', ec2Error('throttled', 'RequestLimitExceeded'));
    loop.ec2.onCall = async (call) => {
      if (call === 'sessions') for (let turn = 0; turn < 3; turn += 1) await settled();
    };
    await expect(loop.run(everything)).rejects.toMatchObject({ code: 'InternalError' });
    for (let turn = 0; turn < 6; turn += 1) await settled();
    expect(unhandled).toEqual([]);
  });
});

describe('a pass', () => {
  it('deletes the session of a terminated instance whose interface lives on', async () => {
    const loop = new Loop([anInstance(1, { state: 'terminated', networkInterfaces: [], tags: {} })]);
    loop.ec2.interfacesById.set(anEniId(1), { id: anEniId(1), tags: {} });
    loop.ec2.addSession(aSession(1));
    await loop.run(only(1));
    expect(loop.results).toMatchObject(
      [{ action: { kind: 'session.delete' }, outcome: 'done' }, { action: { kind: 'instance.skip' } }].reverse(),
    );
    expect(loop.ec2.sessionsById.size).toBe(0);
  });

  it('deletes the session of an instance that EC2 no longer knows', async () => {
    const loop = new Loop();
    loop.ec2.interfacesById.set(anEniId(1), { id: anEniId(1), tags: {} });
    loop.ec2.addSession(aSession(1));
    await loop.run(only(1));
    expect(loop.ec2.sessionsById.size).toBe(0);
  });

  it('leaves a session whose interface has moved to an instance outside the scope to a pass over that instance', async () => {
    const loop = new Loop([anInstance(1, { networkInterfaces: [] }), anInstance(2, { networkInterfaces: [anInterface(1)] })]);
    loop.ec2.addSession(aSession(1));
    const first = await loop.run(only(1));
    expect(first.followUp).toEqual([anInstanceId(2)]);
    expect(loop.ec2.sessionsById.size).toBe(1);

    const second = await loop.run(only(2));
    expect(second.followUp).toEqual([]);
  });

  it('leaves a session alone while its interface is on the move', async () => {
    const loop = new Loop([anInstance(1, { networkInterfaces: [] })]);
    loop.ec2.interfacesById.set(anEniId(1), {
      id: anEniId(1),
      tags: {},
      attachment: { instanceId: anInstanceId(1), status: 'detaching' },
    });
    loop.ec2.addSession(aSession(1));
    const { followUp } = await loop.run(only(1));
    expect(followUp).toEqual([]);
    expect(loop.ec2.sessionsById.size).toBe(1);
  });

  it('asks a type that EC2 refused again after an hour, and not before', async () => {
    const loop = new Loop([anInstance(1, { type: 'x99.large' })]);
    loop.ec2.fail('createSession', ec2Error('unsupported', 'NetworkInterfaceNotSupported'));
    const creations = async () => {
      await loop.run(only(1));
      return loop.ec2.calls.filter((call) => call === 'createSession').length;
    };
    expect(await creations()).toBe(1);
    expect(await creations()).toBe(0);
    loop.clock.set(loop.clock.now() + 3_600_001);
    expect(await creations()).toBe(1);
  });

  it('does not learn from one refused interface that a listed type is unsupported', async () => {
    const loop = new Loop([anInstance(1)]);
    loop.ec2.fail('createSession', ec2Error('unsupported', 'NetworkInterfaceNotSupported'));
    await loop.run(only(1));
    expect([...loop.memory.refusedTypes(loop.clock.now())]).toEqual([]);
  });

  it('makes a session that somebody deleted by hand again at once with a new client token', async () => {
    const loop = new Loop([anInstance(1)]);
    const tokens: string[] = [];
    const create = loop.ec2.createSession.bind(loop.ec2);
    loop.ec2.createSession = (session) => {
      tokens.push(session.clientToken);
      return create(session);
    };
    await loop.run(only(1));
    loop.ec2.sessionsById.clear();
    await loop.run(only(1));
    expect(new Set(tokens).size).toBe(2);
  });

  it('repeats a create whose answer was lost with the same client token', async () => {
    const loop = new Loop([anInstance(1)]);
    await loop.run(only(1));
    loop.ec2.sessionsById.clear();
    const tokens: string[] = [];
    loop.ec2.createSession = ({ clientToken }) => {
      tokens.push(clientToken);
      return Promise.reject(ec2Error('unsettled', 'InternalError'));
    };
    await loop.run(only(1));
    await loop.run(only(1));
    expect(tokens).toHaveLength(2);
    expect(new Set(tokens).size).toBe(1);
  });

  it('with more deletions than the policy allows deletes none in a sweep, and all when told so', async () => {
    const loop = new Loop();
    for (let n = 1; n <= 12; n += 1) {
      loop.ec2.interfacesById.set(anEniId(n), { id: anEniId(n), tags: {} });
      loop.ec2.addSession(aSession(n));
    }
    await loop.run(everything);
    expect(loop.ec2.sessionsById.size).toBe(12);
    expect(loop.results).toMatchObject([{ action: { kind: 'gate.block' }, outcome: 'blocked' }]);

    await loop.run(everything, { allowDeletes: true });
    expect(loop.ec2.sessionsById.size).toBe(0);
  });

  it('in a dry run plans and changes nothing', async () => {
    const loop = new Loop([anInstance(1)]);
    await loop.run(only(1), { isDryRun: true });
    expect(loop.ec2.sessionsById.size + loop.ec2.filtersById.size).toBe(0);
    expect(loop.results.map(({ outcome }) => outcome)).toEqual(['dry-run', 'dry-run']);
  });
});
