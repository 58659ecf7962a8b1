import { DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addSensor, launch, launchOne, mirrored, notMirrored, tagOf } from '../support/scenario/fleet.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

const policy = `
never: [{ tag: { Name: sensor } }]
rules:
  - name: networks
    match: { any: [{ vpcTag: { mirror: true } }, { subnetTag: { monitoring: full } }], not: { tag: { mirror: "false" } } }
`;

let service: RunningService;
let vpc: string;

beforeAll(async () => {
  service = await runService({ policy });
  await addSensor(service);
  const { Subnets = [] } = await service.ec2.send(new DescribeSubnetsCommand({}));
  vpc = Subnets[0]?.VpcId ?? '';
}, 30_000);

afterAll(() => service.stop());

test('mirrors all instances of a VPC once it is tagged, and none once it is not', async () => {
  const sources = await launch(service, 3, {});
  const leaving = await launchOne(service, { mirror: 'false' });
  await service.quiet();
  expect(await service.user.sessions()).toEqual([]);

  await service.user.tag(vpc, { Mirror: 'Yes' });
  for (const { eni } of sources) expect(tagOf(await mirrored(service, eni), 'automirror:rule')).toBe('networks');
  await service.quiet();
  await notMirrored(service, leaving.eni);

  // And one that comes later, which brings only its own events.
  const later = await launchOne(service, {});
  await mirrored(service, later.eni);

  await service.user.untag(vpc, 'Mirror');
  await service.user.expectSessions('none', (sessions) => sessions.length === 0);
  const deletions = service.records().filter(({ action }) => action === 'session.delete');
  expect(deletions.map(({ reason, trigger }) => `${reason} by ${trigger}`)).toEqual(
    Array.from({ length: 4 }, () => 'no-rule-matched by tag-change'),
  );
});

test('mirrors the instances of a tagged subnet, and those of its neighbours not', async () => {
  const inside = await launchOne(service, {}, { zone: 'eu-west-1a' });
  const outside = await launchOne(service, {}, { zone: 'eu-west-1b' });
  const subnet = await service.user.subnet('eu-west-1a');
  await service.user.tag(subnet, { monitoring: 'full' });
  await mirrored(service, inside.eni);
  await service.quiet();
  await notMirrored(service, outside.eni);
});

test('wakes for no tag of a network that the policy does not look at', async () => {
  await service.quiet();
  service.emulator.ec2.calls.reset();
  await service.user.tag(vpc, { 'cost-center': '42' });
  await service.quiet();
  expect(service.calls()).toEqual([]);
});

test('changes nothing while the tags of networks cannot be read', async () => {
  const before = (await service.user.sessions()).map((session) => session.TrafficMirrorSessionId);
  expect(before.length).toBeGreaterThan(0);
  service.emulator.ec2.controls.fail({ action: 'DescribeTags', error: { code: 'UnauthorizedOperation', status: 403 } });
  service.emit('automirror', 'Sweep Requested', { owner: service.stack.outputs.Owner });
  await service.user.expectSessions('as before', () => service.records().some(({ reason }) => reason === 'read-failed'));
  expect((await service.user.sessions()).map((session) => session.TrafficMirrorSessionId)).toEqual(before);
});
