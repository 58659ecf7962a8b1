import { afterEach, expect, test, vi } from 'vitest';
import { instanceId, primaryInterface } from '../../src/demo/user.ts';
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

/** No event tells of what is done by hand, so that it waits for the operator. */
async function begin(): Promise<void> {
  service = await runService({ ec2: { cloudTrailLatencyMs: 3_600_000 } });
  operator = await Operator.beside(service);
  const [sensor] = await service.user.launch(1, 'eu-west-1a', 'm5.24xlarge', { Name: 'sensor' });
  await service.user.target(sensor === undefined ? '' : primaryInterface(sensor), { 'automirror:target': 'default' });
}

async function driftedSession() {
  const [web] = await service.user.launch(1, 'eu-west-1a', 'm5.large', { Name: 'web', mirror: 'true' });
  const [session] = await service.user.expectSessions('a session', (sessions) => sessions.length === 1);
  const id = session?.TrafficMirrorSessionId ?? '';
  await service.quiet();
  await service.user.modifySession(id, { SessionNumber: 77 });
  return { id, instance: web === undefined ? '' : instanceId(web) };
}

test('apply has the service do it, and tells what it does until it is done', async () => {
  await begin();
  const { id, instance } = await driftedSession();
  const { code, out, err, asked } = await operator.type(['apply'], { answer: 'y' });
  expect([code, err, asked]).toEqual([0, '', ['Ask the service to do this? [y/N] ']]);
  expect(out).toContain(`  ~ session ${id} on `);
  expect(out).toContain('\nSweep requested of automirror-dev.\n');
  expect(out.replace(/\n +/g, ' ')).toMatch(new RegExp(`~ session\\.modify {2}web \\(${instance}\\) eni-\\w+: number 77 -> 10`));
  expect(out).toMatch(/\nDone: .*1 modified.*\.\n$/);
  expect(await service.user.sessions()).toMatchObject([{ TrafficMirrorSessionId: id, SessionNumber: 10 }]);
});

test('apply --only has the service look at one instance', async () => {
  await begin();
  const { id, instance } = await driftedSession();
  const { code, out } = await operator.type(['apply', '--only', instance, '--yes', '--json']);
  expect(code).toBe(0);
  const objects = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(objects[0]).toMatchObject({ apply: 1, plan: { plan: 1, changes: [{ kind: 'session.modify' }] } });
  expect(objects[1]).toMatchObject({ audit: 1, action: 'session.modify', trigger: 'reconcile-requested', sessionId: id });
  expect(objects.at(-1)).toEqual({ apply: 1, outcome: 'done', detail: `${instance} is as the policy wants it` });
});

test('apply ends with 1 when a change has failed, and says so', async () => {
  await begin();
  await driftedSession();
  service.emulator.ec2.controls.fail({
    action: 'ModifyTrafficMirrorSession',
    times: 99,
    error: { code: 'InvalidParameterValue', message: 'No such thing.', status: 400 },
  });
  const { code, out, err } = await operator.type(['apply', '--yes']);
  expect(code).toBe(1);
  expect(out).toContain('x session.modify');
  expect(err).toMatch(/^Not all of it was done: 1 changes failed, /);
});

test('apply ends with 1 when a gate holds deletions back, and with 0 when the person allows them', async () => {
  await begin();
  const instances = await service.user.launch(12, 'eu-west-1a', 'm5.large', {});
  // What events name is not held back, so they are to be over.
  await service.quiet();
  const { TrafficMirrorTargets: [target] = [] } = await service.targets();
  for (const one of instances) {
    const tags = { 'automirror:owner': 'automirror-dev', 'automirror:instance': instanceId(one), 'automirror:slot': '0' };
    await service.user.foreignSession(primaryInterface(one), target?.TrafficMirrorTargetId ?? '', 5, tags);
  }
  const held = await operator.type(['apply', '--yes']);
  expect(held.code).toBe(1);
  expect(held.err).toMatch(/^Not all of it was done: 0 changes failed, 1 times a gate held changes back: /);
  expect(await service.user.sessions()).toHaveLength(12);
  const allowed = await operator.type(['apply', '--yes', '--allow-deletes']);
  expect([allowed.code, allowed.err]).toEqual([0, '']);
  expect(await service.user.sessions()).toEqual([]);
});

test('apply looks at EC2 where the trail cannot be read', async () => {
  await begin();
  await driftedSession();
  service.emulator.setAuthorizer({ deny: (_caller, { action }) => (action === 'logs:FilterLogEvents' ? 'not you' : undefined) });
  const { code, out } = await operator.type(['apply', '--yes']);
  expect(code).toBe(0);
  expect(out).toMatch(/\nDone: nothing is left to change; the audit trail could not be read: .*not you\.\n$/);
});
