import { afterAll, beforeAll, expect, test } from 'vitest';
import { addSensor, launch, type Source, tagOf } from '../support/scenario/fleet.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

const policy = (port: number) => `filters: { all-traffic: { ingress: [{ accept: tcp, destinationPorts: ${port} }] } }`;

let service: RunningService;
let sources: readonly Source[];

beforeAll(async () => {
  service = await runService({ policy: policy(80) });
  for (let n = 0; n < 2; n += 1) await addSensor(service);
  sources = await launch(service, 100, { mirror: 'true' });
  await service.quiet();
  await service.sweep();
}, 60_000);

afterAll(() => service.stop());

test('moves a hundred sessions to a changed filter, none of them ever without a whole one', async () => {
  const before = await service.user.sessions();
  expect(before).toHaveLength(100);
  const [old] = new Set(before.map(({ TrafficMirrorFilterId }) => TrafficMirrorFilterId));
  service.emulator.ec2.calls.reset();
  await service.redeploy(policy(443));
  await service.quiet();
  await service.sweep();

  const after = await service.user.sessions();
  expect(after.map(({ TrafficMirrorSessionId = '' }) => TrafficMirrorSessionId).sort()).toEqual(
    before.map(({ TrafficMirrorSessionId = '' }) => TrafficMirrorSessionId).sort(),
  );
  const filters = await service.user.filters();
  const [filter] = new Set(after.map(({ TrafficMirrorFilterId }) => TrafficMirrorFilterId));
  expect(filters.map(({ TrafficMirrorFilterId }) => TrafficMirrorFilterId)).toEqual([filter]);
  expect(filter).not.toBe(old);
  expect(filters[0]?.IngressFilterRules?.map(({ DestinationPortRange }) => DestinationPortRange)).toEqual([
    { FromPort: 443, ToPort: 443 },
    { FromPort: 443, ToPort: 443 },
  ]);

  // In EC2's order: the filter and all its rules, then the sessions, then the end of the old one. No session is deleted.
  const changes = service
    .calls()
    .map(({ action }) => action)
    .filter((action) => !action.startsWith('Describe') && action !== 'CreateTags');
  const first = (action: string) => changes.indexOf(action);
  const last = (action: string) => changes.lastIndexOf(action);
  expect(first('CreateTrafficMirrorFilter')).toBe(0);
  expect(last('CreateTrafficMirrorFilterRule')).toBeLessThan(first('ModifyTrafficMirrorSession'));
  expect(changes.filter((action) => action === 'ModifyTrafficMirrorSession')).toHaveLength(100);
  expect(last('ModifyTrafficMirrorSession')).toBeLessThan(first('DeleteTrafficMirrorFilter'));
  expect(changes).not.toContain('DeleteTrafficMirrorSession');
  expect(tagOf(after[0] ?? {}, 'automirror:owner')).toBe('automirror-dev');
  expect(sources).toHaveLength(100);
}, 60_000);
