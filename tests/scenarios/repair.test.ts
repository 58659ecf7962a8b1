import {
  CreateTrafficMirrorFilterRuleCommand,
  DeleteTrafficMirrorFilterRuleCommand,
  type TrafficMirrorFilter,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../src/demo/user.ts';
import {
  addSensor,
  launch,
  launchOne,
  mirrored,
  notMirrored,
  type Source,
  sessionsOn,
  tagOf,
} from '../support/scenario/fleet.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

const person = 'arn:aws:iam::111122223333:user/local';

let service: RunningService;
let sensor: string;
let elsewhere: string;

beforeAll(async () => {
  service = await runService({ policy: 'version: 1\ntargets: { default: {}, other: {} }\n' });
  sensor = await addSensor(service);
  elsewhere = await addSensor(service, 'other');
});

afterAll(() => service.stop());

beforeEach(() => service.quiet());

/** Runs something of which no event arrives. */
async function unheard<T>(run: () => Promise<T>): Promise<T> {
  const { delivery } = service.emulator.events;
  delivery.lossShare = 1;
  try {
    const made = await run();
    await service.quiet();
    return made;
  } finally {
    delivery.lossShare = 0;
  }
}

/** What the trail tells of a session, in order. */
function told(sessionId: string | undefined) {
  return service.trail().filter((line) => line.sessionId === sessionId);
}

describe('lost events', () => {
  test('of a tag are made good by the sweep', async () => {
    const { id, eni } = await unheard(() => launchOne(service, { mirror: 'true' }));
    expect(await sessionsOn(service, eni)).toEqual([]);
    await service.sweep();
    expect(await sessionsOn(service, eni)).toHaveLength(1);
    await unheard(() => service.user.untag(id, 'mirror'));
    expect(await sessionsOn(service, eni)).toHaveLength(1);
    await service.sweep();
    expect(await sessionsOn(service, eni)).toEqual([]);
  });

  test('of an instance that stopped are made good by the sweep', async () => {
    const { id, eni } = await launchOne(service, { mirror: 'true' });
    await mirrored(service, eni);
    await unheard(async () => {
      await service.user.stop(id);
      await until('it is stopped', async () =>
        service.emulator.ec2.world.instances().find(({ instanceId }) => instanceId === id)?.state === 'stopped'
          ? true
          : undefined,
      );
    });
    expect(await sessionsOn(service, eni)).toHaveLength(1);
    await service.sweep();
    expect(await sessionsOn(service, eni)).toEqual([]);
  });
});

describe('a session that somebody', () => {
  let source: Source;

  beforeAll(async () => {
    source = await launchOne(service, { mirror: 'true', 'mirror-packet-length': '256' });
    await mirrored(service, source.eni);
  });

  test('deleted is made again', async () => {
    const before = await mirrored(service, source.eni);
    await service.user.deleteSession(before.TrafficMirrorSessionId ?? '');
    const after = await until('another session', async () => {
      const [session] = await sessionsOn(service, source.eni);
      return session?.TrafficMirrorSessionId === before.TrafficMirrorSessionId ? undefined : session;
    });
    await service.quiet();
    expect(after).toMatchObject({ SessionNumber: 10, PacketLength: 256, TrafficMirrorTargetId: sensor });
    expect(told(after.TrafficMirrorSessionId)).toEqual([
      expect.objectContaining({
        action: 'session.create',
        outcome: 'done',
        reason: 'session-missing',
        trigger: 'api-call',
        principal: person,
      }),
    ]);
  });

  test.each([
    // From EC2 alone nobody can tell whether the session left the pool or the target did.
    ['the target', 'target-left-pool', () => ({ TrafficMirrorTargetId: elsewhere })],
    ['the number', 'drift', () => ({ SessionNumber: 700 })],
    ['the packet length', 'drift', () => ({ PacketLength: 64 })],
    ['number and length', 'drift', () => ({ SessionNumber: 1, PacketLength: 1_000 })],
  ])('changed by %s is changed back, and the trail names them', async (_what, reason, change) => {
    const before = await mirrored(service, source.eni);
    const id = before.TrafficMirrorSessionId ?? '';
    const toldBefore = told(id).length;
    await service.user.modifySession(id, change());
    await service.quiet();
    expect(await mirrored(service, source.eni)).toEqual(before);
    const [line, ...more] = told(id).slice(toldBefore);
    expect(line).toMatchObject({
      action: 'session.modify',
      outcome: 'done',
      reason,
      trigger: 'api-call',
      principal: person,
      instanceId: source.id,
    });
    expect(more).toEqual([]);
  });

  test('moved to another filter is moved back', async () => {
    const before = await mirrored(service, source.eni);
    const foreign = await service.user.foreignFilter();
    await service.user.modifySession(before.TrafficMirrorSessionId ?? '', { TrafficMirrorFilterId: foreign });
    await service.quiet();
    expect(await mirrored(service, source.eni)).toEqual(before);
    expect(told(before.TrafficMirrorSessionId).at(-1)).toMatchObject({
      reason: 'drift',
      principal: person,
      before: { filter: foreign },
      after: { filter: before.TrafficMirrorFilterId },
    });
  });

  test('changed unheard is changed back by the sweep', async () => {
    const before = await mirrored(service, source.eni);
    await unheard(() => service.user.modifySession(before.TrafficMirrorSessionId ?? '', { SessionNumber: 3 }));
    await service.sweep();
    expect(await mirrored(service, source.eni)).toEqual(before);
    expect(told(before.TrafficMirrorSessionId).at(-1)).toMatchObject({ reason: 'drift', trigger: 'sweep-requested' });
  });

  test('deleted while the service was about to counts as deleted', async () => {
    const { id, eni } = await launchOne(service, { mirror: 'true' });
    const session = await mirrored(service, eni);
    const sessionId = session.TrafficMirrorSessionId ?? '';
    const held = service.emulator.ec2.controls.hang({ action: 'DeleteTrafficMirrorSession', delayMs: 400 });
    await service.user.untag(id, 'mirror');
    await until('the call of the service', async () => (held.remaining() === 0 ? true : undefined));
    await service.user.deleteSession(sessionId);
    await service.quiet();
    expect(await sessionsOn(service, eni)).toEqual([]);
    expect(
      service
        .calls()
        .filter((call) => call.action === 'DeleteTrafficMirrorSession')
        .at(-1)?.outcome,
    ).not.toBe('ok');
    expect(told(sessionId).at(-1)).toMatchObject({ action: 'session.delete', outcome: 'done', reason: 'no-rule-matched' });
  });
});

describe('a filter of ours that somebody', () => {
  test.each([
    ['added a rule to', addRule],
    ['took a rule from', deleteRule],
  ])('%s is replaced by a fresh one, and no session is missing meanwhile', async (_what, change) => {
    const sources = await launch(service, 3, { mirror: 'true' });
    for (const { eni } of sources) await mirrored(service, eni);
    await service.quiet();
    const before = await service.user.sessions();
    const old = await theFilter();
    service.emulator.ec2.calls.reset();

    await change(old);
    await service.quiet();
    const fresh = await theFilter();
    expect(fresh.TrafficMirrorFilterId).not.toBe(old.TrafficMirrorFilterId);
    expect(contentOf(fresh)).toEqual(contentOf(old));
    expect(await service.user.sessions()).toEqual(
      before.map((session) => ({ ...session, TrafficMirrorFilterId: fresh.TrafficMirrorFilterId })),
    );
    const done = service.calls().filter((call) => call.mutating);
    expect(done.map(({ action }) => action)).not.toContain('DeleteTrafficMirrorSession');
    expect(done.every(({ outcome }) => outcome === 'ok')).toBe(true);
    expect(service.trail()).toContainEqual(
      expect.objectContaining({ action: 'filter.delete', outcome: 'done', filterId: old.TrafficMirrorFilterId }),
    );
  });

  /** The one filter of ours. */
  async function theFilter(): Promise<TrafficMirrorFilter> {
    const ours = (await service.user.filters()).filter((filter) => tagOf(filter, 'automirror:owner') === 'automirror-dev');
    const [filter, ...more] = ours;
    if (filter === undefined || more.length > 0) throw new Error(`${ours.length} filters of ours`);
    return filter;
  }

  async function addRule({ TrafficMirrorFilterId }: TrafficMirrorFilter): Promise<void> {
    await service.ec2.send(
      new CreateTrafficMirrorFilterRuleCommand({
        TrafficMirrorFilterId,
        TrafficDirection: 'ingress',
        RuleNumber: 32_766,
        RuleAction: 'reject',
        SourceCidrBlock: '10.0.0.0/8',
        DestinationCidrBlock: '0.0.0.0/0',
      }),
    );
  }

  async function deleteRule({ IngressFilterRules: [rule] = [] }: TrafficMirrorFilter): Promise<void> {
    await service.ec2.send(
      new DeleteTrafficMirrorFilterRuleCommand({ TrafficMirrorFilterRuleId: rule?.TrafficMirrorFilterRuleId }),
    );
  }

  function contentOf({ IngressFilterRules = [], EgressFilterRules = [], NetworkServices }: TrafficMirrorFilter) {
    return {
      NetworkServices,
      rules: [...IngressFilterRules, ...EgressFilterRules].map(
        ({ TrafficMirrorFilterRuleId: _id, TrafficMirrorFilterId: _filter, ...rule }) => rule,
      ),
    };
  }
});

describe('events that come twice or in another order', () => {
  test('end in the same sessions, none of them twice', async () => {
    const { delivery } = service.emulator.events;
    delivery.duplicateShare = 1;
    delivery.reorderMs = 400;
    try {
      const sources = await launch(service, 6, {});
      for (const { id } of sources) {
        await service.user.tag(id, { mirror: 'true' });
        await service.user.untag(id, 'mirror');
        await service.user.tag(id, { mirror: 'true', 'mirror-packet-length': '100' });
      }
      const [first, second] = sources;
      if (first === undefined || second === undefined) throw new Error('no instances');
      await service.user.untag(first.id, 'mirror');
      await service.user.terminate([second.id]);
      const lasting = sources.slice(2);
      for (const { eni } of lasting) await mirrored(service, eni);
      await notMirrored(service, first.eni);
      await notMirrored(service, second.eni);
      // The last of the disordered deliveries are still under way.
      await new Promise((resolve) => setTimeout(resolve, delivery.reorderMs + 100));
      await service.quiet();
      for (const { eni } of lasting) expect(await sessionsOn(service, eni)).toMatchObject([{ PacketLength: 100 }]);
      expect(await sessionsOn(service, first.eni)).toEqual([]);
      expect(await sessionsOn(service, second.eni)).toEqual([]);
    } finally {
      delivery.duplicateShare = 0;
      delivery.reorderMs = 0;
    }
  });

  test('that the queue took for different ones make no second session', async () => {
    const { id, eni } = await unheard(() => launchOne(service, { mirror: 'true' }));
    const queue = service.queue('reconcile.fifo');
    for (let copy = 0; copy < 12; copy += 1) {
      queue.send({ groupId: 'reconcile', deduplicationId: `copy-${copy}`, body: stateEvent(id) });
    }
    await mirrored(service, eni);
    await service.quiet();
    expect(await sessionsOn(service, eni)).toHaveLength(1);
    const created = service.records().filter((line) => line.action === 'session.create' && line.eniId === eni);
    expect(created).toHaveLength(1);
  });

  function stateEvent(id: string): string {
    return JSON.stringify({
      id: 'f3a1',
      source: 'aws.ec2',
      'detail-type': 'EC2 Instance State-change Notification',
      detail: { 'instance-id': id, state: 'running' },
    });
  }
});
