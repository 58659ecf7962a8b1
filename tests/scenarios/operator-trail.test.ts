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

test('the trail that the service writes accounts for every session, also for those that others have ended', {
  timeout: 30_000,
}, async () => {
  const webs = await service.user.launch(3, 'eu-west-1a', 'm5.large', { mirror: 'true' });
  const [kept, damaged, ended] = webs;
  if (kept === undefined || damaged === undefined || ended === undefined) throw new Error('no instances');
  const sessions = await service.user.expectSessions('a session each', (all) => all.length === 3);
  const victim = sessions.find(({ NetworkInterfaceId }) => NetworkInterfaceId === primaryInterface(damaged));
  await service.user.deleteSession(victim?.TrafficMirrorSessionId ?? '');
  await service.user.expectSessions('it is put back', (all) => all.length === 3);
  await service.user.terminate([instanceId(ended)]);
  await service.user.expectSessions('one less', (all) => all.length === 2);
  await service.quiet();
  const { code, out, err } = await operator.type(['audit', 'verify', '--json']);
  expect([code, err]).toEqual([0, '']);
  const { equal, sessions: counts, missing, extra } = JSON.parse(out);
  expect({ equal, counts, extra }).toEqual({ equal: true, counts: { byTrail: 2, inEc2: 2 }, extra: [] });
  expect(missing).toContainEqual(expect.objectContaining({ sessionId: victim?.TrafficMirrorSessionId, why: 'replaced' }));
});

test('audit tells what the service has done, with the instance’s name', async () => {
  const [web] = await service.user.launch(1, 'eu-west-1a', 'm5.large', { Name: 'web', mirror: 'true' });
  await service.user.expectSessions('a session', (all) => all.length === 1);
  await service.quiet();
  const { out } = await operator.type(['audit', '--instance', instanceId(web ?? {}), '--since', '10m']);
  expect(out).toMatch(new RegExp(`\\+ session\\.create {2}web \\(${instanceId(web ?? {})}\\) eni-`));
});

test('what the packaged function is about to do stands in its log before EC2 is asked, for the day on which it dies over it', async () => {
  const [web] = await service.user.launch(1, 'eu-west-1a', 'm5.large', { mirror: 'true' });
  const [session] = await service.user.expectSessions('a session', (all) => all.length === 1);
  await service.quiet();
  const lines = service.emulator.logs
    .read('/aws/lambda/automirror-dev-reconcile')
    .flatMap(({ message }) => (message.startsWith('{') ? [JSON.parse(message)] : []));
  const change = { action: 'session.create', eniId: primaryInterface(web ?? {}), slot: 0 };
  const intent = lines.findIndex(
    ({ intent, changes }) => intent === 1 && JSON.stringify(changes).includes(JSON.stringify(change)),
  );
  const record = lines.findIndex(({ audit, sessionId }) => audit === 1 && sessionId === session?.TrafficMirrorSessionId);
  expect(intent).toBeGreaterThanOrEqual(0);
  expect(record).toBeGreaterThan(intent);
  expect(lines[intent]).toMatchObject({ runId: lines[record].runId });
});
