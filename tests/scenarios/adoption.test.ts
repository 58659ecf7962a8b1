import { afterEach, expect, test, vi } from 'vitest';
import { primaryInterface } from '../../src/demo/user.ts';
import { Operator } from '../support/scenario/operator.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

// A command waits for the service, which waits for a process of its own to start.
vi.setConfig({ testTimeout: 60_000 });

let service: RunningService;
let operator: Operator;
afterEach(async () => {
  await operator.leave();
  await service.stop();
});

test('an interface full of another tool’s sessions is served by one of them once it is adopted, and the others stay as they are', async () => {
  service = await runService();
  operator = await Operator.beside(service);
  const [sensor, web] = await service.user.launch(2, 'eu-west-1a', 'm5.large', {});
  if (sensor === undefined || web === undefined) throw new Error('no instances');
  const eni = primaryInterface(web);
  const target = await service.user.target(primaryInterface(sensor), { 'automirror:target': 'default' });
  const theirs = await Promise.all([100, 101, 102].map((number) => service.user.foreignSession(eni, target, number)));
  await service.user.tag(web.InstanceId ?? '', { mirror: 'true' });
  await service.quiet();
  expect(service.trail().filter(({ reason }) => reason === 'interface-full')).not.toEqual([]);

  const { code, out } = await operator.type(['migrate', 'adopt', '--yes']);
  expect(out).toContain(`  + session ${theirs[0]} on ${eni}`);
  expect(code).toBe(0);
  await operator.type(['sweep']);
  await service.quiet();

  const sessions = await service.user.sessions();
  expect(sessions.map(({ TrafficMirrorSessionId: id, SessionNumber }) => [id, SessionNumber])).toEqual(
    expect.arrayContaining([
      [theirs[0], 10],
      [theirs[1], 101],
      [theirs[2], 102],
    ]),
  );
  expect(sessions).toHaveLength(3);
  expect(service.trail().filter(({ sessionId }) => sessionId === theirs[0])).toMatchObject([
    { action: 'session.modify', reason: 'adopted', trigger: 'command-line' },
    { action: 'session.modify', reason: 'settings-changed' },
  ]);
  expect((await operator.type(['audit', 'verify'])).out).toContain('Every session is accounted for.');
});
