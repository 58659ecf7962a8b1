import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { instanceId, primaryInterface } from '../../src/demo/user.ts';
import { Operator } from '../support/scenario/operator.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

// A command waits for the service, which waits for a process of its own to start.
vi.setConfig({ testTimeout: 60_000 });

let service: RunningService;
let operator: Operator;
beforeEach(async () => {
  service = await runService();
  operator = await Operator.beside(service);
  const [sensor] = await service.user.launch(1, 'eu-west-1a', 'c5.large', { Name: 'sensor' });
  await service.user.target(sensor === undefined ? '' : primaryInterface(sensor), { 'automirror:target': 'default' });
});
afterEach(async () => {
  await operator.leave();
  await service.stop();
});

async function launch(tags: Readonly<Record<string, string>> = { Name: 'web' }) {
  const [web] = await service.user.launch(1, 'eu-west-1a', 'm5.large', tags);
  if (web === undefined) throw new Error('no instance');
  return { id: instanceId(web), eni: primaryInterface(web) };
}

test('start shows the sessions that the service has made, and stop waits until they are gone', async () => {
  const web = await launch();
  const started = await operator.type(['start', web.id, '--reason', 'INC-1']);
  expect(started).toMatchObject({ code: 0, err: '' });
  const [session] = await service.user.sessions();
  expect(started.out).toContain(`\n${session?.TrafficMirrorSessionId} on ${web.eni} to ${session?.TrafficMirrorTargetId}, `);

  const again = JSON.parse((await operator.type(['start', web.id, '--json'])).out);
  expect(again).toMatchObject({ start: 1, outcome: 'mirrored', sessions: [{ id: session?.TrafficMirrorSessionId }] });

  expect(await operator.type(['stop', web.id])).toMatchObject({ code: 0, out: `${web.id}: took away mirror, mirror-reason\n` });
  expect(await service.user.sessions()).toEqual([]);
});

test('start waits for a session as it is asked for, not for any session', async () => {
  const web = await launch({ mirror: 'true' });
  await service.user.expectSessions('a session', (sessions) => sessions.length === 1);
  const { code, out } = await operator.type(['start', web.id, '--packet-length', '96', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(out).sessions).toMatchObject([{ packetLength: 96 }]);
});

test('start tells the refusal of a service that has another policy, by the trail', async () => {
  await service.redeploy(
    'never: [{ tag: { Name: web } }]\nrules: [{ name: opt-in, match: { tag: { mirror: "true" } }, sessions: [{ target: other, filter: all-traffic }] }]\ntargets: { other: {} }\n',
  );
  const db = await launch({ Name: 'db' });
  const { code, err } = await operator.type(['start', db.id]);
  expect(code).toBe(1);
  expect(err).toMatch(/^refused: pool-empty: pool "other" has no member/);
  expect(err).toContain(`The tags stay; automirror stop ${db.id} takes them away.`);
});

test('start tells a change that failed, when the time is up', async () => {
  const web = await launch();
  service.emulator.ec2.controls.fail({
    action: 'CreateTrafficMirrorSession',
    times: 99,
    error: { code: 'TrafficMirrorSessionLimitExceeded', message: 'Enough.', status: 400 },
  });
  const { code, err } = await operator.type(['start', web.id, '--wait', '3s']);
  expect(code).toBe(1);
  expect(err).toMatch(/^unsettled: quota: .*Enough\./);
});
