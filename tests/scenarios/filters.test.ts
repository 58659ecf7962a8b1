import type { TrafficMirrorFilter, TrafficMirrorFilterRule } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../src/demo/user.ts';
import { addSensor, launch, launchOne, mirrored, notMirrored, tagOf } from '../support/scenario/fleet.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

const policy = `
version: 1
targets:
  default: {}
filters:
  web:
    networkServices: [amazon-dns]
    ingress:
      - { reject: all, source: 10.0.0.0/8, description: not from inside }
      - { accept: tcp, destinationPorts: [80, 443-444] }
    egress:
      - { accept: tcp, sourcePorts: 80 }
  resolver:
    egress: [{ accept: udp, destinationPorts: 53, destination: [192.0.2.0/24, "2001:db8::/32"] }]
  pings:
    ingress: [{ accept: icmp }, { accept: 47 }]
`;

/** The same, but web takes all of TCP and pings are no longer named. */
const changed = `
version: 1
targets:
  default: {}
filters:
  web:
    networkServices: [amazon-dns]
    ingress: [{ accept: tcp }]
    egress: [{ accept: tcp }]
  resolver:
    egress: [{ accept: udp, destinationPorts: 53, destination: [192.0.2.0/24, "2001:db8::/32"] }]
`;

let service: RunningService;

beforeAll(async () => {
  service = await runService({ policy });
  await addSensor(service);
});

afterAll(() => service.stop());

/** Our filters by the policy's name for them. */
async function filtersNamed(name: string): Promise<readonly TrafficMirrorFilter[]> {
  const filters = await service.user.filters();
  return filters.filter((filter) => tagOf(filter, 'automirror:owner') === 'automirror-dev' && tagOf(filter, 'Name') === name);
}

async function filterNamed(name: string): Promise<TrafficMirrorFilter> {
  const [filter, ...more] = await filtersNamed(name);
  if (filter === undefined || more.length > 0)
    throw new Error(`${more.length + (filter === undefined ? 0 : 1)} filters "${name}"`);
  return filter;
}

/** A rule as one line: number, action, protocol, and what it compares. */
function text(rule: TrafficMirrorFilterRule): string {
  const range = (ports: { FromPort?: number | undefined; ToPort?: number | undefined } | undefined) =>
    ports === undefined ? '*' : `${ports.FromPort}-${ports.ToPort}`;
  return [
    rule.RuleNumber,
    rule.RuleAction,
    rule.Protocol ?? 'all',
    `${rule.SourceCidrBlock}:${range(rule.SourcePortRange)}`,
    `${rule.DestinationCidrBlock}:${range(rule.DestinationPortRange)}`,
  ].join(' ');
}

function content({ NetworkServices = [], IngressFilterRules = [], EgressFilterRules = [] }: TrafficMirrorFilter) {
  const lines = (rules: readonly TrafficMirrorFilterRule[]) =>
    [...rules].sort((a, b) => (a.RuleNumber ?? 0) - (b.RuleNumber ?? 0)).map(text);
  return { services: NetworkServices, ingress: lines(IngressFilterRules), egress: lines(EgressFilterRules) };
}

test('makes no filter before somebody needs it', async () => {
  await launchOne(service, {});
  await service.sweep();
  expect(await service.user.filters()).toEqual([]);
});

test('makes a filter with the rules in the order that they are written', async () => {
  const { eni } = await launchOne(service, { mirror: 'true', 'mirror-filter': 'web' });
  const session = await mirrored(service, eni);
  const web = await filterNamed('web');
  expect(session.TrafficMirrorFilterId).toBe(web.TrafficMirrorFilterId);
  expect(content(web)).toEqual({
    egress: ['1 accept 6 0.0.0.0/0:80-80 0.0.0.0/0:*', '2 accept 6 ::/0:80-80 ::/0:*'],
    ingress: [
      '1 reject all 10.0.0.0/8:* 0.0.0.0/0:*',
      '2 accept 6 0.0.0.0/0:* 0.0.0.0/0:80-80',
      '3 accept 6 0.0.0.0/0:* 0.0.0.0/0:443-444',
      '4 accept 6 ::/0:* ::/0:80-80',
      '5 accept 6 ::/0:* ::/0:443-444',
    ],
    services: ['amazon-dns'],
  });
});

test('writes both families of addresses, and every protocol', async () => {
  const { eni } = await launchOne(service, { mirror: 'true', 'mirror-filter': 'Resolver' });
  const other = await launchOne(service, { mirror: 'true', 'mirror-filter': 'pings' });
  await mirrored(service, eni);
  await mirrored(service, other.eni);
  expect(content(await filterNamed('resolver'))).toEqual({
    egress: ['1 accept 17 0.0.0.0/0:* 192.0.2.0/24:53-53', '2 accept 17 ::/0:* 2001:db8::/32:53-53'],
    ingress: [],
    services: [],
  });
  expect(content(await filterNamed('pings'))).toEqual({
    egress: [],
    ingress: [
      '1 accept 1 0.0.0.0/0:* 0.0.0.0/0:*',
      '2 accept 58 ::/0:* ::/0:*',
      '3 accept 47 0.0.0.0/0:* 0.0.0.0/0:*',
      '4 accept 47 ::/0:* ::/0:*',
    ],
    services: [],
  });
});

test('makes the built-in filter of everything', async () => {
  const { eni } = await launchOne(service, { mirror: 'true' });
  await mirrored(service, eni);
  expect(content(await filterNamed('all-traffic'))).toEqual({
    egress: ['1 accept all 0.0.0.0/0:* 0.0.0.0/0:*', '2 accept all ::/0:* ::/0:*'],
    ingress: ['1 accept all 0.0.0.0/0:* 0.0.0.0/0:*', '2 accept all ::/0:* ::/0:*'],
    services: ['amazon-dns'],
  });
});

test('has one filter for many sessions, and keeps it while the policy has it', async () => {
  const sources = await launch(service, 5, { mirror: 'true', 'mirror-filter': 'web' });
  const web = await filterNamed('web');
  for (const { eni } of sources) expect((await mirrored(service, eni)).TrafficMirrorFilterId).toBe(web.TrafficMirrorFilterId);
  const instances = service.emulator.ec2.world.instances();
  for (const { instanceId } of instances) await service.user.untag(instanceId, 'mirror');
  await service.user.expectSessions('none', (sessions) => sessions.length === 0);
  await service.sweep();
  const names = (await service.user.filters()).map((filter) => tagOf(filter, 'Name'));
  expect(names).toHaveLength(4);
  expect(new Set(names)).toEqual(new Set(['all-traffic', 'pings', 'resolver', 'web']));
  const again = await launchOne(service, { mirror: 'true', 'mirror-filter': 'web' });
  expect((await mirrored(service, again.eni)).TrafficMirrorFilterId).toBe(web.TrafficMirrorFilterId);
  await service.user.terminate([again.id]);
  await notMirrored(service, again.eni);
});

test('moves sessions over to the changed filter of a new policy, without one missing, and deletes what the policy no longer has', async () => {
  const sources = await launch(service, 3, { mirror: 'true', 'mirror-filter': 'web' });
  const kept = await launchOne(service, { mirror: 'true', 'mirror-filter': 'resolver' });
  for (const { eni } of [...sources, kept]) await mirrored(service, eni);
  const old = await filterNamed('web');
  const before = await service.user.sessions();
  await service.quiet();
  service.emulator.ec2.calls.reset();

  await service.redeploy(changed);
  await until('the old filters are gone', async () =>
    (await filtersNamed('pings')).length === 0 && (await filtersNamed('web')).length === 1 ? true : undefined,
  );
  const fresh = await filterNamed('web');
  expect(fresh.TrafficMirrorFilterId).not.toBe(old.TrafficMirrorFilterId);
  expect(content(fresh)).toEqual({
    egress: ['1 accept 6 0.0.0.0/0:* 0.0.0.0/0:*', '2 accept 6 ::/0:* ::/0:*'],
    ingress: ['1 accept 6 0.0.0.0/0:* 0.0.0.0/0:*', '2 accept 6 ::/0:* ::/0:*'],
    services: ['amazon-dns'],
  });

  const after = await service.user.sessions();
  const essence = (sessions: typeof before) =>
    sessions.map(({ TrafficMirrorSessionId, NetworkInterfaceId, SessionNumber, TrafficMirrorFilterId }) => ({
      TrafficMirrorSessionId,
      NetworkInterfaceId,
      SessionNumber,
      TrafficMirrorFilterId:
        TrafficMirrorFilterId === old.TrafficMirrorFilterId ? fresh.TrafficMirrorFilterId : TrafficMirrorFilterId,
    }));
  expect(essence(after)).toEqual(essence(before));
  expect(after.map((session) => session.TrafficMirrorFilterId)).not.toContain(old.TrafficMirrorFilterId);
  const actions = service.calls().map(({ action }) => action);
  expect(actions).not.toContain('DeleteTrafficMirrorSession');
  expect(actions).not.toContain('CreateTrafficMirrorSession');
  await service.quiet();
  expect(service.trail().filter((line) => line.action === 'session.modify')).toMatchObject(
    sources.map(() => ({ outcome: 'done', reason: 'settings-changed' })),
  );
});
