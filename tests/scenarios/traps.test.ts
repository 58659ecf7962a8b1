import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTrafficMirrorTargetCommand, CreateVpcEndpointCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../src/demo/user.ts';
import { packageService } from '../../src/packaging/package-service.ts';
import {
  addSensor,
  launch,
  launchOne,
  mirrored,
  notMirrored,
  refusalOf,
  type Source,
  sessionsOn,
} from '../support/scenario/fleet.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

const policy = `
version: 1
targets:
  default: {}
  balanced: {}
  endpoint: {}
  narrow: {}
  shared: {}
  leaving: {}
never:
  - tag: { pci: "true" }
rules:
  - name: last-number
    match: { tag: { numbered: "32766" } }
    sessions: [{ target: default, filter: all-traffic, sessionNumber: 32766 }]
  - name: opt-in
    match: { tag: { mirror: "true" } }
    sessions: [{ target: default, filter: all-traffic }]
    tagOverrides: [target]
`;

const nlb = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/ids/0123456789abcdef';
const neighbourAccount = '444455556666';

let service: RunningService;
let sensor: string;

beforeAll(async () => {
  service = await runService({ policy });
  sensor = await addSensor(service);
});

afterAll(() => service?.stop());

async function addTarget(
  pool: string,
  destination: { NetworkLoadBalancerArn: string } | { GatewayLoadBalancerEndpointId: string },
) {
  const { TrafficMirrorTarget } = await service.ec2.send(
    new CreateTrafficMirrorTargetCommand({
      ...destination,
      TagSpecifications: [{ ResourceType: 'traffic-mirror-target', Tags: [{ Key: 'automirror:target', Value: pool }] }],
    }),
  );
  return TrafficMirrorTarget?.TrafficMirrorTargetId ?? '';
}

/** Waits until the service has refused an instance. */
function refused({ id }: Source): Promise<string> {
  return until(`a refusal of ${id}`, async () => refusalOf(service, id));
}

function emitReconcile(ids: readonly string[]): void {
  service.emit('automirror', 'Reconcile Requested', { owner: service.stack.outputs.Owner, instanceIds: ids });
}

describe('what broke older tools', () => {
  test('a batch launch in one reservation: all twenty are mirrored, to a Network Load Balancer', async () => {
    const balancer = await addTarget('balanced', { NetworkLoadBalancerArn: nlb });
    const sources = await launch(service, 20, { mirror: 'true', 'mirror-target': 'balanced' });
    const enis = new Set(sources.map(({ eni }) => eni));
    const sessions = await service.user.expectSessions(
      'twenty sessions',
      (found) => found.filter(({ NetworkInterfaceId = '' }) => enis.has(NetworkInterfaceId)).length === 20,
    );
    const theirs = sessions.filter(({ NetworkInterfaceId = '' }) => enis.has(NetworkInterfaceId));
    expect(new Set(theirs.map((session) => session.NetworkInterfaceId))).toEqual(enis);
    expect(theirs.every((session) => session.TrafficMirrorTargetId === balancer)).toBe(true);
    // EC2 gives such sessions 8,500 bytes: that is no drift.
    service.emulator.ec2.calls.reset();
    await service.sweep();
    expect(service.calls().filter((call) => call.mutating)).toEqual([]);
  });

  test('a Gateway Load Balancer endpoint as the target', async () => {
    const { VpcEndpoint } = await service.ec2.send(
      new CreateVpcEndpointCommand({
        VpcEndpointType: 'GatewayLoadBalancer',
        VpcId: service.emulator.ec2.network?.vpcId,
        ServiceName: 'com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0',
        SubnetIds: [await service.user.subnet('eu-west-1a')],
      }),
    );
    const endpoint = await addTarget('endpoint', { GatewayLoadBalancerEndpointId: VpcEndpoint?.VpcEndpointId ?? '' });
    const sources = await launch(service, 11, { mirror: 'true', 'mirror-target': 'endpoint' }, { zone: 'eu-west-1b' });
    for (const { eni } of sources) expect((await mirrored(service, eni)).TrafficMirrorTargetId).toBe(endpoint);
  });

  test('an empty page with a token: what follows it is seen', async () => {
    const { settings } = service.emulator.ec2.controls;
    const before = await mirroredByUs();
    settings.emptyPage = 1;
    try {
      await service.sweep();
      expect(await mirroredByUs()).toEqual(before);
      const { id, eni } = await launchOne(service, { mirror: 'true' });
      await mirrored(service, eni);
      await service.user.untag(id, 'mirror');
      await notMirrored(service, eni);
    } finally {
      settings.emptyPage = 0;
    }
  });

  test('a terminated instance, which has no interface, in a list: its neighbours are served', async () => {
    const gone = await launchOne(service, { mirror: 'true' });
    await mirrored(service, gone.eni);
    await service.user.terminate([gone.id]);
    await notMirrored(service, gone.eni);
    const [source] = await unheard(() => launch(service, 1, { mirror: 'true' }));
    emitReconcile([gone.id, 'i-0123456789abcdef0', source?.id ?? '']);
    await mirrored(service, source?.eni ?? '');
    await service.quiet();
    await service.sweep();
    expect(service.records().filter((line) => line.instanceId === gone.id && line.outcome === 'failed')).toEqual([]);
    expect(service.records()).toContainEqual(
      expect.objectContaining({ action: 'instance.skip', instanceId: gone.id, reason: 'instance-terminated' }),
    );
  });

  test('an instance without tags: it is left alone, and its neighbour is served', async () => {
    const bare = await launchOne(service, {});
    const [source] = await unheard(() => launch(service, 1, { mirror: 'true' }));
    emitReconcile([bare.id, source?.id ?? '']);
    await mirrored(service, source?.eni ?? '');
    expect(await sessionsOn(service, bare.eni)).toEqual([]);
  });

  test('both Mirror and mirror on one instance: refused where they disagree, mirrored where they agree', async () => {
    const split = await launchOne(service, { Mirror: 'true', mirror: 'false' });
    const agreed = await launchOne(service, { Mirror: 'true', mirror: 'TRUE' });
    expect(await refused(split)).toBe('tag-conflict');
    await mirrored(service, agreed.eni);
    await service.quiet();
    expect(await sessionsOn(service, split.eni)).toEqual([]);
  });

  test('TRUE: case does not count', async () => {
    const { eni } = await launchOne(service, { MIRROR: 'TRUE' });
    await mirrored(service, eni);
  });

  test('a tag that names a target nobody knows: refused, for whoever can tag must not choose where traffic goes', async () => {
    const source = await launchOne(service, { mirror: 'true', 'mirror-target': 'tmt-0123456789abcdef0' });
    expect(await refused(source)).toBe('target-not-allowed');
    const outside = await service.user.target((await launchOne(service, {})).eni, { Name: 'in no pool' });
    const other = await launchOne(service, { mirror: 'true', 'mirror-target': outside });
    expect(await refused(other)).toBe('target-not-allowed');
    expect(await sessionsOn(service, source.eni)).toEqual([]);
    expect(await sessionsOn(service, other.eni)).toEqual([]);
  });

  test("somebody's session to a target that is no longer there: ours stands beside it", async () => {
    const { controls } = service.emulator.ec2;
    const theirs = controls.addSharedTarget({ ownerId: neighbourAccount });
    const source = await launchOne(service, {});
    const foreign = await service.user.foreignSession(source.eni, theirs, 10);
    controls.removeSharedTarget(theirs);
    await service.user.tag(source.id, { mirror: 'true' });
    await until('two sessions', async () => ((await sessionsOn(service, source.eni)).length === 2 ? true : undefined));
    await service.user.untag(source.id, 'mirror');
    expect((await mirrored(service, source.eni)).TrafficMirrorSessionId).toBe(foreign);
  });

  test('a target shared from another account: sessions go there, and move on when it is shared no longer', async () => {
    const { controls } = service.emulator.ec2;
    const shared = controls.addSharedTarget({ ownerId: neighbourAccount, tags: { 'automirror:target': 'shared' } });
    const source = await launchOne(service, { mirror: 'true', 'mirror-target': 'shared' });
    const session = await mirrored(service, source.eni);
    expect(session.TrafficMirrorTargetId).toBe(shared);
    const ours = await addSensor(service, 'shared');
    controls.removeSharedTarget(shared);
    await service.sweep();
    expect(await mirrored(service, source.eni)).toMatchObject({
      TrafficMirrorSessionId: session.TrafficMirrorSessionId,
      TrafficMirrorTargetId: ours,
    });
    await service.quiet();
    expect(service.trail().findLast((line) => line.sessionId === session.TrafficMirrorSessionId)).toMatchObject({
      action: 'session.modify',
      reason: 'target-left-pool',
    });
  });

  test('session numbers with gaps: the nearest free one is taken, and nobody is moved', async () => {
    const source = await launchOne(service, {});
    for (const number of [10, 12]) await service.user.foreignSession(source.eni, sensor, number);
    await service.user.tag(source.id, { mirror: 'true' });
    await until('ours', async () => ((await sessionsOn(service, source.eni)).length === 3 ? true : undefined));
    expect(await numbersOn(source)).toEqual([10, 11, 12]);
  });

  test('session number 32,766, the last: a free one before it is taken', async () => {
    const first = await launchOne(service, { numbered: '32766' });
    expect((await mirrored(service, first.eni)).SessionNumber).toBe(32_766);
    const second = await launchOne(service, {});
    await service.user.foreignSession(second.eni, sensor, 32_766);
    await service.user.tag(second.id, { numbered: '32766' });
    await until('ours', async () => ((await sessionsOn(service, second.eni)).length === 2 ? true : undefined));
    expect(await numbersOn(second)).toEqual([32_765, 32_766]);
    const third = await launchOne(service, {});
    for (const number of [1, 32_766]) await service.user.foreignSession(third.eni, sensor, number);
    await service.user.tag(third.id, { mirror: 'true' });
    await until('ours', async () => ((await sessionsOn(service, third.eni)).length === 3 ? true : undefined));
    expect(await numbersOn(third)).toEqual([1, 10, 32_766]);
  });

  test('an unsupported type among many: it is refused, by the table or by EC2, and the others are mirrored', async () => {
    const never = await launchOne(service, { mirror: 'true' }, { type: 't2.micro' });
    const unlisted = await launchOne(service, { mirror: 'true' }, { type: 'm8i.large' });
    const many = await launch(service, 3, { mirror: 'true' });
    for (const { eni } of many) await mirrored(service, eni);
    expect(await refused(never)).toBe('instance-type-unsupported');
    expect(await refused(unlisted)).toBe('instance-type-unsupported');
    expect(creates('NetworkInterfaceNotSupported')).toBe(1);
    // The next one of that type is refused without asking EC2 again.
    const next = await launchOne(service, { mirror: 'true' }, { type: 'm8i.large' });
    expect(await refused(next)).toBe('instance-type-unsupported');
    await service.sweep();
    expect(creates('NetworkInterfaceNotSupported')).toBe(1);
    for (const { eni } of [never, unlisted, next]) expect(await sessionsOn(service, eni)).toEqual([]);
  });

  test('one bad interface among many: its failure is told, the others are mirrored, and the sweep tries it again', async () => {
    const sources = await unheard(() => launch(service, 5, { mirror: 'true' }));
    const [bad, ...good] = sources;
    if (bad === undefined) throw new Error('no instance');
    service.emulator.ec2.controls.fail({
      action: 'CreateTrafficMirrorSession',
      where: { NetworkInterfaceId: bad.eni },
      error: { code: 'InvalidParameterValue', message: 'a bad interface' },
    });
    emitReconcile(sources.map(({ id }) => id));
    for (const { eni } of good) await mirrored(service, eni);
    await service.quiet();
    expect(await sessionsOn(service, bad.eni)).toEqual([]);
    expect(service.trail()).toContainEqual(
      expect.objectContaining({
        action: 'session.create',
        outcome: 'failed',
        instanceId: bad.id,
        reason: 'api-error',
        errorCode: 'InvalidParameterValue',
      }),
    );
    await service.sweep();
    await mirrored(service, bad.eni);
  });

  test('a target full at exactly ten, whoever fills it: the eleventh is refused, until there is a second target', async () => {
    const first = await addSensor(service, 'narrow', { type: 'c5.large' });
    const theirs = await launchOne(service, {});
    await service.user.foreignSession(theirs.eni, first, 1);
    service.emulator.ec2.controls.addForeignSession({ ownerId: neighbourAccount, trafficMirrorTargetId: first });
    const eight = await launch(service, 8, { mirror: 'true', 'mirror-target': 'narrow' });
    for (const { eni } of eight) expect((await mirrored(service, eni)).TrafficMirrorTargetId).toBe(first);
    const eleventh = await launchOne(service, { mirror: 'true', 'mirror-target': 'narrow' });
    expect(await refused(eleventh)).toBe('pool-full');
    expect(await sessionsOn(service, eleventh.eni)).toEqual([]);
    expect(creates('TrafficMirrorSourcesPerTargetLimitExceeded')).toBe(0);
    const second = await addSensor(service, 'narrow', { type: 'c5.large' });
    expect((await mirrored(service, eleventh.eni)).TrafficMirrorTargetId).toBe(second);
    for (const { eni } of eight) expect((await mirrored(service, eni)).TrafficMirrorTargetId).toBe(first);
  });

  test('a sensor that is tagged itself: a target is no source', async () => {
    const source = await launchOne(service, { mirror: 'true' });
    await mirrored(service, source.eni);
    const ids = await launchOne(service, { Name: 'ids' });
    await service.user.target(ids.eni, { 'automirror:target': 'leaving' });
    await service.user.tag(ids.id, { mirror: 'true' });
    expect(await refused(ids)).toBe('interface-is-target');
    expect(await sessionsOn(service, ids.eni)).toEqual([]);
  });

  test('an instance on the never list: not mirrored, whatever its tags say', async () => {
    const source = await launchOne(service, { mirror: 'true', PCI: 'True' });
    await service.quiet();
    expect(await sessionsOn(service, source.eni)).toEqual([]);
    expect(service.records()).toContainEqual(
      expect.objectContaining({ action: 'instance.skip', instanceId: source.id, reason: 'never-mirrored' }),
    );
    await service.user.untag(source.id, 'PCI');
    await mirrored(service, source.eni);
    await service.user.tag(source.id, { pci: 'true' });
    await notMirrored(service, source.eni);
  });

  async function mirroredByUs() {
    return (await service.user.sessions()).filter((session) => session.Tags?.some((tag) => tag.Key === 'automirror:owner'));
  }

  async function numbersOn({ eni }: Source) {
    return (await sessionsOn(service, eni)).map((session) => session.SessionNumber ?? 0).sort((a, b) => a - b);
  }

  /** How many creates of the function EC2 has answered so. */
  function creates(outcome: string): number {
    return service.emulator.ec2.calls.count({ action: 'CreateTrafficMirrorSession', callerKind: 'role', outcome });
  }

  /** Runs something of which no event arrives. */
  async function unheard<T>(run: () => Promise<T>): Promise<T> {
    const { delivery } = service.emulator.events;
    delivery.lossShare = 1;
    try {
      return await run();
    } finally {
      delivery.lossShare = 0;
    }
  }
});

test('an account with no targets: everything is refused with the reason, and served when a target comes', async () => {
  const empty = await runService();
  try {
    const source = await launchOne(empty, { mirror: 'true' });
    await until('a refusal', async () => (refusalOf(empty, source.id) === 'pool-empty' ? true : undefined));
    await empty.sweep();
    expect(await empty.user.sessions()).toEqual([]);
    expect(await empty.user.filters()).toEqual([]);
    const target = await addSensor(empty);
    expect((await mirrored(empty, source.eni)).TrafficMirrorTargetId).toBe(target);
  } finally {
    await empty.stop();
  }
});

test('a rule of the key alone: any value selects, an empty one too, and a missing key does not', async () => {
  const keyed = await runService({
    policy: `
version: 1
rules:
  - { name: key-only, match: { tag: { mirror: "*" } }, sessions: [{ target: default, filter: all-traffic }] }
`,
  });
  try {
    await addSensor(keyed);
    const values = ['', 'anything', 'true'];
    for (const value of values) await mirrored(keyed, (await launchOne(keyed, { Mirror: value })).eni);
    await launchOne(keyed, { mirrored: 'true' });
    await launchOne(keyed, {});
    await keyed.quiet();
    expect(await keyed.user.sessions()).toHaveLength(values.length);
  } finally {
    await keyed.stop();
  }
});

test.each([
  ['a map where a list is due', 'version: 1\nnever: { tag: { pci: "true" } }\n', 'policy.yml:2:8'],
  ['text where a list is due', 'version: 1\nnever: pci\n', 'policy.yml:2:8'],
  ['an entry without a selector', 'version: 1\nnever:\n  - {}\n', 'policy.yml:3:5'],
  ['an entry with an unknown selector', 'version: 1\nnever:\n  - tags: { pci: "true" }\n', 'policy.yml:3:5'],
  ['a selector without a value', 'version: 1\nnever:\n  - tag:\n', 'policy.yml:3:'],
])('a malformed deny list (%s): packaging refuses the policy and names the place', async (_what, text, place) => {
  const folder = await mkdtemp(join(tmpdir(), 'automirror-scenario-'));
  try {
    await writeFile(join(folder, 'policy.yml'), text);
    const result = await packageService({ root: folder, policyFile: 'policy.yml', outDir: join(folder, 'out') });
    expect(result).toEqual({ refused: expect.stringContaining(place) });
    expect(result).toEqual({ refused: expect.stringContaining('never') });
    expect(await readdir(folder)).toEqual(['policy.yml']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
