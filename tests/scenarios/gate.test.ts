import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addSensor, launch, type Source } from '../support/scenario/fleet.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

let service: RunningService;
let fleet: readonly Source[];

beforeAll(async () => {
  service = await runService();
  await addSensor(service);
});

afterAll(() => service.stop());

beforeEach(async () => {
  fleet = await launch(service, 12, { mirror: 'true' });
  await service.user.expectSessions('twelve sessions', (sessions) => sessions.length === 12);
  await service.quiet();
});

/** Takes the tag away without an event. */
async function untagUnheard(sources: readonly Source[]): Promise<void> {
  const { delivery } = service.emulator.events;
  delivery.lossShare = 1;
  for (const { id } of sources) await service.user.untag(id, 'mirror');
  delivery.lossShare = 0;
}

test('deletes none of twelve sessions that a sweep finds unwanted, until a person allows it', async () => {
  const before = await service.user.sessions();
  await untagUnheard(fleet);
  service.emulator.ec2.calls.reset();
  await service.sweep();
  await service.sweep();
  expect(await service.user.sessions()).toEqual(before);
  expect(service.calls().filter((call) => call.mutating)).toEqual([]);
  const [block] = service.trail().filter((line) => line.action === 'gate.block');
  expect(block).toMatchObject({
    outcome: 'blocked',
    reason: 'max-deletes',
    after: { gate: 'maxDeletesPerSweep', deletions: 12, modifications: 0, creations: 0 },
  });

  const allowed = await service.sweep({ allowDeletes: true });
  expect(allowed).toMatchObject({ outcome: 'done', after: { deleted: 12 } });
  expect(await service.user.sessions()).toEqual([]);
});

test('still mirrors what is new while deletions are held back', async () => {
  await untagUnheard(fleet.slice(0, 11));
  await service.sweep();
  expect(await service.user.sessions()).toHaveLength(12);
  const [last] = fleet.slice(11);
  const more = await launch(service, 1, { mirror: 'true' });
  await service.user.expectSessions('one more', (sessions) => sessions.length === 13);
  await service.sweep({ allowDeletes: true });
  const left = (await service.user.sessions()).map((session) => session.NetworkInterfaceId);
  expect(new Set(left)).toEqual(new Set([last?.eni, more[0]?.eni]));
  expect(left).toHaveLength(2);
  await service.user.terminate([...fleet, ...more].map(({ id }) => id));
  await service.user.expectSessions('none', (sessions) => sessions.length === 0);
});

test('deletes ten of twelve, as is ordinary in a small fleet', async () => {
  await untagUnheard(fleet.slice(0, 10));
  await service.sweep();
  expect(await service.user.sessions()).toHaveLength(2);
  for (const { id } of fleet) await service.user.untag(id, 'mirror');
  await service.user.expectSessions('none', (sessions) => sessions.length === 0);
});

test('deletes twelve of twelve where events name them', async () => {
  for (const { id } of fleet) await service.user.untag(id, 'mirror');
  await service.user.expectSessions('none', (sessions) => sessions.length === 0);
});

test('believes nobody who asks in the name of another owner', async () => {
  await untagUnheard(fleet);
  service.emit('automirror', 'Sweep Requested', { owner: 'somebody-else', allowDeletes: true });
  service.emit('automirror', 'Sweep Requested', { owner: service.stack.outputs.Owner, allowDeletes: 'true' });
  await service.quiet();
  expect(await service.user.sessions()).toHaveLength(12);
  await service.sweep({ allowDeletes: true });
  expect(await service.user.sessions()).toEqual([]);
});
